"""A return as a CSV file, safe to open in a spreadsheet: each number with the cells it is from."""

from collections.abc import Iterator

from app.spreadsheet import as_csv as sheet
from cube.queries import Released
from returns.document import Figure, Return, Section, Table, Value
from returns.tracing import Parts

COLUMNS = (
    "section",
    "caption",
    "row",
    "column",
    "number",
    "unit",
    "about",
    "hidden",
    "release",
    "table",
    "cells",
    "of_table",
    "of_cells",
    "period",
    "version",
    "first_day",
    "day_after",
    "note",
)


def as_csv(made: Return, term: Released) -> str:
    """Return every number of a return, one to a line, in the order of the page.

    `cells` are added up; a share is what they come to of `of_cells`, and a rate is for every 1,000
    of the young people of the same cells. A hidden number is empty, with `yes` in `hidden`.
    """
    return sheet([COLUMNS, *_rows(made, term)])


def _rows(made: Return, term: Released) -> Iterator[list[object]]:
    for section in made.sections:
        for table in section.tables:
            for row in table.rows:
                for head, value in zip(table.heads[1:], row.values, strict=True):
                    if value is not None:
                        yield list(_row(section, table, row.name, head, value, term))


def _row(
    section: Section, table: Table, name: str, head: str, value: Value, term: Released
) -> Iterator[object]:
    yield from (section.title, table.caption, name, head)
    if value is None or isinstance(value, Figure):
        yield from _public(value)
    else:
        yield from (_plain(value.number), value.sort.value, "people")
        yield "yes" if value.is_hidden else "no"
        yield value.parts.release
        yield from _names(value.parts)
        yield from _names(value.of)
    yield from (term.period, term.version, term.starts_on, term.ends_on, table.note)


def _public(value: Figure | None) -> Iterator[object]:
    yield from (_plain(value.number), value.unit.value) if value else ("", "")
    yield from ("public", "no", "", "", "", "", "")


def _names(parts: Parts | None) -> tuple[str, str]:
    return (parts.table, " ".join(cell.code for cell in parts.cells)) if parts else ("", "")


def _plain(number: int | float | None) -> int | float | None:
    """Return a number as programs read it; of a fraction four digits."""
    if number is None or number % 1:
        return None if number is None else round(number, 4)
    return int(number)
