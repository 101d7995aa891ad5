"""Questions about what waits to be sent."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from notices.kinds import MANNERS, NoticeKind
from notices.models import Notice
from notices.quiet import may_come

#: A sender that took a notice up so long ago has stopped midway: no try takes a tenth of it.
CLAIM_HOLDS = timedelta(minutes=15)
#: Neither sent nor given up.
IS_WAITING = and_(Notice.sent_at.is_(None), Notice.given_up_at.is_(None))


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


def _counted(db: Session, condition: ColumnElement[bool]) -> dict[NoticeKind, int]:
    found = select(Notice.kind, func.count()).where(condition).group_by(Notice.kind)
    return dict(tuple(row) for row in db.execute(found.order_by(Notice.kind)))
