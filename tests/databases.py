"""Databases for tests: one template per state of the migrations, copied for each run."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

ROOT = Path(__file__).parent.parent
#: Any number will do, as long as nobody else on the server uses it.
_TEMPLATE_LOCK = 7_415_021


def server_url() -> URL:
    """Return the address of the maintenance database that `script/test` sets."""
    return make_url(os.environ["TEST_DATABASE_URL"])


@contextmanager
def fresh_database() -> Iterator[URL]:
    """Yield the address of a new, migrated, empty database, and drop it afterwards."""
    name = f"tirnod_run_{uuid4().hex[:12]}"
    with _server() as server:
        _lock(server)
        template = _template(server)
        server.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        _unlock(server)
    try:
        yield server_url().set(database=name)
    finally:
        with _server() as server:
            server.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def migrate(url: URL, revision: str = "head") -> None:
    """Bring the database at `url` to a revision, up or down as need be."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def _template(server) -> str:
    name = f"tirnod_template_{_state_of_migrations()}"
    known = server.execute(text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": name})
    if known.scalar() is None:
        # Made under another name first: a run that is killed half way leaves no half template.
        server.execute(text(f'DROP DATABASE IF EXISTS "{name}_new" WITH (FORCE)'))
        server.execute(text(f'CREATE DATABASE "{name}_new"'))
        migrate(server_url().set(database=f"{name}_new"))
        server.execute(text(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"'))
    return name


def _state_of_migrations() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _server():
    engine = create_engine(server_url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _lock(server) -> None:
    server.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _TEMPLATE_LOCK})


def _unlock(server) -> None:
    server.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _TEMPLATE_LOCK})
