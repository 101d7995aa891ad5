"""What in the registers of a city an officer should look at. It names no young person.

A pattern is a reason to ask, and proves nothing: a pen and paper register typed up the next week is
late too.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from accounts.models import ADULT_BANDS, User
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Attendance, AttendanceMark, Booking, BookingStatus, Method, Said
from participation.queries import is_one_to_one, is_open
from providers.models import Provider

#: How far back and how far ahead an officer looks.
LOOKS_BACK, LOOKS_AHEAD = timedelta(days=90), timedelta(days=14)
#: So long a provider has to answer a learner.
ANSWER_WITHIN = timedelta(days=3)
#: Everyone at once, so long after the end, is late.
LATE_AFTER = timedelta(hours=24)
#: Fewer people than this all come sometimes; fewer sessions than this are chance.
FEWEST_PEOPLE, FEWEST_SESSIONS = 4, 5


class Pattern(StrEnum):
    """Why a register is shown."""

    ONE_TO_ONE = "one_to_one"
    UNANSWERED = "unanswered"
    SAID_AGAIN = "said_again"
    NOT_THERE = "not_there"
    LATE_AT_ONCE = "late_at_once"
    ALWAYS_EVERYONE = "always_everyone"


@dataclass
class Odd:
    """One session and why it is shown."""

    scheduled: ScheduledSession
    patterns: list[Pattern] = field(default_factory=list)


@dataclass(frozen=True)
class Counts:
    """How one session was filled and confirmed, in numbers of people."""

    scheduled: ScheduledSession
    booked: int
    minors: int
    here: int
    at_once: int
    late: int

    @property
    def is_everyone_at_once(self) -> bool:
        return self.booked >= FEWEST_PEOPLE and self.at_once == self.booked


def odd_registers(db: Session, officer: User, *, now: datetime) -> list[Odd]:
    """Return the sessions of the officer's city with something to look at, the latest first."""
    counts = [Counts(*row) for row in db.execute(_counts_in_city(officer, now))]
    words = _words_in_city(db, officer, now)
    always = _who_always_has_everyone(counts)
    odd = [Odd(one.scheduled, _patterns_of(one, words, always, now)) for one in counts]
    return [one for one in odd if one.patterns]


def _patterns_of(
    one: Counts, words: dict[int, set[Pattern]], always: set[int], now: datetime
) -> list[Pattern]:
    scheduled = one.scheduled
    is_so = {
        Pattern.ONE_TO_ONE: scheduled.ends_at > now
        and is_one_to_one(scheduled.maximum_capacity, one.booked, one.minors),
        Pattern.LATE_AT_ONCE: one.late >= FEWEST_PEOPLE,
        Pattern.ALWAYS_EVERYONE: one.is_everyone_at_once
        and scheduled.opportunity.provider_id in always,
    }
    told = words.get(scheduled.id, set())
    return [pattern for pattern in Pattern if is_so.get(pattern) or pattern in told]


def _who_always_has_everyone(counts: list[Counts]) -> set[int]:
    """Return the providers of which everyone always came, all confirmed with one tap."""
    confirmed: dict[int, list[bool]] = defaultdict(list)
    for one in counts:
        if one.here and one.booked >= FEWEST_PEOPLE:
            confirmed[one.scheduled.opportunity.provider_id].append(one.is_everyone_at_once)
    return {
        provider
        for provider, all_of in confirmed.items()
        if len(all_of) >= FEWEST_SESSIONS and all(all_of)
    }


def _counts_in_city(officer: User, now: datetime) -> Select:
    is_at_once = and_(Attendance.method == Method.EVERYONE, Attendance.withdrawn_at.is_(None))
    is_late = and_(is_at_once, Attendance.confirmed_at > ScheduledSession.ends_at + LATE_AFTER)
    tally = (
        select(
            ScheduledSession.id,
            func.count(Booking.id).label("booked"),
            func.count(case((User.age_band.not_in(ADULT_BANDS), 1))).label("minors"),
            func.count(case((Attendance.withdrawn_at.is_(None), Attendance.booking_id))).label(
                "here"
            ),
            func.count(case((is_at_once, 1))).label("at_once"),
            func.count(case((is_late, 1))).label("late"),
        )
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .join(User, Booking.learner_id == User.id)
        .outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.CONFIRMED, _is_near(now))
        .group_by(ScheduledSession.id)
        .subquery()
    )
    return (
        select(ScheduledSession, *(count for count in tally.c if count.name != "id"))
        .join(tally, tally.c.id == ScheduledSession.id)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .options(contains_eager(ScheduledSession.opportunity).contains_eager(Opportunity.provider))
        .where(Provider.city_id == officer.city_id)
        .order_by(ScheduledSession.starts_at.desc(), ScheduledSession.id)
    )


def _words_in_city(db: Session, officer: User, now: datetime) -> dict[int, set[Pattern]]:
    """Return which sessions learners speak of, and how."""
    mark, again = aliased(AttendanceMark), aliased(AttendanceMark)
    times = (
        select(func.count())
        .where(again.booking_id == mark.booking_id, again.method == Method.LEARNER_SAYS)
        .scalar_subquery()
    )
    found = (
        select(Booking.scheduled_session_id, mark.said, mark.said_at, times)
        .join(Booking, mark.booking_id == Booking.id)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(Provider.city_id == officer.city_id, _is_near(now), is_open(mark))
    )
    told: dict[int, set[Pattern]] = defaultdict(set)
    not_there: dict[int, int] = defaultdict(int)
    for session_id, said, said_at, count in db.execute(found):
        not_there[session_id] += said is Said.AWAY
        is_so = {
            Pattern.UNANSWERED: said_at <= now - ANSWER_WITHIN,
            Pattern.SAID_AGAIN: count > 1,
            Pattern.NOT_THERE: not_there[session_id] > 1,
        }
        told[session_id] |= {pattern for pattern, holds in is_so.items() if holds}
    return told


def _is_near(now: datetime):
    return ScheduledSession.starts_at.between(now - LOOKS_BACK, now + LOOKS_AHEAD)
