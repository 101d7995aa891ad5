"""The rules of being an organisation here: apply, be checked, be paused."""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import Role, User
from accounts.queries import user_by_email
from accounts.service import register_adult
from app.errors import Conflict, NotAllowed, NotFound
from geo.models import City
from providers.models import Provider, ProviderKind, ProviderMember, ProviderStatus
from providers.queries import provider_for_officer

#: Enough that two youth clubs of one name, or one who guesses, do not meet.
_SUFFIX_LETTERS = "23456789cdfghjkmnpqrtwxy"


def register_provider(
    db: Session,
    *,
    name: str,
    kind: ProviderKind,
    city: City,
    description: str,
    safeguarding_lead: str,
    member_name: str,
    email: str,
    password: str,
) -> Provider | None:
    """Take an organisation's application, with the first person who speaks for it. Flushes.

    Returns None, and keeps nothing, when there is an account with that e-mail address. The caller
    answers both alike: who has an account here is nobody's business. Both do the same work.
    """
    is_known = user_by_email(db, email) is not None
    with db.begin_nested() as attempt:
        provider = Provider(
            slug=slug_of(name),
            name=name,
            kind=kind,
            city=city,
            description=description,
            safeguarding_lead=safeguarding_lead,
        )
        # Nobody's address, made and undone, so that the answer takes as long as any other.
        address = f"{uuid4()}@invalid" if is_known else email
        try:
            member = register_adult(
                db, role=Role.PROVIDER_ADMIN, name=member_name, email=address, password=password
            )
        except Conflict:  # two applications with one new address, at the same moment
            attempt.rollback()
            return None
        db.add(ProviderMember(provider=provider, user=member))
        db.flush()
        if is_known:
            attempt.rollback()
            return None
    return provider


def verify_provider(
    db: Session, *, provider_uuid: UUID, verified_by: User, now: datetime
) -> Provider:
    """Say that an officer has checked an organisation: what it offers can be found from now on.

    :raises NotFound: no such organisation in the officer's own city.
    :raises Conflict: it was checked already.
    """
    provider = _of_own_city(db, provider_uuid, verified_by)
    if provider.status is ProviderStatus.VERIFIED:
        raise Conflict(_("This organisation has been checked already."))
    provider.status = ProviderStatus.VERIFIED
    provider.verified_at, provider.verified_by_id = now, verified_by.id
    db.flush()
    return provider


def suspend_provider(db: Session, *, provider_uuid: UUID, suspended_by: User) -> Provider:
    """Pause an organisation. From the next request on nothing of it is found or booked.

    :raises NotFound: no such organisation in the officer's own city.
    :raises Conflict: it is paused already.
    """
    provider = _of_own_city(db, provider_uuid, suspended_by)
    if provider.status is ProviderStatus.SUSPENDED:
        raise Conflict(_("This organisation is paused already."))
    provider.status = ProviderStatus.SUSPENDED
    db.flush()
    return provider


def slug_of(name: str) -> str:
    """Return an address for something called `name`: readable, and nobody else's."""
    readable = slugify(name, max_length=48, word_boundary=True) or "tirnod"
    return f"{readable}-{''.join(secrets.choice(_SUFFIX_LETTERS) for _letter in range(6))}"


def _of_own_city(db: Session, uuid: UUID, officer: User) -> Provider:
    if officer.role not in AUTHORITY_ROLES:
        raise NotAllowed(_("Only the council's officers decide on organisations."))
    provider = provider_for_officer(db, officer, uuid)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    return provider
