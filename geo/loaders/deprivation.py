"""Deprivation: the English Indices of Deprivation, File 7, edition 2019 and edition 2025."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import Cursor
from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.files import Progress, Source, opened
from geo.loaders.merging import (
    Loaded,
    copy_in,
    copy_line,
    merge,
    one_row,
    refuse_doubles,
    whole_or_nothing,
)
from geo.loaders.tables import Table

IOD_2019, IOD_2025 = "iod2019", "iod2025"


@dataclass(frozen=True)
class Edition:
    """One edition of the indices, as published."""

    name: str
    year: str
    kind: kinds.Kind
    code_heading: str
    #: How many areas England had: its ranks run from 1 to this.
    areas: int


EDITIONS = (
    Edition(IOD_2019, "2019", kinds.IOD_2019, r"LSOA code \(2011\)", 32_844),
    Edition(IOD_2025, "2025", kinds.IOD_2025, r"LSOA code \(2021\)", 33_755),
)
_COLUMNS = "line int, edition text, lsoa_code text, score float8, rank int, decile int"


def load_deprivation(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_areas: Collection[str] | None = None,
    part: bool = False,
) -> Loaded:
    """Bring one edition of the indices into `deprivation`, beside the other.

    The headings say which edition it is. The whole file is checked, then the areas asked for kept.

    :param only_areas: leave every other area out.
    :param part: the file is meant to hold only a part of England. Without it, ranks that reach
        beyond the file's rows mean that it was cut short.
    :raises WrongFile: it is not File 7 of an edition we know, it is named for another, a value is
        impossible, or ranks, scores and deciles do not fit one another.
    """
    with opened(path) as source:
        table = Table(source)
        edition = _edition_of(table)
        with whole_or_nothing(db) as cursor:
            copy_in(cursor, _COLUMNS, _lines(table, edition, progress))
            refuse_doubles(cursor, source, key="lsoa_code", called="area", unit="line")
            _refuse_what_does_not_fit(cursor, source, edition, part)
            left_out = _leave_out(cursor, only_areas)
            loaded = merge(
                cursor,
                into="deprivation",
                keys="edition, lsoa_code",
                values="score, rank, decile",
            )
    return Loaded(loaded.made, loaded.updated, loaded.unchanged, left_out)


def _edition_of(table: Table) -> Edition:
    kind = kinds.expect(table.source, table.headings, *[each.kind for each in EDITIONS])
    edition = next(each for each in EDITIONS if each.kind is kind)
    for other in EDITIONS:
        # A year beside other digits is a part of something else, such as a number of rows.
        named = re.search(rf"(?<!\d){other.year}(?!\d)", table.source.name)
        if other is not edition and named:
            table.source.refuse(
                f"the name says IoD {other.year}, but the headings are those of IoD "
                f"{edition.year}. Find the right file, or give this one its right name."
            )
    return edition


def _lines(table: Table, edition: Edition, progress: Progress | None) -> Iterator[str]:
    code = table.column(edition.code_heading)
    score, rank, decile = map(table.column, kinds.IMD_HEADINGS)
    for line, row in table.rows(f"Reading IoD {edition.year}", progress):
        yield copy_line(
            line,
            edition.name,
            table.area_code(line, row, code),
            table.number(line, row, score),
            _within(table, line, row, rank, edition.areas),
            _within(table, line, row, decile, 10),
        )


def _within(table: Table, line: int, row: list[str], column: int, most: int) -> int:
    value = table.count(line, row, column)
    if not 1 <= value <= most:
        table.refuse(line, row, column, f"a whole number from 1 to {most:,}")
    return value


def _refuse_what_does_not_fit(cursor: Cursor, source: Source, edition: Edition, part: bool) -> None:
    of_areas = _areas_ranked(cursor, source, edition, part)
    _refuse_deciles(cursor, source, of_areas)
    _refuse_scores(cursor, source)
    if of_areas == one_row(cursor, "SELECT count(*) FROM incoming")[0]:
        _refuse_gaps(cursor, source)


def _areas_ranked(cursor: Cursor, source: Source, edition: Edition, part: bool) -> int:
    """Return among how many areas the file ranks: all of England, or its own when it is whole."""
    rows, highest = one_row(cursor, "SELECT count(*), max(rank) FROM incoming")
    if not rows:
        source.refuse("there are headings, and no rows under them.")
    for other in EDITIONS:
        if rows == other.areas and other is not edition:
            source.refuse(
                f"the headings are those of IoD {edition.year}, but {rows:,} rows are the areas of "
                f"IoD {other.year}."
            )
    if highest <= rows:
        return rows
    if not part and rows != edition.areas:
        source.refuse(
            f"{rows:,} of the {edition.areas:,} areas of IoD {edition.year}, ranked up to "
            f"{highest:,}: the file is cut short. (Is it meant to be a part of England? Say so.)"
        )
    return edition.areas


def _refuse_deciles(cursor: Cursor, source: Source, of_areas: int) -> None:
    cursor.execute(
        "SELECT line, rank, decile, ceil(10.0 * rank / %(all)s)::int FROM incoming "
        "WHERE abs(decile - ceil(10.0 * rank / %(all)s)) > 1 ORDER BY line LIMIT 1",
        {"all": of_areas},
    )
    for line, rank, decile, expected in cursor:
        source.refuse(
            f"line {line}: decile {decile} does not fit rank {rank:,} of {of_areas:,}, which is in "
            f"decile {expected}. The file is damaged, or its columns are mislabelled."
        )


def _refuse_scores(cursor: Cursor, source: Source) -> None:
    cursor.execute(
        "SELECT line, score, rank, before FROM (SELECT line, score, rank, lag(score) "
        "OVER (ORDER BY rank, score DESC) AS before FROM incoming) AS ranked "
        "WHERE score > before ORDER BY line LIMIT 1"
    )
    for line, score, rank, before in cursor:
        source.refuse(
            f"line {line}: score {score} at rank {rank:,} is higher than {before}, the score of "
            "the rank before. The file is damaged, or its columns are mislabelled."
        )


def _refuse_gaps(cursor: Cursor, source: Source) -> None:
    cursor.execute(
        "SELECT line, rank, place FROM (SELECT line, rank, rank() OVER (ORDER BY rank) AS place "
        "FROM incoming) AS ranked WHERE rank <> place ORDER BY rank, line LIMIT 1"
    )
    for line, rank, place in cursor:
        source.refuse(
            f"line {line}: rank {rank:,} stands where rank {place:,} was expected. "
            "A rank before it is missing, or stands twice."
        )


def _leave_out(cursor: Cursor, only_areas: Collection[str] | None) -> int:
    if only_areas is None:
        return 0
    cursor.execute("DELETE FROM incoming WHERE lsoa_code <> ALL(%s)", [list(only_areas)])
    return cursor.rowcount
