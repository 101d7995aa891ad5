"""What a piece can belong with, as the pages and their addresses name it: `booking:<uuid>`."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from accounts.models import User
from badges.queries import badges_of, own_badge
from evidence.models import EvidencePiece
from evidence.queries import attended_by, own_booking
from evidence.service import BelongsWith
from logbook.queries import logged_by, own_logged

_OWN = {"booking": own_booking, "logged": own_logged, "badge": own_badge}
#: Of each kind so many are offered, the latest.
_MOST = 30


def named(db: Session, learner: User, name: str) -> BelongsWith | None:
    """Return what is called so, if it is this learner's."""
    kind, _colon, uuid = name.partition(":")
    try:
        return _OWN[kind](db, learner, UUID(uuid))
    except (KeyError, ValueError):
        return None


def choices(db: Session, learner: User) -> Iterator[tuple[str, str]]:
    """Yield what a learner can choose from: how it is named, and what it is called."""
    for booking in attended_by(db, learner, limit=_MOST):
        yield f"booking:{booking.uuid}", booking.scheduled_session.opportunity.title
    for activity in logged_by(db, learner)[:_MOST]:
        yield f"logged:{activity.uuid}", activity.title
    for badge in badges_of(db, learner)[:_MOST]:
        yield f"badge:{badge.uuid}", badge.achievement.name


def name_of(piece: EvidencePiece) -> str:
    """Return how what a piece belongs with is named, or nothing."""
    if piece.booking is not None:
        return f"booking:{piece.booking.uuid}"
    if piece.logged_activity is not None:
        return f"logged:{piece.logged_activity.uuid}"
    return f"badge:{piece.credential.uuid}" if piece.credential is not None else ""
