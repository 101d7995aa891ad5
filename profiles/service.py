"""The rules of showing one's record to somebody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotFound
from app.links import token_hash, token_of
from badges.queries import own_badge
from profiles.models import ShareLink
from profiles.queries import own_share_link

#: Tells these addresses from those that ask somebody something.
LINK_KIND = "share"
#: How long a link may last, in days. The shortest is offered first.
SHARE_DAYS = (7, 30, 90)


def share(
    db: Session,
    *,
    learner: User,
    label: str,
    badge_uuids: Sequence[UUID],
    shows_name: bool,
    shows_hours: bool,
    days: int,
    secret: str,
    now: datetime,
) -> ShareLink:
    """Make an address that shows the chosen badges, and no more, for so many days. Flushes.

    :param label: for whom, in the learner's own words; only the learner sees it.
    :raises NotFound: a badge that is not the learner's own.
    :raises Conflict: nothing was chosen, or only badges that were taken back.
    """
    badges = [_own_standing_badge(db, learner, uuid) for uuid in dict.fromkeys(badge_uuids)]
    if not badges:
        raise Conflict(_("Choose at least one badge to share."))
    uuid = uuid4()
    link = ShareLink(
        uuid=uuid,
        learner=learner,
        label=label,
        token_hash=token_hash(token_of(uuid, secret=secret, kind=LINK_KIND)),
        shows_name=shows_name,
        shows_hours=shows_hours,
        created_at=now,
        expires_at=now + timedelta(days=days),
        badges=badges,
    )
    db.add(link)
    db.flush()
    return link


def withdraw_share(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """End a share link now. Ending it twice is harmless. Flushes.

    :raises NotFound: the learner has no such link.
    """
    link = own_share_link(db, learner, uuid)
    if link is None:
        raise NotFound(_("We cannot find that link."))
    link.withdrawn_at = link.withdrawn_at or now
    db.flush()


def _own_standing_badge(db: Session, learner: User, uuid: UUID):
    badge = own_badge(db, learner, uuid)
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    if badge.revoked_at is not None:
        raise Conflict(_("A badge that was taken back cannot be shared."))
    return badge
