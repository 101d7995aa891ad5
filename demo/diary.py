"""Keeping a demo in the present: weeks after it was loaded, there is still something to come."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import LONDON
from demo.rows import copy, new_ids
from demo.weeks import COMING_DAYS
from geo.models import City
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from providers.models import Provider, ProviderStatus

#: As long as so many days of the diary are filled, nothing is added: a second load changes nothing.
_FILLED_DAYS = 21
_WEEK = timedelta(days=7)


def bring_up_to_date(db: Session, *, city: City, now: datetime) -> int:
    """Put sessions of the coming weeks into a city's diary once it has run short. Flushes.

    Each opportunity goes on at its own hour and weekday. Returns how many sessions were added.
    """
    known = _sessions_by_opportunity(db, city)
    latest = max((sessions[-1].starts_at for sessions in known.values()), default=now)
    if not known or latest > now + timedelta(days=_FILLED_DAYS):
        return 0
    rows = [row for sessions in known.values() for row in _next_rows(sessions, now)]
    for row, id in zip(rows, new_ids(db, ScheduledSession, len(rows)), strict=True):
        row["id"] = id
    copy(db, ScheduledSession, rows)
    still_right = update(Opportunity).where(Opportunity.id.in_(list(known)))
    db.execute(still_right.values(checked_at=now), execution_options={"synchronize_session": False})
    return len(rows)


def _sessions_by_opportunity(db: Session, city: City) -> dict[int, list[ScheduledSession]]:
    """Return the sessions of everything on offer in the city, each opportunity's in order of time."""
    found = db.scalars(
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(
            Provider.city_id == city.id,
            Provider.status == ProviderStatus.VERIFIED,
            Opportunity.status == OpportunityStatus.PUBLISHED,
        )
        .order_by(ScheduledSession.starts_at)
    )
    known = defaultdict(list)
    for session in found:
        known[session.opportunity_id].append(session)
    return dict(known)


def _next_rows(sessions: Sequence[ScheduledSession], now: datetime) -> Iterator[dict]:
    last = sessions[-1]
    for starts_at in _next_starts(sessions, now):
        yield {
            "uuid": uuid4(),
            "opportunity_id": last.opportunity_id,
            "starts_at": starts_at,
            "ends_at": starts_at + (last.ends_at - last.starts_at),
            "maximum_capacity": last.maximum_capacity,
            "remaining_capacity": last.maximum_capacity,
        }


def _next_starts(sessions: Sequence[ScheduledSession], now: datetime) -> Iterator[datetime]:
    """Yield when it would meet again, as clocks in London show it, whatever they do in spring."""
    last = sessions[-1].starts_at.astimezone(LONDON)
    before = sessions[-2].starts_at.astimezone(LONDON) if len(sessions) > 1 else last - _WEEK
    # Between two terms lie many weeks: that is a gap, not a rhythm.
    weeks = max(1, min(4, round((last - before) / _WEEK)))
    starts_at = last + weeks * _WEEK
    while starts_at <= now + timedelta(days=COMING_DAYS):
        if starts_at > now:
            yield starts_at
        starts_at += weeks * _WEEK
