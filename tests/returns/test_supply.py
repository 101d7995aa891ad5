"""What is offered: public, of this city, and as it was in its holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.terms import period_named
from opportunities.models import (
    AttendanceMode,
    Category,
    EncounterPoint,
    OpportunityKind,
    OpportunityStatus,
    Placement,
    Welcome,
)
from providers.models import ProviderStatus
from provision.lens import weeks_around
from returns.supply import Offer, by_category, employers, in_holidays
from tests import factories
from tests.factories import NOW
from tests.provision.builders import city_with_areas, club

SUMMER = period_named("2026-summer")
#: Schools are usually closed from 23 to 31 May 2026.
IN_THE_HOLIDAY = datetime(2026, 5, 26, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def york(db):
    city, areas = city_with_areas()
    _elsewhere, others = city_with_areas()
    club(db, others[0])
    return city, areas


def test_each_category_has_its_activities_places_and_place_hours(db, york):
    city, areas = york
    club(db, areas[0], times=12, places=20, hours=2, category=Category.SPORT)
    club(db, areas[1], times=6, places=10, hours=1, category=Category.SPORT)
    club(db, areas[1], category=Category.CIVIC, status=OpportunityStatus.DRAFT)
    club(db, areas[1], category=Category.CIVIC, mode=AttendanceMode.ONLINE)
    club(db, areas[1], category=Category.CIVIC, min_age=5, max_age=10)
    lapsed = factories.provider(status=ProviderStatus.SUSPENDED)
    club(db, areas[1], category=Category.CIVIC, provider=lapsed)

    offered = by_category(db, city, weeks_around(NOW), NOW)

    assert list(offered) == list(Category)
    assert offered.pop(Category.SPORT) == Offer(listings=2, places=25.0, place_hours=45.0)
    assert set(offered.values()) == {Offer()}


def test_a_holiday_has_what_was_offered_on_its_days(db, york):
    city, areas = york
    _held(areas[0], places=20, cost_pence=0, welcome=[Welcome.FOOD])
    _held(areas[0], places=7, cost_pence=500)
    # What ended since was there all the same.
    _held(areas[1], places=5, cost_pence=300, status=OpportunityStatus.WITHDRAWN)
    _held(areas[0], at=IN_THE_HOLIDAY - timedelta(days=7))
    _held(areas[0], status=OpportunityStatus.DRAFT)
    _held(areas[0], published_at=IN_THE_HOLIDAY + timedelta(days=1))
    _held(areas[0], mode=AttendanceMode.ONLINE)
    _held(areas[0]).cancelled_at = NOW
    _held(city_with_areas()[1][0])
    db.flush()

    found = {each.first_day: each for each in in_holidays(db, city, SUMMER, NOW)}

    assert list(found) == [date(2026, 4, 1), date(2026, 5, 23), date(2026, 7, 22)]
    spring = found[date(2026, 5, 23)]
    assert spring.last_day == date(2026, 5, 31)
    assert (spring.sessions, spring.places, spring.place_hours) == (3, 32, 64.0)
    assert (spring.free_places, spring.fed_places) == (20, 20)
    assert {each.sessions for day, each in found.items() if day != spring.first_day} == {0}


def test_an_employer_counts_once_and_a_point_as_often_as_it_is_promised(db, york):
    city, areas = york
    pot_house, forge = factories.provider(), factories.provider(name="Forge")
    _work(areas[0], pot_house, [EncounterPoint.REAL_TASK, EncounterPoint.TWO_WAY])
    _work(areas[0], pot_house, [EncounterPoint.REAL_TASK])
    _work(areas[1], forge, None)
    _work(areas[1], forge, [EncounterPoint.PURPOSE], status=OpportunityStatus.PAUSED)
    _work(areas[1], forge, [EncounterPoint.PURPOSE], kind=OpportunityKind.VOLUNTEERING)
    db.flush()

    found = employers(db, city, NOW)

    assert (found.organisations, found.listings) == (2, 3)
    assert found.points == dict.fromkeys(EncounterPoint, 0) | {
        EncounterPoint.REAL_TASK: 2,
        EncounterPoint.TWO_WAY: 1,
    }


def _held(area, *, at=IN_THE_HOLIDAY, places=3, **given):
    given = {"published_at": LONG_AGO, "place": factories.place(within=area)} | given
    return factories.scheduled_session(
        opportunity=factories.opportunity(**given), places=places, starts_at=at
    )


def _work(area, provider, points, **given):
    given = {"kind": OpportunityKind.WORK_EXPERIENCE} | given
    made = factories.opportunity(place=factories.place(within=area), provider=provider, **given)
    if points is not None:
        made.placement = Placement(points={point.value: "Yes." for point in points})
