"""The database: one declarative base, one session per request, one place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    Enum,
    MetaData,
    Text,
    create_engine,
    event,
    func,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker

from app.config import Settings


class Base(DeclarativeBase):
    """What every table inherits: named constraints, UTC instants, enums stored by value."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text,
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=40,
            create_constraint=True,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


Row = TypeVar("Row")

#: The key inside the house. It never leaves it.
Id = Annotated[int, mapped_column(BigInteger, primary_key=True)]
#: The key that addresses carry, so that nobody can count or guess their way to a row.
PublicId = Annotated[UUID, mapped_column(default=uuid4, unique=True)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]

#: The request's session. Views read through it; services are handed it as `db`.
current_db = scoped_session(sessionmaker(expire_on_commit=False))

#: Sessions that may read the released cube and nothing else: the database refuses the rest.
report_sessions = sessionmaker()

#: When a connection was last given back, and for how long it then is surely there.
_USED_AT, _SURELY_THERE_S = "used at", 1.0

#: The role those sessions take. Made by a migration, which grants it what it may read.
REPORT_ROLE = "tirnod_report"


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    current_db.configure(bind=_engine(settings.database_url))
    report_sessions.configure(bind=_report_engine(settings))
    app.teardown_appcontext(lambda _exc: current_db.remove())


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Keep everything done inside, or nothing. The only commit in the house."""
    try:
        yield current_db()
        current_db.commit()
    except BaseException:
        current_db.rollback()
        raise


@contextmanager
def report_db() -> Iterator[Session]:
    """Yield a session that the database itself keeps to the released cube."""
    with report_sessions() as db:
        yield db


def lock(db: Session, model: type[Row], key: int) -> Row | None:
    """Return the row as the database has it now, held until the transaction ends.

    `populate_existing` is the point: without it SQLAlchemy takes the lock, then hands back
    the values it read before, and the last place is sold twice.
    """
    return db.get(model, key, with_for_update=True, populate_existing=True)


def _report_engine(settings: Settings) -> Engine:
    if settings.report_database_url:
        return _engine(settings.report_database_url)
    narrowed = f"-c role={REPORT_ROLE} -c default_transaction_read_only=on"
    return _engine(settings.database_url, connect_args={"options": narrowed})


def _engine(url: str, **options) -> Engine:
    # A statement's values may be what somebody typed, a postcode or a name: neither the log nor
    # the trace of an error may say them.
    engine = create_engine(url, hide_parameters=True, **options)
    event.listen(engine, "connect", _note_use)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_be_there, engine))
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = monotonic()


def _be_there(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that has lain idle whether it still answers, and take another if not.

    To ask each time, as `pool_pre_ping` does, is a tenth of what a search costs.
    """
    if monotonic() - record.info[_USED_AT] < _SURELY_THERE_S:
        return
    try:
        engine.dialect.do_ping(connection)
    except psycopg.Error as error:
        raise DisconnectionError from error
