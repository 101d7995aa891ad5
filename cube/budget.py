"""The privacy budget of a city: what a school year may spend, what it has spent, what is left.

Knows nothing of keys or counts, so that pages may ask it.
"""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import lock
from app.errors import Conflict
from cube.models import PrivacyBudget, ReachRelease
from geo.models import City

#: What a city spends in a school year unless it decides otherwise: each month, term and the year
#: itself, and two terms corrected.
USUAL_BUDGET = 1.3
#: Least and most that a city may set.
LEAST_BUDGET, MOST_BUDGET = 0.1, 4.0


def set_budget(db: Session, *, city: City, rho: float, today: date) -> PrivacyBudget:
    """Have the city spend at most `rho` in a school year. Flushes.

    :raises Conflict: it is out of bounds, or less than a year has spent already.
    """
    if not LEAST_BUDGET <= rho <= MOST_BUDGET:
        raise Conflict(
            _("A budget is from %(least)s to %(most)s.", least=LEAST_BUDGET, most=MOST_BUDGET)
        )
    lock(db, City, city.id)  # so that nothing is spent meanwhile
    budget = _budget(db, city, today)
    spent = max(spent_by_year(db, city).values(), default=0.0)
    if rho < spent:
        raise Conflict(
            _(
                "A school year has spent %(spent)s already: no less can be set.",
                spent=f"{spent:.3f}",
            )
        )
    budget.rho, budget.set_on = rho, today
    db.flush()
    return budget


def spend(db: Session, city: City, *, school_year: date, rho: float, today: date) -> None:
    """Refuse what the year's budget does not allow; the database would, with less to say.

    A city that has set no budget gets the usual one. Flushes.

    :raises Conflict: less is left of that school year.
    """
    refuse_beyond(_budget(db, city, today).rho, spent_by_year(db, city).get(school_year, 0.0), rho)


def refuse_beyond(budget: float, spent: float, rho: float) -> None:
    """Refuse to spend `rho` where that is more than is left.

    :raises Conflict: it is.
    """
    left = budget - spent
    if rho > left + 1e-9:
        raise Conflict(
            _(
                "The privacy budget of that school year has %(left)s left, and this needs"
                " %(needs)s. A city admin can set a larger budget.",
                left=f"{left:.3f}",
                needs=f"{rho:.3f}",
            )
        )


def spent_by_year(db: Session, city: City) -> dict[date, float]:
    """Return what each school year has spent, by its first day."""
    rows = (
        select(ReachRelease.school_year, func.sum(ReachRelease.rho))
        .where(ReachRelease.city_id == city.id)
        .group_by(ReachRelease.school_year)
    )
    return {first: float(spent) for first, spent in db.execute(rows)}


def _budget(db: Session, city: City, today: date) -> PrivacyBudget:
    budget = db.get(PrivacyBudget, city.id)
    if budget is None:
        budget = PrivacyBudget(city_id=city.id, rho=USUAL_BUDGET, set_on=today)
        db.add(budget)
        db.flush()
    return budget
