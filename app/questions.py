"""Questions written in SQL, asked the quick way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, scoped_session

from app.db import asking_engine

_DIALECT = PGDialect_psycopg()


def ask(db: Session, question: str, values: Mapping[str, Any]) -> list[tuple]:
    """Return the rows that answer a question which is asked all the time.

    By itself, it is one trip to the database: no transaction is begun and none given up. Within a
    transaction of the session it sees what that sees. To send it through SQLAlchemy would cost as
    much as most searches do, for objects and types that nobody asked for.

    :param question: SQL, with `:name` where a value is bound; the same text each time for the same
        question, since PostgreSQL keeps how it is answered.
    :param values: by name; those that the question does not name are left out.
    """
    sql, names = _for_psycopg(question)
    with _connection_of(db) as connection:
        bound = {name: values[name] for name in names}
        return connection.execute(sql, bound, prepare=True).fetchall()


@lru_cache(maxsize=1000)
def _for_psycopg(question: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a question as psycopg takes it, and the names of what it binds."""
    compiled = text(question).compile(dialect=_DIALECT)
    return str(compiled).encode(), tuple(compiled.params)


@contextmanager
def _connection_of(db: Session | scoped_session[Session]) -> Iterator[psycopg.Connection]:
    bind = db.get_bind()
    session = db() if isinstance(db, scoped_session) else db
    if session.in_transaction() or not isinstance(bind, Engine):
        db.flush()
        yield cast(psycopg.Connection, db.connection().connection.driver_connection)
        return
    pooled = asking_engine(bind).raw_connection()
    try:
        yield cast(psycopg.Connection, pooled.driver_connection)
    except psycopg.OperationalError as error:
        # It may be gone: the next one who asks gets another.
        pooled.invalidate(error)
        raise
    finally:
        pooled.close()
