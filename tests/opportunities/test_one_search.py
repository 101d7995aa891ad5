"""One search serves page, map, programs, feeds and embeds: five hundred random searches, asked of all.

What each should find is worked out again below, in plain Python over the rows, from the rules as
people would say them and with nothing of the search's own code.
"""

import base64
import html
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from urllib.parse import urlencode
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from app.db import current_db
from app.holidays import school_holidays
from badges.models import Skill
from geo.models import Area, Place
from opportunities.models import (
    AttendanceMode,
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
    Welcome,
)
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW, YORK

#: The searches come in parts, so that several workers can share them.
PARTS, SEARCHES = 5, 100
LONDON = ZoneInfo("Europe/London")
ATOM = "{http://www.w3.org/2005/Atom}"
METRES_IN_A_MILE = 1609.344
#: In no language, so that they are their own stems and nobody's neighbours.
INVENTED = ("zorp", "quimb", "vlanx", "drufk")
CARD = re.compile(
    r'<li class="card" data-n="(\d+)" data-lat="([\d.-]+)" data-lon="([\d.-]+)".*?<a href="/a/([\w-]+)',
    re.S,
)
NEXT = re.compile(r'rel="next" href="([^"]+)"')
COUNT = re.compile(r'id="count" tabindex="-1">(?:Nothing|(\d+) activit)')


@dataclass(frozen=True)
class Expected:
    """What is to be found, and how it is to be shown."""

    opportunity: Opportunity
    session: ScheduledSession
    distance_m: float | None


class World:
    """A few places full of things to do, and of things that nobody may find."""

    def __init__(self, random: Random) -> None:
        cities = [factories.city(f"City {number}") for number in range(3)]
        statuses = [ProviderStatus.VERIFIED] * 6 + [
            ProviderStatus.SUSPENDED,
            ProviderStatus.APPLIED,
        ]
        self.providers = [
            factories.provider(in_city=random.choice(cities), status=status) for status in statuses
        ]
        self.areas = [factories.area(lon=YORK[0] + east, lat=YORK[1]) for east in (0, 0.05, 1.5)]
        # Some places share their point: what happens there is equally far.
        spots = [(random.gauss(0, 0.06), random.gauss(0, 0.04)) for _ in range(14)]
        spots += [*spots[:4], (1.5, 0.01), (-2.5, 1.2)]
        self.places = [
            factories.place(
                lon=YORK[0] + east,
                lat=YORK[1] + north,
                within=self.areas[0],
                step_free=random.random() < 0.5,
            )
            for east, north in spots
        ]
        self.badges = [
            factories.achievement(
                random.choice(self.providers), skills=random.sample([*Skill], number % 4)
            )
            for number in range(5)
        ]
        for number in range(70):
            self._add(random, number)
        current_db.flush()
        self._read()

    def _add(self, random: Random, number: int) -> None:
        low = random.randint(5, 20)
        high = random.randint(low, 25)
        suits = sorted(random.choices(range(low, high + 1), k=2))
        opportunity = Opportunity(
            slug=f"thing-{number}",
            title=" ".join(["Thing", *random.sample(INVENTED, random.choice((0, 0, 1, 2)))]),
            description=random.choice(("Come along.", *INVENTED)),
            kind=random.choice([*OpportunityKind]),
            category=random.choice([*Category]),
            min_age=low,
            max_age=high,
            suits_min_age=random.choice((None, suits[0])),
            suits_max_age=random.choice((None, suits[1])),
            mode=random.choice([*AttendanceMode]),
            cost_pence=random.choice((0, 0, 150)),
            welcome=random.sample([*Welcome], random.randint(0, 4)),
            status=random.choices([*OpportunityStatus], weights=(1, 1, 20, 1, 1))[0],
            published_at=NOW - timedelta(days=random.randint(0, 20)),
            checked_at=NOW - timedelta(days=random.choice((0, 3, 100, 179, 180, 300))),
            provider=random.choice(self.providers),
            place=random.choice(self.places),
            achievement=random.choice((None, *self.badges)),
        )
        current_db.add(opportunity)
        # Few enough instants that many things start together.
        for _ in range(random.randint(0, 5)):
            starts_at = NOW + timedelta(
                hours=random.choice((-30, -1, 0, 3, 4, 28, *range(1, 60, 5), 400))
            )
            starts_at += timedelta(days=random.choice((0, 0, 1, 5, 60)))
            places = random.choice((0, 1, 4, 5, 9))
            current_db.add(
                ScheduledSession(
                    opportunity=opportunity,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=1),
                    maximum_capacity=9,
                    remaining_capacity=places,
                )
            )

    def _read(self) -> None:
        """Read the rows as they lie in the tables, and where each place is on the national grid."""
        self.opportunities = current_db.scalars(select(Opportunity)).all()
        self.sessions: dict[int, list[ScheduledSession]] = {}
        for each in current_db.scalars(select(ScheduledSession).order_by(ScheduledSession.id)):
            self.sessions.setdefault(each.opportunity_id, []).append(each)
        self.grid = _on_the_grid(Place.id, Place.point)
        self.grid_of_area = _on_the_grid(Area.lsoa_code, Area.centre)
        self.lon_lat = {
            row[0]: (row[1], row[2])
            for row in current_db.execute(
                select(
                    Place.id, func.ST_X(_geometry(Place.point)), func.ST_Y(_geometry(Place.point))
                )
            )
        }
        # They are read after the requests that follow have closed the session that made them.
        for opportunity in self.opportunities:
            _ = opportunity.provider.city, opportunity.place, opportunity.achievement


def _geometry(column):
    return func.ST_GeomFromWKB(func.ST_AsBinary(column), 4326)


def _on_the_grid(key, column) -> dict:
    point = func.ST_Transform(_geometry(column), 27700)
    rows = current_db.execute(select(key, func.ST_X(point), func.ST_Y(point)))
    return {name: (east, north) for name, east, north in rows}


def random_search(world: World, random: Random) -> dict:
    """Return a query string, by name: most ask for little, so that there is something to find."""
    choices = {
        "area": lambda: random.choice(world.areas).lsoa_code,
        "within": lambda: random.choice((1, 3, 5, 10, 25)),
        "bbox": lambda: _random_box(random),
        "text": lambda: random.choice(_random_words(random)),
        "kind": lambda: _some(random, OpportunityKind),
        "category": lambda: _some(random, Category),
        "skill": lambda: _some(random, Skill),
        "welcome": lambda: _some(random, Welcome)[:2],
        "badge": lambda: random.choice(world.badges).slug,
        "provider": lambda: random.choice(world.providers[:6]).slug,
        "age": lambda: random.randint(5, 25),
        "suited": lambda: 1,
        "day": lambda: random.sample(range(1, 8), random.randint(1, 4)),
        "evening": lambda: 1,
        "holidays": lambda: 1,
        "from": lambda: _random_day(random),
        "to": lambda: _random_day(random),
        "free": lambda: 1,
        "step_free": lambda: 1,
        "online": lambda: 1,
        "sort": lambda: random.choice(("nearest", "soonest", "newest")),
    }
    names = random.sample([*choices], random.choices((0, 1, 2, 3, 4, 6), (1, 4, 6, 5, 3, 1))[0])
    if "area" not in names and random.random() < 0.5:
        names.append("area")
    return {name: choices[name]() for name in names}


def _some(random: Random, choices) -> list[str]:
    return [each.value for each in random.sample([*choices], random.randint(1, 3))]


def _random_box(random: Random) -> str:
    west, south = YORK[0] - random.uniform(0, 0.15), YORK[1] - random.uniform(0, 0.1)
    east, north = west + random.uniform(0.05, 0.4), south + random.uniform(0.03, 0.3)
    return ",".join(f"{each:.4f}" for each in (west, south, east, north))


def _random_words(random: Random) -> list[str]:
    one, other = random.sample(INVENTED, 2)
    return [one, f"{one} {other}", f"{one} or {other}", f"-{one}", f"{one} -{other}", f'"{one}"']


def _random_day(random: Random) -> str:
    return (NOW + timedelta(days=random.randint(-1, 20))).date().isoformat()


def expected(world: World, asked: dict, point=None, radius_m: float | None = None):
    """Return what is to be found, in order: the rules of the search in plain Python.

    :param point: on the national grid; what a program says for itself.
    """
    if point is None and "area" in asked:
        point = world.grid_of_area[asked["area"]]
    found = [
        one
        for opportunity in world.opportunities
        if (one := _found(world, asked, opportunity, point, radius_m))
    ]
    order = asked.get("sort", "nearest" if point else "soonest")
    if order == "newest":
        newest = [(one.opportunity.published_at, one.opportunity.id) for one in found]
        return [one for _key, one in sorted(zip(newest, found, strict=True), reverse=True)]
    if order == "nearest" and point:
        return sorted(
            found, key=lambda one: (one.distance_m, one.session.starts_at, one.opportunity.id)
        )
    return sorted(found, key=lambda one: (one.session.starts_at, one.opportunity.id))


def _found(world, asked, opportunity, point, radius_m) -> Expected | None:
    is_open = (
        opportunity.status is OpportunityStatus.PUBLISHED
        and opportunity.provider.status is ProviderStatus.VERIFIED
        and opportunity.checked_at > NOW - timedelta(days=180)
    )
    distance_m = math.dist(world.grid[opportunity.place.id], point) if point else None
    if not (is_open and _suits(asked, opportunity) and _lies_there(world, asked, opportunity)):
        return None
    miles = asked.get("within", 3)
    farthest = miles * METRES_IN_A_MILE if radius_m is None else radius_m
    is_where_asked = "online" in asked or "bbox" in asked or distance_m is None
    if not is_where_asked and distance_m > farthest:
        return None
    coming = [
        each
        for each in world.sessions.get(opportunity.id, [])
        if each.starts_at > NOW and each.remaining_capacity > 0 and _is_when(asked, each.starts_at)
    ]
    if not coming:
        return None
    session = min(coming, key=lambda each: (each.starts_at, each.id))
    return Expected(opportunity, session, distance_m)


def _suits(asked: dict, opportunity: Opportunity) -> bool:
    badge = opportunity.achievement
    age = asked.get("age")
    youngest = opportunity.suits_min_age or opportunity.min_age
    oldest = opportunity.suits_max_age or opportunity.max_age
    rules = {
        "kind": lambda: opportunity.kind in asked["kind"],
        "category": lambda: opportunity.category in asked["category"],
        "skill": lambda: badge is not None and set(badge.skills) & set(asked["skill"]),
        "welcome": lambda: set(asked["welcome"]) <= set(opportunity.welcome),
        "badge": lambda: badge is not None and badge.slug == asked["badge"],
        "provider": lambda: opportunity.provider.slug == asked["provider"],
        "age": lambda: opportunity.min_age <= age <= opportunity.max_age,
        "suited": lambda: age is None or youngest <= age <= oldest,
        "free": lambda: opportunity.cost_pence == 0,
        "step_free": lambda: opportunity.place.step_free,
        "online": lambda: opportunity.mode is not AttendanceMode.IN_PERSON,
        "text": lambda: _says(opportunity, asked["text"]),
    }
    return all(rule() for name, rule in rules.items() if name in asked)


def _says(opportunity: Opportunity, typed: str) -> bool:
    said = set(f"{opportunity.title} {opportunity.description}".lower().split())
    return any(
        all(
            (word[1:] not in said) if word.startswith("-") else (word.strip('"') in said)
            for word in side.split()
        )
        for side in typed.split(" or ")
    )


def _lies_there(world: World, asked: dict, opportunity: Opportunity) -> bool:
    if "bbox" not in asked or "online" in asked:
        return True
    west, south, east, north = map(float, asked["bbox"].split(","))
    lon, lat = world.lon_lat[opportunity.place.id]
    return west <= lon <= east and south <= lat <= north


def _is_when(asked: dict, starts_at: datetime) -> bool:
    local = starts_at.astimezone(LONDON)
    rules = {
        "day": lambda: local.isoweekday() in asked["day"],
        "evening": lambda: local.time() >= time(17),
        "from": lambda: local.date() >= date.fromisoformat(asked["from"]),
        "to": lambda: local.date() <= date.fromisoformat(asked["to"]),
        "holidays": lambda: any(
            opens <= starts_at < closes
            for opens, closes in school_holidays(NOW.astimezone(LONDON).date())
        ),
    }
    return all(rule() for name, rule in rules.items() if name in asked)


class Surfaces:
    """Each place where a search is answered, read the way its reader reads it."""

    def __init__(self, client) -> None:
        self.client = client

    def list_and_pins(self, query: str):
        """Return the number said to be found, and of each card its slug and where its pin goes."""
        cards, total, address = [], None, f"/?{query}"
        while address:
            page = self.client.get(address).text
            said = COUNT.search(page)
            total = int(said[1] or 0)
            if total:
                cards += CARD.findall(page)
            following = NEXT.search(page)
            address = html.unescape(following[1]) if following else None
        assert [int(n) for n, *_rest in cards] == list(range(1, len(cards) + 1))
        return total, [(slug, float(lat), float(lon)) for _n, lat, lon, slug in cards]

    def embedded(self, kind: str, query: str) -> list[str]:
        slugs, address = [], f"/embed/{kind}?{query}"
        while address:
            page = self.client.get(address).text
            slugs += [slug for *_rest, slug in CARD.findall(page)]
            following = NEXT.search(page)
            address = html.unescape(following[1]) if following else None
        return slugs

    def api(self, query: str, members: str = "opportunities") -> list[dict]:
        told, address = [], f"/api/v1/opportunities?{query}"
        while address:
            page = self.client.get(address).json
            assert page["problems"] == []
            told += page[members]
            address = page.get("next")
        return told

    def geojson(self, query: str) -> list[tuple]:
        return [
            (
                feature["id"],
                tuple(feature["geometry"]["coordinates"]),
                feature["properties"]["next_start"],
            )
            for feature in self.api(f"{query}&format=geojson", "features")
        ]

    def json_feed(self, query: str) -> list[str]:
        urls, address = [], f"/feeds/opportunities.json?{query}"
        while address:
            page = self.client.get(address).json
            urls += [item["url"] for item in page["items"]]
            address = page.get("next_url")
        return [_slug(url) for url in urls]

    def atom(self, query: str) -> list[str]:
        urls, address = [], f"/feeds/opportunities.atom?{query}"
        while address:
            root = ElementTree.fromstring(self.client.get(address).data)
            urls += [link.get("href") for link in root.iterfind(f"{ATOM}entry/{ATOM}link")]
            following = root.find(f"{ATOM}link[@rel='next']")
            address = None if following is None else following.get("href")
        return [_slug(url) for url in urls]

    def calendar(self, query: str) -> list[tuple[str, str]]:
        answer = self.client.get(f"/feeds/opportunities.ics?{query}")
        events = Calendar.from_ical(answer.data).walk("VEVENT")
        return [(_slug(event["url"]), str(event["uid"])) for event in events]


def _slug(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_surface_holds_what_plain_python_finds_in_the_same_order(client, db, part):
    random = Random(part)
    world = World(random)
    db.commit()
    surfaces, sizes = Surfaces(client), []

    for number in range(SEARCHES):
        asked = random_search(world, random)
        query = urlencode(asked, doseq=True)
        found = expected(world, asked)
        sizes.append(len(found))
        _compare_pages(surfaces, world, query, found, number)
        _compare_programs(surfaces, f"{query}&limit={random.choice((3, 20, 500))}", found)

    # Searches that find nothing, or everything, would prove nothing.
    assert sum(size > 1 for size in sizes) > SEARCHES / 3
    assert max(sizes) > 20
    assert 0 in sizes


def test_a_program_may_ask_from_a_point_of_its_own(client, db):
    random = Random("programs")
    world = World(random)
    db.commit()
    surfaces = Surfaces(client)

    for _ in range(40):
        asked = random_search(world, random) | {"online": 0}
        asked.pop("online")
        lon, lat = round(YORK[0] + random.gauss(0, 0.03), 3), round(YORK[1] + 0.01, 3)
        radius_m = random.randint(500, 20_000)
        point = _point_on_the_grid(lon, lat)
        found = expected(world, asked, point, radius_m)
        own = {"lon": lon, "lat": lat, "radius_m": radius_m, "limit": 7}
        _compare_programs(surfaces, urlencode(asked | own, doseq=True), found)


JUNK = (
    *("", "%00", "%FF", "nan", "inf", "-1", "1e999", "0x1", "9" * 400, "a" * 5000, "\u202e", "🙂"),
    *("'; DROP TABLE city; --", "{}", "%s", ":lon", "' || '", "or", "-", '"', "- or -", "<script>"),
    *("1,2,3", "nan,nan,nan,nan", "-180,-85,180,85", "1,1,1,1", "0001-01-01", "9999-12-31"),
    *(f"[{each}]" for each in ("null", '"soonest",0,1,"9999-12-31T23:59:59+00:00",null')),
)
NAMES = (
    *("area", "within", "bbox", "text", "kind", "category", "skill", "welcome", "badge", "age"),
    *("provider", "suited", "day", "evening", "holidays", "from", "to", "free", "step_free"),
    *("online", "sort", "cursor", "lon", "lat", "radius_m", "limit", "format", "city", "url"),
)
ADDRESSES = (
    *("/", "/api/v1/opportunities", "/embed/list", "/embed/map"),
    *(f"/feeds/opportunities.{form}" for form in ("atom", "json", "ics")),
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_query_string_breaks_a_surface(client, db, address):
    random = Random(address)
    factories.scheduled_session()
    marks = [
        base64.urlsafe_b64encode(json.dumps([order, 2**61, 2**61, at, distance]).encode()).decode()
        for order in ("nearest", "soonest", "newest")
        for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-06-01")
        for distance in (None, 0, 1e300, float("nan"))
    ]
    for name in NAMES:
        # A few of each for each surface, and others for the next: all of them would take minutes.
        for junk in (*random.sample(JUNK, 7), *(marks if name == "cursor" else ())):
            other = random.choice(NAMES)
            query = urlencode(
                {
                    other: random.choice(JUNK),
                    name: junk,
                }
            )
            answer = client.get(f"{address}?{query}")

            assert (query, answer.status_code) == (query, 200)


def _compare_pages(surfaces: Surfaces, world: World, query: str, found, number: int) -> None:
    slugs = [one.opportunity.slug for one in found]
    total, cards = surfaces.list_and_pins(query)
    places = [world.lon_lat[one.opportunity.place.id] for one in found]

    assert (query, [slug for slug, *_where in cards]) == (query, slugs)
    assert total == len(found)
    for (_slug, *pin), (lon, lat) in zip(cards, places, strict=True):
        assert pin == pytest.approx([lat, lon], abs=1e-5)
    # The rest in turn: they are made from the same rows, and each is asked a hundred times or more.
    if number % 3 == 0:
        assert (query, surfaces.atom(query)) == (query, slugs)
    elif number % 3 == 1:
        assert (query, surfaces.json_feed(query)) == (query, slugs)
    else:
        events = [(one.opportunity.slug, str(one.session.uuid)) for one in found]
        assert (query, surfaces.calendar(query)) == (query, events)
    if number % 4 == 0:
        kind = "map" if number % 8 else "list"
        assert (query, surfaces.embedded(kind, query)) == (query, slugs)


def _compare_programs(surfaces: Surfaces, query: str, found) -> None:
    told = surfaces.api(query)

    assert (query, [_slug(each["url"]) for each in told]) == (
        query,
        [one.opportunity.slug for one in found],
    )
    assert surfaces.geojson(query) == [
        (one["id"], (one["place"]["lon"], one["place"]["lat"]), one["next_session"]["starts_at"])
        for one in told
    ]
    for each, one in zip(told, found, strict=True):
        assert each["next_session"]["id"] == str(one.session.uuid)
        is_few = one.session.remaining_capacity < 5
        assert each["next_session"]["remaining"] == ("few" if is_few else "yes")
        starts_at = datetime.fromisoformat(each["next_session"]["starts_at"])
        assert starts_at == one.session.starts_at.astimezone(UTC)
        distance_m = None if one.distance_m is None else pytest.approx(one.distance_m, abs=0.51)
        assert each["distance_m"] == distance_m


def _point_on_the_grid(lon: float, lat: float) -> tuple[float, float]:
    point = func.ST_Transform(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326), 27700)
    row = current_db.execute(select(func.ST_X(point), func.ST_Y(point))).one()
    return row[0], row[1]
