"""How many places one learner may hold, and when, so that there is something left for others."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from app.errors import Conflict, Refusal
from app.web import london_date, london_time
from opportunities.models import Opportunity, ScheduledSession
from participation.models import LIVE, Booking, BookingStatus, NoShowRule
from participation.no_shows import held_back, held_back_until
from providers.models import Provider

#: Places to come, asked for and waited for included, that one learner may have at once.
MOST_TO_COME = 20


def refusal_to_hold_more(
    db: Session,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None = None,
) -> Refusal | None:
    """Return why a learner may not take one more place, or nothing.

    :param instead_of: a booking of theirs that the place would take the place of.
    """
    other = _at_the_same_time(db, learner, scheduled, now, instead_of)
    if other is not None:
        return Conflict(_clash(other))
    if _how_many_to_come(db, learner, now, instead_of) >= MOST_TO_COME:
        return Conflict(
            _(
                "You have %(most)s places to come already. Go to one, or give one back.",
                most=MOST_TO_COME,
            )
        )
    return _refusal_after_no_shows(db, learner, scheduled, now, instead_of)


def _refusal_after_no_shows(
    db: Session,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None,
) -> Refusal | None:
    """Return why a learner may not, by the rule of the city whose session it is; it speaks of no other."""
    if instead_of is not None and instead_of.status in (
        BookingStatus.CONFIRMED,
        BookingStatus.ASKED,
    ):
        # Who moves to a day on which they can come holds no more than before.
        return None
    city_id = scheduled.opportunity.provider.city_id
    rule = db.get(NoShowRule, city_id)
    until = held_back_until(db, learner, rule, now) if rule else None
    if rule is None or until is None:
        return None
    to_come = _how_many_to_come(db, learner, now, instead_of, Provider.city_id == city_id)
    return held_back(rule, until) if to_come >= rule.most_to_come else None


def _at_the_same_time(
    db: Session,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None,
) -> Booking | None:
    is_firm = or_(
        Booking.status == BookingStatus.CONFIRMED,
        and_(Booking.status == BookingStatus.ASKED, Booking.held_until > now),
    )
    found = (
        select(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .options(
            contains_eager(Booking.scheduled_session).contains_eager(ScheduledSession.opportunity)
        )
        .where(
            Booking.learner_id == learner.id,
            is_firm,
            ScheduledSession.id != scheduled.id,
            ScheduledSession.cancelled_at.is_(None),
            ScheduledSession.starts_at < scheduled.ends_at,
            ScheduledSession.ends_at > scheduled.starts_at,
        )
        .order_by(ScheduledSession.starts_at)
        .limit(1)
    )
    if instead_of is not None:
        found = found.where(Booking.id != instead_of.id)
    return db.scalar(found)


def _how_many_to_come(
    db: Session,
    learner: User,
    now: datetime,
    instead_of: Booking | None,
    *which: ColumnElement[bool],
) -> int:
    live = (
        select(func.count())
        .select_from(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(
            *which,
            Booking.learner_id == learner.id,
            Booking.status.in_(LIVE),
            or_(Booking.held_until.is_(None), Booking.held_until > now),
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
    )
    if instead_of is not None:
        live = live.where(Booking.id != instead_of.id)
    return db.scalar(live) or 0


def _clash(other: Booking) -> str:
    scheduled = other.scheduled_session
    return _(
        "You have a place on %(title)s then: %(day)s, %(time)s. Give that one back first, or choose another time.",
        title=scheduled.opportunity.title,
        day=london_date(scheduled.starts_at),
        time=london_time(scheduled.starts_at),
    )
