"""Which organisation this browser acts for: one's own, another one's own, or a member of one's body."""

from uuid import UUID

from flask import session
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES, signed_in_user
from accounts.models import User
from app.db import current_db
from app.errors import NotAllowed, NotFound
from providers.models import Provider
from providers.queries import part_in, provider_by_uuid, provider_of, speaks_for

_KEY = "acts_for"


def provider_acted_for(db: Session, user: User) -> Provider | None:
    """Return the organisation whose pages this browser shows, whatever its status.

    Asked anew at each request. Where `user` may act for the chosen one no more, that request is
    refused rather than done in the name of another.

    :raises NotAllowed: the chosen organisation is not theirs to act for any more.
    """
    if _KEY not in session:
        return provider_of(db, user)
    chosen = provider_by_uuid(db, UUID(session[_KEY]))
    if chosen is None or not _may_act(db, user, chosen):
        del session[_KEY]
        raise NotAllowed(_("You can act for that organisation no more. You are back at your own."))
    return chosen


def act_for(db: Session, user: User, uuid: UUID) -> Provider:
    """Let this browser act for an organisation, until it is signed out or told otherwise.

    :raises NotFound: no such organisation, or not one for which `user` may act.
    """
    chosen = provider_by_uuid(db, uuid)
    if chosen is None or not _may_act(db, user, chosen):
        raise NotFound(_("We cannot find that organisation."))
    session[_KEY] = str(chosen.uuid)
    return chosen


def act_for_own() -> None:
    """Let this browser act for the organisation that its person joined first."""
    session.pop(_KEY, None)


def acting_for() -> Provider | None:
    """Return the organisation that each page names on top; None while it is one's own."""
    if _KEY not in session or not current_user.is_authenticated:
        return None
    if current_user.role not in PROVIDER_ROLES:
        return None
    db, user = current_db(), signed_in_user()
    chosen = provider_by_uuid(db, UUID(session[_KEY]))
    if chosen is None or not _may_act(db, user, chosen):
        return None
    own = provider_of(db, user)
    return None if own and own.id == chosen.id else chosen


def _may_act(db: Session, user: User, provider: Provider) -> bool:
    return part_in(db, user, provider) is not None or speaks_for(db, user, provider)
