"""A provider's answer to those who asked for a place.

What a provider says to a young person here is chosen, not written: nothing goes from one adult to
one child in words of the adult's own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from app.errors import Conflict, NotAllowed, NotFound
from app.jobs import defer
from opportunities.models import Opportunity, ScheduledSession
from participation.locks import locked_booking, locked_session
from participation.models import Answer, Booking, BookingStatus
from participation.service import give_once_agreed
from participation.telling import tell_answered, whole_bookings
from participation.waiting import has_run_out, release, settle
from providers.models import Provider
from providers.queries import keeps_door, speaks_for
from providers.standing import is_trusted


@dataclass(frozen=True)
class Ask:
    """Someone who asked for a place: no more of them than it takes to answer."""

    booking_uuid: UUID
    first_name: str
    age_band: AgeBand
    access_needs: str
    scheduled: ScheduledSession
    asked_at: datetime
    held_until: datetime


def asks_of(db: Session, viewer: User, provider: Provider, *, now: datetime) -> list[Ask]:
    """Return who waits for an answer of a provider, what ends first first.

    :raises NotFound: the viewer is not one of its own team who may speak for it.
    :raises NotAllowed: it is not trusted now.
    """
    _refuse_strangers(db, viewer, provider, now)
    found = _asks(now).where(Opportunity.provider_id == provider.id)
    return [_ask(booking) for booking in db.scalars(found)]


def ask_by_uuid(db: Session, viewer: User, booking_uuid: UUID, *, now: datetime) -> Ask:
    """Return one ask that waits for an answer.

    :raises NotFound: there is none, or it is not the viewer's to answer: the two look alike.
    """
    booking = db.scalar(_asks(now).where(Booking.uuid == booking_uuid))
    if booking is None:
        raise NotFound(_("Nobody waits for an answer here any more."))
    _refuse_strangers(db, viewer, booking.scheduled_session.opportunity.provider, now)
    return _ask(booking)


def accept(db: Session, *, booking_uuid: UUID, by: User, now: datetime) -> Booking:
    """Say yes to someone who asked. Twice is harmless. Flushes.

    The place held for them is theirs; or it goes on being held, where home or school has to say yes.

    :raises NotFound: no such ask, or `by` does not speak for its provider.
    :raises NotAllowed: the provider is not trusted now.
    :raises Conflict: they took the ask back, the time is over, or it was answered otherwise.
    """
    _scheduled, booking = _held_ask(db, booking_uuid, by, now)
    if booking.status is BookingStatus.CONFIRMED or booking.waits_for_yes_since:
        return booking
    _refuse_late(booking, now)
    give_once_agreed(db, booking, now)
    _sign(booking, by, now)
    db.flush()
    if booking.status is BookingStatus.CONFIRMED:
        tell_answered(db, booking, now, said_yes=True)
    else:
        defer(db, "participation.tell_next", booking_id=booking.id)
    return booking


def decline(db: Session, *, booking_uuid: UUID, by: User, now: datetime, answer: Answer) -> Booking:
    """Say no to someone who asked, and why. Whoever waits is offered the place. Flushes.

    :raises NotFound: no such ask, or `by` does not speak for its provider.
    :raises NotAllowed: the provider is not trusted now.
    :raises Conflict: they took the ask back, the time is over, or it was answered otherwise.
    """
    scheduled, booking = _held_ask(db, booking_uuid, by, now)
    if booking.status is BookingStatus.DECLINED:
        return booking
    _refuse_late(booking, now)
    release(scheduled, booking, BookingStatus.DECLINED)
    booking.answer = answer
    _sign(booking, by, now)
    settle(db, scheduled, now)
    tell_answered(db, booking, now, said_yes=False)
    return booking


def _asks(now: datetime) -> Select[Booking]:
    return (
        whole_bookings()
        .where(
            Booking.status == BookingStatus.ASKED,
            Booking.waits_for_yes_since.is_(None),
            Booking.held_until > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .order_by(Booking.held_until, Booking.id)
    )


def _ask(booking: Booking) -> Ask:
    return Ask(
        booking_uuid=booking.uuid,
        first_name=booking.learner.name.split()[0],
        # The database holds these: every learner has an age band, every ask a time.
        age_band=cast(AgeBand, booking.learner.age_band),
        access_needs=booking.access_needs,
        scheduled=booking.scheduled_session,
        asked_at=cast(datetime, booking.asked_at),
        held_until=cast(datetime, booking.held_until),
    )


def _held_ask(
    db: Session, booking_uuid: UUID, by: User, now: datetime
) -> tuple[ScheduledSession, Booking]:
    session_id = db.scalar(select(Booking.scheduled_session_id).filter_by(uuid=booking_uuid))
    if session_id is None:
        raise NotFound(_("Nobody waits for an answer here any more."))
    scheduled = locked_session(db, id=session_id)
    _refuse_strangers(db, by, scheduled.opportunity.provider, now)
    return scheduled, locked_booking(db, booking_uuid)


def _refuse_strangers(db: Session, viewer: User, provider: Provider, now: datetime) -> None:
    # A body that an organisation belongs to may post for it, but sees no young person's name.
    if not (keeps_door(db, viewer, provider) and speaks_for(db, viewer, provider)):
        raise NotFound(_("Nobody waits for an answer here any more."))
    if not is_trusted(provider, now):
        raise NotAllowed(_("You cannot answer while your organisation is not checked."))


def _refuse_late(booking: Booking, now: datetime) -> None:
    is_asked = booking.status is BookingStatus.ASKED and booking.waits_for_yes_since is None
    if not is_asked or has_run_out(booking, now):
        raise Conflict(_("Nobody waits for an answer here any more."))


def _sign(booking: Booking, by: User, now: datetime) -> None:
    booking.answered_by_id, booking.answered_at = by.id, now
