"""A provider's word that someone came, and the badge that the word earns.

Locks are taken in the order of `participation.locks`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from app.jobs import defer
from badges.models import Achievement, AchievementCredential
from badges.queries import credential_of, may_give
from badges.service import award, let_go, reinstate
from opportunities.models import Opportunity, ScheduledSession
from participation.locks import locked_booking, locked_bookings
from participation.marks import Tap, Word, note_mark, note_marks, words_of
from participation.models import Absence, Attendance, Booking, BookingStatus, Method, Said
from participation.news import attendance_changed
from participation.queries import (
    live_attendance,
    refuse_strangers_at_door,
    session_at_door,
)

#: The register opens before the start: people arrive early.
DOOR_OPENS_BEFORE = timedelta(hours=1)
#: A register forgotten on the evening can still be filled in. (A lock after 24 hours loses badges.)
DOOR_CLOSES_AFTER = timedelta(days=14)
#: What a badge stands by while somebody says that its learner came.
ATTENDANCE = "attendance"
#: Kept with a badge that was taken back because nobody says any more that its learner came.
NOBODY_SAYS_THEY_CAME = "The attendance that earned this badge was withdrawn by the provider."


@dataclass
class Taken:
    """What became of the taps that a phone sent: each is in one of the two."""

    saved: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    #: Whether the keeper may see one of these registers no more.
    is_stranger: bool = False


def confirm_attendance(
    db: Session,
    *,
    booking_uuid: UUID,
    confirmed_by: User,
    now: datetime,
    method: Method = Method.TAP,
) -> Attendance:
    """Record that the learner of a booking came, and award the badge the opportunity earns.

    Attendance and badge are one transaction: neither is kept without the other. Confirming twice
    is harmless, and returns the first record; confirming what was withdrawn brings both back.

    :raises NotFound: no such booking, or `confirmed_by` does not speak for the provider.
    :raises NotAllowed: the provider is not verified.
    :raises Conflict: the booking was cancelled, or the register is not open.
    """
    booking = _booking_at_door(db, booking_uuid, confirmed_by, now)
    if refusal := _why_nobody(booking, Said.HERE):
        raise refusal
    note_mark(db, booking, Said.HERE, method=method, marked_by=confirmed_by, now=now)
    return _confirm(db, booking, confirmed_by, now, method)


def confirm_everyone(
    db: Session,
    *,
    session: ScheduledSession,
    confirmed_by: User,
    now: datetime,
    shown: Collection[UUID] | None = None,
    method: Method = Method.EVERYONE,
) -> list[Attendance]:
    """Record that everyone who has a place on a session came, as `confirm_attendance` would.

    :param shown: the bookings that the person at the door had before them. Someone who booked since
        then was not seen by anyone, and is left out.
    :raises NotFound: `confirmed_by` does not speak for the provider.
    :raises Conflict: the register is not open.
    """
    _refuse_at_door(db, session, confirmed_by, now)
    bookings = _places_on(db, session, shown)
    for booking in bookings:
        if not _stands(db, booking):
            note_mark(db, booking, Said.HERE, method=method, marked_by=confirmed_by, now=now)
    return [_confirm(db, booking, confirmed_by, now, method) for booking in bookings]


def withdraw_attendance(
    db: Session, *, booking_uuid: UUID, withdrawn_by: User, now: datetime
) -> Attendance | None:
    """Take back the word that a learner came, and the badge unless another attendance earns it.

    The row stays, as the trace. Undoing twice, or what never was, is harmless. Flushes.

    :raises NotFound: no such booking, or `withdrawn_by` does not speak for the provider.
    :raises Conflict: the register is not open.
    """
    return _unsay(db, booking_uuid, Said.NOTHING, withdrawn_by, now)


def record_absence(db: Session, *, booking_uuid: UUID, recorded_by: User, now: datetime) -> None:
    """Record that the learner of a booking did not come, because somebody says so. Flushes.

    What was said before is taken back, with the badge unless another attendance earns it.

    :raises NotFound: no such booking, or `recorded_by` does not speak for the provider.
    :raises Conflict: the booking was cancelled, or the register is not open.
    """
    _unsay(db, booking_uuid, Said.AWAY, recorded_by, now)


def type_sheet(
    db: Session,
    *,
    session_uuid: UUID,
    shown: Collection[UUID],
    came: Collection[UUID],
    keeper: User,
    now: datetime,
) -> None:
    """Record who was ticked on a sheet of paper, and take back who was not. Flushes.

    :param shown: the bookings that stood on the sheet; nothing is said of any other.
    :raises NotFound: no such session, or `keeper` keeps no door of its provider.
    :raises Conflict: the register is not open.
    """
    session = session_at_door(db, keeper, session_uuid, now=now)
    ticked = set(came) & set(shown)
    confirm_everyone(
        db, session=session, confirmed_by=keeper, now=now, shown=ticked, method=Method.PAPER
    )
    for booking in _places_on(db, session, set(shown) - ticked):
        if _stands(db, booking):
            withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=now)


def take_taps(
    db: Session,
    *,
    taps: Collection[Tap],
    keeper: User,
    device_uuid: UUID,
    sent_at: datetime,
    now: datetime,
) -> Taken:
    """Take what was tapped on a phone, perhaps long ago and perhaps sent before; each counts once.

    What then stands of each booking follows from all that was said of it (`participation.marks`),
    and attendance, absence and badge follow that. What cannot be taken is refused by itself. Flushes.

    :param sent_at: when the phone sent them, by its own clock.
    """
    taken = Taken()
    bookings = _bookings_at_door(db, {tap.booking_uuid for tap in taps})
    doors: dict[int, Refusal | None] = {}
    sound = []
    for tap in taps:
        booking = bookings.get(tap.booking_uuid)
        refusal = _why_not_taken(db, booking, tap, keeper, now, doors)
        if refusal or booking is None:
            taken.refused[tap.uuid] = str(refusal)
        else:
            sound.append((tap, booking))
    note_marks(db, sound, marked_by=keeper, device_uuid=device_uuid, sent_at=sent_at, now=now)
    _settle(db, {booking for _tap, booking in sound}, now)
    taken.saved = [tap.uuid for tap, _booking in sound]
    taken.is_stranger = any(isinstance(no, NotFound | NotAllowed) for no in doors.values())
    return taken


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


def _places_on(
    db: Session, session: ScheduledSession, shown: Collection[UUID] | None
) -> list[Booking]:
    """Return the live bookings of a session, held, in the order in which badges are."""
    live = locked_bookings().filter_by(
        scheduled_session_id=session.id, status=BookingStatus.CONFIRMED
    )
    if shown is not None:
        live = live.where(Booking.uuid.in_(shown))
    bookings = db.scalars(live.order_by(Booking.id)).all()
    return sorted(bookings, key=lambda booking: booking.learner_id)


def _bookings_at_door(db: Session, uuids: Collection[UUID]) -> dict[UUID, Booking]:
    held = locked_bookings().where(Booking.uuid.in_(uuids)).order_by(Booking.id)
    return {booking.uuid: booking for booking in db.scalars(held)}


def _why_not_taken(
    db: Session,
    booking: Booking | None,
    tap: Tap,
    keeper: User,
    now: datetime,
    doors: dict[int, Refusal | None],
) -> Refusal | None:
    """Return why a tap cannot be taken, or nothing. `doors` keeps the answer for each session."""
    if booking is None:
        return NotFound(_("We cannot find that booking."))
    scheduled = booking.scheduled_session
    if scheduled.id not in doors:
        doors[scheduled.id] = _refusal_at_door(db, scheduled, keeper, now)
    return doors[scheduled.id] or _why_nobody(booking, tap.said)


def _refusal_at_door(
    db: Session, scheduled: ScheduledSession, keeper: User, now: datetime
) -> Refusal | None:
    try:
        _refuse_at_door(db, scheduled, keeper, now)
    except Refusal as refusal:
        return refusal
    return None


def _why_nobody(booking: Booking, said: Said) -> Conflict | None:
    if said is Said.NOTHING or booking.status is BookingStatus.CONFIRMED:
        return None
    return Conflict(_("This is not a place any more, so there is no one to mark as here."))


def _settle(db: Session, bookings: Iterable[Booking], now: datetime) -> None:
    """Let attendance, absence and badge follow what was said. The rows of the bookings are held."""
    in_order = sorted(bookings, key=lambda booking: booking.learner_id)
    words = words_of(db, [booking.id for booking in in_order])
    for booking in in_order:
        _follow(db, booking, words[booking.id], now)


def _follow(db: Session, booking: Booking, word: Word, now: datetime) -> None:
    mark = word.mark
    if mark is None:
        _withdraw(db, booking, now)
        return
    by = db.get_one(User, mark.marked_by_id)
    if word.said is Said.HERE:
        _confirm(db, booking, by, mark.said_at, mark.method)
    else:
        _withdraw(db, booking, now)
        db.add(Absence(booking_id=booking.id, recorded_by_id=by.id, recorded_at=mark.said_at))
        db.flush()


def _unsay(
    db: Session, booking_uuid: UUID, said: Said, by: User, now: datetime
) -> Attendance | None:
    booking = _booking_at_door(db, booking_uuid, by, now)
    if refusal := _why_nobody(booking, said):
        raise refusal
    note_mark(db, booking, said, method=Method.TAP, marked_by=by, now=now)
    attendance = _withdraw(db, booking, now)
    if said is Said.AWAY:
        db.add(Absence(booking_id=booking.id, recorded_by_id=by.id, recorded_at=now))
        db.flush()
    return attendance


def _withdraw(db: Session, booking: Booking, now: datetime) -> Attendance | None:
    """Let nothing be said any more of a booking whose row is held."""
    db.execute(delete(Absence).filter_by(booking_id=booking.id))
    attendance = db.get(Attendance, booking.id, populate_existing=True)
    if attendance is not None and attendance.withdrawn_at is None:
        attendance.withdrawn_at = now
        db.flush()
        _take_badge_back(db, booking, now)
        attendance_changed.send(booking.learner, db=db)
    return attendance


def _stands(db: Session, booking: Booking) -> bool:
    return bool(db.scalar(select(live_attendance(booking.id))))


def _confirm(
    db: Session, booking: Booking, confirmed_by: User, now: datetime, method: Method
) -> Attendance:
    """Write the provider's word for a booking whose row is held."""
    db.execute(delete(Absence).filter_by(booking_id=booking.id))
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
    attendance.withdrawn_at, attendance.method = None, method
    db.flush()
    _give_badge(db, booking, now)
    attendance_changed.send(booking.learner, db=db)
    return attendance


def _give_badge(db: Session, booking: Booking, now: datetime) -> None:
    opportunity = booking.scheduled_session.opportunity
    achievement, provider = opportunity.achievement, opportunity.provider
    # A body's badge is its own again once an organisation belongs to it no more.
    if achievement is None or not may_give(provider, achievement):
        return
    credential = award(
        db,
        achievement=achievement,
        recipient=booking.learner,
        evidence=f"Came to {opportunity.title}, says {opportunity.provider.name}.",
        activity_started_at=booking.scheduled_session.starts_at,
        activity_ended_at=booking.scheduled_session.ends_at,
        source=provider,
        ground=ATTENDANCE,
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
        # Whoever has it for another reason, too, keeps it.
        let_go(db, credential=credential, ground=ATTENDANCE, reason=NOBODY_SAYS_THEY_CAME, now=now)


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
            # Whichever version of it: nobody is given two.
            Opportunity.achievement.has(slug=achievement.slug),
            live_attendance(Booking.id),
        )
        .limit(1)
    )
    return db.scalar(other) is not None
