"""Sessions made from a rule, and kept in step with it when it changes."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from sqlalchemy import text

from app.clock import LONDON
from app.errors import Conflict, NotAllowed
from geo.models import SchoolTerm
from geo.queries import school_calendar
from listings.models import ScheduleOccurrence
from listings.repeats import Rule, SchoolDays, occurrences, weekly
from listings.schedules import AHEAD, extend, follow, plan, schedule_of, stop_repeating
from opportunities.models import ScheduledSession
from participation.service import book
from tests import factories
from tests.factories import NOW

#: A Thursday in June: the clock of the tests says Monday the first.
FIRST = date(2026, 6, 4)
THURSDAYS = Rule(weekly([3]), FIRST, time(16), time(18), until=date(2026, 7, 2))


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def by(provider):
    return factories.member(of=provider)


@pytest.fixture
def club(provider):
    factories.scheduled_session()  # noise
    return factories.opportunity(provider=provider)


@pytest.fixture
def repeat(db, club, by):
    def repeat(rule=THURSDAYS, places=10, shown=None, now=NOW, of=club):
        return follow(db, opportunity=of, rule=rule, places=places, shown=shown, by=by, now=now)

    return repeat


def sessions(db, club):
    """Those to come and not called off, as London sees them."""
    found = db.query(ScheduledSession).filter_by(opportunity_id=club.id, cancelled_at=None)
    return found.order_by(ScheduledSession.starts_at).all()


def said(db, club):
    return [f"{each.starts_at.astimezone(LONDON):%d %b %H:%M}" for each in sessions(db, club)]


def test_a_rule_makes_its_sessions(db, club, repeat):
    made = repeat()

    assert said(db, club) == [
        "04 Jun 16:00",
        "11 Jun 16:00",
        "18 Jun 16:00",
        "25 Jun 16:00",
        "02 Jul 16:00",
    ]
    assert {(s.maximum_capacity, s.remaining_capacity) for s in sessions(db, club)} == {(10, 10)}
    assert len(made.made) == 5
    assert schedule_of(db, club).rule == THURSDAYS


def test_the_same_again_changes_nothing(db, club, repeat):
    repeat()
    before = [(s.id, s.starts_at) for s in sessions(db, club)]

    assert repeat().changes_nothing
    assert [(s.id, s.starts_at) for s in sessions(db, club)] == before


def test_the_first_session_of_a_posting_is_the_first_of_its_rule(db, club, repeat):
    first = factories.scheduled_session(
        opportunity=club, places=10, starts_at=datetime(2026, 6, 4, 15, tzinfo=UTC)
    )

    repeat()

    assert len(sessions(db, club)) == 5
    assert sessions(db, club)[0].uuid == first.uuid


def test_what_nobody_has_booked_moves_in_its_place(db, club, repeat):
    repeat()
    uuids = [each.uuid for each in sessions(db, club)]

    planned = repeat(replace(THURSDAYS, rrule=weekly([4]), start=time(17)))

    assert said(db, club)[:2] == ["05 Jun 17:00", "12 Jun 17:00"]
    # The last Friday, the third of July, is after the rule ends: that session goes.
    assert [each.uuid for each in sessions(db, club)] == uuids[:4]
    assert (len(planned.moved), len(planned.gone), len(planned.kept)) == (4, 1, 0)


def test_what_somebody_has_booked_stays_and_is_said_before(db, club, by, repeat):
    repeat()
    booked = sessions(db, club)[1]
    learner = factories.learner()
    book(db, learner=learner, scheduled_session_uuid=booked.uuid, now=NOW)
    later = replace(THURSDAYS, start=time(17), end=time(19))

    shown = plan(db, opportunity=club, rule=later, places=10, now=NOW)
    assert [each.uuid for each in shown.kept] == [booked.uuid]
    assert len(shown.moved) == 4
    repeat(later, shown=shown.digest)

    assert said(db, club) == [
        "04 Jun 17:00",
        "11 Jun 16:00",
        "18 Jun 17:00",
        "25 Jun 17:00",
        "02 Jul 17:00",
    ]
    assert repeat(later).changes_nothing


def test_not_even_when_the_rule_ends(db, club, repeat):
    repeat()
    book(
        db, learner=factories.learner(), scheduled_session_uuid=sessions(db, club)[4].uuid, now=NOW
    )

    planned = repeat(replace(THURSDAYS, until=date(2026, 6, 11)))

    assert said(db, club) == ["04 Jun 16:00", "11 Jun 16:00", "02 Jul 16:00"]
    assert len(planned.gone) == 2


def test_who_saw_another_plan_looks_again(db, club, repeat):
    repeat()
    later = replace(THURSDAYS, start=time(17), end=time(19))
    shown = plan(db, opportunity=club, rule=later, places=10, now=NOW)
    book(
        db, learner=factories.learner(), scheduled_session_uuid=sessions(db, club)[0].uuid, now=NOW
    )

    with pytest.raises(Conflict, match="Look again"):
        repeat(later, shown=shown.digest)


def test_what_has_begun_is_left_alone(db, club, repeat):
    repeat()
    after_the_first = datetime(2026, 6, 4, 17, tzinfo=UTC)

    planned = repeat(replace(THURSDAYS, start=time(19), end=time(20)), now=after_the_first)

    assert said(db, club)[:2] == ["04 Jun 16:00", "11 Jun 19:00"]
    assert len(planned.moved) == 4


def test_a_session_of_its_own_is_left_alone(db, club, repeat):
    factories.scheduled_session(opportunity=club, starts_at=datetime(2026, 6, 11, 9, tzinfo=UTC))
    repeat()

    assert said(db, club)[1:3] == ["11 Jun 10:00", "11 Jun 16:00"]
    repeat(replace(THURSDAYS, until=date(2026, 6, 4)))
    assert said(db, club) == ["04 Jun 16:00", "11 Jun 10:00"]


def test_a_session_that_goes_is_called_off_and_not_forgotten(db, club, repeat):
    repeat()
    last = sessions(db, club)[-1]
    learner = factories.learner()
    repeat(replace(THURSDAYS, until=date(2026, 6, 25)))

    db.refresh(last)
    assert last.cancelled_at == NOW
    with pytest.raises(Conflict, match="will not be held"):
        book(db, learner=learner, scheduled_session_uuid=last.uuid, now=NOW)
    starts = db.scalar(
        text("SELECT starts FROM opportunity_search WHERE opportunity_id = :id"), {"id": club.id}
    )
    assert len(starts) == 4


def test_the_search_follows(db, club, repeat):
    repeat()
    repeat(replace(THURSDAYS, start=time(17), end=time(19)))

    starts = db.scalar(
        text("SELECT starts FROM opportunity_search WHERE opportunity_id = :id"), {"id": club.id}
    )
    assert starts == [each.starts_at for each in sessions(db, club)]


def test_in_term_only_goes_by_the_terms_of_the_city(db, club, provider, repeat):
    db.add(
        SchoolTerm(
            city_id=provider.city_id,
            starts_on=date(2026, 6, 8),
            ends_on=date(2026, 7, 17),
            name="Second half",
        )
    )
    db.add(SchoolTerm(city_id=factories.city().id, starts_on=FIRST, ends_on=FIRST, name="Noise"))
    db.flush()

    repeat(replace(THURSDAYS, school=SchoolDays.TERM))

    # Before the first term that the council has set, the usual weeks hold.
    assert said(db, club) == [
        "04 Jun 16:00",
        "11 Jun 16:00",
        "18 Jun 16:00",
        "25 Jun 16:00",
        "02 Jul 16:00",
    ]
    repeat(replace(THURSDAYS, school=SchoolDays.HOLIDAYS))
    assert said(db, club) == []


def test_sessions_are_made_half_a_year_ahead_and_then_week_by_week(db, club, repeat):
    repeat(replace(THURSDAYS, until=None))
    schedule = schedule_of(db, club)
    assert len(sessions(db, club)) == 26

    a_fortnight_on = NOW + timedelta(days=14)
    assert extend(db, schedule, now=a_fortnight_on) == 2
    assert extend(db, schedule, now=a_fortnight_on) == 0
    assert sessions(db, club)[-1].starts_at < a_fortnight_on + AHEAD + timedelta(days=1)


def test_a_day_that_was_left_out_does_not_come_back(db, club, repeat):
    forever = replace(THURSDAYS, until=None)
    repeat(forever)
    repeat(forever.without(date(2026, 6, 18)))

    extend(db, schedule_of(db, club), now=NOW + timedelta(days=7))

    assert "18 Jun 16:00" not in said(db, club)


def test_strangers_change_nothing(db, club):
    stranger = factories.member(of=factories.provider())

    with pytest.raises(NotAllowed):
        follow(db, opportunity=club, rule=THURSDAYS, places=10, shown=None, by=stranger, now=NOW)
    with pytest.raises(NotAllowed):
        stop_repeating(db, opportunity=club, by=stranger, now=NOW)
    assert sessions(db, club) == []


def test_who_stops_repeating_keeps_the_dates(db, club, by, repeat):
    repeat()

    stop_repeating(db, opportunity=club, by=by, now=NOW)

    assert len(sessions(db, club)) == 5
    assert schedule_of(db, club) is None


def test_new_sessions_that_officers_have_to_see_are_refused(app, db, club, repeat):
    with app.test_request_context(), pytest.raises(Conflict, match="council looks"):
        repeat(places=1)


@pytest.mark.parametrize("seed", range(25))
def test_after_any_changes_the_sessions_are_what_the_rule_says_and_what_was_booked(
    db, club, provider, repeat, seed
):
    random, booked = Random(seed), {}
    for _ in range(6):
        rule = Rule(
            weekly(random.sample(range(7), random.randint(1, 2)), every=random.choice([1, 2])),
            FIRST + timedelta(days=random.randrange(14)),
            time(random.choice([9, 16])),
            time(18, 30),
            until=FIRST + timedelta(days=random.randrange(20, 90)),
            school=random.choice([SchoolDays.ALWAYS, SchoolDays.TERM]),
            left_out=frozenset(FIRST + timedelta(days=random.randrange(60)) for _ in range(2)),
        )
        shown = plan(db, opportunity=club, rule=rule, places=10, now=NOW)
        repeat(rule, shown=shown.digest)
        free = [each for each in sessions(db, club) if each.uuid not in booked]
        for session in random.sample(free, min(len(free), 2)):
            book(db, learner=factories.learner(), scheduled_session_uuid=session.uuid, now=NOW)
            booked[session.uuid] = (session.starts_at, session.ends_at)

        there = {each.uuid: (each.starts_at, each.ends_at) for each in sessions(db, club)}
        assert {uuid: there.get(uuid) for uuid in booked} == booked
        school = school_calendar(db, provider.city_id)
        wanted = occurrences(rule, school, FIRST, FIRST + timedelta(days=100)).sittings
        kept_days = {day_of(db, uuid) for uuid in booked}
        as_said = {(s.starts_at, s.ends_at) for s in wanted if s.day not in kept_days}
        assert {when for uuid, when in there.items() if uuid not in booked} == as_said
        assert max(Counter(there.values()).values(), default=1) <= 1 + len(booked)
        assert plan(db, opportunity=club, rule=rule, places=10, now=NOW).changes_nothing


def day_of(db, uuid):
    """The day of a rule that a session stands for."""
    found = (
        db.query(ScheduleOccurrence.occurs_on)
        .join(ScheduledSession, ScheduledSession.id == ScheduleOccurrence.scheduled_session_id)
        .filter(ScheduledSession.uuid == uuid)
    )
    return found.scalar()
