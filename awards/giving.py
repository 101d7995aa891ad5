"""Giving one badge to several who were there, each with a line about what was seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from app.errors import Conflict, NotFound
from app.jobs import defer
from awards.asking import chosen_level
from awards.standing import badge_to_give, refuse_name
from badges.models import Achievement
from badges.queries import credential_of
from badges.service import add_words, award
from opportunities.models import Opportunity, ScheduledSession
from participation.attendance import DOOR_CLOSES_AFTER
from participation.locks import locked_bookings
from participation.models import Attendance, Booking
from participation.queries import RegisterRow, live_attendance, register_of, session_at_door
from providers.models import Provider


@dataclass(frozen=True)
class ToGive:
    """Who is to get a badge, and what is said of it."""

    booking_uuid: UUID
    narrative: str = ""
    #: The number of one of the badge's own words.
    level: int | None = None


def give_to_several(
    db: Session,
    *,
    provider: Provider,
    slug: str,
    session_uuid: UUID,
    keeper: User,
    to: Collection[ToGive],
    now: datetime,
) -> int:
    """Give a badge to some who came to a session, all or none, and say how many got it anew. Flushes.

    Whoever has it already is passed over; where this very session gave it to them, and nobody has said
    what they saw, the words are added to it.

    :raises NotFound: no such badge or session of the organisation's, or somebody was not there.
    :raises NotAllowed: not of the team of a checked organisation.
    :raises Conflict: nobody was chosen, a word is none of the badge's own, or the words name somebody.
    """
    achievement = badge_to_give(db, keeper, provider, slug, now=now)
    scheduled = session_at_door(db, keeper, session_uuid, now=now)
    if not to:
        raise Conflict(_("Choose at least one person."))
    wanted = {each.booking_uuid: each for each in to}
    bookings = _who_came(db, scheduled, wanted)
    given = [
        _give(db, achievement, booking, wanted[booking.uuid], scheduled, now)
        for booking in sorted(bookings, key=lambda booking: booking.learner_id)
    ]
    return sum(given)


def people_there(
    db: Session, keeper: User, session_uuid: UUID, *, now: datetime
) -> Sequence[RegisterRow]:
    """Return who came to a session, as its register names them.

    :raises NotFound: no such session, or its door is not the keeper's.
    """
    return register_of(db, keeper, session_uuid, now=now).here


def sessions_to_give_at(
    db: Session, provider: Provider, *, now: datetime
) -> Sequence[ScheduledSession]:
    """Return the sessions of the last two weeks at which somebody was confirmed, the last first."""
    came = select(Booking.id).where(
        Booking.scheduled_session_id == ScheduledSession.id, live_attendance(Booking.id)
    )
    sessions = (
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .options(joinedload(ScheduledSession.opportunity))
        .where(
            Opportunity.provider_id == provider.id,
            ScheduledSession.ends_at > now - DOOR_CLOSES_AFTER,
            came.exists(),
        )
        .order_by(ScheduledSession.starts_at.desc(), ScheduledSession.id)
    )
    return db.scalars(sessions.limit(50)).all()


def _who_came(
    db: Session, scheduled: ScheduledSession, wanted: Collection[UUID]
) -> Sequence[Booking]:
    came = (
        locked_bookings()
        .filter_by(scheduled_session_id=scheduled.id)
        .where(
            Booking.uuid.in_(wanted),
            select(Attendance.booking_id)
            .where(Attendance.booking_id == Booking.id, Attendance.withdrawn_at.is_(None))
            .exists(),
        )
        .order_by(Booking.id)
    )
    bookings = db.scalars(came).all()
    if len(bookings) != len(set(wanted)):
        raise NotFound(
            _("Somebody you chose is not marked as here any more. Look at the list again.")
        )
    return bookings


def _give(
    db: Session,
    achievement: Achievement,
    booking: Booking,
    to: ToGive,
    scheduled: ScheduledSession,
    now: datetime,
) -> bool:
    level = chosen_level(achievement, to.level)
    refuse_name(to.narrative, booking.learner)
    held = credential_of(db, booking.learner, achievement)
    has_it = held is not None and held.revoked_at is None
    opportunity = scheduled.opportunity
    credential = award(
        db,
        achievement=achievement,
        recipient=booking.learner,
        evidence=f"Took part in {opportunity.title}, says {opportunity.provider.name}.",
        narrative=to.narrative,
        seen=level,
        activity_started_at=scheduled.starts_at,
        activity_ended_at=scheduled.ends_at,
        ground="list",
        now=now,
    )
    if not has_it:
        defer(db, "participation.tell_of_badge", credential_id=credential.id)
    elif (to.narrative or level) and credential.activity_started_at == scheduled.starts_at:
        add_words(db, credential=credential, narrative=to.narrative, seen=level, now=now)
    return not has_it
