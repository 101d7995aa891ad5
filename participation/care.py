"""Whom to ring, and who goes home alone: what a learner lets the people at the door know, for a day."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotFound
from opportunities.models import ScheduledSession
from participation.attendance import DOOR_CLOSES_AFTER
from participation.locks import locked_booking
from participation.models import Booking, BookingStatus, Care, Guest
from participation.queries import CARE_SHOWN_AROUND, is_care_shown, session_at_door


@dataclass(frozen=True)
class Contact:
    """Whom to ring for one young person."""

    first_name: str
    contact_name: str
    contact_phone: str


def keep_care(
    db: Session,
    *,
    booking_uuid: UUID,
    learner: User,
    contact_name: str,
    contact_phone: str,
    leaves_alone: bool | None,
    now: datetime,
) -> None:
    """Keep what a learner lets the people at the door know; nothing given deletes it. Flushes.

    :raises NotFound: no such booking, or it is someone else's.
    :raises Conflict: the place was given back, or the session is over.
    """
    booking = locked_booking(db, booking_uuid)
    if booking.learner_id != learner.id:
        raise NotFound(_("We cannot find that booking."))
    if booking.status is not BookingStatus.CONFIRMED or booking.scheduled_session.ends_at < now:
        raise Conflict(_("This is over, so there is nobody to tell."))
    db.execute(delete(Care).filter_by(booking_id=booking.id))
    if contact_name or leaves_alone is not None:
        db.add(
            Care(
                booking_id=booking.id,
                contact_name=contact_name,
                contact_phone=contact_phone,
                leaves_alone=leaves_alone,
            )
        )
    db.flush()


def own_care(db: Session, learner: User, booking_uuid: UUID) -> Care | None:
    """Return what the learner lets those at the door of a booking of theirs know."""
    return db.scalar(
        select(Care)
        .join(Booking, Care.booking_id == Booking.id)
        .where(Booking.uuid == booking_uuid, Booking.learner_id == learner.id)
    )


def contacts_at_door(
    db: Session, viewer: User, session_uuid: UUID, *, now: datetime
) -> list[Contact]:
    """Return whom to ring for those who have a place, by first name, in the day around a session.

    :raises NotFound: no such session, or the viewer keeps no door of its provider.
    :raises Conflict: it is too early, or too late.
    """
    scheduled = session_at_door(db, viewer, session_uuid, now=now)
    if not is_care_shown(scheduled, now):
        raise Conflict(_("You can see this from 24 hours before the session until 24 hours after."))
    found = (
        select(User.name, Care.contact_name, Care.contact_phone)
        .join(Booking, Care.booking_id == Booking.id)
        .join(User, Booking.learner_id == User.id)
        .where(
            Booking.scheduled_session_id == scheduled.id,
            Booking.status == BookingStatus.CONFIRMED,
            Care.contact_name != "",
        )
        .order_by(User.name, Booking.id)
    )
    return [Contact(name.split()[0], *contact) for name, *contact in db.execute(found)]


def forget_people(db: Session, now: datetime) -> int:
    """Delete what those at the door need to know no more, and return how many rows that was.

    Whom to ring goes a day after the end; the names of guests go when the register closes.
    """
    over = select(Booking.id).join(Booking.scheduled_session)
    care = delete(Care).where(
        Care.booking_id.in_(over.where(ScheduledSession.ends_at < now - CARE_SHOWN_AROUND))
    )
    closed = select(ScheduledSession.id).where(ScheduledSession.ends_at < now - DOOR_CLOSES_AFTER)
    names = (
        update(Guest)
        .where(Guest.first_name.is_not(None), Guest.scheduled_session_id.in_(closed))
        .values(first_name=None)
    )
    return sum(db.connection().execute(one).rowcount for one in (care, names))
