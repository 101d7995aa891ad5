"""The databases that the benches measure on: made once for a seed, then kept."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, make_url

from bench.country import generator
from bench.gauge.progress import console, step

#: Sessions are dated around the day they were made on: older than this, the country is made anew.
_PEERS = Path("bench/peers/tables.sql")
_KEPT_FOR = timedelta(days=4)


def national(server: str, *, scale: float, seed: int) -> str:
    """Return the address of a database with a country in it, which is made where there is none.

    :param server: a database of the same cluster, as SQLAlchemy writes it.
    """
    family = f"bench_{scale:g}_{seed}_".replace(".", "_")
    name = family + _fingerprint()
    url = make_url(server).set(database=name)
    with _connected(server) as connection:
        made = _made_at(connection, name)
        if made and datetime.now(UTC) - made < _KEPT_FOR:
            return _with_peers(url.render_as_string(hide_password=False))
        console.print(f"Making the country at scale {scale:g}, once.")
        for former in _databases(connection, family):
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(former)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _fill(url.render_as_string(hide_password=False), scale=scale, seed=seed)
    with _connected(server) as connection:
        remark = sql.SQL("COMMENT ON DATABASE {} IS {}")
        now = datetime.now(UTC).isoformat()
        connection.execute(remark.format(sql.Identifier(name), sql.Literal(now)))
    return _with_peers(url.render_as_string(hide_password=False))


@contextmanager
def connected(url: str, **options: object) -> Iterator[psycopg.Connection]:
    """Yield a connection of psycopg's own, which commits each statement by itself."""
    with _connected(url, **options) as connection:
        yield connection


def _fill(url: str, *, scale: float, seed: int) -> None:
    with step("Tables"):
        _upgrade(url)
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    with _connected(url) as connection, connection.transaction():
        generator.fill(connection, scale=scale, seed=seed, now=now)
    with _connected(url) as connection, step("What the planner knows"):
        connection.execute("VACUUM ANALYZE")


def _upgrade(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        config = Config(toml_file="pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def _connected(url: str, **options):
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, **options)


def _with_peers(url: str) -> str:
    """Make what the peers read, anew each day: it says what is still to come."""
    made = hashlib.sha256(_PEERS.read_bytes()).hexdigest()[:8] + f" {datetime.now(UTC).date()}"
    with _connected(url) as connection:
        known = connection.execute(
            "SELECT obj_description(to_regnamespace('peer'), 'pg_namespace')"
        ).fetchone()
        if known == (made,):
            return url
        with step("What the peers read"):
            connection.execute(_PEERS.read_bytes())
            connection.execute(sql.SQL("COMMENT ON SCHEMA peer IS {}").format(sql.Literal(made)))
    return url


def _databases(connection: psycopg.Connection, family: str) -> list[str]:
    """Return what is left of the same country, made by other code or on another day."""
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family]
    )
    return [name for (name,) in rows]


def _made_at(connection: psycopg.Connection, name: str) -> datetime | None:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def _fingerprint() -> str:
    """Return what changes when the tables, or what is written into them, change."""
    made_by = [Path("bench/country/generator.py"), Path("bench/country/vocabulary.py")]
    files = [*sorted(Path("migrations/versions").glob("*.py")), *made_by]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]
