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

import psycopg
from flask import Flask
from sqlalchemy import Engine, event, make_url

from bench.gauge import cpu
from bench.gauge.load import CONNECTIONS, NoLoad, quantile

#: pgbench takes at most 128 scripts.
MOST_SCRIPTS = 100


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


def sent_by(app: Flask, path: str, headers: dict[str, str] | None = None) -> list[Statement]:
    """Return the statements that one request sends."""
    with recording() as sent, app.test_client() as client:
        answer = client.get(path, headers=headers)
    if answer.status_code != 200:
        raise NoLoad(f"{path}: {answer.status}")
    return sent


@contextmanager
def recording() -> Iterator[list[Statement]]:
    """Yield a list that fills with what any engine of this process sends."""
    sent: list[Statement] = []

    def write_down(_connection, _cursor, sql, values, _context, _many) -> None:
        sent.append(Statement(sql, values))

    event.listen(Engine, "before_cursor_execute", write_down)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", write_down)


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
    """Let pgbench ask the same, prepared, over as many connections as the load over HTTP has."""
    address = make_url(url)
    host = str(address.query["host"])
    with tempfile.TemporaryDirectory() as folder:
        scripts = _written(url, searches[:MOST_SCRIPTS], Path(folder))
        command = ["pgbench", "-n", "-M", "prepared", f"-c{CONNECTIONS}", "-j1"]
        command += [f"-T{max(1, round(seconds))}", "-l", "--log-prefix", f"{folder}/log"]
        command += [part for script in scripts for part in ("-f", str(script))]
        command += ["-h", host, "-U", address.username or "", address.database or ""]
        printed = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r"^tps = ([\d.]+)", printed.stdout, re.MULTILINE)
        if not found:
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


def _written(url: str, searches: Sequence[Sequence[Statement]], folder: Path) -> list[Path]:
    """Write each search as a script, its values in place: what came over the wire is the same."""
    scripts = []
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        cursor = psycopg.ClientCursor(connection)
        for number, search in enumerate(searches):
            # pgbench reads a line that ends in a semicolon as the end of a statement.
            text = ";\n".join(" ".join(_whole(cursor, each).split()) for each in search)
            script = folder / f"{number}.sql"
            script.write_text(text + ";\n")
            scripts.append(script)
    return scripts


def _whole(cursor: psycopg.ClientCursor, statement: Statement) -> str:
    return cursor.mogrify(statement.plain, statement.values)
