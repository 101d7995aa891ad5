"""Reminding organisations of what runs out, and telling them when it has."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import LONDON
from notices.kinds import NoticeKind
from providers.models import Assurance, AssuranceKind, Provider, ProviderStatus
from providers.telling import tell_team

#: How many days ahead an organisation hears that something runs out: twice.
AHEAD_DAYS = (30, 7)
#: What lapsed longer ago than this is told no more.
_TOLD_FOR = timedelta(days=30)


def remind(db: Session, now: datetime) -> int:
    """Tell organisations what runs out soon, and what has. Return how many messages that makes.

    Done again, it tells nobody twice. Flushes.
    """
    today = now.astimezone(LONDON).date()
    return sum(
        _tell_of(db, provider, kind, last_day, today, now)
        for provider, kind, last_day in _running_out(db, today)
    )


def _running_out(db: Session, today: date) -> Sequence[tuple[Provider, AssuranceKind, date]]:
    """Return what counts of verified organisations and ends soon or has just ended, by its last day."""
    last_day = func.max(Assurance.expires_on)
    found = (
        select(Assurance.provider_id, Assurance.kind, last_day)
        .join(Assurance.provider)
        .where(
            Provider.status == ProviderStatus.VERIFIED,
            Assurance.seconded_at.is_not(None),
            Assurance.refused_at.is_(None),
            Assurance.withdrawn_at.is_(None),
        )
        .group_by(Assurance.provider_id, Assurance.kind)
        .having(last_day.between(today - _TOLD_FOR, today + timedelta(days=max(AHEAD_DAYS))))
        .order_by(last_day, Assurance.provider_id)
    )
    return [(db.get_one(Provider, row[0]), row[1], row[2]) for row in db.execute(found)]


def _tell_of(
    db: Session,
    provider: Provider,
    kind: AssuranceKind,
    last_day: date,
    today: date,
    now: datetime,
) -> int:
    days_left = (last_day - today).days
    is_over = days_left < 0
    turn = "over" if is_over else min(ahead for ahead in AHEAD_DAYS if days_left <= ahead)
    return tell_team(
        db,
        NoticeKind.LAPSED if is_over else NoticeKind.LAPSING,
        provider=provider,
        key=f"lapsing:{provider.uuid}:{kind.value}:{last_day}:{turn}",
        now=now,
        what=kind,
        on=last_day,
    )
