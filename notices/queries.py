"""Questions about what waits to be sent, and what stands in an inbox."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import User
from notices.kinds import MANNERS, NoticeKind
from notices.models import Notice
from notices.quiet import may_come

#: A sender that took a notice up so long ago has stopped midway: no try takes a tenth of it.
CLAIM_HOLDS = timedelta(minutes=15)
#: An e-mail that was neither sent nor given up.
IS_WAITING = and_(Notice.is_mailed, Notice.sent_at.is_(None), Notice.given_up_at.is_(None))
#: Of what was sent before there were inboxes, the words are gone.
HAS_WORDS = Notice.details != {}
#: An inbox shows so many, newest first.
MOST_SHOWN = 100


def may_be_sent(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a notice is due, may come at this hour, and is in nobody's hands."""
    kinds = [kind for kind, manner in MANNERS.items() if may_come(manner.hours, now)]
    return and_(
        IS_WAITING,
        Notice.due_at <= now,
        Notice.kind.in_(kinds),
        or_(Notice.claimed_at.is_(None), Notice.claimed_at <= now - CLAIM_HOLDS),
    )


def how_many_may_be_sent(db: Session, now: datetime) -> dict[NoticeKind, int]:
    """Return how many notices of each kind may be sent now; kinds without any are left out."""
    return _counted(db, may_be_sent(now))


def how_many_wait(db: Session) -> dict[NoticeKind, int]:
    """Return how many notices of each kind wait, whether or not they may be sent now."""
    return _counted(db, IS_WAITING)


def has_news(db: Session, reader: User) -> bool:
    """Return whether something stands in the inbox of `reader` that they have not seen there."""
    unread = _inbox(Notice.id, reader).where(Notice.read_at.is_(None))
    return db.scalar(unread.limit(1)) is not None


def inbox_of(db: Session, reader: User) -> list[Notice]:
    """Return what `reader` was told and is still kept, newest first."""
    newest_first = (Notice.told_at.desc(), Notice.id.desc())
    return list(db.scalars(_inbox(Notice, reader).order_by(*newest_first).limit(MOST_SHOWN)))


def _inbox(wanted: Any, reader: User) -> Select:
    return select(wanted).where(Notice.user_id == reader.id, HAS_WORDS)


def _counted(db: Session, condition: ColumnElement[bool]) -> dict[NoticeKind, int]:
    found = select(Notice.kind, func.count()).where(condition).group_by(Notice.kind)
    return dict(tuple(row) for row in db.execute(found.order_by(Notice.kind)))
