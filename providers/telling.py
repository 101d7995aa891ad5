"""What people are told when something about their organisation changes, with the change or never."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import force_locale
from sqlalchemy.orm import Session

from accounts.models import User
from app.language import current_language
from app.wording import label
from notices.kinds import NoticeKind
from notices.service import tell
from providers.models import Invitation, Provider
from providers.queries import ASSURING, team_of


def tell_invited(
    db: Session, invitation: Invitation, *, inviter: User, token: str, until: date, now: datetime
) -> None:
    """Send an invitation to the address it is for. The token is in that one message alone. Flushes."""
    tell(
        db,
        to=invitation.email,
        kind=NoticeKind.INVITED,
        key=f"invited:{invitation.uuid}",
        values={
            "inviter": inviter.name,
            "organisation": invitation.provider.name,
            # The page of `views.people`: a service knows no routes.
            "path": f"/provide/invitation/{token}",
            "until": until,
        },
        now=now,
        language=current_language(),
    )


def tell_team(
    db: Session,
    kind: NoticeKind,
    *,
    provider: Provider,
    key: str,
    now: datetime,
    **values: Any,
) -> int:
    """Tell those who send in the papers of an organisation; return to how many it is news. Flushes.

    :param values: what the words need; what has a name in our wording is said in each one's language.
    """
    return sum(
        tell(
            db,
            to=member,
            kind=kind,
            key=key,
            values={"organisation": provider.name} | _said_to(member, values),
            now=now,
        )
        for member in _those_who_assure(db, provider)
    )


def _said_to(member: User, values: dict[str, Any]) -> dict[str, Any]:
    with force_locale(member.language):
        return {
            name: label(value) if isinstance(value, StrEnum) else value
            for name, value in values.items()
        }


def _those_who_assure(db: Session, provider: Provider) -> Iterable[User]:
    """Yield them whether or not it is suspended: that it is has to reach them too."""
    team = (each for each in team_of(db, provider) if each.role in ASSURING)
    return (each.user for each in team if each.user.is_active)
