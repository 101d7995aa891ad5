"""The rules of a place: who may take one, and who may give it back.

Locks are taken in the order of `participation.locks`.
"""

from datetime import datetime
from typing import cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from opportunities.booking_window import why_not_open
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries import bookable, is_on_offer
from participation.locks import locked_booking, locked_session
from participation.models import Booking, BookingStatus
from participation.queries import booked_around, live_attendance, place_of
from permission.service import is_work, refusal_for
from permission.work import Stretch

#: The index by which the database, too, refuses a second live place.
LIVE_BOOKING = "uq_booking_live"


class AlreadyBooked(Conflict):
    """The learner has a place on this session already: after a double tap, the answer is the same."""


def book(
    db: Session,
    *,
    learner: User,
    scheduled_session_uuid: UUID,
    now: datetime,
    access_needs: str = "",
) -> Booking:
    """Give `learner` a place on a scheduled session.

    The session row stays locked until the transaction ends, so two learners cannot take the last
    place. Flushes, so that the booking has its id; the caller commits.

    :param now: the instant of the request, aware; a session that has started takes no more.
    :raises NotFound: no such session, or it is not open to the public.
    :raises NotAllowed: `learner` is no learner, or not of the ages it is for.
    :raises AlreadyBooked: the learner has a place on it.
    :raises Conflict: it has started, booking is not open yet or not any more, or it is full.
    """
    scheduled = locked_session(db, uuid=scheduled_session_uuid)
    refusal = refusal_to_book(db, learner=learner, scheduled=scheduled, now=now)
    if refusal is not None:
        raise refusal
    scheduled.remaining_capacity -= 1
    booking = Booking(learner=learner, scheduled_session=scheduled, access_needs=access_needs)
    db.add(booking)
    try:
        db.flush()
    except IntegrityError as error:
        if LIVE_BOOKING not in str(error.orig):
            raise
        # Only a place that was made without the lock above comes here. The caller rolls back.
        raise AlreadyBooked(_already_booked()) from error
    return booking


def refusal_to_book(
    db: Session, *, learner: User, scheduled: ScheduledSession, now: datetime
) -> Refusal | None:
    """Return why `learner` cannot book this session, as `book` would say it, or nothing.

    Asked without a lock it is good for a page; `book` asks again under one.
    """
    if learner.role is not Role.LEARNER:
        return NotAllowed(_("Only a young person with a pass can book a place."))
    if place_of(db, learner, scheduled) is not None:
        return AlreadyBooked(_already_booked())
    if not is_on_offer(scheduled.opportunity, now):
        return NotFound(_("This is not on offer."))
    if scheduled.cancelled_at is not None:
        return Conflict(_("This will not be held."))
    if scheduled.starts_at <= now:
        return Conflict(_("This has already started."))
    if closed := why_not_open(scheduled, now):
        return Conflict(closed)
    if not _suits_age(learner, scheduled.opportunity):
        return NotAllowed(_wrong_age(learner, scheduled.opportunity))
    if refused := _refused_by_law(db, learner, scheduled):
        return refused
    if not _is_bookable(db, scheduled, now):
        return Conflict(_("All the places have gone."))
    return None


def cancel_booking(db: Session, *, booking_uuid: UUID, learner: User, now: datetime) -> Booking:
    """Give a learner's own place back, so that someone else can have it. Flushes.

    Cancelling twice is harmless, and gives one place back.

    :raises NotFound: no such booking, or it is someone else's.
    :raises Conflict: the session has started, or the learner is marked as here.
    """
    of = select(Booking.scheduled_session_id).filter_by(uuid=booking_uuid, learner_id=learner.id)
    session_id = db.scalar(of)
    if session_id is None:
        raise NotFound(_("We cannot find that booking."))
    scheduled = locked_session(db, id=session_id)
    booking = locked_booking(db, booking_uuid)
    if booking.status is BookingStatus.CANCELLED:
        return booking
    if scheduled.starts_at <= now:
        raise Conflict(_("This has already started, so the place cannot be given back."))
    if db.scalar(select(live_attendance(booking.id))):
        raise Conflict(_("You are marked as here, so the place cannot be given back."))
    booking.status, booking.cancelled_at = BookingStatus.CANCELLED, now
    scheduled.remaining_capacity += 1
    db.flush()
    return booking


def _is_bookable(db: Session, scheduled: ScheduledSession, now: datetime) -> bool:
    """Ask the one condition that search asks too, so that what is found can be booked."""
    found = (
        select(ScheduledSession.id)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(ScheduledSession.id == scheduled.id, bookable(now))
    )
    return db.scalar(found) is not None


def _refused_by_law(db: Session, learner: User, scheduled: ScheduledSession) -> Refusal | None:
    if not is_work(scheduled.opportunity):
        return None
    around = booked_around(db, learner, scheduled)
    others = [Stretch(each.starts_at, each.ends_at) for each in around if is_work(each.opportunity)]
    return refusal_for(db, learner=learner, scheduled=scheduled, others=others)


def _suits_age(learner: User, opportunity: Opportunity) -> bool:
    youngest, oldest = _ages_of(learner)
    return youngest <= opportunity.max_age and opportunity.min_age <= oldest


def _ages_of(learner: User) -> tuple[int, int]:
    # The database holds it: every learner has an age band.
    return cast(AgeBand, learner.age_band).ages


def _wrong_age(learner: User, opportunity: Opportunity) -> str:
    youngest, oldest = _ages_of(learner)
    return _(
        "This is for ages %(min_age)s to %(max_age)s. Your pass says %(youngest)s to %(oldest)s.",
        min_age=opportunity.min_age,
        max_age=opportunity.max_age,
        youngest=youngest,
        oldest=oldest,
    )


def _already_booked() -> str:
    return _("You already have a place on this session.")
