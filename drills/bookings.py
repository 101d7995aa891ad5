"""Many people book few places, while workers are killed and the database crashes.

Afterwards nothing may be sold twice, no learner may have two places on one session, what anyone was
told they have they must have, and the number of places left must be what is left.
"""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Lock, Thread
from urllib.parse import urlencode
from uuid import UUID, uuid4

from alembic import command
from alembic.config import Config
from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from accounts.browser import open_session
from app import clock
from app.db import current_db
from opportunities.models import ScheduledSession
from tests import factories
from wsgi import create_app

ROOT = Path(__file__).parent.parent
DATABASE = "tirnod_drill"
#: How many ask at once, and how many of ten send the same form twice at once, as a double tap does.
CLIENTS, TWICE_IN_TEN = 24, 3
SESSIONS, ASKS_EACH = 20, 5
#: Of so many who ask for a place on a session, one gets it.
ASKS_FOR_A_PLACE = 6
_PATIENCE_S, _GIVE_UP_S = 10.0, 180.0
_BOOKED, _REFUSED = 303, 409

_OVERSOLD = """
SELECT coalesce(sum(taken - maximum_capacity), 0) FROM (
    SELECT maximum_capacity, count(b.id) AS taken FROM scheduled_session s
    JOIN booking b ON b.scheduled_session_id = s.id AND b.status = 'confirmed' GROUP BY s.id
) each WHERE taken > maximum_capacity
"""
_DOUBLED = """
SELECT coalesce(sum(n - 1), 0) FROM (
    SELECT count(*) AS n FROM booking WHERE status = 'confirmed'
    GROUP BY learner_id, scheduled_session_id
) each WHERE n > 1
"""
_DRIFT = """
SELECT coalesce(sum(abs(remaining_capacity + kept_capacity - (maximum_capacity - taken))), 0) FROM (
    SELECT s.maximum_capacity, s.remaining_capacity, s.kept_capacity,
        count(b.id) FILTER (WHERE b.status = 'confirmed') AS taken
    FROM scheduled_session s LEFT JOIN booking b ON b.scheduled_session_id = s.id GROUP BY s.id
) each
"""


@dataclass(frozen=True)
class Ask:
    """One form: whose browser sends it, for which session, with which key."""

    cookie: str
    token: str
    learner_id: int
    session_uuid: UUID
    key: UUID


@dataclass
class Ledger:
    """What the clients were told."""

    wanted: int
    done: int = 0
    #: By ask: where the place that it was given stands.
    told: dict[Ask, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    lock: Lock = field(default_factory=Lock)

    def note(self, ask: Ask, status: int, where: str) -> None:
        with self.lock:
            self.answers[{_BOOKED: "booked", _REFUSED: "refused"}.get(status, str(status))] += 1
            if status == _BOOKED:
                self.changed += self.told.setdefault(ask, where) != where

    def finish_one(self) -> None:
        with self.lock:
            self.done += 1


def main() -> None:
    """Run the drill, say what came of it, and exit 1 when anything is amiss."""
    given = _arguments()
    server_url = make_url(os.environ["DRILL_SERVER_URL"])
    url = server_url.set(database=DATABASE)
    _say(f"Making {given.bookings} bookings ready...")
    _make_database(server_url, url, is_naive=given.naive)
    asks, slug = _people(url, given.bookings)
    ledger = Ledger(len(asks))
    began = time.monotonic()
    with _served(url, given.naive) as (server, port):
        breaking = Thread(target=_break_things, args=(ledger, server, port, given.kills))
        breaking.start()
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda ask: _insist(ledger, port, slug, ask), asks))
        breaking.join()
        # Once more, when all is quiet: a key that was answered gets the same answer.
        for ask in list(ledger.told)[:200]:
            _send_until_answered(ledger, port, slug, ask)
    _say(f"{len(asks)} asked in {time.monotonic() - began:.0f} s: {dict(ledger.answers)}")
    sys.exit(1 if _look_at_books(url, ledger) else 0)


def _look_at_books(url: URL, ledger: Ledger) -> int:
    """Say what is amiss, each kind with its number; return how much in all."""
    engine = create_engine(url)
    with engine.connect() as db:
        known = {
            (str(uuid), learner_id)
            for uuid, learner_id in db.execute(
                text("SELECT uuid, learner_id FROM booking WHERE status = 'confirmed'")
            )
        }
        found = {
            "oversold": db.scalar(text(_OVERSOLD)),
            "doubled": db.scalar(text(_DOUBLED)),
            "told and lost": sum(
                (where.rpartition("/")[2], ask.learner_id) not in known
                for ask, where in ledger.told.items()
            ),
            "drifted": db.scalar(text(_DRIFT)),
            "answers that changed": ledger.changed,
        }
    engine.dispose()
    unforeseen = set(ledger.answers) - {"booked", "refused"}
    found["answers of another kind"] = sum(ledger.answers[kind] for kind in unforeseen)
    for what, how_many in found.items():
        _say(f"{what}: {how_many}")
    _say("All is well." if not any(found.values()) else "Something is amiss.")
    return sum(found.values())


# --- Those who book ---


def _insist(ledger: Ledger, port: int, slug: str, ask: Ask) -> None:
    """Send a form until it is answered; of some, twice at once."""
    taps = 2 if ask.key.int % 10 < TWICE_IN_TEN else 1
    others = [
        Thread(target=_send_until_answered, args=(ledger, port, slug, ask)) for _ in range(taps - 1)
    ]
    for other in others:
        other.start()
    _send_until_answered(ledger, port, slug, ask)
    for other in others:
        other.join()
    ledger.finish_one()


def _send_until_answered(ledger: Ledger, port: int, slug: str, ask: Ask) -> None:
    tries, give_up_at = 0, time.monotonic() + _GIVE_UP_S
    while time.monotonic() < give_up_at:
        with suppress(OSError, http.client.HTTPException):
            status, where = _send(port, slug, ask)
            if status < 500:
                ledger.note(ask, status, where)
                return
        tries += 1
        time.sleep(min(0.05 * 2**tries, 2))
    ledger.note(ask, 0, "")


def _send(port: int, slug: str, ask: Ask) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request(
            "POST",
            f"/a/{slug}/book?session={ask.session_uuid}",
            urlencode({"csrf_token": ask.token, "key": str(ask.key), "access_needs": ""}),
            {"Cookie": ask.cookie, "Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Location", "")
    finally:
        connection.close()


# --- What breaks ---


def _break_things(ledger: Ledger, server: subprocess.Popen, port: int, kills: int) -> None:
    """Kill a worker and crash the database by turns, spread over the whole of the drill."""
    acts = [act for _ in range(kills) for act in ("worker", "database")]
    for number, act in enumerate(acts):
        while ledger.done < ledger.wanted * (number + 1) / (len(acts) + 1):
            if server.poll() is not None:
                return
            time.sleep(0.02)
        if act == "worker":
            _kill_a_worker(server)
        else:
            _crash_database(number)
        _say(f"{ledger.done} of {ledger.wanted} answered: {act} killed")


def _kill_a_worker(server: subprocess.Popen) -> None:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    workers = [
        int(pid)
        for pid in children
        if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(max(workers), signal.SIGKILL)


def _crash_database(number: int) -> None:
    """Kill the database's first process, and at times all of its processes with it; start it again."""
    first = int((Path(os.environ["DRILL_DATA"]) / "postmaster.pid").read_text().split()[0])
    how = signal.SIGQUIT if number % 4 == 3 else signal.SIGKILL
    os.kill(first, how)
    for _ in range(120):
        again = subprocess.run(
            [ROOT / "script" / "drill", "bookings", "--start-again"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if again.returncode == 0:
            return
        time.sleep(0.5)
    raise RuntimeError("The database did not start again.")


# --- What it runs on ---


@contextmanager
def _served(url: URL, is_naive: bool) -> Iterator[tuple[subprocess.Popen, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    module = "drills.naive" if is_naive else "drills.safe"
    environment = os.environ | {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with (ROOT / ".local" / "drill.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_served(server, port)
        yield server, port
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(15)
        # A worker whose server was slow to see it die would live on.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _wait_until_served(server: subprocess.Popen, port: int) -> None:
    for _ in range(240):
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/livez")
            if connection.getresponse().status < 500:
                return
        if server.poll() is not None:
            break
        time.sleep(0.25)
    raise RuntimeError("The server did not start; see .local/drill.log")


def _make_database(server_url: URL, url: URL, *, is_naive: bool) -> None:
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as server:
        server.execute(text(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
        server.execute(text(f"CREATE DATABASE {DATABASE}"))
        safe = server.scalar(text("SELECT current_setting('fsync')"))
    if safe != "on":
        raise RuntimeError("This database is not kept safe on disk, so a crash would show nothing.")
    made = create_engine(url, poolclass=NullPool)
    with made.connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if is_naive:
            connection.execute(text("DROP INDEX uq_booking_live"))
        connection.commit()


def _people(url: URL, how_many: int) -> tuple[list[Ask], str]:
    """Make learners, and sessions with too few places for them; return what they will ask for."""
    app = create_app({**os.environ, "DATABASE_URL": url.render_as_string(hide_password=False)})
    chance, now = Random(1), clock.now()
    with app.test_request_context():
        offer = factories.opportunity(checked_at=now, published_at=now)
        offer.provider.assured_until = now + timedelta(days=300)
        places = max(1, how_many // SESSIONS // ASKS_FOR_A_PLACE)
        sessions = [
            factories.scheduled_session(
                opportunity=offer, places=places, starts_at=now + timedelta(days=day + 1)
            )
            for day in range(SESSIONS)
        ]
        home = factories.area()
        learners = [factories.learner(home=home) for _ in range(-(-how_many // ASKS_EACH))]
        current_db.commit()
        slug = offer.slug
    asks = [ask for learner in learners for ask in _asks_of(app, learner, sessions, chance)]
    chance.shuffle(asks)
    return asks[:how_many], slug


def _asks_of(app, learner, sessions: list[ScheduledSession], chance: Random) -> Iterator[Ask]:
    with app.test_request_context():
        open_session(learner)
        token = generate_csrf()
        signed = app.session_interface.get_signing_serializer(app).dumps(dict(session))
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signed}"
    for scheduled in chance.sample(sessions, ASKS_EACH):
        yield Ask(cookie, token, learner.id, scheduled.uuid, uuid4())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/drill bookings", description=__doc__)
    parser.add_argument(
        "--naive", action="store_true", help="book carelessly: the drill has to fail"
    )
    parser.add_argument("--bookings", type=int, default=10_000, help="how many are asked for")
    parser.add_argument("--kills", type=int, default=3, help="of workers, and crashes as many")
    return parser.parse_args()


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
