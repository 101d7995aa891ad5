"""The one act of this room: publish a closed term into the cube, once and for good."""

import secrets
from collections import Counter
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from accounts.models import YOUNG_BANDS, AgeBand
from app.db import lock
from app.errors import Conflict
from app.terms import Period
from geo import queries as geo
from geo.models import Area, City
from opportunities.models import ScheduledSession
from participation.traces import came_to
from reach.disclosure import NON_SENSITIVE, Draw, privacy_spent, publish
from reach.models import ReachCell, ReachRelease
from reach.tables import CELLS_PER_LEARNER, LATTICE, OLDEST, YOUNGEST, Ground, Learners, Table


def release(
    db: Session,
    *,
    city: City,
    period: Period,
    today: date,
    edition: str = "iod2025",
    population: str = "census2021",
    draw: Draw = secrets.randbelow,
) -> ReachRelease:
    """Publish whom the city reached in a term that has ended.

    Counts different learners who came to a session of the term and then lived in the city, by
    where they lived when they first came. Every declared cell is published, also where nobody
    came: the noise covers it. Flushes; the caller commits, and the database then refuses any
    change.

    :param draw: another source of chance for the noise, for tests alone.
    :raises Conflict: the term has not ended, it was released before, or the city has no areas, or
        none of them has a decile in `edition`.
    """
    if not period.is_closed(today):
        raise Conflict(_("This term has not ended yet: %(term)s.", term=period.name))
    lock(db, City, city.id)  # two releases at once would draw two noises for one count
    if _is_released(db, city, period):
        raise Conflict(
            _(
                "This term was released before, and what was released stays: %(term)s.",
                term=period.name,
            )
        )
    ground = _ground(db, city, edition, population)

    counted = _learners(db, city, period)
    published = ReachRelease(
        city_id=city.id,
        period=period.code,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        deprivation_edition=edition,
        population_source=population,
        sigma=NON_SENSITIVE.sigma,
        smallest_shown=NON_SENSITIVE.smallest_shown,
        rho=privacy_spent(CELLS_PER_LEARNER, NON_SENSITIVE.sigma),
        cells=[cell for table in LATTICE for cell in _cells(table, counted, ground, draw)],
    )
    db.add(published)
    db.flush()
    return published


def _is_released(db: Session, city: City, period: Period) -> bool:
    known = select(ReachRelease.id).filter_by(city_id=city.id, period=period.code)
    return db.scalar(known) is not None


def _ground(db: Session, city: City, edition: str, population: str) -> Ground:
    areas = {area.lsoa_code: area for area in geo.areas_of(db, city)}
    if not areas:
        raise Conflict(_("This city has no areas. Load its boundaries first."))
    deciles = geo.deciles(db, edition, areas)
    if not deciles:
        raise Conflict(_("No area of this city has a deprivation decile. Load an index first."))
    return Ground(
        city=city,
        areas=areas,
        deciles=deciles,
        young_people=geo.young_people(db, population, areas, from_age=YOUNGEST, to_age=OLDEST),
        young_people_by_age={
            band: _young_people_aged(db, population, areas, band) for band in YOUNG_BANDS
        },
    )


def _young_people_aged(db: Session, population: str, areas, band: AgeBand) -> int | None:
    youngest, oldest = band.ages
    known = geo.young_people(db, population, areas, from_age=youngest, to_age=oldest)
    return sum(known.values()) if len(known) == len(areas) else None


def _learners(db: Session, city: City, period: Period) -> list[Learners]:
    """Return how many different learners came, by where they lived when they first came."""
    homes_here = select(Area.lsoa_code).where(geo.lies_in(city))
    came = came_to().subquery()
    first_time = (
        select(came.c.person, came.c.home_lsoa_code, came.c.age_band)
        .ext(distinct_on(came.c.person))
        .select_from(came)
        .join(ScheduledSession, ScheduledSession.id == came.c.session_id)
        .where(
            ScheduledSession.starts_at >= period.opens_at,
            ScheduledSession.starts_at < period.closes_at,
            came.c.home_lsoa_code.in_(homes_here),
            came.c.age_band.in_(YOUNG_BANDS),
        )
        .order_by(came.c.person, ScheduledSession.starts_at, came.c.source)
        .subquery()
    )
    home, band = first_time.c.home_lsoa_code, first_time.c.age_band
    # The planner may know nothing yet of rows that were written a moment ago, takes each table for
    # tiny, and loops over all of them for each row of another: minutes where hashing takes none.
    db.execute(text("SET LOCAL enable_nestloop = off"))
    rows = db.execute(select(home, band, func.count()).group_by(home, band)).all()
    db.execute(text("SET LOCAL enable_nestloop TO DEFAULT"))
    return [Learners(*row) for row in rows]


def _cells(table: Table, counted: list[Learners], ground: Ground, draw: Draw) -> list[ReachCell]:
    counts: Counter[str | None] = Counter()
    for learners in counted:
        counts[table.cell_of(learners, ground)] += learners.count
    return [
        ReachCell(
            table=table.name,
            cell=declared.cell,
            label=declared.label,
            learners=publish(counts[declared.cell], NON_SENSITIVE, draw),
            young_people=declared.young_people,
            decile=declared.decile,
        )
        for declared in table.cells(ground)
    ]
