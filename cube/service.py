"""The acts of this room: publish a closed period into the cube for good, and correct one."""

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import insert
from sqlalchemy.orm import Session

from accounts.models import YOUNG_BANDS
from app import clock
from app.db import lock
from app.errors import Conflict
from app.terms import Period, PeriodKind, school_year_of
from badges.service import IssuingHost
from badges.signing import signed_list
from cube.budget import spend
from cube.disclosure import Draw, publish
from cube.document import as_document
from cube.models import ReachCell, ReachRelease, ReachTable
from cube.people import Opening, learners_of
from cube.queries import latest_of
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
from equality.opening import is_anything_kept, opened
from geo import queries as geo
from geo.models import City


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
        the city has no areas, none of them has a decile in `edition`, or learners told of themselves
        and a school year cannot count it for want of the secret.
    """
    _refuse_open(period, today)
    lock(db, City, city.id)  # two releases at once would draw two noises for one count
    if latest_of(db, city, period):
        raise Conflict(
            _(
                "This was released before, and what was released stays: %(period)s.",
                period=period.name,
            )
        )
    made = _release_of(city, period, edition, population)
    opening = _opening(db, made, equality_secret)
    spend(db, city, school_year=made.school_year, rho=made.rho, today=today)
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
    wrong = latest_of(db, city, period)
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
    spend(db, city, school_year=made.school_year, rho=made.rho, today=today)
    return _publish(db, made, city=city, period=period, opening=opening, host=host, draw=draw)


def _refuse_open(period: Period, today: date) -> None:
    if not period.is_closed(today):
        raise Conflict(_("This has not ended yet: %(period)s.", period=period.name))


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
        if made.kind is PeriodKind.YEAR and is_anything_kept(db):
            # Released once and for good: nobody would ever be counted who told.
            raise Conflict(
                _(
                    "Learners told of themselves, and EQUALITY_SECRET, which opens what they told,"
                    " is not set here. Set it before a school year is released."
                )
            )
        return None
    name = f"{made.city_id}:{made.period}:{made.version}"
    return partial(opened, db, release=name, secret=secret, now=clock.now())


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
