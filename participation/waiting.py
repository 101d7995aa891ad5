"""Places that are held for a time, and the line of those who wait for one.

A hold that has run out counts as free from that instant on, whoever asks; that it has is written
down by whoever next holds the session, and the place is then offered to the first in line.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.orm import Session

from accounts.models import User
from opportunities.booking_window import closes_at
from opportunities.models import ScheduledSession
from opportunities.queries import is_on_offer
from participation.kept_places import members_among, most_kept, share_out, unshared
from participation.models import (
    HELD,
    TAKES_A_PLACE,
    Booking,
    BookingStatus,
    GroupMember,
    KeptPlaces,
)
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


def free_places(db: Session, scheduled: ScheduledSession, now: datetime, learner: User) -> int:
    """Return how many places a learner may have that nobody in line comes before.

    Those in line come before them for a place that anyone may have; for one that is kept for a
    group, only those of that group do.
    """
    line, over = _line_and_over(db, scheduled, now)
    free = scheduled.remaining_capacity + scheduled.kept_capacity + over
    kept = min(free, most_kept(db, scheduled, now))
    for_anyone = free - kept
    of_group = members_among(db, scheduled, [*line, learner.id]) if kept else set()
    kept -= min(kept, sum(each in of_group for each in line[for_anyone:]))
    return max(0, for_anyone - len(line)) + (kept if learner.id in of_group else 0)


def take_place(db: Session, scheduled: ScheduledSession, learner: User) -> None:
    """Count one place of a session that is held and settled as taken: a kept one when no other is left.

    The database refuses a place that is not there, or is kept for others.
    """
    has_to_be_kept = scheduled.remaining_capacity < 1 <= scheduled.kept_capacity
    if has_to_be_kept and members_among(db, scheduled, [learner.id]):
        scheduled.kept_capacity -= 1
    else:
        scheduled.remaining_capacity -= 1


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
    share_out(db, scheduled, now)
    db.flush()
    _offer(db, scheduled, now)


def unsettled(db: Session, *, now: datetime, most: int = 100) -> list[int]:
    """Return the keys of sessions that `settle` may change, so that a command can do it for each."""
    is_kept_for = (
        select(GroupMember.group_id)
        .join(KeptPlaces, KeptPlaces.group_id == GroupMember.group_id)
        .where(
            KeptPlaces.opportunity_id == ScheduledSession.opportunity_id,
            GroupMember.learner_id == Booking.learner_id,
            ScheduledSession.kept_capacity > 0,
        )
        .exists()
    )
    may_offer = and_(
        Booking.status == BookingStatus.WAITING,
        or_(ScheduledSession.remaining_capacity > 0, is_kept_for),
    )
    found = (
        select(Booking.scheduled_session_id)
        .join(Booking.scheduled_session)
        .where(
            ScheduledSession.cancelled_at.is_(None),
            or_(ran_out(now), and_(may_offer, ScheduledSession.starts_at > now)),
        )
    )
    either = union(found, unshared(now)).subquery()
    return list(db.scalars(select(either.c[0]).order_by(either.c[0]).limit(most)))


def _offer(db: Session, scheduled: ScheduledSession, now: datetime) -> None:
    if not (scheduled.remaining_capacity or scheduled.kept_capacity):
        return
    if not _may_offer(scheduled, now):
        return
    for booking in _whose_turn(db, scheduled):
        take_place(db, scheduled, booking.learner)
        booking.status = BookingStatus.OFFERED
        booking.held_until = held_until(scheduled, TAKEN_WITHIN, now)
        tell_offered(db, booking, now)
    db.flush()


def _whose_turn(db: Session, scheduled: ScheduledSession) -> list[Booking]:
    """Return who waits and gets what is free: the first in line, then, of what is kept, the group's first."""
    line = _of(db, scheduled, Booking.status == BookingStatus.WAITING)
    first, rest = line[: scheduled.remaining_capacity], line[scheduled.remaining_capacity :]
    if not (rest and scheduled.kept_capacity):
        return list(first)
    of_group = members_among(db, scheduled, [booking.learner_id for booking in rest])
    theirs = [booking for booking in rest if booking.learner_id in of_group]
    return [*first, *theirs[: scheduled.kept_capacity]]


def _line_and_over(
    db: Session, scheduled: ScheduledSession, now: datetime
) -> tuple[list[int], int]:
    """Return who waits, in order, and how many hold a place whose time is over."""
    found = (
        select(Booking.learner_id, Booking.status)
        .where(
            Booking.scheduled_session_id == scheduled.id,
            or_(Booking.status == BookingStatus.WAITING, ran_out(now)),
        )
        .order_by(Booking.id)
    )
    rows = db.execute(found).all()
    line = [learner_id for learner_id, status in rows if status is BookingStatus.WAITING]
    return line, len(rows) - len(line)


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
