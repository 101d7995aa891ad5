"""When a city's periods are released: each once providers had time to say who came.

The first release of a city is a person's act: from then on, others follow by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.terms import Period, month_of, term_of, year_of
from cube.models import ReachRelease
from cube.tables import privacy_of

#: Providers confirm late, and disputes take their time: so long after its last day.
WAITED = timedelta(days=21)
_LENGTHS = (month_of, term_of, year_of)


@dataclass(frozen=True)
class Coming:
    """A period that will be released by itself."""

    period: Period
    #: The day on which it is due; a day gone by is one on which it could not be released.
    on: date

    @property
    def rho(self) -> float:
        """Return what it will spend of the privacy budget."""
        return privacy_of(self.period.kind)


def due(db: Session, today: date) -> list[tuple[int, Period]]:
    """Return each city that has released before, with each period that it should release now."""
    known = db.scalars(select(ReachRelease.city_id).distinct().order_by(ReachRelease.city_id))
    return [
        (city_id, period)
        for city_id in known
        for period in _just_closed(today)
        if is_due(db, city_id, period, today)
    ]


def is_due(db: Session, city_id: int, period: Period, today: date) -> bool:
    """Tell whether a city should release a period now: not before its first, and none twice."""
    last = last_release(db, city_id)
    return (
        period.ends_on + WAITED <= today
        and last is not None
        and period.ends_on > last.starts_on
        and not _was_released(db, city_id, period)
    )


def coming(db: Session, city_id: int, today: date) -> list[Coming]:
    """Return what a city releases next by itself, soonest first; nothing before its first release.

    Of each length it is what is due already, and the next that is not.
    """
    if last_release(db, city_id) is None:
        return []
    late = [period for period in _just_closed(today) if is_due(db, city_id, period, today)]
    found = [*late, *_next_of_each(db, city_id, today)]
    return sorted(
        (Coming(period, period.ends_on + WAITED) for period in found),
        key=lambda each: (each.on, each.period.starts_on),
    )


def last_release(db: Session, city_id: int) -> ReachRelease | None:
    """Return what a city released last."""
    releases = select(ReachRelease).where(ReachRelease.city_id == city_id)
    return db.scalar(
        releases.order_by(ReachRelease.released_at.desc(), ReachRelease.id.desc()).limit(1)
    )


def _next_of_each(db: Session, city_id: int, today: date) -> Iterator[Period]:
    for of in _LENGTHS:
        period = of(today - WAITED)
        while _was_released(db, city_id, period):  # by hand, before its day
            period = of(period.ends_on)
        yield period


def _just_closed(today: date) -> list[Period]:
    """Return the last month, term and school year that providers have had their time for."""
    day = today - WAITED
    return [of(of(day).starts_on - timedelta(days=1)) for of in _LENGTHS]


def _was_released(db: Session, city_id: int, period: Period) -> bool:
    was = select(ReachRelease.id).where(
        ReachRelease.city_id == city_id, ReachRelease.period == period.code
    )
    return db.scalar(was.limit(1)) is not None
