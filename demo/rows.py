"""Many rows at once: keys from the table's own sequence, and COPY instead of one insert each."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from psycopg import Connection, sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import Base


def new_ids(db: Session, model: type[Base], how_many: int) -> Sequence[int]:
    """Take keys that nobody else will get."""
    sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
    return db.scalars(
        select(func.nextval(sequence)).select_from(func.generate_series(1, how_many))
    ).all()


def copy(db: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that are complete: no default is filled in but the database's own.

    Every row names the same columns, in the same order as the first.
    """
    rows = list(rows)
    if not rows:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    )
    db.flush()
    connection = cast(Connection, db.connection().connection.driver_connection)
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row([_plain(value) for value in row.values()])


def learn_about(db: Session, *models: type[Base]) -> None:
    """Let the planner count rows that were just written.

    Until autovacuum comes by it takes a full table for an empty one, and joins it row by row.
    """
    tables = sql.SQL(", ").join(sql.Identifier(model.__tablename__) for model in models)
    connection = cast(Connection, db.connection().connection.driver_connection)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(tables))


def point(lon: float, lat: float) -> str:
    """Return a point as PostGIS reads it from text."""
    return f"SRID=4326;POINT({lon} {lat})"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value
