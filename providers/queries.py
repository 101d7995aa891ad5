"""Questions about organisations: who speaks for one, and who may see what of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.access import PROVIDER_ROLES
from accounts.models import User
from providers.models import MemberRole, Provider, ProviderMember, ProviderStatus
from providers.standing import is_trusted

#: Who may post and change what is offered.
_POSTING = {MemberRole.ADMIN, MemberRole.ORGANISER, MemberRole.SAFEGUARDING_LEAD}
#: Who may send in what shows that young people are safe there.
ASSURING = {MemberRole.ADMIN, MemberRole.SAFEGUARDING_LEAD}


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
    return role_in(db, user, provider) in ASSURING


def role_in(db: Session, user: User, provider: Provider) -> MemberRole | None:
    """Return what `user` does for `provider` today; nothing where it is suspended.

    Asked of the database each time: whoever is taken out of a team is out at the next request.
    """
    return None if provider.status is ProviderStatus.SUSPENDED else part_in(db, user, provider)


def part_in(db: Session, user: User, provider: Provider) -> MemberRole | None:
    """Return what `user` does for `provider`, be it suspended or not. It lets nobody do anything."""
    if user.role not in PROVIDER_ROLES:
        return None
    member = db.get(ProviderMember, (provider.id, user.id))
    return member.role if member and member.ended_at is None else None


def provider_of(db: Session, user: User) -> Provider | None:
    """Return the organisation that `user` belongs to, whatever its status: the first they joined."""
    return db.scalar(_joined_by(user).limit(1))


def organisations_of(db: Session, user: User) -> Sequence[Provider]:
    """Return every organisation that `user` belongs to, the first they joined first."""
    return db.scalars(_joined_by(user)).all()


def provider_by_uuid(db: Session, uuid: UUID) -> Provider | None:
    """Return an organisation in whatever state."""
    return db.scalar(select(Provider).filter_by(uuid=uuid))


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


def provider_for_officer(db: Session, officer: User, uuid: UUID) -> Provider | None:
    """Return an organisation of the officer's own city, held until the transaction ends."""
    mine = select(Provider).filter_by(uuid=uuid, city_id=officer.city_id)
    return db.scalar(mine.with_for_update(), execution_options={"populate_existing": True})


def provider_before_officer(db: Session, officer: User, uuid: UUID) -> Provider | None:
    """Return an organisation of the officer's own city, to read, with the body it belongs to."""
    mine = select(Provider).filter_by(uuid=uuid, city_id=officer.city_id)
    return db.scalar(mine.options(joinedload(Provider.umbrella)))


def team_of(db: Session, provider: Provider) -> Sequence[ProviderMember]:
    """Return who is in a team today, by what they do and then by name, with their accounts."""
    found = (
        select(ProviderMember)
        .join(ProviderMember.user)
        .where(ProviderMember.provider_id == provider.id, ProviderMember.ended_at.is_(None))
        .options(contains_eager(ProviderMember.user))
        .order_by(User.name, User.id)
    )
    roles = list(MemberRole)
    return sorted(db.scalars(found), key=lambda member: roles.index(member.role))


def _joined_by(user: User) -> Select[Provider]:
    return (
        select(Provider)
        .join(ProviderMember, ProviderMember.provider_id == Provider.id)
        .where(ProviderMember.user_id == user.id, ProviderMember.ended_at.is_(None))
        .order_by(ProviderMember.joined_at, Provider.id)
    )
