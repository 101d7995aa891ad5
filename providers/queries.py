"""Questions about organisations: who speaks for one, and which wait for an officer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.access import PROVIDER_ROLES
from accounts.models import User
from providers.models import MemberRole, Provider, ProviderMember, ProviderStatus
from providers.standing import is_trusted

#: Who may post and change what is offered.
_POSTING = {MemberRole.ADMIN, MemberRole.ORGANISER, MemberRole.SAFEGUARDING_LEAD}
#: Who may send in what shows that young people are safe there.
_ASSURING = {MemberRole.ADMIN, MemberRole.SAFEGUARDING_LEAD}


def speaks_for(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` may post for `provider` today. Nobody may for one that is suspended.

    An admin of the body that it belongs to may, too; but that opens no register.
    """
    if role_in(db, user, provider) in _POSTING:
        return True
    umbrella = provider.umbrella
    is_shut = provider.status is ProviderStatus.SUSPENDED
    return umbrella is not None and not is_shut and runs(db, user, umbrella)


def keeps_door(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` keeps the registers of `provider` today: anyone of its own team."""
    return role_in(db, user, provider) is not None


def runs(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` decides who is in the team of `provider`, and what it says of itself."""
    return role_in(db, user, provider) is MemberRole.ADMIN


def assures(db: Session, user: User, provider: Provider) -> bool:
    """Say whether `user` sends in what shows that young people are safe with `provider`."""
    return role_in(db, user, provider) in _ASSURING


def role_in(db: Session, user: User, provider: Provider) -> MemberRole | None:
    """Return what `user` does for `provider` today; nothing where it is suspended.

    Asked of the database each time: whoever is taken out of a team is out at the next request.
    """
    if user.role not in PROVIDER_ROLES or provider.status is ProviderStatus.SUSPENDED:
        return None
    member = db.get(ProviderMember, (provider.id, user.id))
    return member.role if member and member.ended_at is None else None


def provider_of(db: Session, user: User) -> Provider | None:
    """Return the organisation that `user` belongs to, whatever its status."""
    mine = select(ProviderMember.provider_id).filter_by(user_id=user.id, ended_at=None)
    return db.scalar(select(Provider).where(Provider.id.in_(mine)).order_by(Provider.id).limit(1))


def provider_by_slug(db: Session, slug: str) -> Provider | None:
    """Return an organisation in whatever state, with its city."""
    return db.scalar(
        select(Provider).filter_by(slug=slug).options(joinedload(Provider.city, innerjoin=True))
    )


def provider_shown_to(
    db: Session, viewer: User | None, slug: str, now: datetime
) -> Provider | None:
    """Return an organisation if `viewer` may see its page: anyone while it is trusted, else its own."""
    provider = provider_by_slug(db, slug)
    if provider is None or is_trusted(provider, now):
        return provider
    return provider if viewer and keeps_door(db, viewer, provider) else None


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
        .where(
            ProviderMember.provider_id.in_([provider.id for provider in providers]),
            ProviderMember.ended_at.is_(None),
        )
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
