"""The cells of a release as a CSV file, safe to open in a spreadsheet."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.spreadsheet import as_csv as sheet
from cube.cells import Cell
from cube.queries import Released
from reach.formats.facts import instant_of, values_of
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
    "version",
    "released_at",
    "smallest_shown",
    "standard_deviation",
    "note",
)
#: What anybody may have says nothing of how deprived an area is.
PUBLIC_COLUMNS = tuple(name for name in COLUMNS if name not in ("decile", "deprivation"))


def as_csv(release: Released, columns: Sequence[str] = COLUMNS) -> str:
    """Return every cell of a release, one to a line, each with how it was made.

    A hidden number is empty, with `yes` in `hidden`.
    """
    rows = (_row(table, cell, release) for table, cells in release.tables.items() for cell in cells)
    return sheet([columns, *([row[name] for name in columns] for row in rows)])


def _row(table: str, cell: Cell, release: Released) -> Mapping[str, Any]:
    note = _(
        "A little chance is in each number (standard deviation %(sigma)s). "
        "Fewer than %(smallest)s is hidden.",
        sigma=f"{cell.sigma:g}",
        smallest=cell.smallest_shown,
    )
    return values_of(cell) | {
        "table": table,
        "hidden": "yes" if cell.is_hidden else "no",
        "standard_deviation": f"{cell.sigma:g}",
        "term": release.period,
        "first_day": release.starts_on,
        "day_after": release.ends_on,
        "deprivation": edition_name(release.edition),
        "population": population_name(release.population),
        "version": release.version,
        "released_at": instant_of(release),
        "note": note,
    }
