"""What is on offer: one thing, its sessions, and the one condition of what can be booked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, joinedload

from opportunities.freshness import PAUSED_AFTER, is_paused
from opportunities.models import (
    Opportunity,
    OpportunityOrigin,
    OpportunityStatus,
    ScheduledSession,
)
from providers.standing import is_trusted, trusted


def bookable(now: datetime) -> ColumnElement[bool]:
    """Return the one condition under which a session can be found, and can be booked.

    For a statement in which `ScheduledSession`, `Opportunity` and `Provider` are joined.
    """
    return and_(
        Opportunity.status == OpportunityStatus.PUBLISHED,
        trusted(now),
        Opportunity.checked_at > now - PAUSED_AFTER,
        _has_place(now),
    )


def opportunity_by_slug(db: Session, slug: str) -> Opportunity | None:
    """Return an opportunity in whatever state, with its place, provider and achievement."""
    return db.scalar(_opportunity().filter_by(slug=slug))


def opportunity_by_uuid(db: Session, uuid: UUID) -> Opportunity | None:
    """Return an opportunity in whatever state, with its place, provider and achievement."""
    return db.scalar(_opportunity().filter_by(uuid=uuid))


def origin_of(db: Session, opportunity: Opportunity) -> OpportunityOrigin | None:
    """Return the list that an opportunity came from; None where its provider typed it here."""
    return db.get(OpportunityOrigin, opportunity.id)


def coming_sessions(
    db: Session, opportunity: Opportunity, now: datetime
) -> Sequence[ScheduledSession]:
    """Return the sessions of an opportunity that have not started, full ones too, soonest first."""
    return db.scalars(
        select(ScheduledSession)
        .where(
            ScheduledSession.opportunity_id == opportunity.id,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .order_by(ScheduledSession.starts_at, ScheduledSession.id)
    ).all()


def session_by_uuid(db: Session, uuid: UUID) -> ScheduledSession | None:
    """Return a session in whatever state, with its opportunity, place, provider and achievement."""
    of_opportunity = joinedload(ScheduledSession.opportunity, innerjoin=True)
    return db.scalar(
        select(ScheduledSession)
        .filter_by(uuid=uuid)
        .options(
            of_opportunity.joinedload(Opportunity.place, innerjoin=True),
            of_opportunity.joinedload(Opportunity.provider, innerjoin=True),
            of_opportunity.joinedload(Opportunity.achievement),
        )
    )


def is_on_offer(opportunity: Opportunity, now: datetime) -> bool:
    """Return whether the public may see this: `bookable`, said of a row and not of its sessions."""
    return (
        opportunity.status is OpportunityStatus.PUBLISHED
        and is_trusted(opportunity.provider, now)
        and not is_paused(opportunity, now)
    )


def _opportunity() -> Select[Opportunity]:
    return select(Opportunity).options(
        joinedload(Opportunity.place, innerjoin=True),
        joinedload(Opportunity.provider, innerjoin=True),
        joinedload(Opportunity.achievement),
    )


def _has_place(now: datetime) -> ColumnElement[bool]:
    return and_(
        ScheduledSession.starts_at > now,
        ScheduledSession.remaining_capacity > 0,
        ScheduledSession.cancelled_at.is_(None),
    )
