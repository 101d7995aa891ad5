"""Questions about organisations: who speaks for one, and which wait for an officer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.access import PROVIDER_ROLES
from accounts.models import User
from providers.models import Provider, ProviderMember, ProviderStatus


def speaks_for(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` acts for `provider` today. Nobody does for one that is suspended."""
    if user.role not in PROVIDER_ROLES or provider.status is ProviderStatus.SUSPENDED:
        return False
    return db.get(ProviderMember, (provider.id, user.id)) is not None


def provider_of(db: Session, user: User) -> Provider | None:
    """Return the organisation that `user` belongs to, whatever its status."""
    mine = select(ProviderMember.provider_id).filter_by(user_id=user.id)
    return db.scalar(select(Provider).where(Provider.id.in_(mine)).order_by(Provider.id).limit(1))


def provider_by_slug(db: Session, slug: str) -> Provider | None:
    """Return an organisation in whatever state, with its city."""
    return db.scalar(
        select(Provider).filter_by(slug=slug).options(joinedload(Provider.city, innerjoin=True))
    )


def provider_shown_to(db: Session, viewer: User | None, slug: str) -> Provider | None:
    """Return an organisation if `viewer` may see its page: anyone once it is checked, before that its own."""
    provider = provider_by_slug(db, slug)
    if provider is None or provider.status is ProviderStatus.VERIFIED:
        return provider
    return provider if viewer and speaks_for(db, viewer, provider) else None


def awaiting_verification(db: Session, officer: User) -> Sequence[Provider]:
    """Return the organisations of the officer's city that wait for a check, oldest first."""
    return _of_city(db, officer, ProviderStatus.APPLIED, Provider.applied_at, Provider.id)


def decided(db: Session, officer: User, status: ProviderStatus) -> Sequence[Provider]:
    """Return the organisations of the officer's city with this status, by name."""
    return _of_city(db, officer, status, Provider.name, Provider.id)


def provider_for_officer(db: Session, officer: User, uuid: UUID) -> Provider | None:
    """Return an organisation of the officer's own city, held until the transaction ends."""
    mine = select(Provider).filter_by(uuid=uuid, city_id=officer.city_id)
    return db.scalar(mine.with_for_update(), execution_options={"populate_existing": True})


def contacts_of(db: Session, providers: Sequence[Provider]) -> dict[int, list[User]]:
    """Return who speaks for each of `providers`, by its id. For officers who check them."""
    found = (
        select(ProviderMember)
        .where(ProviderMember.provider_id.in_([provider.id for provider in providers]))
        .options(joinedload(ProviderMember.user, innerjoin=True))
        .order_by(ProviderMember.user_id)
    )
    contacts: dict[int, list[User]] = {}
    for member in db.scalars(found):
        contacts.setdefault(member.provider_id, []).append(member.user)
    return contacts


def _of_city(db: Session, officer: User, status: ProviderStatus, *order) -> Sequence[Provider]:
    found = select(Provider).filter_by(city_id=officer.city_id, status=status)
    return db.scalars(found.order_by(*order)).all()
