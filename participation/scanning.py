"""A pass at the door: whose it is, whether they have a place, and what to do if they have none."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import passes
from accounts.models import Role, User
from accounts.queries import learner_by_pass
from app.errors import Conflict, NotAllowed, NotFound
from opportunities.models import ScheduledSession
from participation.attendance import confirm_attendance, door_refusal
from participation.law import refused_at_door, suits_age
from participation.locks import locked_session
from participation.models import LIVE, Booking, BookingStatus, Method
from participation.queries import session_at_door
from participation.waiting import settle, take_place


@dataclass(frozen=True)
class Shown:
    """Whose pass was shown, and the place they have, if any."""

    learner: User
    booking: Booking | None


def take_pass(
    db: Session,
    *,
    session_uuid: UUID,
    code: str,
    keeper: User,
    method: Method,
    secret: str,
    now: datetime,
) -> Shown:
    """Mark as here whoever's pass was shown, if they have a place. The same pass twice is harmless.

    :param code: a moving code that was scanned, a pass code from paper, or six digits from a phone.
    :param secret: what moving codes are sealed with.
    :raises NotFound: no such session, or `keeper` keeps no door of its provider.
    :raises Conflict: the register is not open, or the code means nobody, or nobody any more.
    """
    scheduled = _open_door(db, session_uuid, keeper, now)
    learner = _learner_of(db, scheduled, code, secret, now)
    if learner is None:
        raise Conflict(_("This code is old or not right. Ask for a new one, or tap their name."))
    booking = _place_of(db, learner, scheduled)
    if booking is not None:
        confirm_attendance(
            db, booking_uuid=booking.uuid, confirmed_by=keeper, now=now, method=method
        )
    return Shown(learner, booking)


def let_in(
    db: Session, *, session_uuid: UUID, learner_uuid: UUID, keeper: User, now: datetime
) -> Booking:
    """Give someone who came without a place a free one, and mark them as here. Flushes.

    :raises NotFound: no such session, or `keeper` keeps no door of its provider.
    :raises NotAllowed: it is not for their age.
    :raises Conflict: the register is not open, it is called off, it is over, or there is no free place.
    """
    _open_door(db, session_uuid, keeper, now)
    scheduled = locked_session(db, uuid=session_uuid)
    learner = db.scalar(select(User).filter_by(uuid=learner_uuid, role=Role.LEARNER))
    if learner is None:
        raise NotFound(_("We cannot find that pass."))
    booking = _place_of(db, learner, scheduled) or _new_place(db, learner, scheduled, now)
    confirm_attendance(
        db, booking_uuid=booking.uuid, confirmed_by=keeper, now=now, method=Method.WALK_IN
    )
    return booking


def _new_place(db: Session, learner: User, scheduled: ScheduledSession, now: datetime) -> Booking:
    if scheduled.cancelled_at is not None:
        raise Conflict(_("This will not be held."))
    if scheduled.ends_at < now:
        raise Conflict(_("This is over, so nobody else can be let in."))
    if not suits_age(learner, scheduled.opportunity):
        raise NotAllowed(_("This is not for their age group."))
    if refused := refused_at_door(db, learner, scheduled, now):
        raise refused
    settle(db, scheduled, now)
    wish = _wish_of(db, learner, scheduled)
    if wish is None or wish.status is BookingStatus.WAITING:
        # None is kept any more: the door opens long after the last day of that.
        if scheduled.remaining_capacity < 1:
            raise Conflict(_("All the places have gone."))
        take_place(db, scheduled, learner)
    booking = wish or Booking(learner=learner, scheduled_session=scheduled)
    # Asked for, offered or waited for: whoever lets them in has answered.
    booking.status, booking.held_until = BookingStatus.CONFIRMED, None
    booking.booked_for = scheduled.starts_at
    db.add(booking)
    db.flush()
    return booking


def _wish_of(db: Session, learner: User, scheduled: ScheduledSession) -> Booking | None:
    """Return what somebody has on a session that is not a place yet."""
    live = select(Booking).filter_by(learner_id=learner.id, scheduled_session_id=scheduled.id)
    return db.scalar(live.where(Booking.status.in_(LIVE)))


def _open_door(db: Session, session_uuid: UUID, keeper: User, now: datetime) -> ScheduledSession:
    scheduled = session_at_door(db, keeper, session_uuid, now=now)
    if (refusal := door_refusal(scheduled, now)) is not None:
        raise refusal
    return scheduled


def _learner_of(
    db: Session, scheduled: ScheduledSession, code: str, secret: str, now: datetime
) -> User | None:
    if passes.is_moving_code(code):
        uuid = passes.learner_of_moving_code(secret, code, now)
        return db.scalar(select(User).filter_by(uuid=uuid, role=Role.LEARNER)) if uuid else None
    digits = "".join(code.split())
    if digits.isascii() and digits.isdigit() and len(digits) == passes.DIGITS:
        return _booked_with_digits(db, scheduled, digits, secret, now)
    return learner_by_pass(db, passes.read_pass_code(code))


def _booked_with_digits(
    db: Session, scheduled: ScheduledSession, digits: str, secret: str, now: datetime
) -> User | None:
    """Return the one learner with a place whose phone shows these digits; nobody if two do."""
    booked = (
        select(User)
        .join(Booking, Booking.learner_id == User.id)
        .where(
            Booking.scheduled_session_id == scheduled.id,
            Booking.status == BookingStatus.CONFIRMED,
        )
    )
    meant = [
        user for user in db.scalars(booked) if passes.mean_digits(secret, digits, user.uuid, now)
    ]
    return meant[0] if len(meant) == 1 else None


def _place_of(db: Session, learner: User, scheduled: ScheduledSession) -> Booking | None:
    return db.scalar(
        select(Booking).filter_by(
            learner_id=learner.id,
            scheduled_session_id=scheduled.id,
            status=BookingStatus.CONFIRMED,
        )
    )
