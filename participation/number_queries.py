"""What an organisation's own numbers are made of, counted by the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, select
from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from app.clock import LONDON
from app.terms import school_year_of, term_before, term_of
from badges.models import AchievementCredential
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from participation.models import AttendanceTrace, Booking, BookingStatus, CancelReason
from participation.own_numbers import (
    Activity,
    Figure,
    Offered,
    OwnNumbers,
    Scope,
    Sitting,
    Span,
    own_numbers,
)
from participation.small_numbers import SMALLEST_SHOWN
from participation.traces import came_to
from providers.models import MemberRole, Provider
from providers.queries import role_in

_A_YEAR = timedelta(days=365)
_MONTH = func.date_trunc("month", func.timezone(str(LONDON), ScheduledSession.starts_at))


@dataclass(frozen=True)
class Stretch:
    """A span of the page: its two ends, the second one no longer part of it."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, at: Any) -> ColumnElement[bool]:
        return and_(at >= self.opens_at, at < self.closes_at)


def may_see_numbers(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` may see the provider's own numbers today: its own people, not the door's."""
    return role_in(db, user, provider) not in (None, MemberRole.DOOR)


def why_given_back(db: Session, provider: Provider, *, now: datetime) -> list[CancelReason]:
    """Return why places were given back in the last year, most often first, and no numbers.

    A reason that fewer than `SMALLEST_SHOWN` young people gave is left out.
    """
    people = func.count(Booking.learner_id.distinct())
    found = (
        select(Booking.cancel_reason)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(
            Opportunity.provider_id == provider.id,
            Booking.cancel_reason.is_not(None),
            Booking.cancelled_at > now - _A_YEAR,
        )
        .group_by(Booking.cancel_reason)
        .having(people >= SMALLEST_SHOWN)
        .order_by(people.desc(), Booking.cancel_reason)
    )
    return [reason for reason in db.scalars(found) if reason is not None]


def stretches(today: date) -> dict[Span, Stretch]:
    """Return this term, the one before, and the school year from September, in London time."""
    this_term = term_of(today)
    last_term = term_before(this_term)
    first_day = school_year_of(today)
    return {
        Span.TERM: Stretch(this_term.opens_at, this_term.closes_at),
        Span.LAST_TERM: Stretch(last_term.opens_at, last_term.closes_at),
        Span.YEAR: Stretch(
            _midnight(first_day), _midnight(first_day.replace(year=first_day.year + 1))
        ),
    }


def numbers_of(db: Session, provider: Provider, *, now: datetime) -> OwnNumbers:
    """Return a provider's own numbers, of sessions that are over, made safe to show."""
    spans = stretches(now.astimezone(LONDON).date())
    sittings = {span: _sittings(db, provider, stretch, now) for span, stretch in spans.items()}
    counts: dict[tuple[Figure, Scope], int] = {}
    for span, stretch in spans.items():
        counts |= _span_counts(db, provider, span, stretch, now)
    activities = {each.activity.uuid: each.activity for each in sittings[Span.YEAR]}
    counts |= _year_counts(db, provider, spans[Span.YEAR], now, activities)
    return own_numbers(sittings, counts)


def _sittings(
    db: Session, provider: Provider, stretch: Stretch, now: datetime
) -> Sequence[Sitting]:
    """Return what ran, by activity and month. What was withdrawn ran only where somebody had booked."""
    booked = (
        select(func.count())
        .where(
            Booking.scheduled_session_id == ScheduledSession.id,
            Booking.status == BookingStatus.CONFIRMED,
        )
        .scalar_subquery()
    )
    left = (
        select(func.count())
        .where(AttendanceTrace.scheduled_session_id == ScheduledSession.id)
        .scalar_subquery()
    )
    ran = (
        select(
            Opportunity.title,
            Opportunity.uuid,
            _MONTH.label("month"),
            ScheduledSession.maximum_capacity.label("places"),
            (booked + left).label("booked"),
            Opportunity.status,
        )
        .join(ScheduledSession.opportunity)
        .where(_is_over(provider, stretch, now))
        .subquery()
    )
    made_up = (
        select(
            ran.c.title,
            ran.c.uuid,
            ran.c.month,
            func.count().label("sessions"),
            func.sum(ran.c.places).label("places"),
            func.sum(ran.c.booked).label("booked"),
        )
        .where((ran.c.status == OpportunityStatus.PUBLISHED) | (ran.c.booked > 0))
        .group_by(ran.c.title, ran.c.uuid, ran.c.month)
        .order_by(ran.c.month, ran.c.title, ran.c.uuid)
    )
    return [
        Sitting(
            Activity(row.title, row.uuid),
            row.month.date(),
            Offered(row.sessions, row.places, int(row.booked)),
        )
        for row in db.execute(made_up)
    ]


def _span_counts(
    db: Session, provider: Provider, span: Span, stretch: Stretch, now: datetime
) -> Mapping[tuple[Figure, Scope], int]:
    came = came_to().subquery()
    visits = (
        select(came.c.person, func.count().label("times"))
        .select_from(came)
        .join(ScheduledSession, ScheduledSession.id == came.c.session_id)
        .join(ScheduledSession.opportunity)
        .where(_is_over(provider, stretch, now))
        .group_by(came.c.person)
        .subquery()
    )
    row = db.execute(
        select(
            func.count().label("people"),
            func.coalesce(func.sum(visits.c.times), 0).label("came"),
            func.count(case((visits.c.times > 1, 1))).label("back"),
        ).select_from(visits)
    ).one()
    return {
        (Figure.PEOPLE, span): row.people,
        (Figure.CAME, span): int(row.came),
        (Figure.BACK, span): row.back,
        (Figure.BADGES, span): _badges(db, provider, stretch),
    }


def _badges(db: Session, provider: Provider, stretch: Stretch) -> int:
    """Return how many badges of the provider stand that were earned then."""
    earned = select(func.count()).where(
        AchievementCredential.issuer_id == provider.id,
        AchievementCredential.revoked_at.is_(None),
        stretch.holds(AchievementCredential.activity_started_at),
    )
    return db.scalar(earned) or 0


def _year_counts(
    db: Session,
    provider: Provider,
    year: Stretch,
    now: datetime,
    activities: Mapping[UUID, Activity],
) -> Mapping[tuple[Figure, Scope], int]:
    """Return how many came, and how many different people, by activity, month and age, in one question."""
    came = came_to().subquery()
    sets = (Opportunity.uuid, _MONTH, came.c.age_band)
    counted = (
        select(
            Opportunity.uuid.label("activity"),
            _MONTH.label("month"),
            came.c.age_band.label("age"),
            func.count().label("came"),
            func.count(came.c.person.distinct()).label("people"),
        )
        .select_from(came)
        .join(ScheduledSession, ScheduledSession.id == came.c.session_id)
        .join(ScheduledSession.opportunity)
        .where(_is_over(provider, year, now))
        .group_by(func.grouping_sets(*sets))
    )
    return dict(_year_count(db.execute(counted), activities))


def _year_count(
    rows: Iterable[Row], activities: Mapping[UUID, Activity]
) -> Iterable[tuple[tuple[Figure, Scope], int]]:
    for row in rows:
        if row.age is not None:
            yield (Figure.PEOPLE, AgeBand(row.age)), row.people
            continue
        scope = activities[row.activity] if row.activity else row.month.date()
        yield (Figure.PEOPLE, scope), row.people
        yield (Figure.CAME, scope), row.came


def _is_over(provider: Provider, stretch: Stretch, now: datetime) -> ColumnElement[bool]:
    return and_(
        Opportunity.provider_id == provider.id,
        stretch.holds(ScheduledSession.starts_at),
        ScheduledSession.ends_at <= literal(now),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON)
