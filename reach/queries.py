"""What the cube says. Every number on a page of this room comes from here.

Each question is asked through `app.db.report_db`, whose role the database keeps to the two tables
of the cube: a query for anything else fails. Answers are plain values that outlive the session.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.terms import in_words
from reach import measures
from reach.measures import Cell, Gap
from reach.models import ReachCell, ReachRelease


@dataclass(frozen=True)
class Term:
    """One released term: how it was made, and what the whole city and its deciles say."""

    release_id: int
    period: str
    starts_on: date
    ends_on: date
    edition: str
    population: str
    sigma: float
    smallest_shown: int
    rho: float
    released_at: datetime
    city: Cell
    deciles: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return in_words(self.period)

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)

    @property
    def gap(self) -> Gap | None:
        return measures.gap_between(self.deciles, self.sigma)

    @property
    def ratio(self) -> float | None:
        return None if self.gap is None else self.gap.ratio


@dataclass(frozen=True)
class Reach:
    """One term in full, and the terms released with it, oldest first."""

    term: Term
    terms: tuple[Term, ...]
    tables: dict[str, tuple[Cell, ...]]

    @property
    def areas(self) -> tuple[Cell, ...]:
        return self.tables["area"]

    @property
    def cold_spots(self) -> list[Cell]:
        return measures.cold_spots(self.areas, self.term.city, self.term.smallest_shown)

    @property
    def terms_so_far(self) -> tuple[Term, ...]:
        """Return the terms up to this one, oldest first."""
        return self.terms[: self.terms.index(self.term) + 1]


def reach_of(cube: Session, *, city_id: int, period: str | None = None) -> Reach | None:
    """Return what was released of a city for a term, or of its latest; `None` before any release.

    :raises NotFound: that term was not released.
    """
    terms = terms_of(cube, city_id=city_id)
    if not terms:
        return None
    term = _term_named(terms, period) if period else terms[-1]
    return Reach(term=term, terms=terms, tables=_tables(cube, term.release_id))


def terms_of(cube: Session, *, city_id: int) -> tuple[Term, ...]:
    """Return the released terms of a city, oldest first."""
    releases = cube.scalars(
        select(ReachRelease).filter_by(city_id=city_id).order_by(ReachRelease.starts_on)
    ).all()
    wanted = select(ReachCell).where(
        ReachCell.release_id.in_([release.id for release in releases]),
        ReachCell.table.in_(("city", "decile")),
    )
    cells: dict[tuple[int, str], list[Cell]] = {}
    for row in cube.scalars(wanted):
        cells.setdefault((row.release_id, row.table), []).append(_cell(row))
    return tuple(
        _term(release, cells[release.id, "city"][0], cells[release.id, "decile"])
        for release in releases
    )


def area_over_time(cube: Session, terms: tuple[Term, ...], lsoa_code: str) -> dict[str, Cell]:
    """Return the cell of one area in each of the terms that has it, by period."""
    periods = {term.release_id: term.period for term in terms}
    rows = cube.scalars(
        select(ReachCell).where(
            ReachCell.release_id.in_(periods),
            ReachCell.table == "area",
            ReachCell.cell == lsoa_code,
        )
    )
    return {periods[row.release_id]: _cell(row) for row in rows}


def _term_named(terms: tuple[Term, ...], period: str) -> Term:
    for term in terms:
        if term.period == period:
            return term
    raise NotFound(_("There are no numbers for that term."))


def _tables(cube: Session, release_id: int) -> dict[str, tuple[Cell, ...]]:
    rows = cube.scalars(select(ReachCell).filter_by(release_id=release_id))
    tables: dict[str, list[Cell]] = {"city": [], "decile": [], "age": [], "ward": [], "area": []}
    for row in rows:
        tables[row.table].append(_cell(row))
    for cells in tables.values():
        cells.sort(key=_by_name)
    return {name: tuple(cells) for name, cells in tables.items()}


def _by_name(cell: Cell) -> list:
    """Return a key that puts `Abbey 2` before `Abbey 10`."""
    parts = re.split(r"(\d+)", cell.label)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)] + [cell.code]


def _cell(row: ReachCell) -> Cell:
    return Cell(row.cell, row.label, row.learners, row.young_people, row.decile)


def _term(release: ReachRelease, city: Cell, deciles: list[Cell]) -> Term:
    return Term(
        release_id=release.id,
        period=release.period,
        starts_on=release.starts_on,
        ends_on=release.ends_on,
        edition=release.deprivation_edition,
        population=release.population_source,
        sigma=release.sigma,
        smallest_shown=release.smallest_shown,
        rho=release.rho,
        released_at=release.released_at,
        city=city,
        deciles=tuple(sorted(deciles, key=lambda cell: cell.decile or 0)),
    )
