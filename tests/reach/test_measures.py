"""What published cells add up to."""

import pytest

from reach.measures import Cell, cold_spots, gap_between


def decile(number, learners, young_people=1000):
    return Cell(str(number), str(number), learners, young_people, number)


def area(code, learners, young_people=200, decile=1):
    return Cell(code, code, learners, young_people, decile)


@pytest.mark.parametrize(
    ("learners", "young_people", "per_thousand", "map_class"),
    [
        pytest.param(0, 1000, 0, 0, id="none"),
        pytest.param(19, 1000, 19, 0, id="below the first step"),
        pytest.param(20, 1000, 20, 1, id="on the first step"),
        pytest.param(39, 200, 195, 4, id="in the last class"),
        pytest.param(1, 3, 333, 4, id="rounded"),
        pytest.param(None, 1000, None, None, id="hidden"),
        pytest.param(7, None, None, None, id="population unknown"),
        pytest.param(7, 0, None, None, id="no young people"),
    ],
)
def test_a_rate_is_of_a_thousand_young_people(learners, young_people, per_thousand, map_class):
    cell = Cell("x", "x", learners, young_people)

    assert (cell.per_thousand, cell.map_class) == (per_thousand, map_class)


def test_the_gap_is_between_the_outer_fifths():
    deciles = [decile(number, 10 * number) for number in range(1, 11)]

    gap = gap_between(deciles, sigma=2.0)

    assert gap is not None
    assert (gap.most.total.learners, gap.most.total.young_people) == (30, 2000)
    assert (gap.least.total.learners, gap.least.total.young_people) == (190, 2000)
    assert gap.ratio == 0.16
    assert gap.is_clear
    assert (gap.most.is_most_deprived, gap.least.is_least_deprived) == (True, True)


def test_a_city_without_the_outer_fifths_is_compared_within_itself():
    gap = gap_between([decile(2, 50), decile(3, 60), decile(6, 100)], sigma=2.0)

    assert gap is not None
    assert [cell.decile for cell in gap.most.cells] == [2]
    assert [cell.decile for cell in gap.least.cells] == [6]
    assert (gap.ratio, gap.least.is_least_deprived) == (0.5, False)


def test_a_city_in_one_fifth_has_no_gap():
    assert gap_between([decile(1, 50), decile(2, 60)], sigma=2.0) is None


def test_a_hidden_cell_is_never_guessed():
    gap = gap_between([decile(1, None), decile(2, 60), decile(10, 100)], sigma=2.0)

    assert gap is not None
    assert (gap.most.total.learners, gap.ratio, gap.is_clear) == (None, None, False)


def test_a_difference_that_the_noise_could_make_is_not_clear():
    # Two sigmas of the difference of two cells of 1,000 people each: 2 * 2.83 = 5.7 in 1,000.
    close = gap_between([decile(1, 50), decile(10, 55)], sigma=2.0)
    apart = gap_between([decile(1, 50), decile(10, 56)], sigma=2.0)

    assert close is not None
    assert apart is not None
    assert (close.is_clear, apart.is_clear) == (False, True)


def test_cold_spots_are_deprived_areas_far_below_the_city_lowest_first():
    city = Cell("all", "City", 400, 4000)  # 100 in 1,000
    areas = [
        area("lower", 6),
        area("low", 9),
        area("at the line", 10),
        area("well off", 6, decile=4),
        area("unknown decile", 6, decile=None),
        area("hidden and large", None, young_people=500),
        area("hidden and small", None, young_people=90),
        area("nobody knows", 6, young_people=None),
    ]

    found = cold_spots(areas, city, smallest_shown=5)

    assert [spot.code for spot in found] == ["hidden and large", "lower", "low"]


def test_cold_spots_are_no_more_than_can_be_acted_on():
    city = Cell("all", "City", 400, 4000)

    assert len(cold_spots([area(str(n), 6) for n in range(30)], city, smallest_shown=5)) == 8


def test_without_a_rate_of_the_city_there_are_no_cold_spots():
    assert cold_spots([area("low", 6)], Cell("all", "City", None, 4000), smallest_shown=5) == []
