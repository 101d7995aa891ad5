"""Asking for a correction: what a worker then does, since the site itself holds no key to sign with."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict
from app.jobs import defer
from app.terms import Period, school_year_of
from cube.budget import spend
from cube.models import ReachCorrection
from cube.queries import latest_of
from cube.tables import privacy_of
from geo.models import City

#: As long as a reason may be: it stands above every number of the period.
REASON_LENGTH = 300
_SHOWN = 5


def ask_correction(
    db: Session,
    *,
    city: City,
    period: Period,
    reason: str,
    asked_by: User,
    today: date,
    now: datetime,
) -> ReachCorrection:
    """Have a released period counted again by a worker, with the reason. Flushes.

    :raises Conflict: there is nothing to correct, it is being corrected already, there is no
        reason, or the budget of its school year does not allow it.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Conflict(_("Say why it is corrected: everyone who reads the numbers reads that too."))
    lock(db, City, city.id)
    if latest_of(db, city, period) is None:
        raise Conflict(_("This was never released: %(period)s.", period=period.name))
    if _waiting(db, city, period):
        raise Conflict(_("This is being corrected already: %(period)s.", period=period.name))
    year = school_year_of(period.starts_on)
    spend(db, city, school_year=year, rho=privacy_of(period.kind), today=today)
    asked = ReachCorrection(
        city=city, period=period.code, reason=reason, asked_by=asked_by, asked_at=now
    )
    db.add(asked)
    db.flush()
    defer(db, "cube.correct_period", correction_id=asked.id)
    return asked


def open_corrections(db: Session, city: City) -> list[ReachCorrection]:
    """Return the corrections of a city that wait for a worker, or were refused, the newest first.

    One that was refused is left out once somebody asks for the same period again.
    """
    found = db.scalars(
        select(ReachCorrection)
        .where(ReachCorrection.city_id == city.id)
        .order_by(ReachCorrection.id.desc())
        .limit(_SHOWN)
    )
    newest: dict[str, ReachCorrection] = {}
    for asked in found:
        newest.setdefault(asked.period, asked)
    return [asked for asked in newest.values() if asked.is_waiting or asked.is_refused]


def waiting(db: Session) -> Sequence[int]:
    """Return the ids of all corrections that wait for a worker, the oldest first."""
    found = select(ReachCorrection.id).where(ReachCorrection.done_at.is_(None))
    return db.scalars(found.order_by(ReachCorrection.id)).all()


def _waiting(db: Session, city: City, period: Period) -> bool:
    waiting = select(ReachCorrection.id).where(
        ReachCorrection.city_id == city.id,
        ReachCorrection.period == period.code,
        ReachCorrection.done_at.is_(None),
    )
    return db.scalar(waiting.limit(1)) is not None
