"""What is counted of those who came: in which cells a learner is, and by what they did."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from accounts.models import User
from app.errors import Conflict
from app.terms import period_named
from badges.models import AchievementCredential
from cube import service
from equality.answers import Answers, Ethnicity
from equality.service import tell
from evidence.models import EvidencePiece, Kind, State
from geo.models import SchoolTerm
from opportunities.models import Category, OpportunityKind, Wish
from packs.models import Pack, PackKind
from participation.models import Attendance, Booking, BookingStatus
from tests import factories
from tests.cube.builders import IN_SUMMER, SUMMER, TODAY, attended, city_with_areas, published

YEAR = period_named("2025-to-2026")
BEFORE = datetime(2026, 2, 2, 12, tzinfo=UTC)
SECRET = "long enough for the tests of this room"


@pytest.fixture(autouse=True)
def _plain(app, monkeypatch):
    """Publish counts as they are, to see what is counted; what chance does to them is tested apart."""
    monkeypatch.setattr(service, "publish", lambda count, _policy, _draw: count)
    with app.test_request_context():
        yield


@pytest.fixture
def city():
    """A city of a most and a least deprived area; others come from both in every test."""
    city, (most, least) = city_with_areas(deciles=(1, 10))
    for home in (most, least):
        attended(home, at=IN_SUMMER + timedelta(days=1))
    city.most, city.least = most, least
    return city


def counts(db, city, table, period=SUMMER, **given):
    """Return the cells of a table that anybody is in."""
    made = service.release(db(), city=city, period=period, today=TODAY, **given)
    return {cell: n for cell, n in published(made, table).items() if n}


def at_a(kind_or_category, home, *, at=IN_SUMMER, days=0, learner=None):
    """Have somebody come to something of a kind or a category."""
    name = "kind" if isinstance(kind_or_category, OpportunityKind) else "category"
    opportunity = factories.opportunity(**{name: kind_or_category})
    scheduled = factories.scheduled_session(
        opportunity=opportunity, starts_at=at + timedelta(days=days), places=500
    )
    learner = learner or factories.learner(home=home)
    booking = factories.booking(of=learner, on=scheduled)
    factories._saved(
        Attendance(
            booking=booking,
            confirmed_by_id=learner.id,
            confirmed_at=at,
            minutes=120,
            home_lsoa_code=home.lsoa_code,
        )
    )
    return learner


def test_who_came_three_times_is_counted_as_deep(db, city):
    attended(city.most, times=3)
    attended(city.most, times=2)

    assert counts(db, city, "depth") == {"1:three_times": 1}


def test_a_badge_and_evidence_count_in_the_period_they_are_of(db, city):
    learner = attended(city.least)
    other = attended(city.most)
    for whose, at in ((learner, IN_SUMMER), (other, BEFORE)):
        factories._saved(
            AchievementCredential(
                achievement_id=factories.achievement().id,
                issuer_id=factories.provider().id,
                recipient_id=whose.id,
                evidence="Came.",
                activity_started_at=at,
                activity_ended_at=at,
                awarded_at=at,
                status_index=whose.id,
            )
        )
        factories._saved(
            EvidencePiece(
                learner_id=whose.id,
                kind=Kind.WORDS,
                title="A day",
                words="It went well.",
                happened_on=at.date(),
                state=State.READY,
                made_at=at,
            )
        )

    assert counts(db, city, "depth") == {"9:badge": 1, "9:evidence": 1}


def test_who_had_come_before_is_told_from_who_is_new(db, city):
    known = attended(city.most, at=BEFORE)
    attended(city.most, learner=known)

    assert counts(db, city, "before") == {"1:came_before": 1}


def test_who_came_to_two_categories_is_in_both(db, city):
    learner = at_a(Category.SPORT, city.least)
    at_a(Category.CIVIC, city.least, learner=learner)
    at_a(Category.CIVIC, city.least, learner=learner, days=3)

    found = counts(db, city, "category")

    assert (found["9:sport"], found["9:civic"]) == (1, 1)


def test_the_holidays_are_those_of_the_city(db, city):
    factories._saved(
        SchoolTerm(
            city_id=city.id,
            starts_on=date(2026, 4, 1),
            ends_on=date(2026, 5, 31),
            name="Until Whitsun",
        )
    )
    factories._saved(
        SchoolTerm(
            city_id=city.id,
            starts_on=date(2026, 6, 10),
            ends_on=date(2026, 7, 31),
            name="After",
        )
    )
    attended(city.least, at=datetime(2026, 6, 20, 12, tzinfo=UTC))

    # Those of the fixture came on 2 June.
    assert counts(db, city, "holiday") == {"1:holiday": 1, "9:holiday": 1}


def test_ten_days_with_employers_may_lie_in_several_years(db, city):
    learner = at_a(OpportunityKind.WORK_EXPERIENCE, city.most, at=BEFORE - timedelta(days=400))
    for days in range(8):
        at_a(OpportunityKind.WORK_EXPERIENCE, city.most, at=BEFORE, days=days, learner=learner)
    assert counts(db, city, "workplace", YEAR) == {"1:workplace": 1}

    at_a(OpportunityKind.WORK_EXPERIENCE, city.most, learner=learner)
    corrected = service.correct(db(), city=city, period=YEAR, reason="One more day.", today=TODAY)

    found = {cell: n for cell, n in published(corrected, "workplace").items() if n}
    assert found == {"1:workplace": 1, "1:ten_days": 1}


def test_the_way_from_an_account_to_an_application(db, city):
    """Four in the most deprived area: one has an account, one asked, one came, one came and used it."""
    factories.learner(home=city.most)
    asked = factories.learner(home=city.most)
    session = factories.scheduled_session(starts_at=IN_SUMMER)
    factories._saved(
        Booking(
            learner_id=asked.id,
            scheduled_session_id=session.id,
            status=BookingStatus.DECLINED,
            booked_at=IN_SUMMER,
        )
    )
    user = attended(city.most, times=2)
    factories._saved(
        Pack(
            learner_id=user.id,
            kind=PackKind.CV,
            token_hash="x",
            label="For a job",
            created_at=IN_SUMMER,
            expires_at=IN_SUMMER + timedelta(days=30),
        )
    )
    db.execute(update(Booking).values(booked_at=IN_SUMMER))
    db.execute(update(User).values(created_at=BEFORE))

    found = counts(db, city, "way", YEAR)

    most = {key.partition(":")[2]: n for key, n in found.items() if key.startswith("1:")}
    # The one of the fixture came too.
    assert most == {"found": 4, "applied": 3, "offered": 2, "came_again": 1, "used": 1}


def test_what_learners_told_is_counted_in_the_year_alone(db, city):
    told = attended(city.most, learner=factories.learner(home=city.most))
    tell(
        db(),
        learner=told,
        answers=Answers(send=True, ethnicity=Ethnicity.MIXED, free_meals=False),
        secret=SECRET,
    )

    term = service.release(db(), city=city, period=SUMMER, today=TODAY, equality_secret=SECRET)
    year = service.release(db(), city=city, period=YEAR, today=TODAY, equality_secret=SECRET)

    assert {table.table for table in term.tables}.isdisjoint({"told", "told_ward", "told_fifth"})
    shown = {
        table: {cell: n for cell, n in published(year, table).items() if n}
        for table in ("told", "told_ward", "told_fifth", "told_age")
    }
    assert shown == {
        "told": {"told_send": 1, "told_free_meals": 1, "told_ethnicity": 1},
        "told_ward": {f"{city.most.ward_code}:send": 1},
        "told_fifth": {"1:send": 1, "1:mixed": 1},
        "told_age": {"13-15:send": 1, "13-15:mixed": 1},
    }


def test_a_year_is_not_released_without_the_secret_once_anybody_told(db, city):
    told = attended(city.most)
    tell(db(), learner=told, answers=Answers(send=True), secret=SECRET)

    with pytest.raises(Conflict, match="EQUALITY_SECRET"):
        service.release(db(), city=city, period=YEAR, today=TODAY)

    assert counts(db, city, "depth") == {}, "a term needs none"


def test_where_nobody_told_a_year_needs_no_secret(db, city):
    assert counts(db, city, "told_fifth", YEAR) == {}


def test_wishes_are_counted_by_ward_and_of_nobody(db, city):
    for words in ("skates", "a rink"):
        factories._saved(
            Wish(
                city_id=city.id,
                lsoa_code=city.most.lsoa_code,
                category=Category.SPORT,
                words=words,
                month=date(2026, 6, 1),
            )
        )
    factories._saved(
        Wish(
            city_id=city.id,
            lsoa_code=city.least.lsoa_code,
            category=None,
            words="something",
            month=date(2026, 3, 1),
        )
    )

    assert counts(db, city, "wished") == {f"{city.most.ward_code}:wished_sport": 2}


def test_a_month_says_how_many_and_no_more(db, city):
    june = service.release(db(), city=city, period=period_named("2026-06"), today=TODAY)

    assert {table.table for table in june.tables} == {"city", "decile", "age"}
    assert published(june, "city") == {"all": 2}
