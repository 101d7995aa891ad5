"""Questions written in SQL, asked the quick way."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, scoped_session

#: A session, or what makes the request's session once somebody needs it.
Asked = Session | scoped_session[Session]

_DIALECT = PGDialect_psycopg()


class _Cursors(WeakKeyDictionary[Engine, psycopg.Cursor]):
    """A cursor of an own connection to each database. With its thread they end, and close."""

    def __del__(self) -> None:
        for cursor in self.values():
            cursor.connection.close()


class _Own(threading.local):
    """What each thread has for itself: to borrow it from a pool costs as much as to ask."""

    def __init__(self) -> None:
        self.cursors = _Cursors()


_own = _Own()


def ask(db: Asked, question: str, values: Mapping[str, Any]) -> list[tuple]:
    """Return the rows that answer a question which is asked all the time. It must change nothing.

    By itself, it is one trip to the database: no transaction is begun and none given up. Within a
    transaction of the session it sees what that sees. To send it through SQLAlchemy would cost as
    much as most searches do, for objects and types that nobody asked for.

    :param question: SQL, with `:name` where a value is bound; the same text each time for the same
        question, since PostgreSQL keeps how it is answered.
    :param values: by name; those that the question does not name are left out.
    """
    sql, names = _for_psycopg(question)
    bound = {name: values[name] for name in names}
    engine = _engine_alone(db)
    if engine is not None:
        return _ask_alone(engine, sql, bound)
    session = db() if isinstance(db, scoped_session) else db
    session.flush()
    connection = cast(psycopg.Connection, session.connection().connection.driver_connection)
    return connection.execute(sql, bound, prepare=True).fetchall()


def _engine_alone(db: Asked) -> Engine | None:
    """Return the engine to ask by itself, where no transaction is open and no test holds one."""
    if isinstance(db, scoped_session):
        if not db.registry.has():
            # Nobody has needed a session in this request, and a question does not either.
            bind = db.session_factory.kw["bind"]
            return bind if isinstance(bind, Engine) else None
        db = db()
    bind = db.get_bind()
    return bind if isinstance(bind, Engine) and not db.in_transaction() else None


@lru_cache(maxsize=1000)
def _for_psycopg(question: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a question as psycopg takes it, and the names of what it binds."""
    compiled = text(question).compile(dialect=_DIALECT)
    return str(compiled).encode(), tuple(compiled.params)


def _ask_alone(engine: Engine, sql: bytes, bound: Mapping[str, Any]) -> list[tuple]:
    cursor = _own.cursors.get(engine) or _connected(engine)
    try:
        return cursor.execute(sql, bound, prepare=True).fetchall()
    except psycopg.OperationalError:
        if not cursor.connection.closed:
            raise
    # The database has broken off, perhaps long ago. What changes nothing may be asked again.
    return _connected(engine).execute(sql, bound, prepare=True).fetchall()


def _connected(engine: Engine) -> psycopg.Cursor:
    """Connect this thread anew; what its cursor learns of types, it keeps."""
    given, named = engine.dialect.create_connect_args(engine.url)
    cursor = psycopg.connect(*given, autocommit=True, **named).cursor()
    _own.cursors[engine] = cursor
    return cursor
