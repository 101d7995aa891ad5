"""What a learner can say how it went of: all of it their own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from badges.queries import own_badge
from logbook.queries import own_logged
from opportunities.models import ScheduledSession
from participation.models import Booking, BookingStatus
from plans.queries import own_goal, own_item


class Kind(StrEnum):
    """What sort of thing it is, as addresses say it."""

    BOOKING = "booking"
    ADDED = "added"
    BADGE = "badge"
    PLAN = "plan"
    GOAL = "goal"


@dataclass(frozen=True)
class About:
    """One thing to say how it went of."""

    kind: Kind
    uuid: UUID
    id: int
    #: What people call it.
    title: str

    @property
    def column(self) -> str:
        """Return which column of `Reflection` points to it."""
        return _COLUMNS[self.kind]

    @property
    def group(self) -> str:
        """Return by which name `reflections_for` asks for it."""
        return _GROUPS[self.kind]


_COLUMNS = {
    Kind.BOOKING: "booking_id",
    Kind.ADDED: "logged_activity_id",
    Kind.BADGE: "credential_id",
    Kind.PLAN: "plan_item_id",
    Kind.GOAL: "goal_id",
}
_GROUPS = {
    Kind.BOOKING: "bookings",
    Kind.ADDED: "logged",
    Kind.BADGE: "badges",
    Kind.PLAN: "items",
    Kind.GOAL: "goals",
}


def about(db: Session, learner: User, kind: Kind, uuid: UUID, *, now: datetime) -> About | None:
    """Return what of a learner's own an address names, if there is such a thing and it has begun."""
    found, title = _FINDERS[kind](db, learner, uuid, now)
    return None if found is None else About(kind, uuid, found.id, title)


def _booking(db: Session, learner: User, uuid: UUID, now: datetime):
    own = (
        select(Booking)
        .join(Booking.scheduled_session)
        .options(
            joinedload(Booking.scheduled_session, innerjoin=True).joinedload(
                ScheduledSession.opportunity, innerjoin=True
            )
        )
        .where(
            Booking.uuid == uuid,
            Booking.learner_id == learner.id,
            Booking.status == BookingStatus.CONFIRMED,
            ScheduledSession.starts_at <= now,
        )
    )
    booking = db.scalar(own)
    return booking, booking.scheduled_session.opportunity.title if booking else ""


def _added(db: Session, learner: User, uuid: UUID, _now: datetime):
    activity = own_logged(db, learner, uuid)
    return activity, activity.title if activity else ""


def _badge(db: Session, learner: User, uuid: UUID, _now: datetime):
    badge = own_badge(db, learner, uuid)
    return badge, badge.achievement.name if badge else ""


def _plan(db: Session, learner: User, uuid: UUID, _now: datetime):
    return own_item(db, learner, uuid), _("What I will try")


def _goal(db: Session, learner: User, uuid: UUID, _now: datetime):
    return own_goal(db, learner, uuid), _("My goal")


_FINDERS = {
    Kind.BOOKING: _booking,
    Kind.ADDED: _added,
    Kind.BADGE: _badge,
    Kind.PLAN: _plan,
    Kind.GOAL: _goal,
}
