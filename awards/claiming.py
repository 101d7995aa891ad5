"""Codes for those who walk up: a badge for so many, between two times, without a booking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.passes import new_pass_code, read_pass_code
from accounts.throttle import keyed_hash
from app.errors import Conflict, NotAllowed
from awards.models import ClaimCode, CodeClaim
from badges.models import Achievement, AchievementCredential
from badges.queries import achievement_named, credential_of
from badges.service import award
from participation.locks import hold_learner
from providers.standing import is_trusted

#: The longest that a code can work.
LONGEST = timedelta(days=31)


class NoSuchCode(Conflict):
    """A code gives nothing: it is wrong, its time is not now, or enough have used it."""


def make_code(
    db: Session,
    *,
    achievement: Achievement,
    made_by: User,
    most: int,
    opens_at: datetime,
    closes_at: datetime,
    secret: str,
    now: datetime,
) -> str:
    """Make a code that gives a badge to so many, between two times. Flushes.

    It is returned this once: nobody can read it again.

    :raises Conflict: it closes before it opens, after more than 31 days, or is over already.
    """
    if closes_at <= opens_at or closes_at <= now:
        raise Conflict(_("It has to close after it opens, and later than now."))
    if closes_at > opens_at + LONGEST:
        raise Conflict(_("A code works for 31 days at most."))
    code = new_pass_code()
    db.add(
        ClaimCode(
            achievement_id=achievement.id,
            code_hash=_hash(code, secret),
            most=most,
            opens_at=opens_at,
            closes_at=closes_at,
            made_by_id=made_by.id,
        )
    )
    db.flush()
    return code


def end_code(db: Session, *, achievement: Achievement, uuid: UUID, now: datetime) -> None:
    """Let a code work no more. Who used it keeps the badge. Twice is harmless. Flushes."""
    db.execute(
        update(ClaimCode)
        .where(
            ClaimCode.uuid == uuid,
            ClaimCode.achievement.has(Achievement.slug == achievement.slug),
            ClaimCode.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def open_codes(db: Session, achievement: Achievement, *, now: datetime) -> Sequence[ClaimCode]:
    """Return the codes of a badge that work now or will, the first to close first."""
    return db.scalars(
        select(ClaimCode)
        .join(ClaimCode.achievement)
        .where(
            Achievement.slug == achievement.slug,
            ClaimCode.ended_at.is_(None),
            ClaimCode.closes_at > now,
        )
        .order_by(ClaimCode.closes_at, ClaimCode.id)
    ).all()


def claim(
    db: Session, *, learner: User, code: str, secret: str, now: datetime
) -> AchievementCredential:
    """Give a learner the badge of a code, as they typed it. Twice is harmless. Flushes.

    :raises NotAllowed: no learner.
    :raises NoSuchCode: there is no such code, its time is not now, or as many used it as may.
    """
    if learner.role is not Role.LEARNER:
        raise NotAllowed(_("Only a young person with a pass can use a code."))
    hold_learner(db, learner)
    found = _held_code(db, code, secret, now)
    achievement = achievement_named(db, found.achievement.slug) or found.achievement
    held = credential_of(db, learner, achievement)
    if held is not None and held.revoked_at is None:
        return held
    if held is not None and held.was_refused:
        raise _no_such_code()
    if db.get(CodeClaim, (found.id, learner.id)) is None:
        _use(db, found, learner)
    return award(
        db,
        achievement=achievement,
        recipient=learner,
        evidence=f"Was there, and had the code that {achievement.issuer.name} gave out.",
        activity_started_at=max(found.opens_at, now - timedelta(hours=1)),
        activity_ended_at=now,
        ground="code",
        now=now,
    )


def _held_code(db: Session, typed: str, secret: str, now: datetime) -> ClaimCode:
    held = select(ClaimCode).filter_by(code_hash=_hash(read_pass_code(typed), secret))
    found = db.scalar(held.with_for_update(), execution_options={"populate_existing": True})
    if found is None or found.ended_at is not None or not found.opens_at <= now < found.closes_at:
        raise _no_such_code()
    if not is_trusted(found.achievement.issuer, now):
        raise _no_such_code()
    return found


def _use(db: Session, code: ClaimCode, learner: User) -> None:
    if code.used >= code.most:
        raise _no_such_code()
    code.used += 1
    db.add(CodeClaim(code_id=code.id, learner_id=learner.id))
    db.flush()


def _hash(code: str, secret: str) -> str:
    return keyed_hash(secret, "claim code", code)


def _no_such_code() -> NoSuchCode:
    return NoSuchCode(_("This code does not work, or not now. Ask whoever gave it to you."))
