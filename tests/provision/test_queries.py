"""What is counted as within reach, on rows of the database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from accounts.models import YOUNG_BANDS, AgeBand
from app.errors import Conflict
from geo.queries import centre_of
from opportunities.models import AttendanceMode, Category, OpportunityStatus
from provision.lens import Lens, Mode, When, weeks_around
from provision.queries import access_of, metres_of, near_area, survey_of
from provision.service import set_distance
from provision.whatif import Proposal, effect
from tests import factories
from tests.factories import NOW
from tests.provision.builders import city_with_areas, club

WALK = Lens(mode=Mode.WALK)


def test_access_is_place_hours_a_week_for_each_young_person_within_reach(db):
    city, (abbey, brook, *_far) = city_with_areas()
    club(db, at=abbey, places=20, hours=2)

    found = access_of(db, city, WALK, now=NOW)

    # Forty place-hours a week, for 100 here and 200 a kilometre away, in the second third.
    each = 40 / (100 + 200 * 0.68)
    assert [area.code for area in found] == sorted(area.code for area in found)
    assert [area.access for area in found] == pytest.approx([each, each * 0.68, 0, 0])
    assert [area.place_hours for area in found] == pytest.approx([40, 0, 0, 0])
    first = found[0]
    assert (first.name, first.ward, first.decile, first.young_people) == (
        abbey.name,
        "Abbey",
        1,
        100,
    )
    assert found[1].code == brook.lsoa_code


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param({"status": OpportunityStatus.PAUSED}, id="paused"),
        pytest.param({"checked_at": NOW - timedelta(days=181)}, id="not confirmed for long"),
        pytest.param({"mode": AttendanceMode.ONLINE}, id="online"),
        pytest.param({"starts_at": NOW + timedelta(weeks=12)}, id="after the weeks"),
        pytest.param({"starts_at": NOW - timedelta(weeks=12)}, id="before the weeks"),
        pytest.param({"min_age": 5, "max_age": 10}, id="for children"),
    ],
)
def test_what_is_not_there_to_go_to_is_not_counted(db, listed):
    city, (abbey, *_rest) = city_with_areas()
    club(db, at=abbey, **listed)

    assert {area.access for area in access_of(db, city, WALK, now=NOW)} == {0.0}


def test_what_was_called_off_and_whom_nobody_trusts_is_not_counted(db):
    city, (abbey, *_rest) = city_with_areas()
    factories.scheduled_session(
        opportunity=factories.opportunity(place=factories.place(within=abbey)), cancelled_at=NOW
    )
    club(db, at=abbey, provider=factories.provider(assured_until=None, status="applied"))

    assert {area.access for area in access_of(db, city, WALK, now=NOW)} == {0.0}


def test_a_full_session_counts_as_what_it_offered(db):
    city, (abbey, *_rest) = city_with_areas()
    club(db, at=abbey)
    before = access_of(db, city, WALK, now=NOW)
    db.execute(text("UPDATE scheduled_session SET remaining_capacity = 0"))

    assert access_of(db, city, WALK, now=NOW) == before


@pytest.mark.parametrize(
    ("lens", "sees"),
    [
        (Lens(mode=Mode.WALK, category=Category.ARTS_AND_CULTURE), True),
        (Lens(mode=Mode.WALK, category=Category.SPORT), False),
        (Lens(mode=Mode.WALK, is_free=True), False),
        (Lens(mode=Mode.WALK, is_step_free=True), True),
        (Lens(mode=Mode.WALK, when=When.WEEKDAY_EVENING), True),
        (Lens(mode=Mode.WALK, when=When.WEEKDAY_DAY), False),
        (Lens(mode=Mode.WALK, when=When.WEEKEND), False),
        (Lens(mode=Mode.WALK, age_band=AgeBand.FROM_18_TO_24), False),
        (Lens(mode=Mode.WALK, age_band=AgeBand.FROM_16_TO_17), True),
    ],
)
def test_a_lens_shows_what_it_says(db, lens, sees):
    city, (abbey, *_rest) = city_with_areas()
    # Five in London on Mondays, which is four by the clock of the database.
    at_five = datetime(2026, 6, 1, 16, tzinfo=UTC)
    club(db, at=abbey, cost_pence=200, step_free=True, max_age=17, starts_at=at_five)

    assert (access_of(db, city, lens, now=NOW)[0].access > 0) is sees


def test_the_evening_begins_at_five_in_london_in_winter_too(db):
    city, (abbey, *_rest) = city_with_areas()
    january = datetime(2026, 1, 12, 16, 59, tzinfo=UTC)
    club(db, at=abbey, times=1, starts_at=january + timedelta(weeks=6))
    evening, day = (Lens(mode=Mode.WALK, when=w) for w in (When.WEEKDAY_EVENING, When.WEEKDAY_DAY))
    trusted_then = january - timedelta(days=1)

    assert access_of(db, city, evening, now=trusted_then)[0].access == 0
    assert access_of(db, city, day, now=trusted_then)[0].access > 0


def test_what_the_age_bands_have_adds_up_to_what_all_have(db):
    city, (abbey, *_rest) = city_with_areas()
    club(db, at=abbey, min_age=8, max_age=21)

    def offered(band):
        lens = Lens(mode=Mode.WALK, age_band=band)
        return sum(area.place_hours for area in access_of(db, city, lens, now=NOW))

    # Eleven of the fourteen ages that may come are looked at here.
    assert offered(None) == pytest.approx(40 * 11 / 14)
    assert sum(map(offered, YOUNG_BANDS)) == pytest.approx(offered(None))


def test_places_beyond_the_border_are_reached_and_those_who_live_there_share(db):
    city, (abbey, *_rest) = city_with_areas(deciles=(1,), young_people=(100,))
    other, (there, beyond, _afar) = city_with_areas(
        deciles=(5, 5, 5), young_people=(50, 70, 1000), apart_km=1.5
    )
    club(db, at=beyond)

    # The place is a mile from here but for a hundred metres: the last third, as the middle of the
    # other city's first area, which lies where ours does.
    shared = 40 / (100 * 0.22 + 50 * 0.22 + 70 + 1000 * 0.22)
    assert access_of(db, city, WALK, now=NOW)[0].access == pytest.approx(shared * 0.22)
    assert [area.code for area in access_of(db, city, WALK, now=NOW)] == [abbey.lsoa_code]
    assert len(access_of(db, other, WALK, now=NOW)) == 3
    assert there.lsoa_code in {spot.lsoa_code for spot in survey_of(db, city, WALK, now=NOW).spots}


def test_an_area_whose_people_are_not_known_has_access_and_takes_no_share(db):
    city, (abbey, *_rest) = city_with_areas()
    unknown = factories.area(in_city=city, lsoa_code="E01999999")
    club(db, at=abbey)

    found = {area.code: area for area in access_of(db, city, WALK, now=NOW)}

    assert (found["E01999999"].young_people, found["E01999999"].decile) == (None, None)
    assert found["E01999999"].access == found[abbey.lsoa_code].access > 0
    assert unknown.lsoa_code == "E01999999"


def test_a_city_without_areas_has_nothing_to_say(db):
    assert access_of(db, factories.city(), WALK, now=NOW) == []


def test_a_city_says_how_far_its_people_travel(db):
    city, (abbey, *_rest) = city_with_areas()
    other = factories.city()
    club(db, at=abbey)

    set_distance(db, city, Mode.WALK, 900)
    set_distance(db, city, Mode.WALK, 800)

    assert (metres_of(db, city, Mode.WALK), metres_of(db, city, Mode.BUS)) == (800, 8_000)
    assert metres_of(db, other, Mode.WALK) == 1_600
    assert [area.access > 0 for area in access_of(db, city, WALK, now=NOW)] == [
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(Conflict, match="200 to 60000"):
        set_distance(db, city, Mode.WALK, 100)


def test_the_weeks_are_whole_and_change_on_mondays():
    monday = weeks_around(NOW)
    sunday = weeks_around(NOW + timedelta(days=6))
    next_monday = weeks_around(NOW + timedelta(days=7))

    assert monday == sunday != next_monday
    assert (monday.first_day.isoformat(), monday.last_day.isoformat()) == (
        "2026-04-20",
        "2026-07-12",
    )


_STARTS = {
    When.WEEKDAY_DAY: datetime(2026, 6, 2, 10, tzinfo=UTC),
    When.WEEKDAY_EVENING: datetime(2026, 6, 2, 16, tzinfo=UTC),
    When.WEEKEND: datetime(2026, 6, 6, 10, tzinfo=UTC),
}
_ages = st.tuples(st.integers(5, 25), st.integers(5, 25)).map(sorted)
_proposals = st.builds(
    lambda ages, **given: Proposal(youngest=ages[0], oldest=ages[1], **given),
    ages=_ages,
    category=st.sampled_from(Category),
    places=st.integers(1, 60),
    hours=st.sampled_from([0.5, 1.0, 1.5, 3.0]),
    times=st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    when=st.sampled_from(list(_STARTS)),
    is_free=st.booleans(),
    is_step_free=st.booleans(),
)
_lenses = st.builds(
    Lens,
    mode=st.sampled_from(Mode),
    category=st.sampled_from([None, None, *Category]),
    age_band=st.sampled_from([None, *YOUNG_BANDS]),
    when=st.sampled_from([When.ANY, *_STARTS]),
    is_free=st.booleans(),
    is_step_free=st.booleans(),
)


@given(_proposals, st.one_of(_lenses, st.none()), st.integers(0, 3))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_if_says_what_really_adding_it_does(db, proposed, lens, number):
    with db.begin_nested() as as_it_was:
        city, areas = city_with_areas()
        club(db, at=areas[0], category=Category.SPORT, step_free=True)
        lens = lens or proposed.lens(Mode.WALK)
        survey = survey_of(db, city, lens, now=NOW)

        code = areas[number].lsoa_code
        foreseen = effect(survey, code, proposed.place_hours(lens))
        _really_add(db, proposed, at=areas[number])

        after = access_of(db, city, lens, now=NOW)
        assert [each.after.access for each in foreseen.changes] == pytest.approx(
            [area.access for area in after], rel=1e-9, abs=1e-12
        )
        assert [each.after.place_hours for each in foreseen.changes] == pytest.approx(
            [area.place_hours for area in after], rel=1e-9
        )
        as_it_was.rollback()


def test_a_proposal_is_seen_through_the_lens_that_shows_what_is_like_it():
    proposed = Proposal(
        category=Category.SPORT,
        youngest=13,
        oldest=15,
        places=10,
        hours=2,
        times=0.5,
        when=When.WEEKEND,
        is_free=True,
        is_step_free=False,
    )

    lens = proposed.lens(Mode.BUS)

    assert lens == Lens(
        mode=Mode.BUS,
        category=Category.SPORT,
        age_band=AgeBand.FROM_13_TO_15,
        when=When.WEEKEND,
        is_free=True,
    )
    assert proposed.place_hours(lens) == 10
    assert proposed.place_hours(Lens(is_step_free=True)) == 0


def _really_add(db, proposed, *, at):
    """Put on what is proposed, so often in the twelve weeks that are counted."""
    lon, lat = centre_of(db, at)
    opportunity = factories.opportunity(
        place=factories.place(lon=lon, lat=lat, within=at, step_free=proposed.is_step_free),
        category=proposed.category,
        min_age=proposed.youngest,
        max_age=proposed.oldest,
        cost_pence=0 if proposed.is_free else 300,
    )
    for number in range(int(proposed.times * 12)):
        starts_at = _STARTS[proposed.when] + timedelta(weeks=number % 12 - 6, minutes=number)
        scheduled = factories.scheduled_session(
            opportunity=opportunity, places=proposed.places, starts_at=starts_at
        )
        scheduled.ends_at = starts_at + timedelta(hours=proposed.hours)
    db.flush()


def test_near_an_area_are_public_listings_and_those_who_make_them(db):
    _city, (abbey, brook, *_far) = city_with_areas()
    near = factories.provider(name="Near House")
    club(db, at=abbey, title="Near", provider=near, starts_at=NOW + timedelta(weeks=6, days=1))
    club(db, at=brook, title="Further", category=Category.SPORT, starts_at=NOW + timedelta(weeks=7))
    club(db, at=abbey, title="Hidden", status=OpportunityStatus.PAUSED)

    found = near_area(db, abbey.lsoa_code, now=NOW)
    sport = near_area(db, abbey.lsoa_code, now=NOW, category=Category.SPORT, providers=1)

    titles = [each.scheduled.opportunity.title for each in found.activities]
    assert titles == ["Near", "Further"]
    assert [each.name for each in found.providers] == ["Near House", "Pot House"]
    assert found.providers[0].categories == (Category.ARTS_AND_CULTURE,)
    assert found.providers[1].metres == pytest.approx(1_000, rel=0.02)
    assert [each.scheduled.opportunity.title for each in sport.activities] == ["Further"]
    assert [each.name for each in sport.providers] == ["Near House"]
    assert near_area(db, "E01999998", now=NOW).activities == ()
