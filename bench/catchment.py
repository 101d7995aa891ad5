"""What is within reach of each area: of all England beside the same sum in SQL, and of one authority.

`script/bench catchment` runs this. For England both sides start from the same two tables and end with
one number for each area; what decides is CPU time, ours with that of the database where we read from
it. For one authority the whole call is timed, as a page makes it.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

import numpy as np
import psycopg
from scipy.spatial import KDTree

from app.db import current_db
from bench.country.database import connected
from bench.gauge.cpu import spent_ms
from bench.gauge.progress import console, step
from bench.gauge.report import Bar, Verdict, heading
from bench.importing import prepare
from geo.models import City
from geo.queries import city_by_slug
from provision.catchment import WEIGHTS, reach
from provision.lens import Lens, Mode
from provision.queries import access_of, survey_of
from provision.whatif import effect
from tests.databases import fresh_database
from wsgi import create_app

#: England: Lower-layer areas of 2021, and the places that performance.md measures with.
AREAS, PLACES = 33_755, 35_614
SMALL = 0.1
METRES = 5_000.0
SEED = 1
#: Of performance.md, G10: ratio of CPU, and how far apart the answers may be.
CPU_BAR, DIFFERENCE = Bar(1 / 8, 1 / 15), 1e-9
#: A page about one authority.
AUTHORITY_MS = 5_000.0
_TOWNS, _ACROSS, _UP = 700, 420_000, 560_000
_NOW = datetime.now(UTC).replace(microsecond=0)

_TABLES = """
CREATE TEMP TABLE fca_area (id int PRIMARY KEY, people float8, spot geometry(Point, 27700));
CREATE TEMP TABLE fca_place (id int PRIMARY KEY, supply float8, spot geometry(Point, 27700));
"""
_AFTER = """
CREATE INDEX ON fca_area USING gist (spot);
CREATE INDEX ON fca_place USING gist (spot);
ANALYZE fca_area;
ANALYZE fca_place;
"""
#: The two steps as one writes them in SQL. Each pair is found and weighed once.
_IN_SQL = """
WITH pair AS MATERIALIZED (
    SELECT p.id AS place, a.id AS area, a.people, p.supply,
           CASE WHEN away <= %(metres)s / 3 THEN %(near)s
                WHEN away <= %(metres)s * 2 / 3 THEN %(middle)s
                ELSE %(far)s END::float8 AS weight
      FROM fca_place p
      JOIN fca_area a ON ST_DWithin(a.spot, p.spot, %(metres)s)
     CROSS JOIN LATERAL (SELECT ST_Distance(a.spot, p.spot) AS away OFFSET 0) d
),
rate AS (
    SELECT place, max(supply) / sum(people * weight) AS each FROM pair GROUP BY place
)
SELECT area, sum(rate.each * pair.weight) FROM pair JOIN rate USING (place) GROUP BY area
"""


@dataclass(frozen=True)
class Country:
    """Areas with people and places with something on, in towns."""

    areas: np.ndarray
    people: np.ndarray
    places: np.ndarray
    supply: np.ndarray


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, action="append", help="Of England; 0.1 and 1.")
    asked = parser.parse_args()
    verdicts: list[Verdict] = []
    with fresh_database() as url:
        where = url.render_as_string(hide_password=False)
        for scale in asked.scale or (SMALL, 1.0):
            with connected(where) as connection:
                verdicts += measure_country(connection, scale, asked.rounds)
        verdicts += measure_authority(where, asked.rounds)
    heading("What is within reach: ours, theirs, and the ratio of each round")
    for verdict in verdicts:
        print(verdict)
    return int(any(verdict.is_missed for verdict in verdicts))


def measure_country(connection: psycopg.Connection, scale: float, rounds: int) -> list[Verdict]:
    """Measure a country of that size both ways; the answers must be the same."""
    with step(f"A country at scale {scale:g}"):
        country = draw(scale)
        _write(connection, country)
    reach(
        country.areas[:1], [1], country.places[:1], [1], METRES
    )  # what is loaded once is not counted
    ours, theirs, apart = [], [], 0.0
    for number in range(rounds):
        with step(f"Round {number + 1}"):
            ms, mine = _costs(connection, lambda: _ours(connection))
            ours.append(ms)
            ms, others = _costs(connection, lambda: _in_sql(connection))
            theirs.append(ms)
        apart = max(apart, float(np.abs(mine - others).max() / max(others.max(), 1.0)))
    what = (
        f"{len(country.areas):,} areas, {len(country.places):,} places, {_pairs(country):,} pairs"
    )
    connection.execute("DROP TABLE fca_area, fca_place")
    # At a tenth of the size the bar is not asked: the cost is told.
    bar = CPU_BAR if scale >= 1 else Bar(None, None)
    return [
        _verdict(what, bar, ours, theirs),
        Verdict(
            "G10",
            "the same: largest difference, in billionths",
            Bar(1.0, 1e-3),
            ours=apart / DIFFERENCE,
            theirs=1.0,
            unit="1e-9",
            ratios=[apart / DIFFERENCE],
        ),
    ]


def draw(scale: float) -> Country:
    """Draw towns of all sizes, with areas and places around their middles."""
    chance = np.random.default_rng(SEED)
    how_many = max(int(_TOWNS * scale), 1)
    # A tenth of the country is a tenth of its towns, as crowded as they were.
    middles = chance.uniform(0, 1, (how_many, 2)) * (_ACROSS, _UP)
    sizes = chance.lognormal(0, 1.15, how_many)
    areas = _around(chance, middles, sizes, round(AREAS * scale))
    places = _around(chance, middles, sizes, round(PLACES * scale))
    people = chance.integers(120, 420, len(areas)).astype(float)
    return Country(areas, people, places, chance.gamma(2.0, 20.0, len(places)))


def _around(chance: np.random.Generator, middles, sizes, how_many: int) -> np.ndarray:
    town = chance.choice(len(middles), how_many, p=sizes / sizes.sum())
    spread = 1_250 * np.sqrt(sizes / sizes.mean())[town, None]
    return np.round(middles[town] + chance.normal(0, 1, (how_many, 2)) * spread, 1)


def _write(connection: psycopg.Connection, country: Country) -> None:
    connection.execute(_TABLES)
    rows = (
        ("fca_area (id, people, spot)", country.people, country.areas),
        ("fca_place (id, supply, spot)", country.supply, country.places),
    )
    for table, values, spots in rows:
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for number, (value, (east, north)) in enumerate(zip(values, spots, strict=True)):
                copy.write_row((number, float(value), f"SRID=27700;POINT({east} {north})"))
    connection.execute(_AFTER)
    # All of it in the one process whose time is taken, and no pair has to go to disk.
    connection.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '1GB'")


def _pairs(country: Country) -> int:
    """Return how many areas are within reach of a place, over all places."""
    return int(KDTree(country.places).count_neighbors(KDTree(country.areas), METRES))


def _ours(connection: psycopg.Connection) -> np.ndarray:
    """Read both tables and do the two steps."""
    read = "SELECT ST_X(spot), ST_Y(spot), {} FROM {} ORDER BY id"
    areas = np.array(connection.execute(read.format("people", "fca_area")).fetchall())
    places = np.array(connection.execute(read.format("supply", "fca_place")).fetchall())
    return reach(areas[:, :2], areas[:, 2], places[:, :2], places[:, 2], METRES).access


def _in_sql(connection: psycopg.Connection) -> np.ndarray:
    near, middle, far = WEIGHTS
    values = {"metres": METRES, "near": near, "middle": middle, "far": far}
    rows = connection.execute(_IN_SQL, values).fetchall()
    found = connection.execute("SELECT count(*) FROM fca_area").fetchone()
    access = np.zeros(found[0] if found else 0)
    for area, each in rows:
        access[area] = each
    return access


def _costs(
    connection: psycopg.Connection, work: Callable[[], np.ndarray]
) -> tuple[float, np.ndarray]:
    """Return the CPU that some work takes, here and in the database, in ms; and what it answers."""
    pids = (os.getpid(), connection.info.backend_pid)
    before = sum(map(spent_ms, pids))
    answer = work()
    return sum(map(spent_ms, pids)) - before, answer


def measure_authority(url: str, rounds: int) -> list[Verdict]:
    """Time what a page asks of one authority, by the clock, through the database."""
    with step("An authority"), connected(url) as connection:
        prepare(url)
        _live(connection)
    app = create_app(os.environ | {"DATABASE_URL": url}, TESTING=True)
    verdicts = []
    with app.app_context():
        city = city_by_slug(current_db(), "bench")
        assert city
        for mode in Mode:
            verdicts.append(_timed(city, Lens(mode=mode), rounds))
        survey = survey_of(current_db(), city, Lens(), now=_NOW)
        code = survey.areas[0].code
        times = [_clock(lambda: effect(survey, code, 40.0).cold_after) for _ in range(rounds)]
        verdicts.append(_by_clock("a what-if, once it is surveyed", times))
        current_db.remove()
    return verdicts


def _timed(city: City, lens: Lens, rounds: int) -> Verdict:
    console.print(f"One authority, {lens.mode.value}")
    times = [_clock(lambda: access_of(current_db(), city, lens, now=_NOW)) for _ in range(rounds)]
    areas = access_of(current_db(), city, lens, now=_NOW)
    reached = sum(area.access > 0 for area in areas)
    return _by_clock(f"one authority, {lens.mode.value}: {reached} of {len(areas)} areas", times)


def _clock(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _by_clock(what: str, times: list[float]) -> Verdict:
    ratios = [each / AUTHORITY_MS for each in times]
    return Verdict("3", what, Bar(1.0, None), median(times), AUTHORITY_MS, "ms", ratios)


def _verdict(what: str, bar: Bar, ours: list[float], theirs: list[float]) -> Verdict:
    ratios = [mine / others for mine, others in zip(ours, theirs, strict=True)]
    return Verdict("G10", what, bar, median(ours), median(theirs), "ms", ratios)


#: A city of 500 areas among 2,500, with 3,000 things on every week at 1,200 places.
_AUTHORITY = """
SET session_replication_role = replica;  -- the search has no part in this: it need not be kept
INSERT INTO city_district SELECT id, 'E06000001' FROM city WHERE slug = 'bench';
INSERT INTO area (lsoa_code, name, district_code, district_name, boundary, centre)
SELECT 'E011' || lpad(n::text, 5, '0'), 'Bench ' || n,
       CASE WHEN n % 50 BETWEEN 15 AND 34 AND n / 50 BETWEEN 12 AND 36 THEN 'E06000001'
            ELSE 'E06000002' END, 'Bench',
       ST_Multi(ST_Expand(spot, 0.003)), spot::geography
  FROM (SELECT n, ST_SetSRID(ST_MakePoint(-1.5 + (n % 50) * 0.008, 53.5 + (n / 50) * 0.005), 4326)
          FROM generate_series(0, 2499) n) AS drawn (n, spot);
INSERT INTO population_band (source, lsoa_code, from_age, to_age, people)
SELECT 'census2021', lsoa_code, 11, 24, 200 FROM area;
INSERT INTO deprivation (edition, lsoa_code, score, rank, decile)
SELECT 'iod2025', lsoa_code, 1, 1, 1 + row_number() OVER (ORDER BY lsoa_code) % 10 FROM area;
INSERT INTO place (uuid, name, address, step_free, point, lsoa_code)
SELECT gen_random_uuid(), 'Hall', '', true, centre, lsoa_code FROM area ORDER BY md5(lsoa_code) LIMIT 1200;
"""


def _live(connection: psycopg.Connection) -> None:
    """Write an authority and the ground around it."""
    with connection.transaction():
        connection.execute(_AUTHORITY)
        places = [id for (id,) in connection.execute("SELECT id FROM place ORDER BY id")]
        found = connection.execute("SELECT id FROM provider").fetchone()
        provider = found[0] if found else 0
        for number in range(3_000):
            _put_on(connection, provider, places[number % len(places)], number)
        connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("VACUUM ANALYZE")


def _put_on(connection: psycopg.Connection, provider: int, place: int, number: int) -> None:
    row = connection.execute(
        "INSERT INTO opportunity (uuid, slug, provider_id, place_id, title, description, kind,"
        " category, min_age, max_age, cost_pence, welcome, status, created_at, published_at,"
        " checked_at) VALUES (gen_random_uuid(), %s, %s, %s, 'Club', '', 'enrichment', 'sport', 11,"
        " 24, 0, '{}', 'published', now(), now(), now()) RETURNING id",
        [f"bench-{number}", provider, place],
    ).fetchone()
    first = _NOW - timedelta(weeks=6) + timedelta(hours=number % 100)
    connection.execute(
        "INSERT INTO scheduled_session (uuid, opportunity_id, starts_at, ends_at,"
        " maximum_capacity, remaining_capacity) SELECT gen_random_uuid(), %s,"
        " %s + week * interval '1 week', %s + week * interval '1 week' + interval '2 hours', 20, 3"
        " FROM generate_series(0, 25) week",
        [row[0] if row else None, first, first],
    )


if __name__ == "__main__":
    sys.exit(main())
