"""The rules of joining as an organisation."""

import secrets
from uuid import uuid4

from slugify import slugify
from sqlalchemy.orm import Session

from accounts.models import Role
from accounts.queries import user_by_email
from accounts.service import register_adult
from app.errors import Conflict
from geo.models import City
from providers.models import Provider, ProviderKind, ProviderMember

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


def slug_of(name: str) -> str:
    """Return an address for something called `name`: readable, and nobody else's."""
    readable = slugify(name, max_length=48, word_boundary=True) or "tirnod"
    return f"{readable}-{''.join(secrets.choice(_SUFFIX_LETTERS) for _letter in range(6))}"
