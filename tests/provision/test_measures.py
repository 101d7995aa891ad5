"""Where there is little, and what a session more does to that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.queries import Spot
from provision.lens import Lens, weeks_around
from provision.measures import average, by_decile, cold_spots, enough
from provision.survey import AreaAccess, Offered, Survey
from provision.whatif import better_of, effect
from tests.factories import NOW

METRES = 1_600
_steps = st.integers(0, 60).map(lambda step: step * 100.0)
_area = st.tuples(_steps, _steps, st.integers(0, 400), st.integers(1, 10))
_offer = st.tuples(_steps, _steps, st.floats(0, 300))


def _area_with(access, *, people=100, decile=1, code="E01000001"):
    return AreaAccess(code, "Testford", None, decile, people, access, 0.0)


def _survey(areas, offers):
    """A survey of areas and offers that are given as east, north, people or hours, decile."""
    codes = [f"E01{number:06}" for number in range(len(areas))]
    spots = [
        Spot(code, code, None, east, north)
        for code, (east, north, *_) in zip(codes, areas, strict=True)
    ]
    return Survey(
        lens=Lens(),
        weeks=weeks_around(NOW),
        metres=METRES,
        spots=spots,
        own_codes=frozenset(codes),
        young_people=dict(zip(codes, (people for _, _, people, _ in areas), strict=True)),
        deciles=dict(zip(codes, (decile for *_, decile in areas), strict=True)),
        offered=[Offered(east, north, "E01999999", hours) for east, north, hours in offers],
        edition="iod2025",
        population="census2021",
    )


def _places_of(areas):
    return [spot.area.code for spot in cold_spots(areas)]


def test_little_is_less_than_half_of_what_the_city_has_on_average():
    areas = [
        _area_with(4.0, people=300, decile=9, code="E01000001"),
        _area_with(1.2, people=100, code="E01000002"),
        _area_with(1.7, people=100, code="E01000003"),
        _area_with(0.0, people=100, code="E01000004"),
        _area_with(0.0, people=100, decile=4, code="E01000005"),
        _area_with(0.0, people=0, code="E01000006"),
        _area_with(0.0, people=None, code="E01000007"),
    ]

    # (4 x 300 + 1.2 x 100 + 1.7 x 100) / 700 = 1490 / 700; half of it is 1.0643.
    assert average(areas) == pytest.approx(1490 / 700)
    assert enough(areas) == pytest.approx(745 / 700)
    assert _places_of(areas) == ["E01000004"]


def test_a_decile_has_what_its_young_people_have_on_average():
    areas = [
        _area_with(4.0, people=300, decile=9),
        _area_with(1.0, people=100, decile=9),
        _area_with(2.0, people=None, decile=2),
        _area_with(5.0, people=50, decile=None),
    ]

    assert by_decile(areas) == {9: pytest.approx(1300 / 400)}


def test_most_young_people_short_come_first():
    areas = [
        _area_with(9.0, people=900, decile=10, code="E01000001"),
        _area_with(1.0, people=400, code="E01000002"),
        _area_with(0.0, people=200, decile=3, code="E01000003"),
        _area_with(2.0, people=450, code="E01000004"),
    ]

    spots = cold_spots(areas)

    least = enough(areas)
    assert [spot.area.code for spot in spots] == ["E01000002", "E01000003", "E01000004"]
    assert spots[0].short == pytest.approx(400 * (1 - 1 / least))
    assert (spots[1].short, spots[1].has_nothing) == (200, True)


def test_where_there_is_nothing_anywhere_every_deprived_area_is_short():
    areas = [_area_with(0.0, code="E01000001"), _area_with(0.0, decile=9, code="E01000002")]

    assert [spot.short for spot in cold_spots(areas)] == [100]
    assert cold_spots([]) == []


@given(st.lists(_area, min_size=1, max_size=15), st.lists(_offer, max_size=10), st.data())
def test_a_session_inside_a_spot_leaves_fewer_short_there(areas, offers, data):
    survey = _survey(areas, offers)
    spots = cold_spots(survey.areas)
    if not spots:
        return
    spot = data.draw(st.sampled_from(spots))
    hours = data.draw(st.floats(0.5, 1_000))

    after = effect(survey, spot.area.code, hours).cold_after

    left = {each.area.code: each.short for each in after}
    assert left.get(spot.area.code, 0) < spot.short
    # It comes no nearer to the top among the spots that gain nothing by it.
    before = [each.area.code for each in spots]
    ahead = before[: before.index(spot.area.code)]
    untouched = [code for code in ahead if _gain(survey, spot, code, hours) == 0]
    order = [each.area.code for each in after]
    if spot.area.code in order:
        assert all(order.index(code) < order.index(spot.area.code) for code in untouched)


@given(st.lists(_area, min_size=1, max_size=15), st.lists(_offer, max_size=10))
def test_a_session_that_is_large_enough_takes_a_spot_out(areas, offers):
    survey = _survey(areas, offers)
    for spot in cold_spots(survey.areas):
        # So much for each young person of the city as all of it had before, and more.
        enough_for_all = 10 * sum(hours for *_, hours in offers) + 1_000
        after = effect(survey, spot.area.code, enough_for_all * 100).cold_after

        assert spot.area.code not in [each.area.code for each in after]


def test_an_effect_counts_who_gains_and_who_had_nothing():
    # One spot after the other, a kilometre apart; deciles 1, 2, 3 and 9.
    survey = _survey(
        [(0, 0, 100, 1), (1_000, 0, 200, 2), (2_000, 0, 300, 3), (9_000, 0, 400, 9)],
        [(0, 0, 50.0)],
    )

    found = effect(survey, "E01000001", 40.0)

    # Within reach of the first two, and now of the third as well.
    assert (found.young_people, found.deprived) == (600, 300)
    assert (found.newly_reached, found.newly_reached_deprived) == (300, 0)
    # The site itself gains most; its two neighbours the same, the one with more young people first.
    assert [change.before.code for change in found.gaining] == [
        "E01000001",
        "E01000002",
        "E01000000",
    ]
    assert found.site.code == "E01000001"


def test_the_better_site_is_where_more_of_the_most_deprived_gain():
    survey = _survey([(0, 0, 100, 1), (9_000, 0, 400, 9)], [])
    here, there = (effect(survey, code, 10.0) for code in ("E01000000", "E01000001"))

    assert better_of([there, here]) is here
    assert better_of([here, here]) is None
    assert better_of([here]) is None


def _gain(survey, spot, code, hours):
    changes = effect(survey, spot.area.code, hours).changes
    return next(change.gain for change in changes if change.before.code == code)


def test_what_rises_with_the_average_is_said_to_leave_more_short():
    # Far apart: what is put on at the second raises the average, and nothing at the first.
    areas, offers = [(0, 0, 100, 1), (90_000, 0, 100, 10)], [(0, 0, 20.0), (90_000, 0, 80.0)]
    rich = effect(_survey(areas, offers), "E01000001", 400.0)
    poor = effect(_survey(areas, offers), "E01000000", 400.0)

    assert rich.leaves_more_short
    assert not poor.leaves_more_short
