"""Whom England's areas reach: a release of a million learners, and its pages, beside raw questions.

`script/bench reach` runs this, and then what is within reach of each area (`bench.catchment`). A
school year is released of one authority and of all areas of England, in a database of its own. Counts
before chance are compared with a plain question to the same rows, and must be equal. What is read from
the cube is timed beside the quickest raw question that gives the same numbers, and beside numpy.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from unittest.mock import patch

import numpy as np
import psycopg
from flask import Flask
from sqlalchemy import insert, update

from accounts.models import Role, User
from app.db import current_db, unit_of_work
from app.terms import period_named
from bench import catchment
from bench.country.database import connected
from bench.gauge.progress import console, step
from bench.gauge.report import Bar, Verdict, heading
from cube import service
from cube.service import release, true_counts
from cube.tables import LATTICE
from geo.models import CityDistrict
from geo.queries import city_by_slug
from tests.databases import fresh_database
from wsgi import create_app

#: England: Lower-layer areas of 2021, learners, attendances.
AREAS, LEARNERS, TIMES = 33_755, 1_000_000, 14
SMALL = 0.1
YEAR = period_named("2025-to-2026")
TODAY = date(2026, 10, 1)
#: Of performance.md, G6.
AUTHORITY_BAR, NATION_BAR = Bar(1 / 100, 1 / 250), Bar(1 / 500, 1 / 1_000)
UPKEEP_BAR = Bar(1.7, 1.4)
#: Growth: what is read from the cube costs the same whatever it was made of.
GROWTH_BAR = Bar(1.2, None)
_SQL = Path(__file__).parent / "country" / "england.sql"
_CONFIRMED = 20
#: What nobody asks here, and what makes ten million rows slow to write.
_KEPT = ("pk_", "ix_booking_learner_id", "uq_booking_live")

_BY_DECILE = """
SELECT decile, count(*) FROM (
    SELECT b.learner_id, min(a.home_lsoa_code) AS home
      FROM attendance a JOIN booking b ON b.id = a.booking_id
     WHERE a.withdrawn_at IS NULL AND b.status = 'confirmed' {where}
     GROUP BY b.learner_id
) came JOIN deprivation d ON d.lsoa_code = home AND d.edition = 'iod2025'
GROUP BY decile
"""
_OF_ONE = """
AND b.learner_id IN (SELECT u.id FROM user_account u JOIN area USING (lsoa_code)
                      WHERE district_code = 'E07000001')
""".replace("JOIN area USING (lsoa_code)", "JOIN area ON lsoa_code = home_lsoa_code")
_FROM_CUBE = """
SELECT cell.decile, cell.learners, cell.young_people
  FROM reach_cell cell JOIN reach_release release ON release.id = cell.release_id
  JOIN city ON city.id = release.city_id
 WHERE city.slug = %s AND cell.table = 'decile'
"""
_CAME = """
SELECT b.learner_id::int, substring(a.home_lsoa_code FROM 2)::int % 10 + 1
  FROM attendance a JOIN booking b ON b.id = a.booking_id
"""


@dataclass(frozen=True)
class Size:
    """How much there is: of England, or a tenth of its learners."""

    share: float

    @property
    def learners(self) -> int:
        return round(LEARNERS * self.share)

    @property
    def sessions(self) -> int:
        return max(round(200_000 * self.share), 20_000)


@dataclass(frozen=True)
class Read:
    """What one size showed: milliseconds of the cube and of raw questions, round by round."""

    authority: list[float]
    authority_raw: list[float]
    nation: list[float]
    nation_raw: list[float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is England, 0.1 a tenth of it.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-catchment", action="store_true")
    asked = parser.parse_args()
    verdicts: list[Verdict] = []
    small = _measured(Size(asked.scale * SMALL), asked.rounds, verdicts, is_small=True)
    whole = _measured(Size(asked.scale), asked.rounds, verdicts, is_small=False)
    verdicts += _growth(small, whole)
    heading("What is read from the cube, beside a raw question for the same numbers")
    for verdict in verdicts:
        print(verdict)
    missed = any(verdict.is_missed for verdict in verdicts)
    if not asked.without_catchment:
        sys.argv = sys.argv[:1]
        missed |= bool(catchment.main())
    return int(missed)


def _measured(size: Size, rounds: int, verdicts: list[Verdict], *, is_small: bool) -> Read:
    with fresh_database() as url:
        where = url.render_as_string(hide_password=False)
        with step(f"{size.learners:,} learners"):
            _fill(where, size)
        app = create_app(os.environ | {"DATABASE_URL": where}, TESTING=True, WTF_CSRF_ENABLED=False)
        with app.app_context(), app.test_request_context(), connected(where) as raw:
            raw.execute("SET max_parallel_workers_per_gather = 0")
            heading(f"{size.learners:,} learners, {_count(raw, 'attendance'):,} attendances")
            before = _confirming(raw, rounds)
            _release("authority-1", raw)
            authority = _pages(app, "authority-1", rounds) if not is_small else None
            one = _asked("authority-1", raw, _BY_DECILE.format(where=_OF_ONE), rounds)
            upkeep = _confirming(raw, rounds), before
            _make_one_of_all()
            _release("authority-2", raw)
            nation = _asked("authority-2", raw, _BY_DECILE.format(where=""), min(rounds, 3))
            _in_memory(raw)
            current_db.remove()
            current_db.get_bind().engine.dispose()
    if not is_small:
        verdicts.append(_beside("G6 one authority, from the cube", AUTHORITY_BAR, *one))
        verdicts.append(_beside("G6 England, from the cube", NATION_BAR, *nation))
        verdicts.append(_beside("G6 confirming 20, with a release there", UPKEEP_BAR, *upkeep))
        print(authority)
    return Read(*one, *nation)


def _fill(url: str, size: Size) -> None:
    with connected(url) as connection:
        indexes = connection.execute(
            "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename IN ('booking', 'attendance', 'scheduled_session', 'user_account')"
        ).fetchall()
        for name, table in indexes:
            if not name.startswith(_KEPT):
                connection.execute(
                    f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE'.encode()
                )
                connection.execute(f'DROP INDEX IF EXISTS "{name}"'.encode())
        values = {
            "areas": str(AREAS),
            "learners": str(size.learners),
            "sessions": str(size.sessions),
            "times": str(TIMES),
            "starts": f"timestamptz '{YEAR.starts_on.isoformat()}'",
        }
        script = _SQL.read_text()
        for name, value in values.items():
            script = script.replace(f":{name}", value)
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        connection.execute("ANALYZE")


def _make_one_of_all() -> None:
    """Have the second city hold every district: all areas of England are released as one."""
    with unit_of_work() as db:
        nation = city_by_slug(db, "authority-2")
        assert nation is not None
        db.execute(update(CityDistrict).values(city_id=nation.id))


def _release(slug: str, raw: psycopg.Connection) -> None:
    """Release the year, say what that took, and compare counts before chance with a plain question."""
    counted: list = []

    def keep(*given, **more):
        began = perf_counter()
        counted.extend(_learners_of(*given, **more))
        console.print(f"  counted in {perf_counter() - began:.1f} s")
        return counted

    began = perf_counter()
    with patch.object(service, "learners_of", keep), unit_of_work() as db:
        city = city_by_slug(db, slug)
        assert city is not None
        done = release(db, city=city, period=YEAR, today=TODAY, draw=secrets.randbelow)
        ground = service._ground(db, city, done.deprivation_edition, done.population_source)
        cells = sum(len(table.cells) for table in done.tables)
    took = perf_counter() - began
    print(f"{slug}: {cells:,} cells released in {took:.1f} s, {len(counted):,} groups of learners")
    by_decile = next(table for table in LATTICE if table.name == "decile")
    ours = {int(cell): n for cell, n in true_counts(by_decile, counted, ground).items()}
    where = _OF_ONE if slug == "authority-1" else ""
    plain = dict(raw.execute(_BY_DECILE.format(where=where).encode()).fetchall())
    if ours != plain:
        raise SystemExit(f"Counts differ before chance is added: {ours} and {plain}")
    print(f"{slug}: counts before chance equal a plain question, decile by decile")


_learners_of = service.learners_of


def _asked(
    slug: str, raw: psycopg.Connection, question: str, rounds: int
) -> tuple[list[float], list[float]]:
    """Return how long the cube and the raw question take, in turn, over the same connection."""
    ours, theirs = [], []
    read = _read_from(raw, slug)
    assert read() == 10
    raw.execute(question.encode()).fetchall()
    for _ in range(rounds):
        ours.append(min(_timed(read) for _ in range(200)))
        theirs.append(_timed(lambda: raw.execute(question.encode()).fetchall()))
    return ours, theirs


def _read_from(raw: psycopg.Connection, slug: str) -> Callable[[], int]:
    def read() -> int:
        return len(raw.execute(_FROM_CUBE, (slug,)).fetchall())

    return read


def _pages(app: Flask, slug: str, rounds: int) -> str:
    """Return how long the officers' page takes: the first time in this process, and after that."""
    with unit_of_work() as db:
        city = city_by_slug(db, slug)
        assert city is not None
        db.execute(
            insert(User).values(
                role=Role.AUTHORITY_OFFICER,
                name="Officer",
                language="en",
                city_id=city.id,
                session_key=secrets.token_hex(),
                email="o@bench.example",
                id=9_999_999,
            )
        )
        officer = db.get(User, 9_999_999)
        assert officer is not None
        cookie = officer.get_id()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = cookie, True
    took = [_timed(lambda: _got(client)) for _ in range(rounds + 1)]
    return f"/reach: first {took[0]:.0f} ms, then {median(took[1:]):.0f} ms"


def _got(client) -> None:
    answer = client.get("/reach")
    assert answer.status_code == 200, answer.status


def _confirming(raw: psycopg.Connection, rounds: int) -> list[float]:
    """Return what confirming that twenty came takes: each round the median of many."""
    return [median(_confirmed_once(raw, turn) for turn in range(40)) for _ in range(rounds)]


def _confirmed_once(raw: psycopg.Connection, turn: int) -> float:
    bookings = (1 + turn * _CONFIRMED, (turn + 1) * _CONFIRMED)
    with raw.transaction(force_rollback=True):
        raw.execute("DELETE FROM attendance WHERE booking_id BETWEEN %s AND %s", bookings)
        return _timed(lambda: raw.execute(_CONFIRM, bookings))


_CONFIRM = """
INSERT INTO attendance (booking_id, uuid, confirmed_by_id, confirmed_at, method, minutes, home_lsoa_code)
SELECT b.id, gen_random_uuid(), 1, now(), 'tap', 120, u.home_lsoa_code
FROM booking b JOIN user_account u ON u.id = b.learner_id WHERE b.id BETWEEN %s AND %s
"""


def _in_memory(raw: psycopg.Connection) -> None:
    """Say what the same count takes numpy, once it has the rows: the limit of what a machine can do."""
    began = perf_counter()
    learner, decile = (
        np.array(column) for column in zip(*raw.execute(_CAME).fetchall(), strict=True)
    )
    brought = perf_counter() - began
    began = perf_counter()
    first = np.zeros(learner.max() + 1, dtype=np.int8)
    first[learner] = decile
    counts = np.bincount(first, minlength=11)[1:]
    print(
        f"numpy: {1000 * (perf_counter() - began):.0f} ms for {counts.sum():,} learners, "
        f"after {brought:.1f} s to bring the rows"
    )


def _growth(small: Read, whole: Read) -> Iterator[Verdict]:
    for what, ours, theirs in (
        ("one authority, from the cube, ten times the learners", whole.authority, small.authority),
        ("England, from the cube, ten times the learners", whole.nation, small.nation),
    ):
        yield _beside(what, GROWTH_BAR, ours, theirs)
    for what, ours, theirs in (
        ("one authority, raw, ten times the learners", whole.authority_raw, small.authority_raw),
        ("England, raw, ten times the learners", whole.nation_raw, small.nation_raw),
    ):
        yield _beside(what, Bar(None, None), ours, theirs)


def _beside(what: str, bar: Bar, ours: list[float], theirs: list[float]) -> Verdict:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    goal, _, words = what.partition(" ") if what.startswith("G6") else ("", "", what)
    return Verdict(goal, words, bar, ours=median(ours), theirs=median(theirs), ratios=ratios)


def _timed(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return 1000 * (perf_counter() - began)


def _count(raw: psycopg.Connection, table: str) -> int:
    row = raw.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return row[0] if row else 0


if __name__ == "__main__":
    sys.exit(main())
