"""School terms, as a council publishes them: a list of names with a first and a last day."""

from datetime import date
from itertools import pairwise
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geo.loaders.files import Source, opened
from geo.loaders.merging import Loaded
from geo.loaders.tables import Table
from geo.models import City, SchoolTerm

HEADINGS = ("name", "starts_on", "ends_on")


def load_terms(db: Session, path: Path | str, *, city: City) -> Loaded:
    """Let a city's terms be those of a file, and no others of the same stretch of time. Flushes.

    :raises WrongFile: a heading is missing, a day is none, or two terms overlap. Nothing is changed.
    """
    with opened(path) as source:
        table = Table(source)
        _expect_headings(source, table)
        rows = [_term(table, line, row) for line, row in table.rows("Reading terms", None)]
        _refuse_overlaps(source, rows)
    known = {(each.starts_on, each.ends_on, each.name) for each in _terms_within(db, city, rows)}
    fresh = [row for row in rows if row not in known]
    if rows:
        first, last = rows[0][0], rows[-1][1]
        db.execute(
            delete(SchoolTerm).where(
                SchoolTerm.city_id == city.id,
                SchoolTerm.ends_on >= first,
                SchoolTerm.starts_on <= last,
            )
        )
    db.add_all(
        SchoolTerm(city_id=city.id, starts_on=starts_on, ends_on=ends_on, name=name)
        for starts_on, ends_on, name in rows
    )
    db.flush()
    return Loaded(len(fresh), 0, len(rows) - len(fresh), 0)


def _expect_headings(source: Source, table: Table) -> None:
    missing = [heading for heading in HEADINGS if heading not in table.headings]
    if missing:
        source.refuse(
            f"it has no column {missing[0]}. The first line must say: {', '.join(HEADINGS)}."
        )


def _term(table: Table, line: int, row: list[str]) -> tuple[date, date, str]:
    name, starts_on, ends_on = (table.headings.index(heading) for heading in HEADINGS)
    first, last = _day(table, line, row, starts_on), _day(table, line, row, ends_on)
    if last < first:
        table.refuse(line, row, ends_on, "a day after the first one")
    return first, last, row[name].strip()


def _day(table: Table, line: int, row: list[str], column: int) -> date:
    try:
        return date.fromisoformat(row[column].strip())
    except ValueError:
        table.refuse(line, row, column, "a day such as 2026-09-01")


def _refuse_overlaps(source: Source, rows: list[tuple[date, date, str]]) -> None:
    rows.sort()
    for (_, last, name), (first, _, other) in pairwise(rows):
        if first <= last:
            source.refuse(f"{other} begins before {name} has ended.")


def _terms_within(db: Session, city: City, rows) -> list[SchoolTerm]:
    db.flush()
    return list(db.scalars(select(SchoolTerm).filter_by(city_id=city.id)))
