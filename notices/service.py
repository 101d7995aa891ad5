"""The rules of telling people something: once, in their language, when they may be told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Role, User
from app.jobs import defer
from notices.kinds import MANNERS, NoticeKind
from notices.models import Notice
from notices.queries import IS_WAITING, inbox_of, may_be_sent
from notices.quiet import may_come

#: How long after each try that failed the next one comes. After the last there is none.
DELAYS = (
    *(timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=8), timedelta(hours=24)),
)
#: What was not sent by then is old news, and its addresses may work no more.
KEEPS_WAITING = timedelta(days=14)
#: For so long after it was told, sent or given up a notice stays, and with it the memory of its key.
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
    """Tell someone something, once. Flushes: it is told when the caller's transaction lands, or never.

    It stands in the inbox of whoever has an account, and goes by e-mail to an adult who has an
    address. A young person is never written to by e-mail.

    Returns whether it is news: False where the same `key` was told to the same person before, in
    the last `KEPT` at least.

    :param to: a person with an account; or a bare address, of somebody who has none.
    :param key: names what is told, and holds no personal data.
    :param values: what the words of this kind need, as they are in Python; see `kinds`.
    :param due_at: no e-mail before then. Quiet hours are kept in any case.
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
    if db.scalar(news) is None:
        return False
    if row["is_mailed"] and row["due_at"] <= now and may_come(MANNERS[kind].hours, now):
        # What may not be sent yet is found by the job that looks every few minutes.
        defer(db, "notices.send")
    return True


def open_inbox(db: Session, *, reader: User, now: datetime) -> list[tuple[Notice, bool]]:
    """Return what stands in the inbox of `reader`, newest first, each with whether it is new to them.

    To open it is to read it: what is new is so this once. Flushes.
    """
    opened = [(notice, notice.read_at is None) for notice in inbox_of(db, reader)]
    for notice, is_new in opened:
        if is_new:
            notice.read_at = now
    db.flush()
    return opened


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
    """Keep that a mail server has taken a notice, and forget what no inbox shows. Flushes."""
    notice.sent_at, notice.claimed_at = now, None
    notice.details, notice.last_error = _still_shown(notice), ""
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
    """Keep that a notice will never be sent, and why; forget what no inbox shows. Flushes."""
    notice.given_up_at, notice.claimed_at = now, None
    notice.details, notice.last_error = _still_shown(notice), reason[:_ERROR_LENGTH]
    db.flush()


def put_back(db: Session, notice: Notice) -> None:
    """Let go of a notice that nobody tried to hand over. Flushes."""
    notice.claimed_at = None
    db.flush()


def give_up_old(db: Session, *, now: datetime) -> int:
    """Give up what has waited too long to be worth sending; return how many."""
    old = (
        select(Notice)
        .where(IS_WAITING, Notice.told_at < now - KEEPS_WAITING, Notice.due_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    notices = db.scalars(old).all()
    for notice in notices:
        give_up(db, notice, reason="waited too long", now=now)
    return len(notices)


def forget_old(db: Session, *, now: datetime, most: int = 1_000) -> int:
    """Delete notices that went long enough ago, no more than `most`; return how many.

    One that is sent nowhere went as it was told.
    """
    told_at = case((Notice.is_mailed, None), else_=Notice.told_at)
    ended_at = func.coalesce(Notice.sent_at, Notice.given_up_at, told_at)
    old = select(Notice.id).where(ended_at < now - KEPT).limit(most)
    gone = delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)
    return len(db.scalars(gone).all())


def forget_letters(db: Session, *, kind: NoticeKind, but_to: Select[Any]) -> None:
    """Delete what was told to bare addresses, sent or not, but for some of them. Flushes.

    What a sender holds just now stays for the next time.

    :param but_to: the question for the addresses whose letters stay.
    """
    db.execute(
        delete(Notice).where(
            Notice.kind == kind,
            Notice.email.is_not(None),
            Notice.email.not_in(but_to),
            Notice.claimed_at.is_(None),
        )
    )


def _recipient(to: User | str, language: str | None) -> dict[str, Any]:
    if isinstance(to, str):
        address = {"user_id": None, "email": to.lower(), "is_mailed": True}
        return address | {"language": language or "en"}
    is_mailed = to.email is not None and to.role is not Role.LEARNER
    return {"user_id": to.id, "email": None, "is_mailed": is_mailed, "language": to.language}


def _still_shown(notice: Notice) -> dict[str, Any]:
    if notice.user_id is None:
        return {}
    instead = MANNERS[notice.kind].in_place_of_keys
    return _without_keys(notice.details, instead) if instead else notice.details


def _without_keys(details: Any, instead: str) -> Any:
    """Return details with each address replaced."""
    if isinstance(details, list):
        return [_without_keys(each, instead) for each in details]
    if isinstance(details, dict):
        return {
            name: instead if name == "path" else _without_keys(value, instead)
            for name, value in details.items()
        }
    return details
