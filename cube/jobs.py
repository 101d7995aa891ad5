"""Background work: a period that has closed is released, and one that was wrong is corrected.

Whoever asked to hear of a release is told by a room above: it is asked for by its name alone.
"""

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app import clock
from app.db import lock, unit_of_work
from app.errors import Conflict
from app.jobs import defer, defer_once, job, regularly
from app.terms import period_named
from badges.signing import signing_host
from cube.corrections import waiting
from cube.due import due, is_due, last_release
from cube.models import ReachCorrection, ReachRelease
from cube.service import correct, release
from geo.models import City


@regularly("20 3 * * *")
def release_what_closed() -> None:
    """Have each city's last month, term and school year released that is due, and what waits corrected."""
    today = clock.today()
    with unit_of_work() as db:
        for city_id, period in due(db, today):
            defer_once(db, "cube.release_period", city_id=city_id, code=period.code)
        # One that failed for a reason of ours, such as a secret that was not at hand.
        for correction_id in waiting(db):
            defer_once(db, "cube.correct_period", correction_id=correction_id)


@job
def release_period(city_id: int, code: str) -> None:
    """Release a period of a city, signed; nothing happens where it cannot be, or was already."""
    with unit_of_work() as db:
        city, period = db.get(City, city_id), period_named(code)
        last = last_release(db, city_id)
        if city is None or last is None or not is_due(db, city_id, period, clock.today()):
            return
        try:
            made = release(
                db,
                city=city,
                period=period,
                edition=last.deprivation_edition,
                population=last.population_source,
                **_means(),
            )
        except Conflict:
            # No budget is left, say. Whoever opens the reports sees that, and decides.
            db.rollback()
        else:
            tell_of(db, made)


@job
def correct_period(correction_id: int) -> None:
    """Do a correction that somebody asked for, signed; or keep that it cannot be done."""
    with unit_of_work() as db:
        asked = lock(db, ReachCorrection, correction_id)
        if asked is None or asked.done_at is not None:
            return
        asked.done_at = clock.now()
        try:
            with db.begin_nested():
                made = correct(
                    db,
                    city=asked.city,
                    period=period_named(asked.period),
                    reason=asked.reason,
                    **_means(),
                )
        except Conflict:
            asked.is_refused = True
        else:
            tell_of(db, made)


def tell_of(db: Session, made: ReachRelease) -> None:
    """Have those told of a release who asked for it, once the caller's transaction lands."""
    defer(db, "reach.send_report", release_id=made.id)


def _means() -> dict[str, Any]:
    return {
        "today": clock.today(),
        "host": signing_host(),
        "equality_secret": current_app.extensions["settings"].equality_secret,
    }
