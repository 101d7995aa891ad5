"""Which of the released periods a return is of, and one cell by its whole name."""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.terms import PeriodKind
from cube import queries
from cube.cells import Cell
from cube.queries import Released

#: A return is of a school year or a term; the longer ones first, since only they say everything.
_KINDS = (PeriodKind.YEAR, PeriodKind.TERM)


@dataclass(frozen=True)
class Chosen:
    """A period in full, each version of it, and the periods that could be chosen instead."""

    term: Released
    #: The newest first. Of these the tables are not read.
    versions: tuple[Released, ...]
    periods: tuple[Released, ...]

    @property
    def latest_year(self) -> Released | None:
        """Return the last school year; `None` where none was released."""
        return next((each for each in self.periods if each.kind == PeriodKind.YEAR), None)


def chosen(cube: Session, *, city_id: int, period: str | None) -> Chosen | None:
    """Return a period of a city as last corrected; `None` before any school year or term.

    Without a period it is the last school year, or the last term before the first year.

    :raises NotFound: that year or term was not released.
    """
    versions = queries.periods_of(cube, city_id=city_id)
    periods = _as_last_corrected(versions)
    if not periods and not period:
        return None
    wanted = next((each for each in periods if period in (None, each.period)), None)
    if wanted is None:
        raise NotFound(_("There are no numbers for that period."))
    return Chosen(
        term=queries.release_named(cube, wanted.uuid, city_id=city_id),
        versions=tuple(each for each in versions if each.period == wanted.period),
        periods=periods,
    )


def cell_named(
    cube: Session, release: UUID, table: str, code: str, *, city_id: int
) -> tuple[Released, Cell]:
    """Return a released cell of a city, in whatever version it was.

    :raises NotFound: the city has no such release, or that has no such cell.
    """
    term = queries.release_named(cube, release, city_id=city_id)
    cell = term.cell(table, code)
    if cell is None:
        raise NotFound(_("No such number was released."))
    return term, cell


def _as_last_corrected(versions: list[Released]) -> tuple[Released, ...]:
    """Return the years, then the terms, the newest first, each in its last version."""
    groups = queries.by_length(queries.newest_of_each(versions), _KINDS)
    return tuple(each for _kind, of_it in groups for each in of_it)
