"""A provider's word that someone came, and the badge that the word earns.

Locks are taken in the order of `participation.locks`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict
from app.jobs import defer
from badges.models import Achievement, AchievementCredential
from badges.queries import credential_of
from badges.service import award, reinstate, revoke
from opportunities.models import Opportunity, ScheduledSession
from participation.locks import locked_booking, locked_bookings
from participation.models import Attendance, Booking, BookingStatus
from participation.queries import live_attendance, refuse_strangers_at_door

#: The register opens before the start: people arrive early.
DOOR_OPENS_BEFORE = timedelta(hours=1)
#: A register forgotten on the evening can still be filled in. (A lock after 24 hours loses badges.)
DOOR_CLOSES_AFTER = timedelta(days=14)
#: Kept with a badge that was taken back because nobody says any more that its learner came.
NOBODY_SAYS_THEY_CAME = "The attendance that earned this badge was withdrawn by the provider."


def confirm_attendance(
    db: Session, *, booking_uuid: UUID, confirmed_by: User, now: datetime
) -> Attendance:
    """Record that the learner of a booking came, and award the badge the opportunity earns.

    Attendance and badge are one transaction: neither is kept without the other. Confirming twice
    is harmless, and returns the first record; confirming what was withdrawn brings both back.

    :raises NotFound: no such booking, or `confirmed_by` does not speak for the provider.
    :raises NotAllowed: the provider is not verified.
    :raises Conflict: the booking was cancelled, or the register is not open.
    """
    booking = _booking_at_door(db, booking_uuid, confirmed_by, now)
    if booking.status is not BookingStatus.CONFIRMED:
        raise Conflict(_("This is not a place any more, so there is no one to mark as here."))
    return _confirm(db, booking, confirmed_by, now)


def confirm_everyone(
    db: Session,
    *,
    session: ScheduledSession,
    confirmed_by: User,
    now: datetime,
    shown: Collection[UUID] | None = None,
) -> list[Attendance]:
    """Record that everyone who has a place on a session came, as `confirm_attendance` would.

    :param shown: the bookings that the person at the door had before them. Someone who booked since
        then was not seen by anyone, and is left out.
    :raises NotFound: `confirmed_by` does not speak for the provider.
    :raises Conflict: the register is not open.
    """
    _refuse_at_door(db, session, confirmed_by, now)
    live = locked_bookings().filter_by(
        scheduled_session_id=session.id, status=BookingStatus.CONFIRMED
    )
    if shown is not None:
        live = live.where(Booking.uuid.in_(shown))
    bookings = db.scalars(live.order_by(Booking.id)).all()
    return [
        _confirm(db, booking, confirmed_by, now)
        for booking in sorted(bookings, key=lambda booking: booking.learner_id)
    ]


def withdraw_attendance(
    db: Session, *, booking_uuid: UUID, withdrawn_by: User, now: datetime
) -> Attendance | None:
    """Take back the word that a learner came, and the badge unless another attendance earns it.

    The row stays, as the trace. Undoing twice, or what never was, is harmless. Flushes.

    :raises NotFound: no such booking, or `withdrawn_by` does not speak for the provider.
    :raises Conflict: the register is not open.
    """
    booking = _booking_at_door(db, booking_uuid, withdrawn_by, now)
    attendance = db.get(Attendance, booking.id, populate_existing=True)
    if attendance is not None and attendance.withdrawn_at is None:
        attendance.withdrawn_at = now
        db.flush()
        _take_badge_back(db, booking, now)
    return attendance


def door_opens_at(scheduled: ScheduledSession) -> datetime:
    """Return from when a provider may say who came."""
    return scheduled.starts_at - DOOR_OPENS_BEFORE


def door_closes_at(scheduled: ScheduledSession) -> datetime:
    """Return until when a provider may say who came."""
    return scheduled.ends_at + DOOR_CLOSES_AFTER


def door_refusal(scheduled: ScheduledSession, now: datetime) -> Conflict | None:
    """Return why the register cannot be written now, or nothing."""
    if now < door_opens_at(scheduled):
        return Conflict(_("The register opens one hour before the start."))
    if now > door_closes_at(scheduled):
        return Conflict(_("The register is closed. It stays open for 14 days."))
    return None


def _booking_at_door(db: Session, booking_uuid: UUID, keeper: User, now: datetime) -> Booking:
    booking = locked_booking(db, booking_uuid)
    _refuse_at_door(db, booking.scheduled_session, keeper, now)
    return booking


def _refuse_at_door(db: Session, scheduled: ScheduledSession, keeper: User, now: datetime) -> None:
    refuse_strangers_at_door(db, keeper, scheduled.opportunity.provider, now)
    refusal = door_refusal(scheduled, now)
    if refusal is not None:
        raise refusal


def _confirm(db: Session, booking: Booking, confirmed_by: User, now: datetime) -> Attendance:
    """Write the provider's word for a booking whose row is held."""
    attendance = db.get(Attendance, booking.id, populate_existing=True)
    if attendance is not None and attendance.withdrawn_at is None:
        return attendance
    if attendance is None:
        attendance = Attendance(
            booking=booking,
            minutes=booking.scheduled_session.duration_minutes,
            home_lsoa_code=booking.learner.home_lsoa_code,
        )
        db.add(attendance)
    attendance.confirmed_by, attendance.confirmed_at = confirmed_by, now
    attendance.withdrawn_at = None
    db.flush()
    _give_badge(db, booking, now)
    return attendance


def _give_badge(db: Session, booking: Booking, now: datetime) -> None:
    opportunity = booking.scheduled_session.opportunity
    if opportunity.achievement is None:
        return
    credential = award(
        db,
        achievement=opportunity.achievement,
        recipient=booking.learner,
        evidence=f"Came to {opportunity.title}, says {opportunity.provider.name}.",
        activity_started_at=booking.scheduled_session.starts_at,
        activity_ended_at=booking.scheduled_session.ends_at,
        now=now,
    )
    # Held from here on: an undo at another door waits, and then sees this attendance.
    _hold(db, credential)
    if credential.revocation_reason == NOBODY_SAYS_THEY_CAME:
        reinstate(db, credential=credential)
    # What was awarded before any register now open is no news.
    if credential.awarded_at > now - DOOR_CLOSES_AFTER:
        defer(db, "participation.tell_of_badge", credential_id=credential.id)


def _take_badge_back(db: Session, booking: Booking, now: datetime) -> None:
    achievement = booking.scheduled_session.opportunity.achievement
    if achievement is None:
        return
    credential = credential_of(db, booking.learner, achievement)
    if credential is None:
        return
    # Held before the question: a second undo, or a confirmation elsewhere, cannot slip between.
    _hold(db, credential)
    if not _is_earned_elsewhere(db, booking, achievement):
        revoke(db, credential=credential, reason=NOBODY_SAYS_THEY_CAME, now=now)


def _hold(db: Session, credential: AchievementCredential) -> None:
    """Keep a badge from changing until the transaction ends, and read it afresh."""
    lock(db, AchievementCredential, credential.id)


def _is_earned_elsewhere(db: Session, booking: Booking, achievement: Achievement) -> bool:
    """Return whether another live attendance of this learner earns the same badge."""
    other = (
        select(Booking.id)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(
            Booking.id != booking.id,
            Booking.learner_id == booking.learner_id,
            Opportunity.achievement_id == achievement.id,
            live_attendance(Booking.id),
        )
        .limit(1)
    )
    return db.scalar(other) is not None
