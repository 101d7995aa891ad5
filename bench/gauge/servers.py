"""Servers to measure: ours as it is shipped, and the peers, each with two workers on loopback."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg
from sqlalchemy import make_url

from bench.gauge import cpu, nginx
from bench.gauge.load import Answered, fire, once

WORKERS = 2
PEERS = Path(".local/peers/bin")
_LOG = Path(".local/bench")
_PATIENCE_S = 60
#: A driver prepares a statement once it has sent it a few times on a connection.
_WARM_REQUESTS, _WARM_S = 300, 15


@dataclass(frozen=True)
class Cost:
    """What a request cost, of a round of load."""

    cpu_ms: float
    database_ms: float
    answered: Answered


@dataclass(frozen=True)
class Server:
    """A server that runs, and the name its database connections go by."""

    name: str
    port: int
    pid: int
    watcher: psycopg.Connection

    def warm(self, paths: list[str], *, headers: Mapping[str, str] | None = None) -> None:
        """Let every worker and each of its connections have answered some of it."""
        answered, until = 0, monotonic() + _WARM_S
        while answered < _WARM_REQUESTS and monotonic() < until:
            answered += fire(self.port, paths, seconds=1, headers=headers).requests

    def measure(
        self, paths: list[str], *, seconds: float, headers: Mapping[str, str] | None = None
    ) -> Cost:
        """Load it, and return what its processes and its database's used for each request."""
        own = cpu.Meter(cpu.family(self.pid))
        database = cpu.Meter(cpu.backends(self.watcher, self.name))
        answered = fire(self.port, paths, seconds=seconds, headers=headers)
        database_ms = database.used_ms(cpu.backends(self.watcher, self.name))
        used = own.used_ms(cpu.family(self.pid)) + database_ms
        asked = max(answered.requests, 1)
        return Cost(used / asked, database_ms / asked, answered)


@contextmanager
def ours(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    """Serve the site as one does behind a proxy that takes slow forms in first."""
    port = _free_port()
    environment = {
        "DATABASE_URL": make_url(url)
        .update_query_dict({"application_name": "ours"})
        .render_as_string(hide_password=False),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(WORKERS),
    }
    environment["WEB_THREADS"] = "1"
    command = [sys.executable, "serve.py"]
    with _running("ours", command, environment, port, "/livez", watcher) as server:
        yield server


@contextmanager
def orm(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    """Serve what one writes with the ORM and marshmallow, on the normalised tables."""
    port = _free_port()
    environment = {"DATABASE_URL": _named(url, "orm")}
    command = [sys.executable, "-m", *_granian(port), "bench.peers.orm:app"]
    with _running("orm", command, environment, port, "/", watcher) as server:
        yield server


@contextmanager
def fastapi(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    environment = {"BENCH_URL": _named(url, "fastapi")}
    with _uvicorn("fastapi", "bench.peers.fast:app", environment, watcher) as server:
        yield server


@contextmanager
def tipg(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    environment = {
        "DATABASE_URL": _with_host(_named(url, "tipg")),
        "TIPG_DB_SCHEMAS": '["peer"]',
        "DB_MIN_CONN_SIZE": "4",
        "DB_MAX_CONN_SIZE": "4",
    }
    with _uvicorn("tipg", "tipg.main:app", environment, watcher) as server:
        yield server


@contextmanager
def drf(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    """Serve Django's REST framework with its GeoJSON serializers, by the server that ours has."""
    port = _free_port()
    environment = {"BENCH_URL": _named(url, "drf")}
    command = [str(PEERS / "python"), "-m", *_granian(port), "bench.peers.django_rest:application"]
    with _running("drf", command, environment, port, "/", watcher) as server:
        yield server


def _granian(port: int) -> list[str]:
    """Return how another application is served as ours is."""
    served = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", str(WORKERS)]
    return [*served, "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]


@contextmanager
def mapserver(url: str, watcher: psycopg.Connection) -> Iterator[Server]:
    """Serve MapServer with as many workers, kept running behind nginx."""
    if not nginx.is_there() or not all(map(shutil.which, ("mapserv", "spawn-fcgi", "multiwatch"))):
        raise RuntimeError("it is not installed. script/bench discovery --peers")
    port = _free_port()
    environment = {"BENCH_URL": _named(url, "mapserver"), "PORT": str(port)}
    command = [sys.executable, "-m", "bench.peers.mapserver"]
    with _running("mapserver", command, environment, port, "/", watcher) as server:
        yield server


@contextmanager
def proxy(behind: Server) -> Iterator[Server]:
    """Put a cache in front of a server that runs."""
    port, folder = _free_port(), nginx.folder("proxy")
    shutil.rmtree(folder / "cache", ignore_errors=True)
    command = nginx.command(folder, nginx.write(folder, nginx.cache(folder, port, behind.port)))
    with _running("proxy", command, {}, port, "/livez", behind.watcher) as server:
        yield server


@contextmanager
def _uvicorn(
    name: str, app: str, environment: Mapping[str, str], watcher: psycopg.Connection
) -> Iterator[Server]:
    port = _free_port()
    command = [str(PEERS / "uvicorn"), app, "--port", str(port), "--workers", str(WORKERS)]
    command += ["--no-access-log", "--log-level", "warning"]
    with _running(name, command, environment, port, "/", watcher) as server:
        yield server


@contextmanager
def _running(
    name: str,
    command: list[str],
    environment: Mapping[str, str],
    port: int,
    answers_at: str,
    watcher: psycopg.Connection,
) -> Iterator[Server]:
    _LOG.mkdir(parents=True, exist_ok=True)
    with open(_LOG / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(name, process, port, answers_at)
            yield Server(name, port, process.pid, watcher)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(name: str, process: subprocess.Popen, port: int, path: str) -> None:
    until = monotonic() + _PATIENCE_S
    while True:
        try:
            once(port, path)
            return
        except OSError:
            if process.poll() is not None or monotonic() > until:
                raise RuntimeError(f"{name} did not start: see {_LOG / name}.log") from None
            sleep(0.2)


def _named(url: str, name: str) -> str:
    """Return the address as libpq reads it, with a name for its connections."""
    plain = make_url(url).set(drivername="postgresql")
    return plain.update_query_dict({"application_name": name}).render_as_string(hide_password=False)


def _with_host(address: str) -> str:
    """Return the address with its socket's folder where a host stands: tipg wants one there."""
    before, after = address.split("@/", 1)
    database, _, query = after.partition("?")
    parts = dict(part.split("=", 1) for part in query.split("&"))
    host = parts.pop("host")
    return f"{before}@{host}/{database}?{'&'.join(f'{k}={v}' for k, v in parts.items())}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
