"""The SQL that a request sends, written down, so that it can be measured by itself."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import psycopg
from flask import Flask
from sqlalchemy import make_url

from bench.gauge import cpu
from bench.gauge.load import CONNECTIONS, NoLoad, quantile

#: A value that a statement binds, as psycopg writes its place.
_BOUND = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Statement:
    """One statement and what it binds, as psycopg takes them."""

    sql: str
    values: Any

    @property
    def plain(self) -> bytes:
        """Return the text as psycopg takes one that is not a constant of the program."""
        return self.sql.encode()


@dataclass(frozen=True)
class Alone:
    """What some statements cost, asked one after the other on one connection."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Limit:
    """How often the database answers in a second when nothing else stands between."""

    tps: float
    p50_ms: float
    p95_ms: float


def sent_by(app: Flask, path: str) -> list[Statement]:
    """Return the statements that one request sends."""
    with recording() as sent, app.test_client() as client:
        answer = client.get(path)
    if answer.status_code != 200:
        raise NoLoad(f"{path}: {answer.status}")
    return sent


@contextmanager
def recording() -> Iterator[list[Statement]]:
    """Yield a list that fills with what this process sends, through SQLAlchemy and round it."""
    sent: list[Statement] = []
    execute = psycopg.Cursor.execute

    def write_down(cursor, sql, values=None, **options):
        # What else there is, drivers ask for themselves when they connect.
        if isinstance(sql, str | bytes):
            sent.append(Statement(sql.decode() if isinstance(sql, bytes) else sql, values))
        return execute(cursor, sql, values, **options)

    with patch.object(psycopg.Cursor, "execute", write_down):
        yield sent


def alone(
    connection: psycopg.Connection, searches: Sequence[Sequence[Statement]], *, seconds: float
) -> Alone:
    """Ask the statements of each search, in turn, for so long; the first time round is not counted."""
    pid = connection.info.backend_pid
    for search in searches:
        _ask(connection, search)
    meter, delays = cpu.Meter([pid]), []
    ends = perf_counter() + seconds
    while not delays or perf_counter() < ends:
        for search in searches:
            began = perf_counter()
            _ask(connection, search)
            delays.append((perf_counter() - began) * 1000)
    p50, p95, p99 = (quantile(delays, share) for share in (0.50, 0.95, 0.99))
    return Alone(meter.used_ms([pid]) / len(delays), p50, p95, p99)


def limit(url: str, searches: Sequence[Sequence[Statement]], *, seconds: float) -> Limit:
    """Let pgbench ask the same, prepared, over as many connections as the load over HTTP has.

    What a statement binds is read from a table before each search, by its key: the limit is a
    little higher than what is measured.
    """
    address = make_url(url)
    with tempfile.TemporaryDirectory() as folder:
        scripts = _scripts(url, searches, Path(folder))
        command = ["pgbench", "-n", "-M", "prepared", f"-c{CONNECTIONS}", "-j1"]
        command += [f"-T{max(1, round(seconds))}", "-l", "--log-prefix", f"{folder}/log"]
        command += [part for script in scripts for part in ("-f", script)]
        command += ["-h", str(address.query["host"]), "-U", address.username or ""]
        command += [address.database or ""]
        printed = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r"^tps = ([\d.]+)", printed.stdout, re.MULTILINE)
        if not found or printed.returncode:
            raise NoLoad(printed.stderr[-500:])
        logs = Path(folder).glob("log*")
        delays = [int(line.split()[2]) / 1000 for log in logs for line in log.open()]
    return Limit(float(found[1]), quantile(delays, 0.50), quantile(delays, 0.95))


def plan(connection: psycopg.Connection, statement: Statement) -> str:
    """Return how the database answers it, for those who want to make it quicker."""
    rows = connection.execute(b"EXPLAIN (ANALYZE, BUFFERS) " + statement.plain, statement.values)
    return "\n".join(line for (line,) in rows)


def _ask(connection: psycopg.Connection, search: Sequence[Statement]) -> None:
    for statement in search:
        connection.execute(statement.plain, statement.values, prepare=True).fetchall()


def _scripts(url: str, searches: Sequence[Sequence[Statement]], folder: Path) -> list[str]:
    """Write a script for each text that searches have, and put what they bind into a table."""
    alike: dict[tuple[str, ...], list[list[str | None]]] = {}
    written: dict[tuple[str, ...], str] = {}
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for search in searches:
            key = tuple(statement.sql for statement in search)
            names, values = _bound(search)
            alike.setdefault(key, []).append(_as_text(connection, values))
            written.setdefault(key, _script(search, names))
        connection.execute(
            "DROP TABLE IF EXISTS peer.asked;"
            "CREATE TABLE peer.asked (script int, n int, bound text[], PRIMARY KEY (script, n))"
        )
        rows = [
            (script, n, bound)
            for script, each in enumerate(alike.values())
            for n, bound in enumerate(each)
        ]
        connection.cursor().executemany("INSERT INTO peer.asked VALUES (%s, %s, %s)", rows)
        connection.execute("VACUUM ANALYZE peer.asked")
    weighted = []
    for number, (key, each) in enumerate(alike.items()):
        script = folder / f"{number}.sql"
        script.write_text(
            f"\\set script {number}\n\\set n random(0, {len(each) - 1})\n{written[key]}"
        )
        weighted.append(f"{script}@{len(each)}")
    return weighted


def _script(search: Sequence[Statement], names: Sequence[str]) -> str:
    bound = ", ".join(f"bound[{at + 1}] AS {name}" for at, name in enumerate(names))
    lines = [
        f"SELECT {bound or '1 AS nothing'} FROM peer.asked WHERE script = :script AND n = :n \\gset"
    ]
    for number, statement in enumerate(search):
        sql = " ".join(_BOUND.sub(rf":s{number}_\1", statement.sql).replace("%%", "%").split())
        lines.append(sql + ";")
    return "\n".join(lines) + "\n"


def _bound(search: Sequence[Statement]) -> tuple[list[str], list[Any]]:
    """Return the names and the values of all that a search binds."""
    pairs = [
        (f"s{number}_{name}", statement.values[name])
        for number, statement in enumerate(search)
        for name in dict.fromkeys(_BOUND.findall(statement.sql))
    ]
    return [name for name, _value in pairs], [value for _name, value in pairs]


def _as_text(connection: psycopg.Connection, values: Sequence[Any]) -> list[str | None]:
    """Return values as PostgreSQL writes them."""
    if not values:
        return []
    asked = "SELECT " + ", ".join(["%s::text"] * len(values))
    return list(connection.execute(asked.encode(), values).fetchall()[0])
