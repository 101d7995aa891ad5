"""The acts of this room: publish a closed period into the cube for good, correct one, set the budget."""

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from accounts.models import YOUNG_BANDS
from app import clock
from app.db import lock
from app.errors import Conflict
from app.terms import Period, school_year_of
from badges.service import IssuingHost
from badges.signing import signed_list
from cube.disclosure import Draw, publish
from cube.document import as_document
from cube.models import PrivacyBudget, ReachCell, ReachRelease, ReachTable
from cube.people import Opening, learners_of
from cube.tables import (
    MOST_OTHER_INDICES,
    OLDEST,
    YOUNGEST,
    Ground,
    Learners,
    Table,
    privacy_of,
    published_in,
)
from equality.opening import opened
from geo import queries as geo
from geo.models import City

#: What a city spends in a school year unless it decides otherwise: each month, term and the year
#: itself, and two terms corrected.
USUAL_BUDGET = 1.3
#: Least and most that a city may set.
LEAST_BUDGET, MOST_BUDGET = 0.1, 4.0


def release(
    db: Session,
    *,
    city: City,
    period: Period,
    today: date,
    edition: str = "iod2025",
    population: str = "census2021",
    host: IssuingHost | None = None,
    equality_secret: str = "",
    draw: Draw = secrets.randbelow,
) -> ReachRelease:
    """Publish whom the city reached in a month, a term or a school year that has ended.

    Counts different learners who came to a session of the period and then lived in the city, by
    where they lived when they first came. Every declared cell is published, also where nobody
    came: the noise covers it. Flushes; the caller commits, and the database then refuses any
    change.

    :param host: signs it.
    :param equality_secret: opens what learners told of themselves, which a school year counts.
    :param draw: another source of chance for the noise, for tests alone.
    :raises Conflict: the period has not ended, it was released before, the year's budget is spent,
        or the city has no areas, or none of them has a decile in `edition`.
    """
    _refuse_open(period, today)
    lock(db, City, city.id)  # two releases at once would draw two noises for one count
    if _latest(db, city, period):
        raise Conflict(
            _(
                "This was released before, and what was released stays: %(period)s.",
                period=period.name,
            )
        )
    made = _release_of(city, period, edition, population)
    opening = _opening(db, made, equality_secret)
    _spend(db, city, made, today)
    return _publish(db, made, city=city, period=period, opening=opening, host=host, draw=draw)


def correct(
    db: Session,
    *,
    city: City,
    period: Period,
    reason: str,
    today: date,
    edition: str | None = None,
    population: str | None = None,
    host: IssuingHost | None = None,
    equality_secret: str = "",
    draw: Draw = secrets.randbelow,
) -> ReachRelease:
    """Publish a period again, counted as it is known now, with the reason. The one before stays.

    It spends the budget again: two noisy numbers of one count tell more than one. Flushes.

    :raises Conflict: there is nothing to correct, no reason, or no budget left.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Conflict(_("Say why it is corrected: everyone who reads the numbers reads that too."))
    lock(db, City, city.id)
    wrong = _latest(db, city, period)
    if wrong is None:
        raise Conflict(_("This was never released: %(period)s.", period=period.name))
    made = _release_of(
        city,
        period,
        edition or wrong.deprivation_edition,
        population or wrong.population_source,
    )
    made.version, made.replaces_id, made.reason = wrong.version + 1, wrong.id, reason
    opening = _opening(db, made, equality_secret)
    _spend(db, city, made, today)
    return _publish(db, made, city=city, period=period, opening=opening, host=host, draw=draw)


def set_budget(db: Session, *, city: City, rho: float, today: date) -> PrivacyBudget:
    """Have the city spend at most `rho` in a school year. Flushes.

    :raises Conflict: it is out of bounds, or less than this year has spent already.
    """
    if not LEAST_BUDGET <= rho <= MOST_BUDGET:
        raise Conflict(
            _("A budget is from %(least)s to %(most)s.", least=LEAST_BUDGET, most=MOST_BUDGET)
        )
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


def spent_by_year(db: Session, city: City) -> dict[date, float]:
    """Return what each school year has spent, by its first day."""
    rows = (
        select(ReachRelease.school_year, func.sum(ReachRelease.rho))
        .where(ReachRelease.city_id == city.id)
        .group_by(ReachRelease.school_year)
    )
    return {first: float(spent) for first, spent in db.execute(rows)}


def _refuse_open(period: Period, today: date) -> None:
    if not period.is_closed(today):
        raise Conflict(_("This has not ended yet: %(period)s.", period=period.name))


def _latest(db: Session, city: City, period: Period) -> ReachRelease | None:
    versions = select(ReachRelease).where(
        ReachRelease.city_id == city.id, ReachRelease.period == period.code
    )
    return db.scalar(versions.order_by(ReachRelease.version.desc()).limit(1))


def _release_of(city: City, period: Period, edition: str, population: str) -> ReachRelease:
    return ReachRelease(
        uuid=uuid4(),
        city_id=city.id,
        period=period.code,
        kind=period.kind,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        school_year=school_year_of(period.starts_on),
        version=1,
        reason="",
        deprivation_edition=edition,
        population_source=population,
        rho=privacy_of(period.kind),
        signature="",
    )


def _publish(
    db: Session,
    made: ReachRelease,
    *,
    city: City,
    period: Period,
    opening: Opening | None,
    host: IssuingHost | None,
    draw: Draw,
) -> ReachRelease:
    ground = _ground(db, city, made.deprivation_edition, made.population_source)
    made.areas_digest = sha256(" ".join(sorted(ground.areas)).encode()).hexdigest()[:16]
    counted = learners_of(db, city, period, opening)
    tables = published_in(period.kind)
    cells = [cell for table in tables for cell in _cells(table, period, counted, ground, draw)]
    kept = [_table(table, period) for table in tables]
    if host is not None:
        document = as_document(made, city.slug, kept, cells)
        made.signature = signed_list(db, document, about=made.uuid.urn, host=host)
    made.tables = kept
    db.add(made)
    db.flush()
    db.execute(insert(ReachCell), [{"release_id": made.id, **cell} for cell in cells])
    return made


def _opening(db: Session, made: ReachRelease, secret: str) -> Opening | None:
    if not secret:
        return None
    name = f"{made.city_id}:{made.period}:{made.version}"
    return partial(opened, db, release=name, secret=secret, now=clock.now())


def _spend(db: Session, city: City, made: ReachRelease, today: date) -> None:
    """Refuse what the year's budget does not allow; the database would, with less to say."""
    left = _budget(db, city, today).rho - spent_by_year(db, city).get(made.school_year, 0.0)
    if made.rho > left + 1e-9:
        raise Conflict(
            _(
                "The privacy budget of that school year has %(left)s left, and this needs"
                " %(needs)s. A city admin can set a larger budget.",
                left=f"{left:.3f}",
                needs=f"{made.rho:.3f}",
            )
        )


def _budget(db: Session, city: City, today: date) -> PrivacyBudget:
    budget = db.get(PrivacyBudget, city.id)
    if budget is None:
        budget = PrivacyBudget(city_id=city.id, rho=USUAL_BUDGET, set_on=today)
        db.add(budget)
        db.flush()
    return budget


def _ground(db: Session, city: City, edition: str, population: str) -> Ground:
    areas = {area.lsoa_code: area for area in geo.areas_of(db, city)}
    if not areas:
        raise Conflict(_("This city has no areas. Load its boundaries first."))
    deciles = geo.deciles(db, edition, areas)
    if not deciles:
        raise Conflict(_("No area of this city has a deprivation decile. Load an index first."))
    others = geo.indices_to_compare(db, city, areas, beside=edition)
    return Ground(
        city=city,
        areas=areas,
        deciles=deciles,
        young_people=geo.young_people(db, population, areas, from_age=YOUNGEST, to_age=OLDEST),
        young_people_aged={
            band: geo.young_people(
                db, population, areas, from_age=band.ages[0], to_age=band.ages[1]
            )
            for band in YOUNG_BANDS
        },
        other_deciles={
            other: geo.deciles(db, other, areas) for other in others[:MOST_OTHER_INDICES]
        },
    )


def _table(table: Table, period: Period) -> ReachTable:
    policy = table.policies[period.kind]
    return ReachTable(
        table=table.name,
        variance=policy.variance,
        smallest_shown=policy.smallest_shown,
        most_cells=table.most_cells,
    )


def _cells(
    table: Table, period: Period, counted: Iterable[Learners], ground: Ground, draw: Draw
) -> list[dict[str, Any]]:
    counts = true_counts(table, counted, ground)
    policy = table.policies[period.kind]
    return [
        {
            "table": table.name,
            "cell": declared.cell,
            "label": declared.label,
            "learners": publish(counts[declared.cell], policy, draw),
            "young_people": declared.young_people,
            "decile": declared.decile,
        }
        for declared in table.cells(ground)
    ]


def true_counts(table: Table, counted: Iterable[Learners], ground: Ground) -> Counter[str]:
    """Return how many learners belong to each cell of a table, before any chance is added."""
    counts: Counter[str] = Counter()
    for learners in counted:
        for cell in table.cells_of(learners, ground):
            counts[cell] += learners.count
    return counts
