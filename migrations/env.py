"""Where Alembic finds the tables and the database. Sees every room through `wsgi`."""

import os
from importlib import import_module
from importlib.util import find_spec

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text

from app.db import Base
from wsgi import FEATURES

#: A migration that cannot get its lock gives up rather than hold the service behind it.
LOCK_TIMEOUT = "5s"


for room in FEATURES:
    if find_spec(f"{room.__name__}.models"):
        import_module(f"{room.__name__}.models")


#: The tables of the library that keeps background work: it says itself how they are to be.
NOT_OURS = "procrastinate_"


def include_object(item, name, kind, reflected, compare_to) -> bool:
    """Leave the tables alone that are PostGIS's own, or another library's."""
    if kind == "table" and name.startswith(NOT_OURS):
        return False
    return alembic_helpers.include_object(item, name, kind, reflected, compare_to)


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    engine = create_engine(os.environ["DATABASE_URL"])
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        run(connection)
    engine.dispose()


migrate()
