"""Background work: a period that has closed is released, once providers had time to say who came."""

from datetime import date, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import unit_of_work
from app.errors import Conflict
from app.jobs import defer_once, job, regularly
from app.terms import Period, month_of, period_named, term_of, year_of
from badges.signing import signing_host
from cube.models import ReachRelease
from cube.service import release
from geo.models import City

#: Providers confirm late, and disputes take their time: so long after its last day.
WAITED = timedelta(days=21)


@regularly("20 3 * * *")
def release_what_closed() -> None:
    """Have each city's last month, term and school year released that is due.

    The first release of a city is a person's act: from then on, others follow by themselves.
    """
    today = clock.today()
    with unit_of_work() as db:
        for city_id, period in due(db, today):
            defer_once(db, "cube.release_period", city_id=city_id, code=period.code)


@job
def release_period(city_id: int, code: str) -> None:
    """Release a period of a city, signed; nothing happens where it cannot be, or was already."""
    with unit_of_work() as db:
        city, period = db.get(City, city_id), period_named(code)
        last = _last_release(db, city_id)
        if city is None or last is None or not _is_due(db, city_id, period, clock.today()):
            return
        try:
            release(
                db,
                city=city,
                period=period,
                today=clock.today(),
                edition=last.deprivation_edition,
                population=last.population_source,
                host=signing_host(),
                equality_secret=current_app.extensions["settings"].equality_secret,
            )
        except Conflict:
            # No budget is left, say. Whoever opens the reports sees that, and decides.
            db.rollback()


def due(db: Session, today: date) -> list[tuple[int, Period]]:
    """Return each city that has released before, with each period that it should release now."""
    known = db.scalars(select(ReachRelease.city_id).distinct().order_by(ReachRelease.city_id))
    return [
        (city_id, period)
        for city_id in known
        for period in _just_closed(today)
        if _is_due(db, city_id, period, today)
    ]


def _just_closed(today: date) -> list[Period]:
    """Return the last month, term and school year that providers have had their time for."""
    day = today - WAITED
    return [of(of(day).starts_on - timedelta(days=1)) for of in (month_of, term_of, year_of)]


def _is_due(db: Session, city_id: int, period: Period, today: date) -> bool:
    was = select(ReachRelease.id).where(
        ReachRelease.city_id == city_id, ReachRelease.period == period.code
    )
    last = _last_release(db, city_id)
    return (
        period.ends_on + WAITED <= today
        and last is not None
        and period.ends_on > last.starts_on
        and db.scalar(was) is None
    )


def _last_release(db: Session, city_id: int) -> ReachRelease | None:
    releases = select(ReachRelease).where(ReachRelease.city_id == city_id)
    return db.scalar(
        releases.order_by(ReachRelease.released_at.desc(), ReachRelease.id.desc()).limit(1)
    )
