"""The numbers of a page as a CSV file, safe to open in a spreadsheet."""

from collections.abc import Iterator

from flask_babel import gettext as _

from app.spreadsheet import as_csv as sheet
from cube.cells import Cell
from cube.queries import Reach, Released
from reach.sentences import edition_name, population_name

COLUMNS = (
    "table",
    "code",
    "name",
    "decile",
    "young_people",
    "took_part",
    "per_1000",
    "hidden",
    "term",
    "first_day",
    "day_after",
    "deprivation",
    "population",
    "note",
)


def as_csv(reach: Reach) -> str:
    """Return every cell of a term, one to a line, each with how it was made.

    A hidden number is empty, with `yes` in `hidden`.
    """
    cells = ((table, cell) for table, cells in reach.tables.items() for cell in cells)
    return sheet([COLUMNS, *(_row(table, cell, reach.term) for table, cell in cells)])


def _row(table: str, cell: Cell, term: Released) -> Iterator[object]:
    yield from (table, cell.code, cell.label, cell.decile, cell.young_people)
    yield from (cell.learners, cell.per_thousand, "yes" if cell.is_hidden else "no")
    yield from (term.period, term.starts_on, term.ends_on)
    yield from (edition_name(term.edition), population_name(term.population))
    yield _(
        "A little chance is in each number (standard deviation %(sigma)s). "
        "Fewer than %(smallest)s is hidden.",
        sigma=f"{cell.sigma:g}",
        smallest=cell.smallest_shown,
    )
