"""Where people ask from and what they ask for: drawn once, the same for everyone who is measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import numpy as np
import psycopg

from bench.country.vocabulary import ACTIVITIES

RADIUS_M = 5_000
NEARBY = 50
BOX_ROWS = 150
_HORIZON = timedelta(days=14)


@dataclass(frozen=True)
class Sample:
    """One person's place and wishes."""

    lon: float
    lat: float
    #: The code of the area that they are in.
    area: str
    age: int
    word: str
    #: West, south, east, north: about as much as a map of a town shows.
    box: tuple[float, float, float, float]

    @property
    def bbox(self) -> str:
        return ",".join(f"{edge:.4f}" for edge in self.box)

    def tile(self, z: int) -> tuple[int, int]:
        """Return x and y of the tile that they are in."""
        across = (self.lon + 180) / 360
        down = (1 - math.asinh(math.tan(math.radians(self.lat))) / math.pi) / 2
        return int(across * 2**z), int(down * 2**z)


def draw(connection: psycopg.Connection, how_many: int, *, seed: int) -> list[Sample]:
    """Draw people where things are on: where there are many of both."""
    random = np.random.default_rng(seed)
    rows = connection.execute(
        "SELECT lon, lat, lsoa_code FROM opportunity_search ORDER BY opportunity_id"
    ).fetchall()
    chosen = random.choice(len(rows), how_many, replace=False)
    ages = random.integers(10, 18, how_many)
    share = 1 / (np.arange(len(ACTIVITIES)) + 3.0)
    words = random.choice(ACTIVITIES, how_many, p=share / share.sum())
    return [
        _sample(connection, rows[at], int(age), str(word))
        for at, age, word in zip(chosen, ages, words, strict=True)
    ]


def _sample(connection: psycopg.Connection, row: Sequence, age: int, word: str) -> Sample:
    # As fine as the search takes a position.
    lon, lat = round(row[0], 3), round(row[1], 3)
    found = connection.execute(
        "SELECT max(s.spot <-> here.point) FROM"
        " (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 27700) AS point) here,"
        " LATERAL (SELECT spot FROM opportunity_search ORDER BY spot <-> here.point LIMIT %s) s",
        [lon, lat, BOX_ROWS],
    ).fetchone()
    # A square of the same size as the circle around that many.
    half_m = (found[0] if found else 1_000) * math.sqrt(math.pi) / 2
    high = half_m / 111_000
    wide = high / math.cos(math.radians(lat))
    return Sample(lon, lat, row[2], age, word, (lon - wide, lat - high, lon + wide, lat + high))


def query(**asked: object) -> str:
    return urlencode({name: value for name, value in asked.items() if value is not None})


def days(now: datetime) -> dict[str, str]:
    """Return the coming two weeks as the search takes them."""
    return {"from": now.date().isoformat(), "to": (now + _HORIZON).date().isoformat()}
