"""Who may let a badge be come by in these ways: people of an organisation that is checked."""

import re
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotAllowed, NotFound
from badges.models import Achievement
from badges.queries import own_achievement
from providers.models import Provider
from providers.queries import keeps_door, speaks_for
from providers.standing import is_trusted


def badge_to_decide(
    db: Session, keeper: User, provider: Provider, slug: str, *, now: datetime
) -> Achievement:
    """Return an organisation's own badge, for whoever says how it is come by.

    :raises NotAllowed: they do not speak for the organisation, or it is not checked.
    :raises NotFound: it has no such badge.
    """
    if not speaks_for(db, keeper, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    _require_trust(provider, now)
    return _own(db, provider, slug)


def badge_to_give(
    db: Session, keeper: User, provider: Provider, slug: str, *, now: datetime
) -> Achievement:
    """Return an organisation's own badge, for whoever of its team looks at what people did.

    :raises NotAllowed: they are not of its team, or it is not checked.
    :raises NotFound: it has no such badge.
    """
    require_team(db, keeper, provider, now=now)
    return _own(db, provider, slug)


def require_team(db: Session, keeper: User, provider: Provider, *, now: datetime) -> None:
    """Let only the team of a checked organisation on.

    :raises NotAllowed: they are not of its team, or it is not checked.
    """
    if not keeps_door(db, keeper, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    _require_trust(provider, now)


def refuse_name(words: str, learner: User) -> None:
    """Keep the learner's name out of words that stand in a badge, which may travel anywhere.

    :raises Conflict: the words hold a part of the name, written as a name is.
    """
    parts = {part for part in re.findall(r"\w+", learner.name) if len(part) > 1}
    if parts & set(re.findall(r"\w+", words)):
        raise Conflict(_('Leave the name out: a badge names nobody. Say "you".'))


def _require_trust(provider: Provider, now: datetime) -> None:
    if not is_trusted(provider, now):
        raise NotAllowed(_("Badges cannot be given while your organisation is not checked."))


def _own(db: Session, provider: Provider, slug: str) -> Achievement:
    achievement = own_achievement(db, provider, slug)
    if achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return achievement
