"""What published cells add up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube.cells import Cell, share_of, sum_of
from reach.measures import (
    cold_spots,
    concentration,
    gap_between,
    map_class,
    may_be_cold,
    representation,
)


def decile(number, learners, young_people=1000, variance=4):
    return Cell(str(number), str(number), learners, young_people, number, variance)


def area(code, learners, young_people=200, decile=1):
    return Cell(code, code, learners, young_people, decile)


@pytest.mark.parametrize(
    ("learners", "young_people", "per_thousand", "in_class"),
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
def test_a_rate_is_of_a_thousand_young_people(learners, young_people, per_thousand, in_class):
    cell = Cell("x", "x", learners, young_people)

    assert (cell.per_thousand, map_class(cell)) == (per_thousand, in_class)


def test_the_gap_is_between_the_outer_fifths():
    deciles = [decile(number, 10 * number) for number in range(1, 11)]

    gap = gap_between(deciles)

    assert gap is not None
    assert (gap.most.total.learners, gap.most.total.young_people) == (30, 2000)
    assert (gap.least.total.learners, gap.least.total.young_people) == (190, 2000)
    assert gap.ratio == 0.16
    assert gap.is_clear
    assert (gap.most.is_most_deprived, gap.least.is_least_deprived) == (True, True)


def test_a_city_without_the_outer_fifths_is_compared_within_itself():
    gap = gap_between([decile(2, 50), decile(3, 60), decile(6, 100)])

    assert gap is not None
    assert [cell.decile for cell in gap.most.cells] == [2]
    assert [cell.decile for cell in gap.least.cells] == [6]
    assert (gap.ratio, gap.least.is_least_deprived) == (0.5, False)


def test_a_city_in_one_fifth_has_no_gap():
    assert gap_between([decile(1, 50), decile(2, 60)]) is None


def test_a_hidden_cell_is_never_guessed():
    gap = gap_between([decile(1, None), decile(2, 60), decile(10, 100)])

    assert gap is not None
    assert (gap.most.total.learners, gap.ratio, gap.is_clear) == (None, None, False)


def test_a_difference_that_the_noise_could_make_is_not_clear():
    # Two sigmas of the difference of two cells of 1,000 people each: 2 * 2.83 = 5.7 in 1,000.
    close = gap_between([decile(1, 50), decile(10, 55)])
    apart = gap_between([decile(1, 50), decile(10, 56)])

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

    found = cold_spots(areas, city)

    assert [spot.code for spot in found] == ["hidden and large", "lower", "low"]


def test_of_hidden_deprived_areas_nobody_can_know():
    city = Cell("all", "City", 400, 4000)
    areas = [
        area("cold for sure", None, young_people=500),
        area("hidden", None, young_people=60),
        area("hidden and well off", None, young_people=60, decile=9),
        area("warm", 30),
    ]

    spots = cold_spots(areas, city)

    assert [spot.code for spot in spots] == ["cold for sure"]
    assert may_be_cold(areas, city, spots) == 1
    assert may_be_cold(areas, Cell("all", "City", None, 4000), []) == 3


def test_cold_spots_are_no_more_than_can_be_acted_on():
    city = Cell("all", "City", 400, 4000)

    assert len(cold_spots([area(str(n), 6) for n in range(30)], city)) == 8


def test_without_a_rate_of_the_city_there_are_no_cold_spots():
    assert cold_spots([area("low", 6)], Cell("all", "City", None, 4000)) == []


def test_an_index_counted_by_hand():
    """Ten of a thousand and thirty of a thousand: rates .01 and .03, mean .02, ranks .25 and .75.

    2 / .02 x (.5 x (.01 - .02) x (.25 - .5) + .5 x (.03 - .02) x (.75 - .5)) = 100 x .0025 = .25.
    """
    found = concentration([decile(1, 10), decile(10, 30)])

    assert found is not None
    assert found.index == pytest.approx(0.25)
    assert found.low < 0.25 < found.high


def test_representation_counted_by_hand():
    """A quarter and three quarters of those who came, from two halves of those who live there."""
    most, least = representation([decile(1, 10), decile(10, 30)])

    assert (most.ratio, least.ratio) == (pytest.approx(0.5), pytest.approx(1.5))
    # A standard deviation of 2 in 10 of 40, over a half: 2 / 40 / .5.
    assert most.sigma == pytest.approx(0.1)


@given(
    rate=st.integers(min_value=1, max_value=100),
    people=st.lists(st.integers(min_value=10, max_value=90), min_size=2, max_size=10),
)
def test_where_all_take_part_alike_nothing_is_gathered_anywhere(rate, people):
    deciles = [
        decile(number, rate * size, young_people=100 * size)
        for number, size in enumerate(people, start=1)
    ]

    found = concentration(deciles)

    assert found is not None
    assert found.index == pytest.approx(0, abs=1e-9)
    assert found.low <= 0 <= found.high
    assert [each.ratio for each in representation(deciles)] == pytest.approx([1] * len(people))


@given(
    counts=st.lists(st.tuples(st.integers(1, 400), st.integers(500, 5000)), min_size=2, max_size=10)
)
def test_turned_round_the_index_is_the_other_way_and_it_keeps_its_bounds(counts):
    there = [decile(n, came, living) for n, (came, living) in enumerate(counts, start=1)]
    back = [decile(n, came, living) for n, (came, living) in enumerate(reversed(counts), start=1)]

    one, other = concentration(there), concentration(back)

    assert one is not None
    assert other is not None
    assert one.index == pytest.approx(-other.index, abs=1e-9)
    assert -1 <= one.low <= one.high <= 1


@pytest.mark.parametrize(
    "deciles",
    [
        pytest.param([decile(1, 10)], id="one decile"),
        pytest.param([decile(1, None), decile(2, 30)], id="one hidden"),
        pytest.param([decile(1, 10, young_people=None), decile(2, 30)], id="nobody knows"),
    ],
)
def test_what_cannot_be_said_is_not_said(deciles):
    assert concentration(deciles) is None
    if len(deciles) > 1:
        assert representation(deciles)[0].ratio is None


def test_the_interval_stays_as_it_is_and_is_wider_with_more_chance():
    calm = [decile(1, 100), decile(10, 300)]
    loud = [decile(1, 100, variance=2500), decile(10, 300, variance=2500)]

    first, again, wide = concentration(calm), concentration(calm), concentration(loud)

    assert first == again
    assert first is not None
    assert wide is not None
    assert wide.high - wide.low > first.high - first.low


def test_a_sum_has_the_chance_of_all_its_parts_and_is_hidden_with_one_of_them():
    total = sum_of([decile(1, 10), decile(2, 30)], code="1-2", label="1-2")

    assert (total.learners, total.young_people, total.variance) == (40, 2000, 8)
    assert sum_of([decile(1, None), decile(2, 30)], code="x", label="x").is_hidden


def test_a_share_of_few_is_not_said():
    assert share_of(decile(1, 12), decile(1, 24)) is None
    assert share_of(decile(1, 12), decile(1, 25)) == pytest.approx(0.48)
    assert share_of(decile(1, None), decile(1, 250)) is None
    assert share_of(decile(1, 260), decile(1, 250)) == 1
