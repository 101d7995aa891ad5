"""An index of a city's own, as a spreadsheet keeps it: one area to a row, with its rank, score or decile."""

from collections.abc import Iterator
from pathlib import Path
from re import fullmatch

from psycopg import Cursor
from sqlalchemy.orm import Session

from geo.loaders.files import Source, WrongFile, opened
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
from geo.loaders.tables import SMALL_AREA_CODE, Table
from geo.models import NATION_LETTERS, DeprivationIndex, Nation

#: What may stand beside `code`; one of them has to.
VALUES = ("rank", "score", "decile")
_COLUMNS = "line int, edition text, lsoa_code text, score float8, rank int, decile int"
#: PostgreSQL's largest whole number.
_MOST = 2**31 - 1


def load_index(db: Session, path: Path | str, *, about: DeprivationIndex) -> Loaded:
    """Let an index of the city's own say what a file says, and nothing else.

    The file names in its first line `code`, and `rank` (1 is the most deprived), `score` (higher
    is more deprived) or `decile` (1 is the most deprived tenth). What it lacks is worked out: ranks
    from scores, and deciles from ranks.

    :param about: what it is called. Its nation is that of the areas.
    :raises WrongFile: the name is not `custom-...`, a column is missing, a value is impossible, or
        areas are of two nations. Nothing is changed.
    """
    if not fullmatch(r"custom(-[a-z0-9]+)+", about.slug):
        raise WrongFile(f"{about.slug!r} cannot name an index: write it as custom-something.")
    with opened(path) as source:
        table = Table(source)
        columns = _columns_of(source, table)
        with whole_or_nothing(db) as cursor:
            copy_in(cursor, _COLUMNS, _lines(table, columns, about.slug))
            refuse_doubles(cursor, source, key="lsoa_code", called="area", unit="line")
            about.nation = _nation(cursor, source)
            _work_out(cursor, source)
            _keep_name(cursor, about)
            _forget_others(cursor, about.slug)
            loaded = merge(
                cursor,
                into="deprivation",
                keys="edition, lsoa_code",
                values="score, rank, decile",
            )
    return loaded


def _columns_of(source: Source, table: Table) -> dict[str, int]:
    names = [heading.strip().lower() for heading in table.headings]
    if "code" not in names or not set(VALUES) & set(names):
        source.refuse(
            f"the first line must name code, and one of {', '.join(VALUES)}. "
            f"It names: {', '.join(table.headings)}."
        )
    return {name: names.index(name) for name in ("code", *VALUES) if name in names}


def _lines(table: Table, columns: dict[str, int], slug: str) -> Iterator[str]:
    for line, row in table.rows("Reading the index", None):
        yield copy_line(
            line,
            slug,
            table.area_code(line, row, columns["code"], SMALL_AREA_CODE),
            table.number(line, row, columns["score"]) if "score" in columns else None,
            _from_one(table, line, row, columns.get("rank"), _MOST),
            _from_one(table, line, row, columns.get("decile"), 10),
        )


def _from_one(table: Table, line: int, row: list[str], column: int | None, most: int) -> int | None:
    if column is None:
        return None
    value = table.count(line, row, column)
    if not 1 <= value <= most:
        table.refuse(line, row, column, f"a whole number from 1 to {most:,}")
    return value


def _nation(cursor: Cursor, source: Source) -> Nation:
    """Return the one nation that all areas of the file are of."""
    run(cursor, "SELECT line, lsoa_code FROM incoming ORDER BY line")
    areas = [(line, code, NATION_LETTERS[code[0]]) for line, code in cursor]
    if not areas:
        source.refuse("there are headings, and no rows under them.")
    nation = areas[0][2]
    for line, code, of_nation in areas:
        if of_nation is not nation:
            source.refuse_cell(
                f"line {line}", "code", code, "an area of the same nation as the rows before"
            )
    return nation


def _work_out(cursor: Cursor, source: Source) -> None:
    """Fill in ranks where there are scores, and deciles where there are ranks."""
    run(
        cursor,
        "UPDATE incoming SET rank = ranked.place FROM (SELECT lsoa_code, rank() OVER "
        "(ORDER BY score DESC) AS place FROM incoming WHERE score IS NOT NULL) AS ranked "
        "WHERE incoming.lsoa_code = ranked.lsoa_code AND incoming.rank IS NULL "
        "AND incoming.decile IS NULL",
    )
    rows = one_row(cursor, "SELECT count(*) FROM incoming")[0]
    run(
        cursor,
        "SELECT line, rank FROM incoming WHERE decile IS NULL AND rank > %s ORDER BY line LIMIT 1",
        [rows],
    )
    for line, rank in cursor:
        source.refuse_cell(
            f"line {line}",
            "rank",
            rank,
            f"a rank among the {rows:,} areas of the file. Give deciles too, or every area ranked",
        )
    run(
        cursor,
        "UPDATE incoming SET decile = ceil(10.0 * rank / %s)::int WHERE decile IS NULL",
        [rows],
    )


def _keep_name(cursor: Cursor, about: DeprivationIndex) -> None:
    run(
        cursor,
        """
        INSERT INTO deprivation_index (slug, name, name_cy, source, nation, published_on, note)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name, name_cy = EXCLUDED.name_cy,
            source = EXCLUDED.source, nation = EXCLUDED.nation,
            published_on = EXCLUDED.published_on, note = EXCLUDED.note
        """,
        [
            *(about.slug, about.name, about.name_cy, about.source, about.nation.value),
            *(about.published_on, about.note),
        ],
    )


def _forget_others(cursor: Cursor, slug: str) -> None:
    """Take away what an earlier file said of areas that this one leaves out."""
    run(
        cursor,
        "DELETE FROM deprivation WHERE edition = %s "
        "AND lsoa_code NOT IN (SELECT lsoa_code FROM incoming)",
        [slug],
    )
