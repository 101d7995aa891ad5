"""What the cube says. Every number about people on a page of the house comes from here.

Each question is asked through `app.db.report_db`, whose role the database keeps to the tables of
the cube: a query for anything else fails. Answers are plain values that outlive the session.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.errors import NotFound
from app.terms import Period, PeriodKind, in_words
from cube.cells import Cell
from cube.document import as_document
from cube.models import PrivacyBudget, ReachCell, ReachRelease, ReachTable
from geo.models import City

#: What is read of each period, to set it beside the others.
_HEADLINE = ("city", "decile", "ward")


@dataclass(frozen=True)
class Released:
    """One released period: how it was made, and its tables."""

    release_id: int
    uuid: UUID
    period: str
    kind: PeriodKind
    version: int
    #: Why it was corrected; empty where it was not.
    reason: str
    starts_on: date
    ends_on: date
    edition: str
    population: str
    areas_digest: str
    rho: float
    signature: str
    released_at: datetime
    #: Those that were read. Cells are in the order in which people read them.
    tables: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return in_words(self.period)

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)

    @property
    def city(self) -> Cell:
        return self.tables["city"][0]

    @property
    def deciles(self) -> tuple[Cell, ...]:
        return self.tables["decile"]

    @property
    def areas(self) -> tuple[Cell, ...]:
        return self.tables.get("area", ())

    def cell(self, table: str, code: str) -> Cell | None:
        """Return one cell by its code; `None` where it was not published."""
        return next((cell for cell in self.tables.get(table, ()) if cell.code == code), None)

    def is_comparable_to(self, other: "Released") -> bool:
        """Tell whether two periods were counted on the same ground: areas, index and population."""
        return (self.edition, self.population) == (other.edition, other.population) and (
            self.areas_digest == other.areas_digest
            or not (self.areas_digest and other.areas_digest)
        )


@dataclass(frozen=True)
class Reach:
    """One period in full, and the periods as long as it, oldest first."""

    term: Released
    terms: tuple[Released, ...]

    @property
    def tables(self) -> Mapping[str, tuple[Cell, ...]]:
        return self.term.tables

    @property
    def areas(self) -> tuple[Cell, ...]:
        return self.term.areas

    @property
    def terms_so_far(self) -> tuple[Released, ...]:
        """Return the periods up to this one, oldest first."""
        last = [each.period for each in self.terms].index(self.term.period)
        return self.terms[: last + 1]


@dataclass(frozen=True)
class Ledger:
    """What a city is ready to spend of privacy in a school year, and what each has spent."""

    rho: float
    spent: Mapping[date, float]


def reach_of(
    cube: Session,
    *,
    city_id: int,
    period: str | None = None,
    tables: Collection[str] | None = None,
) -> Reach | None:
    """Return what was released of a city for a period; `None` before any release.

    Without a period it is the latest term, or the latest of any length before the first term.

    :param tables: which of its tables are read; left out, all.
    :raises NotFound: that period was not released.
    """
    wanted = _wanted(cube, city_id, period)
    if wanted is None:
        return None
    of_its_length = releases_of(cube, city_id=city_id, kind=wanted.kind)
    found = _read(cube, [wanted], tables=tables)[0]
    return Reach(term=found, terms=of_its_length)


def releases_of(
    cube: Session,
    *,
    city_id: int,
    kind: PeriodKind = PeriodKind.TERM,
    tables: Collection[str] = _HEADLINE,
) -> tuple[Released, ...]:
    """Return the periods of a length that were released of a city, as last corrected, oldest first."""
    found = cube.scalars(
        select(ReachRelease)
        .where(ReachRelease.city_id == city_id, ReachRelease.kind == kind, _is_last())
        .order_by(ReachRelease.starts_on)
    ).all()
    return tuple(_read(cube, found, tables=tables))


def periods_of(cube: Session, *, city_id: int) -> list[Released]:
    """Return every version of every period of a city, the newest first, without its tables."""
    found = cube.scalars(
        select(ReachRelease)
        .where(ReachRelease.city_id == city_id)
        .order_by(ReachRelease.ends_on.desc(), ReachRelease.starts_on, ReachRelease.version.desc())
    ).all()
    return _read(cube, found, tables=())


def latest_of(db: Session, city: City, period: Period) -> ReachRelease | None:
    """Return a period of a city as it was last released; `None` where it never was."""
    versions = select(ReachRelease).where(
        ReachRelease.city_id == city.id, ReachRelease.period == period.code
    )
    return db.scalar(versions.order_by(ReachRelease.version.desc()).limit(1))


def newest_of_each(versions: Iterable[Released]) -> list[Released]:
    """Return each period as last corrected, of versions of which the newest come first."""
    found: dict[str, Released] = {}
    for version in versions:
        found.setdefault(version.period, version)
    return list(found.values())


def by_length(
    periods: Iterable[Released], lengths: Sequence[PeriodKind]
) -> list[tuple[PeriodKind, list[Released]]]:
    """Return periods by how long they are, in this order; a length that none has is left out."""
    periods = list(periods)
    groups = [(kind, [each for each in periods if each.kind == kind]) for kind in lengths]
    return [(kind, of_it) for kind, of_it in groups if of_it]


def release_named(
    cube: Session, uuid: UUID, *, city_id: int, tables: Collection[str] | None = None
) -> Released:
    """Return one release of a city, in whatever version it was.

    :param tables: which of its tables are read; left out, all.
    :raises NotFound: the city has none of that name.
    """
    found = cube.scalar(
        select(ReachRelease).where(ReachRelease.uuid == uuid, ReachRelease.city_id == city_id)
    )
    if found is None:
        raise NotFound(_("There are no numbers for that period."))
    return _read(cube, [found], tables=tables)[0]


def city_of(cube: Session, uuid: UUID) -> int:
    """Return the id of the city that a release is of.

    :raises NotFound: there is no such release.
    """
    city_id = cube.scalar(select(ReachRelease.city_id).where(ReachRelease.uuid == uuid))
    if city_id is None:
        raise NotFound(_("There are no numbers for that period."))
    return city_id


def cities_released(cube: Session) -> set[int]:
    """Return the ids of the cities of which anything was released."""
    return set(cube.scalars(select(ReachRelease.city_id).distinct()))


def most_cells_of(cube: Session, release: Released) -> dict[str, int]:
    """Return how many cells of each table of a release one learner can change."""
    of_it = select(ReachTable).where(ReachTable.release_id == release.release_id)
    return {table.table: table.most_cells for table in cube.scalars(of_it)}


def document_of(cube: Session, release: Released, *, city_slug: str) -> bytes:
    """Return a release as the bytes that were signed."""
    made = cube.get_one(ReachRelease, release.release_id)
    tables = select(ReachTable).where(ReachTable.release_id == made.id)
    cells = select(ReachCell).where(ReachCell.release_id == made.id)
    return as_document(made, city_slug, cube.scalars(tables), cube.scalars(cells))


def as_released(cube: Session, release: Released, *, city_id: int) -> Reach:
    """Return a release in full, with the periods as long as it, as they were known when it was made.

    What was released later, or corrected since, is not in it: it is the same whenever it is asked.
    """
    later = aliased(ReachRelease)
    corrected = exists().where(later.replaces_id == ReachRelease.id, later.id <= release.release_id)
    then = cube.scalars(
        select(ReachRelease)
        .where(
            ReachRelease.city_id == city_id,
            ReachRelease.kind == release.kind,
            ReachRelease.id <= release.release_id,
            ~corrected,
        )
        .order_by(ReachRelease.starts_on)
    ).all()
    return Reach(term=release, terms=tuple(_read(cube, then, tables=_HEADLINE)))


def release_of_id(cube: Session, release_id: int) -> tuple[int, Released] | None:
    """Return a release in full, and whose it is: the id of its city."""
    found = cube.get(ReachRelease, release_id)
    return None if found is None else (found.city_id, _read(cube, [found], tables=None)[0])


def over_time(
    cube: Session, terms: Iterable[Released], *, table: str, code: str
) -> dict[str, Cell]:
    """Return one cell in each of the periods that has it, by period."""
    periods = {term.release_id: term.period for term in terms}
    rows = cube.execute(
        _cells().where(
            ReachCell.release_id.in_(periods), ReachCell.table == table, ReachCell.cell == code
        )
    )
    return {periods[row.release_id]: _cell(row) for row in rows}


def ledger_of(cube: Session, *, city_id: int) -> Ledger | None:
    """Return the privacy ledger of a city; `None` before its first release."""
    rho = cube.scalar(select(PrivacyBudget.rho).filter_by(city_id=city_id))
    spent = cube.execute(
        select(ReachRelease.school_year, func.sum(ReachRelease.rho))
        .where(ReachRelease.city_id == city_id)
        .group_by(ReachRelease.school_year)
    )
    return None if rho is None else Ledger(rho, {first: float(sum_) for first, sum_ in spent})


def _wanted(cube: Session, city_id: int, period: str | None) -> ReachRelease | None:
    last = select(ReachRelease).where(ReachRelease.city_id == city_id, _is_last())
    if period:
        of_it = last.where(ReachRelease.period == period)
        named = None if "\0" in period else cube.scalar(of_it)
        if named is None:
            raise NotFound(_("There are no numbers for that period."))
        return named
    is_term = ReachRelease.kind == PeriodKind.TERM
    return cube.scalar(last.order_by(is_term.desc(), ReachRelease.starts_on.desc()).limit(1))


def _is_last() -> ColumnElement[bool]:
    """Return a condition true of each release that nothing corrects."""
    later = aliased(ReachRelease)
    return ~exists().where(later.replaces_id == ReachRelease.id)


def _read(
    cube: Session, releases: Iterable[ReachRelease], *, tables: Collection[str] | None
) -> list[Released]:
    releases = list(releases)
    wanted = _cells().where(ReachCell.release_id.in_([release.id for release in releases]))
    if tables is not None:
        wanted = wanted.where(ReachCell.table.in_(tables))
    read: dict[int, dict[str, list[Cell]]] = {release.id: {} for release in releases}
    # In one order, so that a file of a release is the same bytes each time.
    for row in cube.execute(wanted.order_by(ReachCell.table, ReachCell.cell)):
        read[row.release_id].setdefault(row.table, []).append(_cell(row))
    return [_released(release, read[release.id]) for release in releases]


def _released(release: ReachRelease, tables: dict[str, list[Cell]]) -> Released:
    return Released(
        release_id=release.id,
        uuid=release.uuid,
        period=release.period,
        kind=release.kind,
        version=release.version,
        reason=release.reason,
        starts_on=release.starts_on,
        ends_on=release.ends_on,
        edition=release.deprivation_edition,
        population=release.population_source,
        areas_digest=release.areas_digest,
        rho=release.rho,
        signature=release.signature,
        released_at=release.released_at,
        tables={name: tuple(sorted(cells, key=_by_name)) for name, cells in tables.items()},
    )


def _cells():
    return select(
        *(ReachCell.release_id, ReachCell.table, ReachCell.cell, ReachCell.label),
        *(ReachCell.learners, ReachCell.young_people, ReachCell.decile),
        *(ReachTable.variance, ReachTable.smallest_shown),
    ).join(ReachCell.of_table)


def _cell(row) -> Cell:
    return Cell(
        code=row.cell,
        label=row.label,
        learners=row.learners,
        young_people=row.young_people,
        decile=row.decile,
        variance=row.variance,
        smallest_shown=row.smallest_shown,
    )


def _by_name(cell: Cell) -> list:
    """Return a key that puts `Abbey 2` before `Abbey 10`."""
    parts = re.split(r"(\d+)", cell.label)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)] + [cell.code]
