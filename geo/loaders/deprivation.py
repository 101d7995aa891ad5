"""Deprivation: the official indices of each nation, with the parts they are made of."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from psycopg import Cursor
from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.editions import EDITIONS, Columns, Edition, columns_of
from geo.loaders.files import Progress, Source, opened
from geo.loaders.merging import (
    Loaded,
    copy_in,
    copy_line,
    merge,
    one_row,
    refuse_doubles,
    run,
    whole_or_nothing,
)
from geo.loaders.tables import Table

_COLUMNS = "line int, edition text, lsoa_code text, score float8, rank int, decile int"


def load_deprivation(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_areas: Collection[str] | None = None,
    part: bool = False,
) -> Loaded:
    """Bring one edition of a nation's indices into `deprivation`, beside the others.

    The headings say which edition it is. Of England's, each domain and the index of children in
    low income (IDACI) come along where the file has them; counts rows of the table. The whole file
    is checked, then the areas asked for kept.

    :param only_areas: leave every other area out.
    :param part: the file is meant to hold only a part of the nation. Without it, ranks that reach
        beyond the file's rows mean that it was cut short.
    :raises WrongFile: it is no index we know, it is named for another, a value is impossible, or
        ranks, scores and deciles do not fit one another.
    """
    with opened(path) as source:
        table = Table(source, end_may_be_open=True)
        edition = _edition_of(table)
        table.end_may_be_open = edition.end_may_be_open
        indices = columns_of(table, edition)
        with whole_or_nothing(db) as cursor:
            copy_in(cursor, _COLUMNS, _lines(table, edition, indices, progress))
            refuse_doubles(cursor, source, key="lsoa_code, edition", called="area", unit="line")
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
        is_alike = other is not edition and other.parts is edition.parts
        # A year beside other digits is a part of something else, such as a number of rows.
        named = re.search(rf"(?<!\d){other.year}(?!\d)", table.source.name)
        if is_alike and named:
            table.source.refuse(
                f"the name says {other.words}, but the headings are those of {edition.words}. "
                "Find the right file, or give this one its right name."
            )
    return edition


def _lines(
    table: Table, edition: Edition, indices: list[Columns], progress: Progress | None
) -> Iterator[str]:
    code = table.column(edition.code_heading)
    for line, row in table.rows(f"Reading {edition.words}", progress):
        area = table.area_code(line, row, code, edition.code)
        for index in indices:
            rank = _within(table, line, row, index.rank, edition.areas)
            yield copy_line(
                *(line, index.index, area, _score(table, line, row, index), rank),
                _tenth_of(rank, edition.areas)
                if index.decile is None
                else _within(table, line, row, index.decile, 10),
            )


def _score(table: Table, line: int, row: list[str], index: Columns) -> float | None:
    if index.score is None or (index.score_may_be_empty and not row[index.score]):
        return None
    return table.number(line, row, index.score)


def _tenth_of(rank: int, of_areas: int) -> int:
    return -(-10 * rank // of_areas)


def _within(table: Table, line: int, row: list[str], column: int, most: int) -> int:
    value = table.count(line, row, column)
    if not 1 <= value <= most:
        table.refuse(line, row, column, f"a whole number from 1 to {most:,}")
    return value


def _refuse_what_does_not_fit(cursor: Cursor, source: Source, edition: Edition, part: bool) -> None:
    of_areas = _areas_ranked(cursor, source, edition, part)
    _refuse_deciles(cursor, source, edition, of_areas)
    _refuse_half_scored(cursor, source)
    _refuse_scores(cursor, source, edition)
    if of_areas == _rows(cursor, edition):
        _refuse_gaps(cursor, source, edition)


def _rows(cursor: Cursor, edition: Edition) -> int:
    """Return how many areas the file has."""
    counted = "SELECT count(*) FROM incoming WHERE edition = %s"
    return one_row(cursor, counted, [edition.name])[0]


def _areas_ranked(cursor: Cursor, source: Source, edition: Edition, part: bool) -> int:
    """Return among how many areas the file ranks: all of the nation, or its own when it is whole."""
    rows = _rows(cursor, edition)
    highest = one_row(cursor, "SELECT max(rank) FROM incoming")[0]
    if not rows:
        source.refuse("there are headings, and no rows under them.")
    for other in EDITIONS:
        if rows == other.areas and other is not edition:
            source.refuse(
                f"the headings are those of {edition.words}, but {rows:,} rows are the areas of "
                f"{other.words}."
            )
    if highest <= rows and not edition.end_may_be_open:
        return rows
    if not part and rows != edition.areas:
        source.refuse(
            f"{rows:,} of the {edition.areas:,} areas of {edition.words}, ranked up to "
            f"{highest:,}: the file is cut short. (Is it meant to be a part of the nation? Say so.)"
        )
    return edition.areas


def _refuse_deciles(cursor: Cursor, source: Source, edition: Edition, of_areas: int) -> None:
    cursor.execute(
        "SELECT line, edition, rank, decile, ceil(10.0 * rank / %(all)s)::int FROM incoming "
        "WHERE abs(decile - ceil(10.0 * rank / %(all)s)) > 1 ORDER BY line LIMIT 1",
        {"all": of_areas},
    )
    for line, index, rank, decile, expected in cursor:
        source.refuse(
            f"line {line}{_of(index, edition)}: decile {decile} does not fit rank {rank:,} of "
            f"{of_areas:,}, which is in decile {expected}. The file is damaged, or its columns are "
            "mislabelled."
        )


def _refuse_half_scored(cursor: Cursor, source: Source) -> None:
    """Refuse an index of which some areas have a score and others none."""
    run(
        cursor,
        "SELECT edition, min(line) FILTER (WHERE score IS NULL) FROM incoming GROUP BY edition "
        "HAVING count(score) BETWEEN 1 AND count(*) - 1 ORDER BY 2 LIMIT 1",
    )
    for index, line in cursor:
        source.refuse(f"line {line}: no score of {index}, though other lines have one.")


def _refuse_scores(cursor: Cursor, source: Source, edition: Edition) -> None:
    cursor.execute(
        "SELECT line, edition, score, rank, before FROM (SELECT line, edition, score, rank, "
        "lag(score) OVER (PARTITION BY edition ORDER BY rank, score DESC) AS before FROM incoming"
        ") AS ranked WHERE score > before ORDER BY line LIMIT 1"
    )
    for line, index, score, rank, before in cursor:
        source.refuse(
            f"line {line}{_of(index, edition)}: score {score} at rank {rank:,} is higher than "
            f"{before}, the score of the rank before. The file is damaged, or its columns are "
            "mislabelled."
        )


def _refuse_gaps(cursor: Cursor, source: Source, edition: Edition) -> None:
    cursor.execute(
        "SELECT line, edition, rank, place FROM (SELECT line, edition, rank, rank() OVER "
        "(PARTITION BY edition ORDER BY rank) AS place FROM incoming) AS ranked "
        "WHERE rank <> place ORDER BY rank, line LIMIT 1"
    )
    for line, index, rank, place in cursor:
        source.refuse(
            f"line {line}{_of(index, edition)}: rank {rank:,} stands where rank {place:,} was "
            "expected. A rank before it is missing, or stands twice."
        )


def _of(index: str, edition: Edition) -> str:
    """Return which part of the index a refusal speaks of, where it is not the whole."""
    return "" if index == edition.name else f", {index}"


def _leave_out(cursor: Cursor, only_areas: Collection[str] | None) -> int:
    if only_areas is None:
        return 0
    cursor.execute("DELETE FROM incoming WHERE lsoa_code <> ALL(%s)", [list(only_areas)])
    return cursor.rowcount
