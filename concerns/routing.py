"""Who reads a concern: the city's officers, without anybody whom it is about."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from concerns.models import Concern, ConcernKind, ConcernNamed, ConcernReader
from providers.models import Provider, ProviderMember

#: Shorter ones stand in other words: a group called "Art" is not named by "start".
_SHORTEST_NAME = 5


def readers_of(db: Session, concern: Concern) -> Sequence[User]:
    """Return who may read a concern today, by account. It is empty only where nobody is left.

    Those whom the city named, or else all its officers; without them its admins; without them
    whoever runs the service. Nobody whom it names, and nobody who is or was in an organisation
    that it names, at any of these steps.
    """
    kept_from = _kept_from(db, concern)
    for step in (_officers, _admins, _platform):
        left = [each for each in step(db, concern) if each.id not in kept_from]
        if left:
            return left
    return []


def may_read(db: Session, user: User, concern: Concern) -> bool:
    """Say whether `user` is one of the readers of a concern. Asked anew each time."""
    return any(each.id == user.id for each in readers_of(db, concern))


def keep_from_the_named(db: Session, concern: Concern, *texts: str) -> None:
    """Keep a concern from officers and organisations of its city that these words name. Flushes.

    A name counts where it stands whole; a person's, where it has two words or more, since half a
    city is called Sam.
    """
    said = _plain(" ".join(texts))
    providers = select(Provider).where(Provider.city_id == concern.city_id)
    for provider in db.scalars(providers):
        if _is_named(provider.name, said):
            keep_from_provider(db, concern, provider.id)
    for officer in (each for step in (_everyone, _platform) for each in step(db, concern)):
        if " " in officer.name.strip() and _is_named(officer.name, said):
            _keep_from(db, concern, user_id=officer.id)


def keep_from_provider(db: Session, concern: Concern, provider_id: int) -> None:
    """Keep a concern from all who are or were in an organisation. Flushes."""
    _keep_from(db, concern, provider_id=provider_id)


def _keep_from(db: Session, concern: Concern, **whom: int) -> None:
    if db.scalar(select(ConcernNamed.id).filter_by(concern_id=concern.id, **whom)) is None:
        db.add(ConcernNamed(concern_id=concern.id, **whom))
        db.flush()


def _kept_from(db: Session, concern: Concern) -> set[int | None]:
    named = select(ConcernNamed.user_id).where(
        ConcernNamed.concern_id == concern.id, ConcernNamed.user_id.is_not(None)
    )
    inside = (
        select(ProviderMember.user_id)
        .join(ConcernNamed, ConcernNamed.provider_id == ProviderMember.provider_id)
        .where(ConcernNamed.concern_id == concern.id)
    )
    return {*db.scalars(named), *db.scalars(inside)}


def _officers(db: Session, concern: Concern) -> Sequence[User]:
    if concern.kind is ConcernKind.COUNCIL:
        return []
    named = select(ConcernReader.user_id).where(ConcernReader.city_id == concern.city_id)
    ids = db.scalars(named).all()
    everyone = _with_role(db, Role.AUTHORITY_OFFICER, concern.city_id)
    return [each for each in _everyone(db, concern) if each.id in ids] if ids else everyone


def _admins(db: Session, concern: Concern) -> Sequence[User]:
    return _with_role(db, Role.CITY_ADMIN, concern.city_id)


def _everyone(db: Session, concern: Concern) -> Sequence[User]:
    return [*_with_role(db, Role.AUTHORITY_OFFICER, concern.city_id), *_admins(db, concern)]


def _platform(db: Session, _concern: Concern) -> Sequence[User]:
    return _with_role(db, Role.PLATFORM_ADMIN, None)


def _with_role(db: Session, role: Role, city_id: int | None) -> Sequence[User]:
    found = select(User).where(User.role == role, User.disabled_at.is_(None)).order_by(User.id)
    return db.scalars(found if city_id is None else found.filter_by(city_id=city_id)).all()


def _is_named(name: str, said: str) -> bool:
    plain = _plain(name).strip()
    return len(plain) >= _SHORTEST_NAME and f" {plain} " in said


def _plain(text: str) -> str:
    """Return words in small letters with one space around each, so that a name is found whole."""
    signs: Callable[[str], Iterable[str]] = lambda each: each if each.isalnum() else " "  # noqa: E731
    return " " + " ".join("".join(signs(each) for each in text.casefold()).split()) + " "
