"""The one search, and the one condition of what can be booked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from opportunities.freshness import PAUSED_AFTER
from opportunities.models import Category, Opportunity, OpportunityKind, OpportunityStatus
from opportunities.models import ScheduledSession as Scheduled
from opportunities.queries import (
    Order,
    SearchRequest,
    bookable,
    coming_sessions,
    counts,
    find,
    opportunity_by_slug,
    read_mark,
    search,
    session_by_uuid,
)
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW, YORK

#: Degrees of latitude for a kilometre.
KM = 1 / 111.32


@pytest.fixture
def wanted():
    """Everything within ten kilometres of York Minster."""
    return SearchRequest(lon=YORK[0], lat=YORK[1], radius_m=10_000, starts_after=NOW)


def sitting(title="Pottery", km=0.0, places=3, in_days=1, **given):
    """An opportunity `km` kilometres north of the Minster, with one session."""
    given.setdefault("place", factories.place(lat=YORK[1] + km * KM))
    opportunity = factories.opportunity(title=title, **given)
    return factories.scheduled_session(
        opportunity=opportunity, places=places, starts_at=NOW + timedelta(days=in_days)
    )


def titles(found):
    return [row.scheduled.opportunity.title for row in found]


def test_search_returns_the_nearest_first_with_its_distance_in_metres(db, wanted):
    sitting("Far", km=5)
    sitting("Near", km=1)
    sitting("Too far", km=50)

    found = search(db, wanted)

    assert titles(found) == ["Near", "Far"]
    assert [round(row.distance_m, -2) for row in found] == [1000, 5000]


def test_search_returns_the_soonest_first_where_no_point_is_known(db, wanted):
    sitting("Later", in_days=3)
    sitting("Sooner", in_days=2, km=400)

    found = search(db, SearchRequest(starts_after=NOW))

    assert titles(found) == ["Sooner", "Later"]
    assert [row.distance_m for row in found] == [None, None]


def test_search_shows_an_opportunity_once_by_its_next_session_with_a_place(db, wanted):
    opportunity = factories.opportunity()
    factories.scheduled_session(opportunity=opportunity, places=0)
    factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=9))
    following = factories.scheduled_session(
        opportunity=opportunity, starts_at=NOW + timedelta(days=8)
    )

    assert [row.scheduled.id for row in search(db, wanted)] == [following.id]
    assert counts(db, wanted).total == 1


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"status": OpportunityStatus.DRAFT}, id="draft"),
        pytest.param({"status": OpportunityStatus.WITHDRAWN}, id="withdrawn"),
        pytest.param({"places": 0}, id="full"),
        pytest.param({"in_days": -1}, id="over"),
        pytest.param({"in_days": 0}, id="starting now"),
    ],
)
def test_what_cannot_be_booked_is_not_found(db, wanted, given):
    sitting("Hidden", **given)
    noise = sitting("Shown")

    assert titles(search(db, wanted)) == ["Shown"]
    assert bookable_ids(db) == [noise.id]


@pytest.mark.parametrize("status", [ProviderStatus.APPLIED, ProviderStatus.SUSPENDED])
def test_a_provider_that_is_not_verified_is_not_found(db, wanted, status):
    sitting("Hidden", provider=factories.provider(status=status))
    noise = sitting("Shown")

    assert titles(search(db, wanted)) == ["Shown"]
    assert bookable_ids(db) == [noise.id]


def test_what_nobody_confirmed_for_half_a_year_is_not_found(db, wanted):
    sitting("Hidden", checked_at=NOW - PAUSED_AFTER)
    noise = sitting("Shown", checked_at=NOW - PAUSED_AFTER + timedelta(seconds=1))

    assert titles(search(db, wanted)) == ["Shown"]
    assert bookable_ids(db) == [noise.id]


def bookable_ids(db):
    found = select(Scheduled.id).join(Scheduled.opportunity).join(Opportunity.provider)
    return list(db.scalars(found.where(bookable(NOW))))


@pytest.mark.parametrize(
    ("asked", "matching", "other"),
    [
        pytest.param(
            {"kinds": {OpportunityKind.VOLUNTEERING}},
            {"kind": OpportunityKind.VOLUNTEERING},
            {"kind": OpportunityKind.WORK_EXPERIENCE},
            id="kind",
        ),
        pytest.param(
            {"categories": {Category.SPORT, Category.CIVIC}},
            {"category": Category.SPORT},
            {"category": Category.LIFE_SKILLS},
            id="category",
        ),
        pytest.param(
            {"age": 14}, {"min_age": 14, "max_age": 16}, {"min_age": 15, "max_age": 16}, id="young"
        ),
        pytest.param(
            {"age": 14}, {"min_age": 11, "max_age": 14}, {"min_age": 11, "max_age": 13}, id="old"
        ),
        pytest.param({"is_free": True}, {"cost_pence": 0}, {"cost_pence": 50}, id="free"),
        # The clock of the tests stands at a Monday: in two days it is Wednesday.
        pytest.param({"days": {3, 7}}, {"in_days": 2}, {"in_days": 3}, id="day"),
        pytest.param({"words": "robot"}, {"title": "Robots"}, {"title": "Pottery"}, id="stem"),
        pytest.param(
            {"words": "clay -wheel"},
            {"description": "Make a bowl of clay."},
            {"description": "Turn clay on a wheel."},
            id="not this",
        ),
    ],
)
def test_search_keeps_what_was_asked_for(db, wanted, asked, matching, other):
    expected = sitting(**matching)
    sitting(**other)
    asked = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in asked.items()
    }

    found = search(db, replace(wanted, **asked))

    assert [row.scheduled.id for row in found] == [expected.id]
    assert counts(db, replace(wanted, **asked)).total == 1


def test_search_finds_only_step_free_places_when_asked(db, wanted):
    sitting("Up the tower")
    sitting("Ground floor", place=factories.place(step_free=True))

    assert titles(search(db, replace(wanted, is_step_free=True))) == ["Ground floor"]


def test_search_keeps_to_a_city(db, wanted):
    here = factories.city()
    sitting("Here", provider=factories.provider(in_city=here))
    sitting("Elsewhere")

    assert titles(search(db, replace(wanted, city_id=here.id))) == ["Here"]


def test_a_day_is_a_day_in_london(db, wanted):
    # 23:30 on Tuesday in UTC is half past midnight on Wednesday in a London summer.
    sitting("Night walk", in_days=1 + 11.5 / 24)

    assert titles(search(db, replace(wanted, days=frozenset({3})))) == ["Night walk"]
    assert titles(search(db, replace(wanted, days=frozenset({2})))) == []


@pytest.mark.parametrize("words", ["'", "a & | !", '"open', "()", "%", "or or", "\\"])
def test_no_words_break_the_search(db, wanted, words):
    sitting()

    search(db, replace(wanted, words=words))


def test_pages_of_a_search_do_not_overlap(db, wanted):
    for _ in range(5):
        sitting()

    for order in Order:
        asked, found = replace(wanted, limit=2, order=order), []
        while True:
            page = find(db, asked)
            assert page.rows_before == len(found)
            found += [hit.opportunity_id for hit in page.hits]
            if page.next is None:
                break
            asked = replace(asked, after=read_mark(page.next.written()))
        assert (len(found), len(set(found))) == (5, 5)


@pytest.mark.parametrize("rows", [1, 3])
def test_drawing_the_list_costs_two_questions(db, wanted, count_queries, rows):
    for _ in range(rows):
        badge = factories.achievement()
        sitting(achievement=badge, provider=badge.issuer)
    db.commit()
    db.expire_all()
    count_queries.clear()

    for row in search(db, wanted):
        opportunity = row.scheduled.opportunity
        assert opportunity.place.name
        assert opportunity.provider.name
        assert opportunity.achievement.name

    assert len([sent for sent in count_queries if sent.startswith(("SELECT", "WITH"))]) == 2


def test_coming_sessions_are_those_that_have_not_started_full_ones_too(db):
    opportunity = factories.opportunity()
    factories.scheduled_session(opportunity=opportunity, starts_at=NOW - timedelta(hours=1))
    later = factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=7))
    full = factories.scheduled_session(opportunity=opportunity, places=0)
    factories.scheduled_session()

    assert list(coming_sessions(db, opportunity, NOW)) == [full, later]


def test_one_thing_is_found_by_its_address(db):
    scheduled = factories.scheduled_session()
    factories.scheduled_session()

    assert opportunity_by_slug(db, scheduled.opportunity.slug) is scheduled.opportunity
    assert session_by_uuid(db, scheduled.uuid) is scheduled
    assert opportunity_by_slug(db, "no-such-thing") is None
