"""A made-up country: areas, places, providers, opportunities and sessions, from one seed.

The same seed, scale and instant give the same rows. They go into the real tables, so that the
triggers, the indexes and the queries are those of the site; nothing of it is real but the outline
of where cities may lie.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.random import Generator
from psycopg import Connection, sql

from badges.models import Skill, Strand
from bench.country.vocabulary import (
    ACTIVITIES,
    BUILDINGS,
    MANNERS,
    SENTENCES,
    SORTS,
    STREETS,
    SYLLABLES,
)
from bench.gauge.progress import step
from opportunities.models import (
    AttendanceMode,
    Category,
    OpportunityKind,
    OpportunityStatus,
    Welcome,
)
from providers.models import ProviderKind, ProviderStatus

AREAS = 34_000
CITIES = 100
DISTRICTS_OF_A_CITY = 3
PLACES = 50_000
PROVIDERS = 8_000
ACHIEVEMENTS = 16_000
OPPORTUNITIES = 200_000
SESSIONS = 1_000_000

#: A cell of the lattice that areas lie on: about half a kilometre each way, here.
_CELL_LON, _CELL_LAT = 0.008, 0.005
#: Where the centres of cities may lie: west, south, east, north.
_COUNTRY = (-5.0, 50.4, 1.5, 57.5)
_DAY = 86_400

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True)
class Country:
    """The lattice cells that are areas, by city, and how likely something is to be in each."""

    #: South-west corners, in degrees.
    lon: np.ndarray
    lat: np.ndarray
    city: np.ndarray
    district: np.ndarray
    weight: np.ndarray
    names: list[str]


def fill(connection: Connection, *, scale: float, seed: int, now: datetime) -> None:
    """Write a whole country into empty tables; areas are as many at any scale."""
    random = np.random.default_rng(seed)
    country = _country(random)
    with step("Areas and cities"):
        _copy(connection, "city", "id slug name name_cy authority_name", _cities(country))
        _copy(connection, "city_district", "city_id district_code", _districts(country))
        _copy(connection, "area", _AREA, _areas(country))
    with step("Places, providers and badges"):
        _copy(connection, "user_account", _ACCOUNT, _officers(random))
        places = _Places(random, country, round(PLACES * scale))
        _copy(connection, "place", "id uuid name address step_free point lsoa_code", places.rows())
        providers = _Providers(random, country, round(PROVIDERS * scale), now)
        _copy(connection, "provider", _PROVIDER, providers.rows())
        badges = round(ACHIEVEMENTS * scale)
        _copy(connection, "achievement", _ACHIEVEMENT, _achievements(random, providers, badges))
    offers = _Offers(random, places, providers, badges, round(OPPORTUNITIES * scale), now)
    with step(f"{offers.how_many:,} opportunities"):
        _copy(connection, "opportunity", _OPPORTUNITY, offers.rows())
    # The planner has to know the tables before the trigger asks them something for each row.
    connection.execute("ANALYZE")
    sessions = round(SESSIONS * scale)
    with step(f"{sessions:,} sessions, and the table to search in"):
        _copy(connection, "scheduled_session", _SESSION, offers.sessions(sessions))
    _settle_sequences(connection)


_AREA = "lsoa_code name district_code district_name ward_code ward_name boundary centre"
_ACCOUNT = "id uuid role name email subject_uuid session_key"
_PROVIDER = (
    "id uuid slug name kind description city_id safeguarding_lead status identity_checked_by_id "
    "approved_by_id verified_at verified_by_id assured_until"
)
_ACHIEVEMENT = "id slug issuer_id name description criteria strand level icon skills"
_OPPORTUNITY = (
    "id uuid slug provider_id place_id achievement_id title description kind category min_age "
    "max_age suits_min_age suits_max_age mode cost_pence welcome status published_at checked_at"
)
_SESSION = "id uuid opportunity_id starts_at ends_at maximum_capacity remaining_capacity"


def _country(random: Generator) -> Country:
    """Lay areas around cities of very different sizes, thick in the middle and thin at the edge."""
    west, south, east, north = _COUNTRY
    centre_lon = random.uniform(west, east, CITIES)
    centre_lat = random.uniform(south, north, CITIES)
    size = 1 / np.arange(1, CITIES + 1) ** 0.7
    drawn = random.choice(CITIES, AREAS * 6, p=size / size.sum())
    spread = 0.35 * (size[drawn] / size[0]) ** 0.5
    x = np.floor((centre_lon[drawn] + random.normal(0, spread) * 1.6) / _CELL_LON).astype(int)
    y = np.floor((centre_lat[drawn] + random.normal(0, spread)) / _CELL_LAT).astype(int)
    cells, first, counts = np.unique(
        np.stack([x, y], axis=1), axis=0, return_index=True, return_counts=True
    )
    kept = np.sort(np.argsort(-counts, kind="stable")[:AREAS])
    cells, city, weight = cells[kept], drawn[first[kept]], counts[kept].astype(float)
    lon, lat = cells[:, 0] * _CELL_LON, cells[:, 1] * _CELL_LAT
    angle = np.arctan2(lat - centre_lat[city], lon - centre_lon[city])
    sector = np.floor((angle + np.pi) / (2 * np.pi) * DISTRICTS_OF_A_CITY).astype(int)
    sector = np.minimum(sector, DISTRICTS_OF_A_CITY - 1)
    return Country(
        lon, lat, city, city * DISTRICTS_OF_A_CITY + sector, weight / weight.sum(), _names(random)
    )


def _names(random: Generator) -> list[str]:
    drawn = random.choice(SYLLABLES, (CITIES, 2))
    endings = random.choice(["ton", "ford", "bury", "ham", "wick", "mouth"], CITIES)
    return ["".join([*two, end]).capitalize() for two, end in zip(drawn, endings, strict=True)]


def _cities(country: Country) -> Iterator[Sequence[Any]]:
    for number, name in enumerate(country.names):
        yield number + 1, f"{name.lower()}-{number}", name, name, f"{name} Council"


def _districts(country: Country) -> Iterator[Sequence[Any]]:
    for district in range(CITIES * DISTRICTS_OF_A_CITY):
        yield district // DISTRICTS_OF_A_CITY + 1, f"Z06{district:06}"


def _areas(country: Country) -> Iterator[Sequence[Any]]:
    for number in range(len(country.lon)):
        lon, lat = country.lon[number], country.lat[number]
        name, district = country.names[country.city[number]], country.district[number]
        yield (
            f"Z01{number:06}",
            f"{name} {number:05}",
            f"Z06{district:06}",
            f"{name} {'ABC'[district % DISTRICTS_OF_A_CITY]}",
            f"Z05{number // 5:06}",
            f"{name} Ward {number // 5}",
            _square(lon, lat),
            _point(lon + _CELL_LON / 2, lat + _CELL_LAT / 2),
        )


def _square(west: float, south: float) -> str:
    east, north = west + _CELL_LON, south + _CELL_LAT
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = ",".join(f"{lon:.4f} {lat:.4f}" for lon, lat in corners)
    return f"SRID=4326;MULTIPOLYGON((({ring})))"


def _officers(random: Generator) -> Iterator[Sequence[Any]]:
    for id in (1, 2):
        one, other = _uuids(random, 2)
        name = f"officer{id}"
        yield id, one, "platform_admin", "Officer", f"{name}@example.org", other, name


class _Places:
    """Buildings in areas: more where more people live."""

    def __init__(self, random: Generator, country: Country, how_many: int) -> None:
        self.how_many = how_many
        self.area = random.choice(len(country.lon), how_many, p=country.weight)
        self.city = country.city[self.area]
        self.lon = country.lon[self.area] + random.uniform(0.0005, _CELL_LON - 0.0005, how_many)
        self.lat = country.lat[self.area] + random.uniform(0.0005, _CELL_LAT - 0.0005, how_many)
        self._random, self._country = random, country

    def rows(self) -> Iterator[Sequence[Any]]:
        random, how_many = self._random, self.how_many
        street, building = random.choice(STREETS, how_many), random.choice(BUILDINGS, how_many)
        is_step_free = random.random(how_many) < 0.6
        for number, uuid in enumerate(_uuids(random, how_many)):
            town = self._country.names[self.city[number]]
            yield (
                number + 1,
                uuid,
                f"{street[number]} {building[number]}",
                f"{number % 90 + 1} {street[number]} Street, {town}",
                bool(is_step_free[number]),
                _point(self.lon[number], self.lat[number]),
                f"Z01{self.area[number]:06}",
            )


class _Providers:
    """Organisations of cities; a few are not verified yet, or not any more."""

    def __init__(self, random: Generator, country: Country, how_many: int, now: datetime) -> None:
        self.how_many = how_many
        share = np.bincount(country.city, country.weight, minlength=CITIES)
        # Each city has at least one.
        rest = random.choice(CITIES, how_many - CITIES, p=share / share.sum())
        self.city = np.sort(np.concatenate([np.arange(CITIES), rest]))
        self._random, self._country, self._now = random, country, now

    def rows(self) -> Iterator[Sequence[Any]]:
        random, how_many = self._random, self.how_many
        status = random.choice(
            [ProviderStatus.VERIFIED, ProviderStatus.APPLIED, ProviderStatus.SUSPENDED],
            how_many,
            p=[0.93, 0.04, 0.03],
        )
        kind = random.choice([each.value for each in ProviderKind], how_many)
        street, sort = random.choice(STREETS, how_many), random.choice(SORTS, how_many)
        for number, uuid in enumerate(_uuids(random, how_many)):
            is_known = status[number] != ProviderStatus.APPLIED
            yield (
                number + 1,
                uuid,
                f"provider-{number}",
                f"{self._country.names[self.city[number]]} {street[number]} {sort[number]}",
                kind[number],
                "We have been here for years.",
                int(self.city[number]) + 1,
                "Sam Lead",
                str(status[number]),
                1,
                1 if is_known else None,
                self._now - timedelta(days=400) if is_known else None,
                2 if is_known else None,
                self._now + timedelta(days=300) if is_known else None,
            )

    def of_cities(self, random: Generator, cities: np.ndarray) -> np.ndarray:
        """Return a provider of each of `cities`, drawn evenly."""
        first = np.searchsorted(self.city, cities)
        last = np.searchsorted(self.city, cities, side="right")
        return first + np.floor(random.random(len(cities)) * (last - first)).astype(int)


def _achievements(
    random: Generator, providers: _Providers, how_many: int
) -> Iterator[Sequence[Any]]:
    activity = _skewed(random, ACTIVITIES, how_many)
    strand = random.choice([each.value for each in Strand], how_many)
    skills = [each.value for each in Skill]
    for number in range(how_many):
        yield (
            number + 1,
            f"badge-{number}",
            number % providers.how_many + 1,
            f"{activity[number].capitalize()} badge",
            "You took part.",
            "Come to a session.",
            strand[number],
            number % 4 + 1,
            "award",
            sorted({skills[number % 8], skills[number // 8 % 8]}),
        )


class _Offers:
    """Opportunities: a fifth is a draft, withdrawn or over."""

    def __init__(
        self,
        random: Generator,
        places: _Places,
        providers: _Providers,
        badges: int,
        how_many: int,
        now: datetime,
    ) -> None:
        self.how_many = how_many
        self._random, self._badges, self._now = random, badges, now
        self._place = random.integers(0, places.how_many, how_many)
        self._provider = providers.of_cities(random, places.city[self._place])
        self._status = random.choice(
            [OpportunityStatus.PUBLISHED, OpportunityStatus.DRAFT, OpportunityStatus.WITHDRAWN],
            how_many,
            p=[0.86, 0.10, 0.04],
        )
        self._is_over = random.random(how_many) < 0.07

    def rows(self) -> Iterator[Sequence[Any]]:
        random, how_many = self._random, self.how_many
        draw = _Drawn(random, how_many)
        for number, uuid in enumerate(_uuids(random, how_many)):
            title, description = draw.text(number)
            published = self._now - timedelta(seconds=int(draw.age_s[number]))
            low = int(draw.min_age[number])
            high = min(25, low + int(draw.span[number]))
            is_draft = self._status[number] == OpportunityStatus.DRAFT
            yield (
                number + 1,
                uuid,
                f"offer-{number}",
                int(self._provider[number]) + 1,
                int(self._place[number]) + 1,
                int(draw.badge[number] * self._badges) + 1 if draw.has_badge[number] else None,
                title,
                description,
                draw.kind[number],
                draw.category[number],
                low,
                high,
                low + 1 if draw.is_suited[number] and low < high else None,
                None,
                draw.mode[number],
                int(draw.cost_pence[number]),
                [
                    welcome
                    for welcome, is_on in zip(Welcome, draw.welcome[number], strict=True)
                    if is_on
                ],
                str(self._status[number]),
                None if is_draft else published,
                # A provider who lists something has looked at it since.
                self._now - timedelta(seconds=int(draw.age_s[number] * draw.looked[number])),
            )

    def sessions(self, how_many: int) -> Iterator[Sequence[Any]]:
        """Yield sessions in the order of their opportunities: few have many, each has one."""
        random = self._random
        share = random.pareto(2.5, self.how_many) + 0.4
        more = random.choice(self.how_many, how_many - self.how_many, p=share / share.sum())
        of = np.sort(np.concatenate([np.arange(self.how_many), more]))
        start = random.integers(-20, 70, how_many) * _DAY
        start = np.where(self._is_over[of], -random.integers(1, 60, how_many) * _DAY, start)
        hour = random.choice([9, 10, 11, 13, 14, 16, 17, 18, 19], how_many)
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        minutes = random.choice([60, 90, 120, 180, 360], how_many)
        places = random.integers(5, 31, how_many)
        left = np.where(random.random(how_many) < 0.2, 0, random.integers(1, places + 1))
        for number, uuid in enumerate(_uuids(random, how_many)):
            starts_at = midnight + timedelta(seconds=int(start[number] + hour[number] * 3600))
            yield (
                number + 1,
                uuid,
                int(of[number]) + 1,
                starts_at,
                starts_at + timedelta(minutes=int(minutes[number])),
                int(places[number]),
                int(left[number]),
            )


class _Drawn:
    """What is drawn for each opportunity, a column at a time."""

    def __init__(self, random: Generator, how_many: int) -> None:
        def chance(share: float) -> np.ndarray:
            return random.random(how_many) < share

        self.age_s = random.uniform(1, 150, how_many) * _DAY
        self.looked = random.random(how_many)
        self.min_age = random.integers(8, 17, how_many)
        self.span = random.integers(2, 12, how_many)
        self.is_suited = chance(0.2)
        self.has_badge = chance(0.7)
        self.badge = random.random(how_many)
        self.kind = random.choice(
            [each.value for each in OpportunityKind], how_many, p=[0.7, 0.1, 0.2]
        )
        self.category = random.choice([each.value for each in Category], how_many)
        self.mode = random.choice(
            [each.value for each in AttendanceMode], how_many, p=[0.94, 0.03, 0.03]
        )
        self.cost_pence = np.where(chance(0.6), 0, random.integers(1, 30, how_many) * 50)
        self.welcome = random.random((how_many, len(Welcome))) < 0.25
        self._activity = _skewed(random, ACTIVITIES, how_many * 2).reshape(how_many, 2)
        self._manner = _skewed(random, MANNERS, how_many)
        self._sort = _skewed(random, SORTS, how_many)
        self._sentence = random.integers(0, len(SENTENCES), (how_many, 3))

    def text(self, number: int) -> tuple[str, str]:
        """Return a title and a description."""
        a, b = self._activity[number]
        m, s = self._manner[number], self._sort[number]
        sentences = (SENTENCES[each] for each in self._sentence[number])
        return f"{m.capitalize()} {a} {s}", " ".join(sentences).format(a=a, b=b, m=m, s=s)


def _skewed(random: Generator, words: Sequence[str], how_many: int) -> np.ndarray:
    """Draw words of which the first are common and the last are rare, as words are."""
    share = 1 / (np.arange(len(words)) + 3.0)
    return random.choice(np.array(words), how_many, p=share / share.sum())


def _uuids(random: Generator, how_many: int) -> Iterator[UUID]:
    drawn = random.bytes(16 * how_many)
    for at in range(0, len(drawn), 16):
        yield UUID(bytes=drawn[at : at + 16], version=4)


def _point(lon: float, lat: float) -> str:
    return f"SRID=4326;POINT({lon:.6f} {lat:.6f})"


def _copy(connection: Connection, table: str, columns: str, rows: Rows) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def _settle_sequences(connection: Connection) -> None:
    """Let the next row of each table get a key that nobody has."""
    for table in ("city", "user_account", "place", "provider", "achievement"):
        _settle(connection, table)
    for table in ("opportunity", "scheduled_session"):
        _settle(connection, table)


def _settle(connection: Connection, table: str) -> None:
    connection.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))").format(
            sql.Literal(table), sql.Identifier(table)
        )
    )
