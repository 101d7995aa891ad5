"""Those who have to say yes before a place is a learner's: asked one after the other, each yes telling the next.

The learner asks, the provider answers (`asking`), then a parent or carer, then the school, as far as
the rules want them (`law`). A place is held meanwhile. It becomes theirs when the last yes counts, and
is given back when one is refused, taken back or does not come.

Locks are taken in the order of `participation.locks`.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from app.errors import Conflict, NotFound
from app.jobs import defer
from opportunities.models import Opportunity, ScheduledSession
from participation.law import needed_by_law
from participation.locks import hold_learner, locked_booking, locked_session
from participation.models import LIVE, Booking, BookingStatus, CancelReason
from participation.queries import live_attendance
from participation.telling import (
    tell_adult_answered,
    tell_confirmed,
    tell_place_free_again,
    tell_yes_gone,
)
from participation.waiting import has_run_out, held_for_yes, release, settle
from permission import queries as permissions
from permission import service as permission
from permission.models import Agreement, Part, Way
from permission.service import Needed

#: So long after the last yes counts the place is held for the worker that looks.
_A_WHILE = timedelta(days=1)
_GIVEN_OR_ASKED = (BookingStatus.CONFIRMED, BookingStatus.ASKED)


class Who(StrEnum):
    """Whose step it is."""

    LEARNER = "learner"
    PROVIDER = "provider"
    GUARDIAN = "guardian"
    SCHOOL = "school"


class StepState(StrEnum):
    """How one step of the chain stands."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    #: It is the turn of this one, who was not asked yet.
    NEXT = "next"
    #: Asked, and no answer yet.
    ASKED = "asked"
    #: Said yes, and the yes does not count yet.
    COUNTS_LATER = "counts_later"
    SAID_NO = "said_no"
    #: The turn of this one is still to come.
    LATER = "later"


@dataclass(frozen=True)
class Step:
    """One step of the chain, and since or until when it stands so."""

    who: Who
    state: StepState
    at: datetime | None = None
    asked: Agreement | None = None


def steps_of(db: Session, booking: Booking, now: datetime) -> list[Step]:
    """Return the four steps from asking to a place, in their order, and how each stands."""
    needed = needed_by_law(db, booking.learner, booking.scheduled_session, now, booking)
    steps = [
        Step(Who.LEARNER, StepState.DONE, booking.asked_at or booking.booked_at),
        _providers_step(booking),
    ]
    for part in Part:
        is_turn = all(_is_past(step) for step in steps)
        steps.append(_adults_step(part, needed, is_turn, now))
    return steps


def answer_as_adult(
    db: Session,
    *,
    token_hash: str,
    agrees: bool,
    name: str,
    role: str,
    now: datetime,
    knows_guardian: bool = False,
    next_email: str = "",
    secret: str = "",
) -> Agreement:
    """Keep what an adult says, once, with all that follows from it for places. Flushes.

    :param knows_guardian: a school says that it knows who said yes as the parent or carer.
    :param next_email: where a guardian has us ask the school.
    :raises NotFound: the address asks nothing, or nothing any more.
    :raises Conflict: the name or the role holds what must not stand there.
    """
    asked = _held_by_learner(db, token_hash)
    hangs_on_it = _hanging_on(db, asked, now)
    said = permission.answer(
        db, token_hash=token_hash, agrees=agrees, name=name, role=role, now=now
    )
    if not agrees:
        _give_back(db, said, hangs_on_it, now)
    else:
        if knows_guardian:
            permission.know_guardian(db, school=said, now=now)
        if next_email and said.part is Part.GUARDIAN:
            _let_school_be_asked(db, said, next_email, secret, now)
        for booking in hangs_on_it:
            _hold_until_it_counts(db, booking, said, now)
            confirm_agreed(db, booking_uuid=booking.uuid, now=now)
            defer(db, "participation.tell_next", booking_id=booking.id)
    tell_adult_answered(db, said, now)
    return said


def take_back_as_adult(db: Session, *, token_hash: str, now: datetime) -> Agreement:
    """Let an adult take a yes back, and give back the places to come that hang on it. Flushes.

    What has begun stays. Twice is harmless.

    :raises NotFound: the address holds no yes.
    """
    asked = _held_by_learner(db, token_hash)
    hangs_on_it = _hanging_on(db, asked, now) if asked.ended_at is None else []
    was_standing = asked.ended_at is None
    ended = permission.take_back(db, token_hash=token_hash, now=now)
    _give_back(db, ended, hangs_on_it, now)
    if was_standing:
        tell_yes_gone(db, ended, now)
    return ended


def end_as_learner(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Agreement:
    """Let a learner end a link or take a yes back, with the places to come that hang on it. Flushes.

    :raises NotFound: the learner asked no such thing.
    """
    hold_learner(db, learner)
    asked = permissions.own_agreement(db, learner, uuid)
    was_yes = asked is not None and asked.agrees is True and asked.ended_at is None
    hangs_on_it = _hanging_on(db, asked, now) if asked is not None and was_yes else []
    ended = permission.end_agreement(db, learner=learner, uuid=uuid, now=now)
    if _give_back(db, ended, hangs_on_it, now):
        tell_yes_gone(db, ended, now)
    return ended


def confirm_agreed(db: Session, *, booking_uuid: UUID, now: datetime) -> bool:
    """Give a learner the place that was held, if every yes counts now; return whether. Flushes."""
    found = db.scalar(select(Booking).filter_by(uuid=booking_uuid))
    if found is None:
        return False
    hold_learner(db, found.learner)
    scheduled = locked_session(db, id=found.scheduled_session_id)
    booking = locked_booking(db, booking_uuid)
    if not _is_agreeing(booking, now) or scheduled.cancelled_at is not None:
        return False
    needed = needed_by_law(db, booking.learner, scheduled, now, booking)
    if needed.refusal or needed.missing(now):
        return False
    booking.status, booking.held_until = BookingStatus.CONFIRMED, None
    db.flush()
    tell_confirmed(db, booking, now)
    return True


def ask_next(db: Session, *, booking_id: int, secret: str, now: datetime) -> None:
    """Ask whose turn it is: by e-mail where we have an address, or by telling the learner. Flushes."""
    booking = db.get(Booking, booking_id)
    if booking is None or not _is_agreeing(booking, now):
        return
    scheduled = booking.scheduled_session
    needed = needed_by_law(db, booking.learner, scheduled, now, booking)
    turn = whose_turn(needed)
    if turn is None:
        return
    asked = needed.parts[turn]
    if asked is not None and permissions.is_open(asked, now):
        permission.send_link(db, asked, secret=secret, now=now)
    else:
        permission.tell_next_step(
            db, booking.learner, scheduled.opportunity, turn, now, about=str(booking.uuid)
        )


def whose_turn(needed: Needed) -> Part | None:
    """Return who is asked now: the first that has not said yes. A yes that does not count yet is one."""
    return next(
        (part for part, asked in needed.parts.items() if not (asked and asked.agrees)), None
    )


def may_send_now(
    db: Session, learner: User, opportunity: Opportunity, part: Part, now: datetime
) -> bool:
    """Return whether it is the turn of one who is asked by e-mail.

    Where a place is asked for, the provider answers first, and a guardian comes before the school.
    Who asks before they have a place asks at once.
    """
    bookings = _live_on(db, learner, opportunity, now)
    held = [each for each in bookings if each.status is BookingStatus.ASKED]
    turns = [
        whose_turn(needed_by_law(db, learner, each.scheduled_session, now, each))
        for each in held
        if each.waits_for_yes_since
    ]
    return part in turns if held else True


def place_to_come(
    db: Session, learner: User, opportunity: Opportunity, now: datetime
) -> Booking | None:
    """Return a learner's first place to come on an opportunity, theirs or held for them."""
    coming = _live_on(db, learner, opportunity, now)
    return next((each for each in coming if each.status in _GIVEN_OR_ASKED), None)


def can_name_school(db: Session, asked: Agreement, now: datetime) -> bool:
    """Return whether a guardian may say where to ask the school: it has to say yes, and we know nowhere."""
    if asked.part is not Part.GUARDIAN:
        return False
    coming = _live_on(db, asked.learner, asked.opportunity, now)
    parts = [
        needed_by_law(db, asked.learner, each.scheduled_session, now, each).parts for each in coming
    ]
    return any(Part.SCHOOL in each and not _has_somewhere(each[Part.SCHOOL], now) for each in parts)


def agreeing(db: Session, now: datetime) -> Sequence[UUID]:
    """Return the bookings that wait for nobody but home or school, where some yes counts by now."""
    found = (
        select(Booking.uuid)
        .join(Booking.scheduled_session)
        .join(
            Agreement,
            (Agreement.learner_id == Booking.learner_id)
            & (Agreement.opportunity_id == ScheduledSession.opportunity_id),
        )
        .where(
            Booking.status == BookingStatus.ASKED,
            Booking.waits_for_yes_since.is_not(None),
            Booking.held_until > now,
            Agreement.ended_at.is_(None),
            Agreement.takes_effect_at <= now,
        )
        .group_by(Booking.id)
        .order_by(Booking.id)
    )
    return db.scalars(found).all()


def _has_somewhere(asked: Agreement | None, now: datetime) -> bool:
    if asked is None:
        return False
    return asked.agrees is True or (asked.email is not None and permissions.is_open(asked, now))


def _held_by_learner(db: Session, token_hash: str) -> Agreement:
    """Return what an address asks, while nothing else changes for its learner."""
    asked = permissions.asked_by(db, token_hash)
    if asked is None:
        raise NotFound(permission.no_longer_asked())
    hold_learner(db, asked.learner)
    db.refresh(asked)
    return asked


def _hanging_on(db: Session, asked: Agreement, now: datetime) -> list[Booking]:
    """Return the bookings to come that need this adult's yes, as things stand."""
    coming = _live_on(db, asked.learner, asked.opportunity, now)
    return [
        booking
        for booking in coming
        if booking.status in _GIVEN_OR_ASKED
        and asked.part
        in needed_by_law(db, asked.learner, booking.scheduled_session, now, booking).parts
    ]


def _live_on(
    db: Session, learner: User, opportunity: Opportunity, now: datetime
) -> Sequence[Booking]:
    """Return a learner's live bookings on what is to come of an opportunity, in the order of locks."""
    found = (
        select(Booking)
        .join(Booking.scheduled_session)
        .options(contains_eager(Booking.scheduled_session))
        .where(
            Booking.learner_id == learner.id,
            Booking.status.in_(LIVE),
            ScheduledSession.opportunity_id == opportunity.id,
            ScheduledSession.starts_at > now,
        )
        .order_by(ScheduledSession.id, Booking.id)
    )
    return db.scalars(found).all()


def _give_back(db: Session, gone: Agreement, bookings: Sequence[Booking], now: datetime) -> int:
    """Give back the places that hung on a yes, offer them to who waits, and return how many."""
    given = 0
    for each in bookings:
        scheduled = locked_session(db, id=each.scheduled_session_id)
        booking = locked_booking(db, each.uuid)
        if not booking.is_live or db.scalar(select(live_attendance(booking.id))):
            continue
        release(scheduled, booking, BookingStatus.CANCELLED)
        booking.cancelled_at, booking.cancel_reason = now, CancelReason.NO_YES
        settle(db, scheduled, now)
        tell_place_free_again(db, booking, now)
        given += 1
    return given


def _let_school_be_asked(
    db: Session, guardian: Agreement, email: str, secret: str, now: datetime
) -> None:
    """Keep where a guardian has us ask the school, unless somebody there has said yes."""
    learner, opportunity = guardian.learner, guardian.opportunity
    said = permissions.agreement_on(db, learner, opportunity, Part.SCHOOL)
    if said is not None and said.agrees:
        return
    # Where too much was sent already, the learner is told to ask the school instead.
    with suppress(Conflict):
        permission.ask_by_email(
            db,
            learner=learner,
            opportunity=opportunity,
            part=Part.SCHOOL,
            email=email,
            secret=secret,
            now=now,
            given_by=Way.ADULTS_ADDRESS,
        )


def _hold_until_it_counts(db: Session, booking: Booking, said: Agreement, now: datetime) -> None:
    """Hold a place at least until a yes counts, and for as long as the next one is asked."""
    if not _is_agreeing(booking, now) or said.takes_effect_at is None:
        return
    scheduled = booking.scheduled_session
    counts = min(scheduled.starts_at, said.takes_effect_at + _A_WHILE)
    needed = needed_by_law(db, booking.learner, scheduled, now, booking)
    asking = held_for_yes(scheduled, now) if whose_turn(needed) else now
    booking.held_until = max(booking.held_until or now, counts, asking)
    db.flush()


def _is_agreeing(booking: Booking, now: datetime) -> bool:
    return (
        booking.status is BookingStatus.ASKED
        and booking.waits_for_yes_since is not None
        and not has_run_out(booking, now)
    )


def _providers_step(booking: Booking) -> Step:
    if booking.status is BookingStatus.DECLINED:
        return Step(Who.PROVIDER, StepState.SAID_NO, booking.answered_at)
    if booking.status is BookingStatus.ASKED and booking.waits_for_yes_since is None:
        return Step(Who.PROVIDER, StepState.ASKED, booking.held_until)
    return Step(Who.PROVIDER, StepState.DONE, booking.answered_at or booking.booked_at)


def _adults_step(part: Part, needed: Needed, is_turn: bool, now: datetime) -> Step:
    who = Who(part.value)
    if part not in needed.parts:
        return Step(who, StepState.NOT_NEEDED)
    asked = needed.parts[part]
    if asked is None or not (asked.answered_at or permissions.is_open(asked, now)):
        return Step(who, StepState.NEXT if is_turn else StepState.LATER)
    if asked.agrees is False:
        return Step(who, StepState.SAID_NO, asked.answered_at, asked)
    if permissions.counts(asked, now):
        return Step(who, StepState.DONE, asked.answered_at, asked)
    if asked.agrees:
        return Step(who, StepState.COUNTS_LATER, asked.takes_effect_at, asked)
    has_letter = asked.email is None or asked.mailed_at is not None
    return Step(who, StepState.ASKED if has_letter else StepState.LATER, asked.expires_at, asked)


def _is_past(step: Step) -> bool:
    """Return whether the next one can be asked."""
    return step.state in (StepState.DONE, StepState.NOT_NEEDED, StepState.COUNTS_LATER)
