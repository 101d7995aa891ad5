"""What learners, and those who answer them, are told about places. Each thing once, however often it is said."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from notices.kinds import MOST_ALTERNATIVES, NoticeKind
from notices.service import tell
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries import coming_sessions
from participation.kept_places import is_keeping
from participation.models import LIVE, Booking
from permission.models import Agreement, Part
from permission.service import path_to_ask
from providers.queries import keeps_door, speaks_for, team_of


def tell_confirmed(db: Session, booking: Booking, now: datetime) -> None:
    """Tell a learner that a place is theirs."""
    _tell(db, booking, NoticeKind.PLACE_CONFIRMED, now)


def tell_answered(db: Session, booking: Booking, now: datetime, *, said_yes: bool) -> None:
    """Tell a learner what the provider answered."""
    _tell(db, booking, NoticeKind.PLACE_ANSWERED, now, said_yes=said_yes)


def tell_offered(db: Session, booking: Booking, now: datetime) -> None:
    """Tell a learner that a place came free and is kept for them."""
    _tell(db, booking, NoticeKind.PLACE_OFFERED, now, until=booking.held_until)


def tell_asked(db: Session, booking: Booking, now: datetime) -> None:
    """Tell those of a provider's own team who may answer that somebody asked. Nobody is named."""
    _tell_team(db, booking, NoticeKind.PLACE_ASKED, "/provide/requests", now)


def tell_place_free_again(db: Session, booking: Booking, now: datetime) -> None:
    """Tell those of a provider's team who answered that a yes from elsewhere is missing. Nobody is named.

    Not while places are kept for a group: from what is left after it they could tell what was taken.
    """
    if is_keeping(booking.scheduled_session, now):
        return
    _tell_team(db, booking, NoticeKind.PLACE_FREE_AGAIN, "/provide", now)


def tell_yes_missing(db: Session, booking: Booking, now: datetime) -> None:
    """Tell a learner that not everybody who had to said yes in time."""
    _tell(db, booking, NoticeKind.YES_MISSING, now)


def tell_adult_answered(db: Session, said: Agreement, now: datetime) -> None:
    """Tell a learner what a parent, a carer or their school answered, and from when on a yes counts."""
    counts_from = said.takes_effect_at
    _tell_of_agreement(
        db,
        said,
        NoticeKind.GUARDIAN_ANSWERED,
        now,
        said_yes=said.agrees is True,
        counts_from=counts_from if counts_from and counts_from > now else None,
    )


def tell_yes_gone(db: Session, gone: Agreement, now: datetime) -> None:
    """Tell a learner that a yes was taken back, and what hung on it with it."""
    _tell_of_agreement(db, gone, NoticeKind.YES_GONE, now, by_adult=gone.ended_by_adult)


def tell_called_off(db: Session, scheduled: ScheduledSession, now: datetime) -> int:
    """Tell all who have, asked for or wait for a place on a session that it is not held; return how many."""
    others = coming_sessions(db, scheduled.opportunity, now)
    alternatives = [
        _of(other) | {"path": f"/a/{scheduled.opportunity.slug}/book?session={other.uuid}"}
        for other in others
        if other.id != scheduled.id and other.remaining_capacity
    ][:MOST_ALTERNATIVES]
    return sum(
        _tell(db, booking, NoticeKind.SESSION_CALLED_OFF, now, alternatives=alternatives)
        for booking in _live_on(db, ScheduledSession.id == scheduled.id)
    )


def tell_changes(db: Session, *, now: datetime) -> int:
    """Tell learners what was called off or moved since they booked, whoever did that; return how many."""
    moved = _live_on(
        db,
        ScheduledSession.cancelled_at.is_(None),
        ScheduledSession.starts_at > now,
        ScheduledSession.starts_at != Booking.booked_for,
    )
    told = sum(_tell_moved(db, booking, now) for booking in moved)
    off = _live_on(db, ScheduledSession.cancelled_at.is_not(None), ScheduledSession.starts_at > now)
    sessions = {booking.scheduled_session_id: booking.scheduled_session for booking in off}
    return told + sum(tell_called_off(db, sessions[key], now) for key in sorted(sessions))


def _tell_moved(db: Session, booking: Booking, now: datetime) -> bool:
    was_at = cast(datetime, booking.booked_for)
    at = booking.scheduled_session.starts_at
    return _tell(db, booking, NoticeKind.SESSION_MOVED, now, about=f" {at:%FT%R}", was_at=was_at)


def _tell_team(db: Session, booking: Booking, kind: NoticeKind, path: str, now: datetime) -> None:
    scheduled = booking.scheduled_session
    provider = scheduled.opportunity.provider
    for user in [member.user for member in team_of(db, provider)]:
        if user.is_active and keeps_door(db, user, provider) and speaks_for(db, user, provider):
            tell(
                db,
                to=user,
                kind=kind,
                key=f"{kind} {booking.uuid}",
                values=_of(scheduled) | {"path": path},
                now=now,
            )


def _tell_of_agreement(
    db: Session, agreement: Agreement, kind: NoticeKind, now: datetime, **more
) -> bool:
    about = {
        "title": agreement.opportunity.title,
        "path": path_to_ask(agreement.opportunity, agreement.part),
        "is_school": agreement.part is Part.SCHOOL,
    }
    key = f"{kind} {agreement.uuid}"
    return tell(db, to=agreement.learner, kind=kind, key=key, values=about | more, now=now)


def _tell(
    db: Session, booking: Booking, kind: NoticeKind, now: datetime, about: str = "", **more
) -> bool:
    details = _of(booking.scheduled_session) | {"path": f"/me/bookings/{booking.uuid}"}
    return tell(
        db,
        to=booking.learner,
        kind=kind,
        key=f"{kind} {booking.uuid}{about}",
        values=details | more,
        now=now,
    )


def _of(scheduled: ScheduledSession) -> dict:
    return {"title": scheduled.opportunity.title, "starts_at": scheduled.starts_at}


def whole_bookings() -> Select[Booking]:
    """Return the question for bookings with whose they are, and all that they are on, at hand."""
    return (
        select(Booking)
        .join(Booking.learner)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .options(
            contains_eager(Booking.learner),
            contains_eager(Booking.scheduled_session)
            .contains_eager(ScheduledSession.opportunity)
            .contains_eager(Opportunity.provider),
        )
    )


def _live_on(db: Session, *conditions) -> Iterable[Booking]:
    found = whole_bookings().where(Booking.status.in_(LIVE), *conditions).order_by(Booking.id)
    return db.scalars(found).unique().all()
