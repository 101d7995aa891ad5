"""The rules of a place: who may take one, and who may give it back.

Locks are taken in the order of `participation.locks`.
"""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from app.jobs import defer
from opportunities.booking_window import why_not_open
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries import is_on_offer
from participation.fairness import refusal_to_hold_more
from participation.law import ages_of, needed_by_law, suits_age
from participation.locks import hold_learner, locked_booking, locked_bookings, locked_session
from participation.models import LIVE, Booking, BookingStatus, CancelReason
from participation.queries import live_attendance, place_of
from participation.telling import tell_asked, tell_called_off, tell_confirmed
from participation.waiting import (
    ANSWERED_WITHIN,
    free_places,
    has_run_out,
    held_for_yes,
    held_until,
    release,
    settle,
    take_place,
)
from providers.queries import speaks_for

#: The index by which the database, too, refuses a second live place.
LIVE_BOOKING = "uq_booking_live"


class AlreadyBooked(Conflict):
    """The learner has a place on this session already: after a double tap, the answer is the same."""


class IsFull(Conflict):
    """There is no place, but there may be a line to stand in."""


def book(
    db: Session,
    *,
    learner: User,
    scheduled_session_uuid: UUID,
    now: datetime,
    access_needs: str = "",
    may_wait: bool = False,
) -> Booking:
    """Give `learner` a place on a scheduled session, or ask for one whoever has to say yes.

    The session row stays locked until the transaction ends, so two learners cannot take the last
    place. Flushes, so that the booking has its id; the caller commits.

    :param now: the instant of the request, aware; a session that has started takes no more.
    :param may_wait: stand in line where no place is free and the listing keeps a waiting list.
    :raises NotFound: no such session, or it is not open to the public.
    :raises NotAllowed: `learner` is no learner, or not of the ages it is for.
    :raises AlreadyBooked: the learner has a place on it, or has asked or waits for one.
    :raises IsFull: there is no place, and nobody waits here or the learner did not want to.
    :raises Conflict: it has started, booking is not open yet or not any more, or the learner has a
        place elsewhere at that time or too many to come.
    """
    hold_learner(db, learner)
    scheduled = locked_session(db, uuid=scheduled_session_uuid)
    settle(db, scheduled, now)
    refusal = refusal_to_book(db, learner=learner, scheduled=scheduled, now=now)
    has_place = not isinstance(refusal, IsFull)
    if refusal is not None and (has_place or not (may_wait and may_join_line(scheduled))):
        raise refusal
    booking = Booking(learner=learner, scheduled_session=scheduled, access_needs=access_needs)
    booking.booked_for = scheduled.starts_at
    if has_place:
        take_place(db, scheduled, learner)
        _give_or_ask(db, booking, now)
    else:
        booking.status = BookingStatus.WAITING
    _add(db, booking)
    _tell(db, booking, now)
    return booking


def refusal_to_book(
    db: Session,
    *,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None = None,
) -> Refusal | None:
    """Return why `learner` cannot book this session, as `book` would say it, or nothing.

    Asked without a lock it is good for a page; `book` asks again under one.

    :param instead_of: a booking of theirs that this one would take the place of.
    """
    if learner.role is not Role.LEARNER:
        return NotAllowed(_("Only a young person with a pass can book a place."))
    if place_of(db, learner, scheduled, now) is not None:
        return AlreadyBooked(_already_booked())
    if not is_on_offer(scheduled.opportunity, now):
        return NotFound(_("This is not on offer."))
    if scheduled.cancelled_at is not None:
        return Conflict(_("This will not be held."))
    if scheduled.starts_at <= now:
        return Conflict(_("This has already started."))
    if closed := why_not_open(scheduled, now):
        return Conflict(closed)
    if not suits_age(learner, scheduled.opportunity):
        return NotAllowed(_wrong_age(learner, scheduled.opportunity))
    if refused := _refused_by_law(db, learner, scheduled, now, instead_of):
        return refused
    if refusal := refusal_to_hold_more(db, learner, scheduled, now, instead_of):
        return refusal
    if not free_places(db, scheduled, now, learner):
        return IsFull(_("All the places have gone."))
    return None


def may_join_line(scheduled: ScheduledSession) -> bool:
    """Return whether names are kept for places of this session that come free."""
    return scheduled.opportunity.has_waiting_list


def take_offer(db: Session, *, booking_uuid: UUID, learner: User, now: datetime) -> Booking:
    """Take a place that came free and is held for `learner`. Taking it twice is harmless. Flushes.

    :raises NotFound: no such booking, or it is someone else's.
    :raises Conflict: the time is over, it is not on offer any more, or the learner has a place
        elsewhere at that time.
    """
    hold_learner(db, learner)
    scheduled, booking = _own_booking(db, booking_uuid, learner)
    if booking.status in (BookingStatus.CONFIRMED, BookingStatus.ASKED):
        return booking
    if booking.status is not BookingStatus.OFFERED or has_run_out(booking, now):
        raise Conflict(_("This place is not kept for you any more."))
    if scheduled.cancelled_at is not None or not is_on_offer(scheduled.opportunity, now):
        raise Conflict(_("This will not be held."))
    if refusal := refusal_to_hold_more(db, learner, scheduled, now, instead_of=booking):
        raise refusal
    if refusal := _refused_by_law(db, learner, scheduled, now, booking):
        raise refusal
    booking.booked_for = scheduled.starts_at
    _give_or_ask(db, booking, now)
    db.flush()
    _tell(db, booking, now)
    return booking


def cancel_booking(
    db: Session,
    *,
    booking_uuid: UUID,
    learner: User,
    now: datetime,
    reason: CancelReason | None = None,
) -> Booking:
    """Give a learner's own place back, take an ask back, turn an offer down or leave the line. Flushes.

    Whoever waits is offered what that frees. Cancelling twice is harmless, and gives one place back.

    :param reason: why, for the provider's planning; nobody has to say.
    :raises NotFound: no such booking, or it is someone else's.
    :raises Conflict: the session has started, or the learner is marked as here.
    """
    hold_learner(db, learner)
    scheduled, booking = _own_booking(db, booking_uuid, learner)
    if not booking.is_live:
        return booking
    if refusal := _refusal_to_cancel(db, scheduled, booking, now):
        raise refusal
    _cancel(scheduled, booking, now, reason)
    settle(db, scheduled, now)
    return booking


def move_booking(
    db: Session, *, booking_uuid: UUID, learner: User, to_session_uuid: UUID, now: datetime
) -> Booking:
    """Give up a place for one on another session of the same thing: both happen, or neither. Flushes.

    A place that the provider has said yes to stays so. Returns the new booking.

    :raises NotFound: no such booking of theirs, or no such session of the same thing.
    :raises NotAllowed: as `book` does.
    :raises Conflict: as `cancel_booking` and `book` do, or it is neither a place nor an ask.
    """
    hold_learner(db, learner)
    was, scheduled = _both_sessions(db, booking_uuid, learner, to_session_uuid)
    booking = locked_booking(db, booking_uuid)
    if booking.status not in (BookingStatus.CONFIRMED, BookingStatus.ASKED) or has_run_out(
        booking, now
    ):
        raise Conflict(_("This is not a place that you can move."))
    settle(db, scheduled, now)
    refusal = _refusal_to_cancel(db, was, booking, now) or refusal_to_book(
        db, learner=learner, scheduled=scheduled, now=now, instead_of=booking
    )
    if refusal is not None:
        raise refusal
    moved = _moved(db, booking, scheduled, now)
    take_place(db, scheduled, learner)
    _add(db, moved)
    _tell(db, moved, now)
    booking.moved_to = moved
    _cancel(was, booking, now, CancelReason.MOVED)
    settle(db, was, now)
    return moved


def give_everything_up(db: Session, learner: User, *, now: datetime) -> None:
    """Let go of all places that a learner holds or waits for: they are about to be forgotten. Flushes."""
    hold_learner(db, learner)
    live = select(Booking.scheduled_session_id).where(
        Booking.learner_id == learner.id, Booking.status.in_(LIVE)
    )
    for session_id in sorted(set(db.scalars(live))):
        scheduled = locked_session(db, id=session_id)
        own = locked_bookings().where(
            Booking.learner_id == learner.id,
            Booking.scheduled_session_id == session_id,
            Booking.status.in_(LIVE),
        )
        for booking in db.scalars(own):
            _cancel(scheduled, booking, now, None)
        settle(db, scheduled, now)


def call_off(db: Session, *, session_uuid: UUID, by: User, now: datetime) -> ScheduledSession:
    """Say that a session will not be held, and tell all who have or wanted a place on it. Flushes.

    Their bookings stay as they were: the pages say that it is off. Twice is harmless.

    :raises NotFound: no such session, or `by` does not speak for its provider.
    :raises Conflict: it has started.
    """
    scheduled = locked_session(db, uuid=session_uuid)
    if not speaks_for(db, by, scheduled.opportunity.provider):
        raise NotFound(_("We cannot find that session."))
    if scheduled.starts_at <= now:
        raise Conflict(_("This has already started."))
    if scheduled.cancelled_at is None:
        scheduled.cancelled_at = now
        db.flush()
    tell_called_off(db, scheduled, now)
    return scheduled


def settle_session(db: Session, session_id: int, *, now: datetime) -> None:
    """Write down which holds of a session have run out, and offer what is free. Flushes."""
    settle(db, locked_session(db, id=session_id), now)


def _add(db: Session, booking: Booking) -> None:
    db.add(booking)
    try:
        db.flush()
    except IntegrityError as error:
        if LIVE_BOOKING not in str(error.orig):
            raise
        # Only a place that was made without the lock above comes here. The caller rolls back.
        raise AlreadyBooked(_already_booked()) from error


def _tell(db: Session, booking: Booking, now: datetime) -> None:
    if booking.status is BookingStatus.CONFIRMED:
        tell_confirmed(db, booking, now)
    elif booking.waits_for_yes_since is not None:
        defer(db, "participation.tell_next", booking_id=booking.id)
    elif booking.status is BookingStatus.ASKED:
        tell_asked(db, booking, now)


def _give_or_ask(db: Session, booking: Booking, now: datetime) -> None:
    scheduled = booking.scheduled_session
    if not scheduled.opportunity.is_instant:
        booking.status, booking.asked_at = BookingStatus.ASKED, now
        booking.held_until = held_until(scheduled, ANSWERED_WITHIN, now)
    else:
        give_once_agreed(db, booking, now)


def give_once_agreed(db: Session, booking: Booking, now: datetime) -> None:
    """Give a place whose provider says yes, or hold it for those at home and school who have to."""
    scheduled = booking.scheduled_session
    needed = needed_by_law(db, booking.learner, scheduled, now, booking)
    if needed.missing(now):
        booking.status, booking.waits_for_yes_since = BookingStatus.ASKED, now
        booking.held_until = held_for_yes(scheduled, now)
    else:
        booking.status, booking.held_until = BookingStatus.CONFIRMED, None


def _moved(db: Session, booking: Booking, to: ScheduledSession, now: datetime) -> Booking:
    moved = Booking(
        learner=booking.learner,
        scheduled_session=to,
        access_needs=booking.access_needs,
        booked_for=to.starts_at,
        status=booking.status,
    )
    if booking.status is BookingStatus.ASKED and booking.waits_for_yes_since is None:
        moved.asked_at, moved.held_until = now, held_until(to, ANSWERED_WITHIN, now)
    else:
        give_once_agreed(db, moved, now)
    return moved


def _own_booking(
    db: Session, booking_uuid: UUID, learner: User
) -> tuple[ScheduledSession, Booking]:
    """Return a learner's own booking and its session, both held."""
    scheduled = locked_session(db, id=_session_id_of(db, booking_uuid, learner))
    return scheduled, locked_booking(db, booking_uuid)


def _both_sessions(
    db: Session, booking_uuid: UUID, learner: User, to_session_uuid: UUID
) -> tuple[ScheduledSession, ScheduledSession]:
    """Return the session of a learner's own booking, and another of the same thing, both held."""
    was_id = _session_id_of(db, booking_uuid, learner)
    to_id = db.scalar(select(ScheduledSession.id).filter_by(uuid=to_session_uuid))
    if to_id is None:
        raise NotFound(_("We cannot find that session."))
    held = {key: locked_session(db, id=key) for key in sorted({was_id, to_id})}
    if held[was_id].opportunity_id != held[to_id].opportunity_id:
        raise NotFound(_("We cannot find that session."))
    return held[was_id], held[to_id]


def _session_id_of(db: Session, booking_uuid: UUID, learner: User) -> int:
    of = select(Booking.scheduled_session_id).filter_by(uuid=booking_uuid, learner_id=learner.id)
    session_id = db.scalar(of)
    if session_id is None:
        raise NotFound(_("We cannot find that booking."))
    return session_id


def _refusal_to_cancel(
    db: Session, scheduled: ScheduledSession, booking: Booking, now: datetime
) -> Refusal | None:
    if scheduled.starts_at <= now:
        return Conflict(_("This has already started, so the place cannot be given back."))
    if db.scalar(select(live_attendance(booking.id))):
        return Conflict(_("You are marked as here, so the place cannot be given back."))
    return None


def _cancel(
    scheduled: ScheduledSession,
    booking: Booking,
    now: datetime,
    reason: CancelReason | None,
) -> None:
    release(scheduled, booking, BookingStatus.CANCELLED)
    booking.cancelled_at, booking.cancel_reason = now, reason


def _refused_by_law(
    db: Session,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None,
) -> Refusal | None:
    """Return why the rules of age, school and hours keep somebody from a session, or nothing."""
    needed = needed_by_law(db, learner, scheduled, now, instead_of)
    if needed.refusal is None and needed.comes_too_late(scheduled, now):
        return NotAllowed(
            _(
                "Home or school has to say yes to this, and a yes counts one day later. This starts"
                " before that. Look for one on a later day."
            )
        )
    return needed.refusal


def _wrong_age(learner: User, opportunity: Opportunity) -> str:
    youngest, oldest = ages_of(learner)
    if learner.age_band is AgeBand.FROM_25:
        return _(
            "This is for ages %(min_age)s to %(max_age)s. Your profile stays yours at any age.",
            min_age=opportunity.min_age,
            max_age=opportunity.max_age,
        )
    return _(
        "This is for ages %(min_age)s to %(max_age)s. Your pass says %(youngest)s to %(oldest)s.",
        min_age=opportunity.min_age,
        max_age=opportunity.max_age,
        youngest=youngest,
        oldest=oldest,
    )


def _already_booked() -> str:
    return _("You already have a place on this session.")
