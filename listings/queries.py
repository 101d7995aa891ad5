"""Questions a provider asks about what it offers itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from geo.models import Place
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from opportunities.queries import bookable
from providers.models import Provider
from providers.queries import speaks_for


def own_opportunities(db: Session, provider: Provider) -> Sequence[Opportunity]:
    """Return what a provider offers and has not withdrawn, by title, with place and badge loaded."""
    found = (
        select(Opportunity)
        .where(
            Opportunity.provider_id == provider.id,
            Opportunity.status != OpportunityStatus.WITHDRAWN,
        )
        .options(joinedload(Opportunity.place, innerjoin=True), joinedload(Opportunity.achievement))
        .order_by(Opportunity.title, Opportunity.id)
    )
    return db.scalars(found).all()


def own_opportunity(db: Session, viewer: User, uuid: UUID) -> Opportunity | None:
    """Return something that the viewer's own organisation offers; None for anybody else's."""
    found = select(Opportunity).filter_by(uuid=uuid)
    opportunity = db.scalar(found.options(joinedload(Opportunity.provider, innerjoin=True)))
    if opportunity is None or not speaks_for(db, viewer, opportunity.provider):
        return None
    return opportunity


def own_sessions(
    db: Session, provider: Provider, *, ends_after: datetime, limit: int = 100
) -> Sequence[ScheduledSession]:
    """Return a provider's sessions that end after an instant, soonest first, withdrawn ones too.

    People may have booked before it was withdrawn, and then they come. Each has its opportunity
    and place loaded.
    """
    found = (
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.place)
        .options(
            contains_eager(ScheduledSession.opportunity).contains_eager(Opportunity.place),
        )
        .where(Opportunity.provider_id == provider.id, ScheduledSession.ends_at > ends_after)
        .order_by(ScheduledSession.starts_at, ScheduledSession.id)
        .limit(limit)
    )
    return db.scalars(found).all()


def last_session(db: Session, opportunity: Opportunity) -> ScheduledSession | None:
    """Return the latest session of an opportunity, past or to come."""
    found = select(ScheduledSession).filter_by(opportunity_id=opportunity.id)
    return db.scalar(found.order_by(ScheduledSession.starts_at.desc()).limit(1))


def next_session(db: Session, opportunity: Opportunity, now: datetime) -> ScheduledSession | None:
    """Return the session of an opportunity that starts next."""
    found = select(ScheduledSession).filter_by(opportunity_id=opportunity.id)
    coming = found.where(ScheduledSession.starts_at > now)
    return db.scalar(coming.order_by(ScheduledSession.starts_at).limit(1))


def remembered_places(db: Session, provider: Provider) -> Sequence[Place]:
    """Return the places where a provider has offered something, by name."""
    used = select(Opportunity.place_id).filter_by(provider_id=provider.id)
    return db.scalars(select(Place).where(Place.id.in_(used)).order_by(Place.name, Place.id)).all()


def sessions_on_offer(
    db: Session, provider: Provider, now: datetime, *, limit: int = 50
) -> Sequence[ScheduledSession]:
    """Return what anyone can book of a provider now, soonest first."""
    of_opportunity = contains_eager(ScheduledSession.opportunity)
    found = (
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .options(
            of_opportunity.contains_eager(Opportunity.place),
            of_opportunity.contains_eager(Opportunity.provider),
        )
        .where(Opportunity.provider_id == provider.id, bookable(now))
        .order_by(ScheduledSession.starts_at, ScheduledSession.id)
        .limit(limit)
    )
    return db.scalars(found).all()
