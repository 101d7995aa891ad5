"""The rules of what a learner says of their badges."""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import NotFound
from badges.queries import own_badge
from profiles.models import BadgeReflection


def say_how_it_went(
    db: Session, *, learner: User, badge_uuid: UUID, words: str, now: datetime
) -> None:
    """Keep a learner's own words beside a badge, for themselves alone; none deletes them. Flushes.

    :raises NotFound: no such badge of theirs.
    """
    badge = own_badge(db, learner, badge_uuid)
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    kept = db.get(BadgeReflection, badge.id)
    if not words:
        if kept is not None:
            db.delete(kept)
    else:
        db.merge(BadgeReflection(credential_id=badge.id, words=words, written_at=now))
    db.flush()
