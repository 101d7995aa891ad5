"""Questions a provider asks about what it offers itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from geo.models import Place
from listings.models import ListingDraft, ListingVersion, ProviderPlace, VersionState
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
        .where(
            Opportunity.provider_id == provider.id,
            ScheduledSession.ends_at > ends_after,
            ScheduledSession.cancelled_at.is_(None),
        )
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
    """Return the places that a provider has added, or where it has offered something, by name."""
    used = select(Opportunity.place_id).filter_by(provider_id=provider.id)
    added = select(ProviderPlace.place_id).filter_by(provider_id=provider.id)
    found = select(Place).where(or_(Place.id.in_(used), Place.id.in_(added)))
    return db.scalars(found.order_by(Place.name, Place.id)).all()


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


def own_draft(
    db: Session, provider: Provider, uuid: UUID, *, is_held: bool = False
) -> ListingDraft | None:
    """Return a draft of the provider; None for anybody else's.

    :param is_held: whether nobody else may write it until the transaction ends.
    """
    found = select(ListingDraft).filter_by(uuid=uuid, provider_id=provider.id)
    return db.scalar(found.with_for_update() if is_held else found)


def drafts_of(db: Session, provider: Provider) -> Sequence[ListingDraft]:
    """Return a provider's drafts, the one that was typed in last first."""
    found = select(ListingDraft).filter_by(provider_id=provider.id)
    return db.scalars(found.order_by(ListingDraft.updated_at.desc(), ListingDraft.id)).all()


def next_starts(db: Session, provider: Provider, now: datetime) -> dict[int, datetime]:
    """Return when each listing of a provider starts next, by its id.

    One that has no dates to come is absent: that is what "expired" means.
    """
    found = (
        select(ScheduledSession.opportunity_id, func.min(ScheduledSession.starts_at))
        .join(ScheduledSession.opportunity)
        .where(
            Opportunity.provider_id == provider.id,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .group_by(ScheduledSession.opportunity_id)
    )
    return {row[0]: row[1] for row in db.execute(found)}


def sessions_of(db: Session, opportunity: Opportunity) -> Sequence[ScheduledSession]:
    """Return all sessions of a listing that were not called off, past and to come."""
    found = select(ScheduledSession).filter_by(opportunity_id=opportunity.id, cancelled_at=None)
    return db.scalars(found.order_by(ScheduledSession.starts_at, ScheduledSession.id)).all()


def unbooked_sessions(
    db: Session, opportunity: Opportunity, now: datetime
) -> Sequence[ScheduledSession]:
    """Return the sessions to come of which no place is booked, held until the transaction ends."""
    found = select(ScheduledSession).where(
        ScheduledSession.opportunity_id == opportunity.id,
        ScheduledSession.starts_at > now,
        ScheduledSession.cancelled_at.is_(None),
        ScheduledSession.remaining_capacity + ScheduledSession.kept_capacity
        == ScheduledSession.maximum_capacity,
    )
    held = found.order_by(ScheduledSession.id).with_for_update()
    return db.scalars(held, execution_options={"populate_existing": True}).all()


def versions_of(db: Session, opportunity: Opportunity) -> Sequence[ListingVersion]:
    """Return the versions of a listing, the newest first, each with who made it."""
    found = select(ListingVersion).filter_by(opportunity_id=opportunity.id)
    with_maker = found.options(joinedload(ListingVersion.made_by))
    return db.scalars(with_maker.order_by(ListingVersion.number.desc())).all()


def last_version(db: Session, opportunity: Opportunity) -> ListingVersion | None:
    """Return the newest version of a listing, in whatever state."""
    found = select(ListingVersion).filter_by(opportunity_id=opportunity.id)
    return db.scalar(found.order_by(ListingVersion.number.desc()).limit(1))


def waiting_version(db: Session, opportunity: Opportunity) -> ListingVersion | None:
    """Return the version of a listing that waits for an officer; there is one at most."""
    return db.scalar(
        select(ListingVersion).filter_by(opportunity_id=opportunity.id, state=VersionState.WAITING)
    )


def waiting_listings(db: Session, provider: Provider) -> set[int]:
    """Return the ids of a provider's listings of which something waits for an officer."""
    found = (
        select(ListingVersion.opportunity_id)
        .join(ListingVersion.opportunity)
        .where(Opportunity.provider_id == provider.id, ListingVersion.state == VersionState.WAITING)
    )
    return set(db.scalars(found))


def was_sent_back(db: Session, opportunity: Opportunity) -> bool:
    """Return whether the last thing that an officer decided on a listing was to send it back."""
    last = last_decided(db, opportunity)
    return last is not None and last.state is VersionState.REFUSED


def last_decided(db: Session, opportunity: Opportunity) -> ListingVersion | None:
    """Return the last version of a listing that an officer decided on."""
    decided = select(ListingVersion).where(
        ListingVersion.opportunity_id == opportunity.id, ListingVersion.decided_at.is_not(None)
    )
    return db.scalar(decided.order_by(ListingVersion.number.desc()).limit(1))


def approved_reasons(db: Session, opportunity: Opportunity) -> set[str]:
    """Return for which reasons officers have looked at a listing, and let it go live."""
    found = select(ListingVersion.reasons).where(
        ListingVersion.opportunity_id == opportunity.id,
        ListingVersion.decided_at.is_not(None),
        ListingVersion.state == VersionState.LIVE,
    )
    return {reason for reasons in db.scalars(found) for reason in reasons}


def known_listings(db: Session, opportunity: Opportunity, now: datetime) -> int:
    """Return how many other listings of the same provider were approved by an officer, or have run."""
    approved = exists().where(
        ListingVersion.opportunity_id == Opportunity.id,
        ListingVersion.state == VersionState.LIVE,
        ListingVersion.decided_at.is_not(None),
    )
    has_run = exists().where(
        ScheduledSession.opportunity_id == Opportunity.id, ScheduledSession.ends_at <= now
    )
    found = select(func.count()).where(
        Opportunity.provider_id == opportunity.provider_id,
        Opportunity.id != opportunity.id,
        or_(approved, and_(has_run, Opportunity.published_at.is_not(None))),
    )
    return db.scalars(found).one()


def listings_in_review(db: Session, officer: User) -> Sequence[ListingVersion]:
    """Return what waits for an officer of the officer's city, oldest first.

    New listings and changes of published ones alike, each with its listing, place, provider and
    maker loaded.
    """
    found = (
        select(ListingVersion)
        .join(ListingVersion.opportunity)
        .join(Opportunity.provider)
        .options(
            contains_eager(ListingVersion.opportunity).contains_eager(Opportunity.provider),
            contains_eager(ListingVersion.opportunity).joinedload(Opportunity.place),
            joinedload(ListingVersion.made_by),
        )
        .where(
            ListingVersion.state == VersionState.WAITING,
            Opportunity.status != OpportunityStatus.WITHDRAWN,
            Provider.city_id == officer.city_id,
        )
        .order_by(ListingVersion.made_at, ListingVersion.id)
    )
    return db.scalars(found).all()


def places_used_by_others(db: Session, provider: Provider, place: Place) -> bool:
    """Return whether any other provider offers something at a place, or has added it."""
    offered = exists().where(
        Opportunity.place_id == place.id, Opportunity.provider_id != provider.id
    )
    added = exists().where(
        ProviderPlace.place_id == place.id, ProviderPlace.provider_id != provider.id
    )
    return bool(db.scalar(select(or_(offered, added))))


def listing_for_officer(db: Session, officer: User, uuid: UUID) -> Opportunity | None:
    """Return a listing of the officer's own city, in whatever state, with its place and provider."""
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .where(Opportunity.uuid == uuid, Provider.city_id == officer.city_id)
        .options(
            contains_eager(Opportunity.provider), joinedload(Opportunity.place, innerjoin=True)
        )
    )
    return db.scalar(found)


def last_live(db: Session, opportunity: Opportunity, *, before: int) -> ListingVersion | None:
    """Return the last version of a listing that went live before another one."""
    found = select(ListingVersion).where(
        ListingVersion.opportunity_id == opportunity.id,
        ListingVersion.state == VersionState.LIVE,
        ListingVersion.number < before,
    )
    return db.scalar(found.order_by(ListingVersion.number.desc()).limit(1))
