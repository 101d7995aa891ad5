"""The rules of telling people something: once, in their language, when they may be told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from notices.kinds import MANNERS, NoticeKind
from notices.models import Notice
from notices.queries import IS_WAITING, may_be_sent

#: How long after each try that failed the next one comes. After the last there is none.
DELAYS = (
    *(timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=8), timedelta(hours=24)),
)
#: What was not sent by then is old news, and its addresses may work no more.
KEEPS_WAITING = timedelta(days=14)
#: For so long after it was sent or given up a notice stays, and with it the memory of its key.
KEPT = timedelta(days=90)

_ERROR_LENGTH = 200


def tell(
    db: Session,
    *,
    to: User | str,
    kind: NoticeKind,
    key: str,
    values: Mapping[str, Any],
    now: datetime,
    due_at: datetime | None = None,
    language: str | None = None,
) -> bool:
    """Tell someone something, once. Flushes: it is sent after the caller's transaction lands, or never.

    Returns whether it is news: False where the same `key` was told to the same person before, in
    the last `KEPT` at least.

    :param to: a person with an account and an e-mail address; or a bare address, of somebody who is
        invited to have one.
    :param key: names what is told, and holds no personal data.
    :param values: what the words of this kind need, as they are in Python; see `kinds`.
    :param due_at: not before then. Quiet hours are kept in any case.
    :param language: how to write to a bare address, `en` or `cy`. An account knows its own.
    :raises ValidationError: the values are not those of this kind.
    """
    schema = MANNERS[kind].details()
    details = schema.dump(values)
    # Read back as the sender will: what it could not read must not be written.
    schema.load({**values, **details})
    row = {
        "uuid": uuid4(),
        "kind": kind,
        "details": details,
        "key": key,
        "told_at": now,
        "due_at": due_at or now,
        **_recipient(to, language),
    }
    news = insert(Notice).values(row).on_conflict_do_nothing().returning(Notice.id)
    return db.scalar(news) is not None


def claim_next(db: Session, *, now: datetime) -> Notice | None:
    """Take up the next notice that may be sent now, so that no other sender does. Flushes.

    The caller commits before it sends. Rows that another sender has just locked are passed over.
    """
    due = (
        select(Notice.id)
        .where(may_be_sent(now))
        .order_by(Notice.due_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(Notice)
        .where(Notice.id == due.scalar_subquery())
        .values(claimed_at=now)
        .returning(Notice)
    )
    return db.scalar(claim, execution_options={"populate_existing": True})


def mark_sent(db: Session, notice: Notice, *, now: datetime) -> None:
    """Keep that a mail server has taken a notice, and forget what it said. Flushes."""
    notice.sent_at, notice.claimed_at = now, None
    notice.details, notice.last_error = {}, ""
    db.flush()


def mark_failed(db: Session, notice: Notice, *, reason: str, now: datetime) -> None:
    """Keep that a notice could not be sent, for another try later; after the last one give up. Flushes."""
    notice.attempts += 1
    if notice.attempts > len(DELAYS):
        give_up(db, notice, reason=reason, now=now)
        return
    notice.last_error, notice.claimed_at = reason[:_ERROR_LENGTH], None
    notice.due_at = now + DELAYS[notice.attempts - 1]
    db.flush()


def give_up(db: Session, notice: Notice, *, reason: str, now: datetime) -> None:
    """Keep that a notice will never be sent, and why; forget what it said. Flushes."""
    notice.given_up_at, notice.claimed_at = now, None
    notice.details, notice.last_error = {}, reason[:_ERROR_LENGTH]
    db.flush()


def put_back(db: Session, notice: Notice) -> None:
    """Let go of a notice that nobody tried to hand over. Flushes."""
    notice.claimed_at = None
    db.flush()


def give_up_old(db: Session, *, now: datetime) -> int:
    """Give up what has waited too long to be worth sending; return how many."""
    old = (
        update(Notice)
        .where(IS_WAITING, Notice.told_at < now - KEEPS_WAITING, Notice.due_at <= now)
        .values(given_up_at=now, claimed_at=None, details={}, last_error="waited too long")
        .returning(Notice.id)
    )
    return len(db.scalars(old).all())


def forget_old(db: Session, *, now: datetime, most: int = 1_000) -> int:
    """Delete notices that were sent or given up long enough ago, no more than `most`; return how many."""
    ended_at = func.coalesce(Notice.sent_at, Notice.given_up_at)
    old = select(Notice.id).where(ended_at < now - KEPT).limit(most)
    gone = delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)
    return len(db.scalars(gone).all())


def _recipient(to: User | str, language: str | None) -> dict[str, Any]:
    if isinstance(to, str):
        return {"user_id": None, "email": to.lower(), "language": language or "en"}
    if to.email is None:
        raise ValueError("Learners have no e-mail address: tell them on their own pages.")
    return {"user_id": to.id, "email": None, "language": to.language}
