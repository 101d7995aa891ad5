"""Badges as their keepers look at them: each with what may be amiss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import BigInteger, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from badges.hygiene import BadgeFacts, Flaw, flaws_of, names_with_a_double
from badges.models import Achievement
from badges.queries import Kept, kept_by, kept_in_city_of
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from providers.models import Provider


@dataclass(frozen=True)
class Judged:
    """A badge, whether anyone has earned it, and what may be amiss with it."""

    achievement: Achievement
    is_earned: bool
    flaws: Sequence[Flaw]


@dataclass(frozen=True)
class _Run:
    """What there has been of sessions that give one badge."""

    weeks: int = 0
    days: int = 0


def judged_badges_of(db: Session, provider: Provider, *, now: datetime) -> list[Judged]:
    """Return a provider's badges by name, each with what may be amiss."""
    return _judged(db, kept_by(db, provider), now)


def judged_badges_in_city_of(db: Session, officer: User, *, now: datetime) -> list[Judged]:
    """Return the badges of the officer's city by provider and name, each with what may be amiss."""
    return _judged(db, kept_in_city_of(db, officer), now)


def _judged(db: Session, kept: Sequence[Kept], now: datetime) -> list[Judged]:
    runs = _runs_of(db, [each.achievement.id for each in kept], now)
    judged = []
    for _issuer_id, own in groupby(kept, key=lambda each: each.achievement.issuer_id):
        badges = list(own)
        doubles = names_with_a_double([each.achievement.name for each in badges])
        judged += [
            _judge(each, runs.get(each.achievement.id, _Run()), has_double)
            for each, has_double in zip(badges, doubles, strict=True)
        ]
    return judged


def _judge(kept: Kept, run: _Run, has_double: bool) -> Judged:
    achievement = kept.achievement
    facts = BadgeFacts(
        name=achievement.name,
        description=achievement.description,
        criteria=achievement.criteria,
        has_skills=bool(achievement.skills),
        is_earned=kept.is_earned,
        is_of_one_day=kept.is_of_one_day,
        weeks_running=run.weeks,
        days_run=run.days,
    )
    return Judged(achievement, kept.is_earned, flaws_of(facts, has_double=has_double))


def _runs_of(db: Session, achievement_ids: Sequence[int], now: datetime) -> Mapping[int, _Run]:
    """Return for each badge since when sessions that give it have ended, and on how many days."""
    day = func.date(func.timezone(str(LONDON), ScheduledSession.ends_at))
    ran = (
        select(
            Opportunity.achievement_id,
            func.min(ScheduledSession.ends_at).label("since"),
            func.count(day.distinct()).label("days"),
        )
        .join(ScheduledSession.opportunity)
        .where(
            Opportunity.achievement_id == any_(literal(achievement_ids, ARRAY(BigInteger))),
            Opportunity.status != OpportunityStatus.DRAFT,
            ScheduledSession.ends_at <= now,
        )
        .group_by(Opportunity.achievement_id)
    )
    return {
        row.achievement_id: _Run(weeks=(now - row.since).days // 7, days=row.days)
        for row in db.execute(ran)
    }
