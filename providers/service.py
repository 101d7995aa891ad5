"""The rules of joining as an organisation, and of what it says of itself."""

import secrets
from datetime import datetime
from uuid import uuid4

from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.queries import user_by_email
from accounts.service import register_adult
from app.db import lock
from app.errors import Conflict, NotAllowed
from geo.models import City
from providers.identity import registration_number
from providers.models import (
    Provider,
    ProviderKind,
    ProviderMember,
    ProviderStatus,
    Register,
)
from providers.queries import runs

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


def describe(
    db: Session,
    *,
    provider: Provider,
    described_by: User,
    description: str,
    safeguarding_lead: str,
    register: Register | None,
    number: str,
    now: datetime,
) -> Provider:
    """Write what an organisation says of itself: what it does, who leads, and where it is registered.

    Whoever an officer has looked at or said yes to is looked at anew once the number is another.
    Flushes.

    :param register: None says that it is on no register.
    :raises NotAllowed: `described_by` is no admin there.
    :raises NoSuchNumber: the number is not written like one of that register.
    :raises Conflict: the council has said yes to another number.
    """
    provider = lock(db, Provider, provider.id) or provider
    if not runs(db, described_by, provider):
        raise NotAllowed(_("Only an admin can change this."))
    given = (register, registration_number(register, number) if register else "")
    if given != (provider.registered_with, provider.registration_number):
        _take_identity_back(provider)
    provider.description, provider.safeguarding_lead = description, safeguarding_lead
    provider.registered_with, provider.registration_number = given
    provider.identity_given_at = now
    db.flush()
    return provider


def slug_of(name: str) -> str:
    """Return an address for something called `name`: readable, and nobody else's."""
    readable = slugify(name, max_length=48, word_boundary=True) or "tirnod"
    return f"{readable}-{''.join(secrets.choice(_SUFFIX_LETTERS) for _letter in range(6))}"


def _take_identity_back(provider: Provider) -> None:
    if provider.status is ProviderStatus.VERIFIED:
        raise Conflict(
            _("The council has checked who you are. Speak with the council to change it.")
        )
    provider.identity_checked_by_id = provider.identity_checked_at = None
    provider.approved_by_id = provider.approved_at = None
