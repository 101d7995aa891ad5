"""A form that is sent twice is answered twice and acted on once.

Whoever shows a form puts a key into it. What is answered is kept with the key, in the transaction
that does what was asked: a reply that was lost can be asked for again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from participation.models import Booking, KeptAnswer

#: How long the same key gets the same answer.
KEPT = timedelta(days=2)

_KINDS: dict[str, type[Refusal]] = {
    kind.__name__: kind for kind in (Conflict, NotAllowed, NotFound)
}


class OtherQuestion(Refusal):
    """A key was used before, for something else."""

    status = 422


@dataclass(frozen=True)
class Answered:
    """What was answered to a form: a booking, or why not."""

    booking: Booking | None
    refusal: Refusal | None = None

    def said(self) -> Booking:
        """Return the booking, or raise the refusal; asked when the transaction has landed."""
        if self.refusal is not None:
            raise self.refusal
        return cast(Booking, self.booking)


def once(
    db: Session,
    *,
    by: User,
    key: UUID | None,
    asked: tuple,
    act: Callable[[], Booking],
    now: datetime,
) -> Answered:
    """Do `act` unless `key` was answered before; return what is, or was then, answered. Flushes.

    Others with the same key wait until the caller's transaction ends. What `act` refuses is undone,
    and the refusal is an answer too, which is kept.

    :param key: from the form; without one `act` is simply done, and may refuse.
    :param asked: everything that says what was asked for.
    :raises OtherQuestion: the key was used for something else.
    """
    if key is None:
        return Answered(act())
    _hold(db, by, key)
    digest = sha256(repr(asked).encode()).hexdigest()
    kept = _kept(db, by, key, now) or _answer(db, by, key, digest, act, now)
    if kept.asked != digest:
        raise OtherQuestion(
            _("This form was sent before with something else in it. Load the page again.")
        )
    refusal = _KINDS[kept.refusal_kind](kept.refusal) if kept.refusal_kind else None
    return Answered(kept.booking, refusal)


def forget_old(db: Session, *, now: datetime) -> int:
    """Delete the answers that are not given any more; return how many."""
    old = delete(KeptAnswer).where(KeptAnswer.expires_at <= now).returning(KeptAnswer.key)
    return len(db.scalars(old).all())


def _hold(db: Session, by: User, key: UUID) -> None:
    """Let nobody else use this key until the transaction ends. It is held before anything else is."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{by.id} {key}", 0))))


def _kept(db: Session, by: User, key: UUID, now: datetime) -> KeptAnswer | None:
    return db.scalar(
        select(KeptAnswer)
        .where(KeptAnswer.user_id == by.id, KeptAnswer.key == key, KeptAnswer.expires_at > now)
        .execution_options(populate_existing=True)
    )


def _answer(
    db: Session, by: User, key: UUID, digest: str, act: Callable[[], Booking], now: datetime
) -> KeptAnswer:
    row: dict[str, Any] = {"asked": digest, "made_at": now, "expires_at": now + KEPT}
    try:
        with db.begin_nested():
            row |= {"booking_id": act().id, "refusal": None, "refusal_kind": None}
    except Refusal as refusal:
        row |= {"booking_id": None, "refusal": str(refusal), "refusal_kind": _kind(refusal)}
    kept = insert(KeptAnswer).values(user_id=by.id, key=key, **row)
    # One that has expired is written over.
    kept = kept.on_conflict_do_update(index_elements=["user_id", "key"], set_=row)
    return db.scalars(
        kept.returning(KeptAnswer), execution_options={"populate_existing": True}
    ).one()


def _kind(refusal: Refusal) -> str:
    return next((name for name, kind in _KINDS.items() if isinstance(refusal, kind)), "Conflict")
