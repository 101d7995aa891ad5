"""Bringing rows into a table: copied beside it first, then merged in one statement.

Rows that are already there as they should be are not touched, so that a second load writes
nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from psycopg import Connection, Cursor
from sqlalchemy.orm import Session

from geo.loaders.files import Source

#: Characters sent to the database at a time.
_BLOCK = 1 << 18
#: Marks that COPY's text format would take for its own.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Loaded:
    """What a file did to its table, in rows of the table."""

    made: int = 0
    updated: int = 0
    unchanged: int = 0
    #: Rows of the file that say nothing of what was asked for.
    left_out: int = 0

    @property
    def rows(self) -> int:
        return self.made + self.updated + self.unchanged

    @property
    def changes_nothing(self) -> bool:
        return self.made == self.updated == 0


@contextmanager
def whole_or_nothing(db: Session) -> Iterator[Cursor]:
    """Yield a cursor of the session's own transaction; on any failure the tables are as before."""
    with db.begin_nested():
        driver = cast(Connection, db.connection().connection.driver_connection)
        with driver.cursor() as cursor:
            # Joins of a million rows stay in memory.
            cursor.execute("SET LOCAL work_mem = '128MB'")
            yield cursor
            cursor.execute("DROP TABLE IF EXISTS incoming, prepared")
    db.expire_all()


def copy_in(cursor: Cursor, columns: str, lines: Iterable[str]) -> None:
    """Copy rows into a temporary table `incoming`, made with `columns`.

    :param lines: each as `copy_line` writes it.
    """
    run(cursor, f"CREATE TEMPORARY TABLE incoming ({columns}) ON COMMIT DROP")
    with cursor.copy("COPY incoming FROM STDIN") as copy:
        for block in _blocks(lines):
            copy.write(block)
    cursor.execute("ANALYZE incoming")


def copy_line(*cells: object) -> str:
    """Return one row in COPY's text format; `None` is a value that is not known."""
    return "\t".join([_cell(cell) for cell in cells]) + "\n"


def _cell(cell: object) -> str:
    return r"\N" if cell is None else str(cell).translate(_ESCAPES)


def refuse_doubles(cursor: Cursor, source: Source, *, key: str, called: str, unit: str) -> None:
    """Refuse a file that says two things of one key. `incoming` keeps in `line` where each stood.

    :raises WrongFile: naming the key and both lines.
    """
    run(
        cursor,
        f"SELECT {key}, min(line), max(line) FROM incoming GROUP BY {key} "
        "HAVING count(*) > 1 ORDER BY 2 LIMIT 1",
    )
    double = cursor.fetchone()
    if double:
        code, *_, first, last = double
        source.refuse(f"{called} {code} stands twice: {unit} {first} and {unit} {last}.")


def merge(cursor: Cursor, *, into: str, keys: str, values: str, rows: str = "incoming") -> Loaded:
    """Make and update the rows of the table `into` that differ from those of `rows`.

    The table is held against other loads, so that the counts are true.

    :param keys: the columns of the primary key, with commas.
    :param values: the columns beside them that the file fills; others are left alone.
    """
    key, *_ = _names(keys)
    run(cursor, f"LOCK TABLE {into} IN SHARE ROW EXCLUSIVE MODE")
    made, updated, given = one_row(
        cursor,
        f"""
        WITH changed AS MATERIALIZED (
            SELECT {keys}, {_from("new", values)}, old.{key} IS NULL AS is_new
            FROM {rows} AS new LEFT JOIN {into} AS old USING ({keys})
            WHERE old.{key} IS NULL
               OR ({_from("old", values)}) IS DISTINCT FROM ({_from("new", values)})
        ), written AS (
            INSERT INTO {into} ({keys}, {values})
            SELECT {keys}, {values} FROM changed ORDER BY {keys}
            ON CONFLICT ({keys}) DO UPDATE
            SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _names(values))}
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
               (SELECT count(*) FROM {rows})
        FROM changed
        """,
    )
    if made or updated:
        run(cursor, f"ANALYZE {into}")
    return Loaded(made=made, updated=updated, unchanged=given - made - updated)


def run(cursor: Cursor, statement: str, values: Sequence | Mapping | None = None) -> Cursor:
    """Run a statement that is put together from our own names, never from what a file says."""
    return cursor.execute(statement.encode(), values)


def one_row(cursor: Cursor, statement: str, values: Sequence | Mapping | None = None) -> tuple:
    """Return the one row of a statement that always has one, such as a count."""
    return run(cursor, statement, values).fetchall()[0]


def _names(columns: str) -> list[str]:
    return columns.split(", ")


def _from(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _names(columns))


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size > _BLOCK:
            yield "".join(block)
            block, size = [], 0
    yield "".join(block)
