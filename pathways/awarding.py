"""The badge at the end of a pathway: given by itself to who has done it all, and only as long.

Each look begins anew from the facts, so it does not matter how often, or in which order, looks come.
Locks are taken in the order of `participation.locks`: the learner, then the badges by achievement.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.jobs import defer
from badges.models import Achievement, AchievementCredential
from badges.queries import achievement_named, credential_of
from badges.service import award, let_go
from participation.locks import hold_learner
from pathways.models import PathwayStart
from pathways.progress import Facts, Progress, progress_of
from pathways.queries import facts_of, starts_of
from providers.standing import is_trusted

#: Kept with a badge that was taken back because what its pathway asked for is done no more.
DONE_NO_MORE = "Something that counted for a step of the pathway was withdrawn."
#: What a badge stands by while a pathway that leads to it is done.
_GROUND = "pathway"


def settle(db: Session, *, learner_id: int, now: datetime) -> None:
    """Give the learner each badge whose pathway they have done, and take back what is done no more.

    Nothing happens the second time. Flushes.
    """
    learner = db.get(User, learner_id)
    if learner is None:
        return
    # Held before the facts are asked: of two who look at once, the second sees what the first did.
    hold_learner(db, learner)
    facts = facts_of(db, learner)
    for achievement, ways in _ways_by_badge(db, learner):
        _settle_badge(db, achievement, ways, facts, now)


def _ways_by_badge(
    db: Session, learner: User
) -> Iterator[tuple[Achievement, Sequence[PathwayStart]]]:
    """Yield each badge that something a learner set out on leads to, with all that does."""
    ways: dict[int, list[PathwayStart]] = {}
    badges: dict[int, Achievement] = {}
    for start in starts_of(db, learner):
        achievement = start.pathway.achievement
        is_watched = start.left_at is None or start.gave_badge_at is not None
        if achievement is not None and is_watched:
            badges[achievement.id] = achievement
            ways.setdefault(achievement.id, []).append(start)
    yield from ((badges[key], ways[key]) for key in sorted(badges))


def _settle_badge(
    db: Session,
    achievement: Achievement,
    ways: Sequence[PathwayStart],
    facts: Facts,
    now: datetime,
) -> None:
    for start in ways:
        progress = progress_of(start.pathway, facts)
        if progress.is_done:
            _give(db, achievement, start, progress, now)
            return
    if any(start.gave_badge_at for start in ways):
        _take_back(db, achievement, ways[0].learner, now)


def _give(
    db: Session,
    achievement: Achievement,
    start: PathwayStart,
    progress: Progress,
    now: datetime,
) -> None:
    pathway = start.pathway
    credential = _held_credential(db, start.learner, achievement)
    if credential is not None and (_GROUND in credential.grounds or credential.was_refused):
        return
    if not is_trusted(pathway.provider, now):
        return
    was_held = credential is not None and credential.revoked_at is None
    began, ended = progress.span
    given = award(
        db,
        achievement=achievement_named(db, achievement.slug) or achievement,
        recipient=start.learner,
        evidence=f"Did all steps of {pathway.title}, a pathway of {pathway.provider.name}.",
        activity_started_at=began,
        activity_ended_at=ended,
        ground=_GROUND,
        now=now,
    )
    start.gave_badge_at = now
    db.flush()
    if not was_held:
        defer(db, "participation.tell_of_badge", credential_id=given.id)


def _take_back(db: Session, achievement: Achievement, learner: User, now: datetime) -> None:
    """Take back what a pathway gave, unless it stands by something else as well."""
    credential = _held_credential(db, learner, achievement)
    if credential is not None:
        let_go(db, credential=credential, ground=_GROUND, reason=DONE_NO_MORE, now=now)


def _held_credential(
    db: Session, learner: User, achievement: Achievement
) -> AchievementCredential | None:
    """Return the badge, if its learner has or had it; nobody changes it until this is over."""
    credential = credential_of(db, learner, achievement)
    return lock(db, AchievementCredential, credential.id) if credential else None
