"""Places that are held for a time, and the line of those who wait for one.

A hold that has run out counts as free from that instant on, whoever asks; that it has is written
down by whoever next holds the session, and the place is then offered to the first in line.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from opportunities.booking_window import closes_at
from opportunities.models import ScheduledSession
from opportunities.queries import is_on_offer
from participation.models import HELD, TAKES_A_PLACE, Booking, BookingStatus
from participation.telling import tell_offered, tell_place_free_again, tell_yes_missing

#: A provider has so long to answer who asks.
ANSWERED_WITHIN = timedelta(days=3)
#: Home and school have so long to say yes, each.
YES_WITHIN = timedelta(days=14)
#: And so long at least, where there is so much: a yes may take a day to count.
_LEAST_FOR_YES = timedelta(days=2)
#: A learner has so long to take a place that came free.
TAKEN_WITHIN = timedelta(days=1)


def held_until(scheduled: ScheduledSession, longest: timedelta, now: datetime) -> datetime:
    """Return until when a place is held: so long, or for half of the time left for booking."""
    return now + min(longest, (closes_at(scheduled) - now) / 2)


def held_for_yes(scheduled: ScheduledSession, now: datetime) -> datetime:
    """Return until when a place is held for those at home and school who have to say yes."""
    shortest = min(_LEAST_FOR_YES, scheduled.starts_at - now)
    return now + min(YES_WITHIN, max(shortest, (closes_at(scheduled) - now) / 2))


def has_run_out(booking: Booking, now: datetime) -> bool:
    """Return whether the time to answer is over."""
    return booking.held_until is not None and booking.held_until <= now


def ran_out(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a booking held a place for a time that is over."""
    return and_(Booking.status.in_(HELD), Booking.held_until <= now)


def free_places(db: Session, scheduled: ScheduledSession, now: datetime) -> int:
    """Return how many places nobody has and nobody in line comes before."""
    counted = select(
        func.count().filter(ran_out(now)),
        func.count().filter(Booking.status == BookingStatus.WAITING),
    ).where(Booking.scheduled_session_id == scheduled.id)
    over, waiting = db.execute(counted).one()
    return max(0, scheduled.remaining_capacity + over - waiting)


def is_next(db: Session, booking: Booking) -> bool:
    """Return whether nobody who waits came before this one. How many did is nobody's business."""
    before = select(Booking.id).where(
        Booking.scheduled_session_id == booking.scheduled_session_id,
        Booking.status == BookingStatus.WAITING,
        Booking.id < booking.id,
    )
    return db.scalar(before.limit(1)) is None


def release(scheduled: ScheduledSession, booking: Booking, to: BookingStatus) -> None:
    """End a live booking on a session that is held, and count its place as free if it took one."""
    if booking.status in TAKES_A_PLACE:
        scheduled.remaining_capacity += 1
    booking.status, booking.held_until = to, None


def settle(db: Session, scheduled: ScheduledSession, now: datetime) -> None:
    """Write down which holds have run out, and offer what is free to whoever waits. Flushes.

    :param scheduled: held by the caller, who commits.
    """
    db.flush()
    for booking in _of(db, scheduled, ran_out(now)):
        release(scheduled, booking, BookingStatus.LAPSED)
        if booking.waits_for_yes_since is not None:
            tell_yes_missing(db, booking, now)
            tell_place_free_again(db, booking, now)
    db.flush()
    _offer(db, scheduled, now)


def unsettled(db: Session, *, now: datetime, most: int = 100) -> list[int]:
    """Return the keys of sessions that `settle` may change, so that a command can do it for each."""
    may_offer = and_(
        Booking.status == BookingStatus.WAITING, ScheduledSession.remaining_capacity > 0
    )
    found = (
        select(Booking.scheduled_session_id)
        .join(Booking.scheduled_session)
        .where(
            ScheduledSession.cancelled_at.is_(None),
            or_(ran_out(now), and_(may_offer, ScheduledSession.starts_at > now)),
        )
        .distinct()
        .order_by(Booking.scheduled_session_id)
        .limit(most)
    )
    return list(db.scalars(found))


def _offer(db: Session, scheduled: ScheduledSession, now: datetime) -> None:
    if scheduled.remaining_capacity < 1 or not _may_offer(scheduled, now):
        return
    line = _of(db, scheduled, Booking.status == BookingStatus.WAITING)
    for booking in line[: scheduled.remaining_capacity]:
        scheduled.remaining_capacity -= 1
        booking.status = BookingStatus.OFFERED
        booking.held_until = held_until(scheduled, TAKEN_WITHIN, now)
        tell_offered(db, booking, now)
    db.flush()


def _may_offer(scheduled: ScheduledSession, now: datetime) -> bool:
    is_held = scheduled.cancelled_at is None and is_on_offer(scheduled.opportunity, now)
    return is_held and now < closes_at(scheduled)


def _of(
    db: Session, scheduled: ScheduledSession, condition: ColumnElement[bool]
) -> Sequence[Booking]:
    """Return bookings of a session in the order in which they were made, held."""
    found = (
        select(Booking)
        .where(Booking.scheduled_session_id == scheduled.id, condition)
        .order_by(Booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.scalars(found).all()
