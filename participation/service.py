"""The rules of taking part.

Locks are taken in one order everywhere, so that no two of these wait for each other: the session,
then its bookings by id, then badges by learner.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from accounts.models import AgeBand, Role, User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from badges.models import Achievement, AchievementCredential
from badges.queries import credential_of
from badges.service import award, reinstate, revoke
from opportunities.booking_window import why_not_open
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries import bookable, is_on_offer
from participation.models import Attendance, Booking, BookingStatus
from participation.queries import live_attendance, place_of, refuse_strangers_at_door

#: The register opens before the start: people arrive early.
DOOR_OPENS_BEFORE = timedelta(hours=1)
#: A register forgotten on the evening can still be filled in. (A lock after 24 hours loses badges.)
DOOR_CLOSES_AFTER = timedelta(days=14)
#: The index by which the database, too, refuses a second live place.
LIVE_BOOKING = "uq_booking_live"
#: Kept with a badge that was taken back because nobody says any more that its learner came.
NOBODY_SAYS_THEY_CAME = "The attendance that earned this badge was withdrawn by the provider."


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
    scheduled = _locked_session(db, uuid=scheduled_session_uuid)
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
    scheduled = _locked_session(db, id=session_id)
    booking = _locked_booking(db, booking_uuid)
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
    if booking.status is BookingStatus.CANCELLED:
        raise Conflict(_("This place was given back, so there is no one to mark as here."))
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
    live = _locked_bookings().filter_by(
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


def _locked_session(db: Session, **key) -> ScheduledSession:
    """Return the session as the database has it now, held until the transaction ends.

    :raises NotFound: there is none.
    """
    held = (
        select(ScheduledSession)
        .filter_by(**key)
        .options(
            joinedload(ScheduledSession.opportunity, innerjoin=True).joinedload(
                Opportunity.provider, innerjoin=True
            )
        )
        .with_for_update(of=ScheduledSession)
        .execution_options(populate_existing=True)
    )
    scheduled = db.scalar(held)
    if scheduled is None:
        raise NotFound(_("We cannot find that session."))
    return scheduled


def _locked_bookings() -> Select[Booking]:
    return (
        select(Booking)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
        .options(
            joinedload(Booking.learner, innerjoin=True),
            joinedload(Booking.scheduled_session, innerjoin=True)
            .joinedload(ScheduledSession.opportunity, innerjoin=True)
            .options(
                joinedload(Opportunity.provider, innerjoin=True),
                joinedload(Opportunity.achievement),
            ),
        )
    )


def _locked_booking(db: Session, booking_uuid: UUID) -> Booking:
    booking = db.scalar(_locked_bookings().filter_by(uuid=booking_uuid))
    if booking is None:
        raise NotFound(_("We cannot find that booking."))
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


def _booking_at_door(db: Session, booking_uuid: UUID, keeper: User, now: datetime) -> Booking:
    booking = _locked_booking(db, booking_uuid)
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
