"""A search as SQL: which rows of `opportunity_search` match, and when each is next on.

Written as text, on purpose: every search of the site runs these few lines, and putting them
together from constants costs a hundredth of what building expressions does. Values are only ever
bound; what a visitor sends never becomes part of a statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.clock import LONDON
from opportunities.queries.request import SearchRequest

#: An evening begins at this hour in London.
EVENING_HOUR = 17

#: Where from, worked out once for the statement: on the grid that `spot` is on.
HERE = "ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 27700)"
DISTANCE = "(s.spot <-> (SELECT point FROM here))"
#: The first of a row's starts after an instant: they are kept in order, so that one look finds it.
_FIRST_AFTER = "s.starts[width_bucket(CAST(:after AS timestamptz), s.starts) + 1]"
#: No farther than this, and there are fewer things than the country has with a common word.
_NEAR_M = 10_000
#: Filters that ask no more of a start than when it is at the earliest, and at the latest.
_STRETCH = {"open", "from", "to"}
#: As far as two instants can be from each other and not be the same, to PostgreSQL.
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Conditions:
    """What is asked of a row, by the name of the filter that asks it, and the values it binds."""

    of_row: dict[str, str]
    #: What is asked of the start `t` of a session.
    of_start: dict[str, str]
    values: dict[str, Any]

    @property
    def row_text(self) -> str:
        """Return what all filters together ask of a row."""
        return " AND ".join(self.of_row.values())

    @property
    def coming(self) -> str:
        """Return the SELECT of when a row `s` is next on; it is null where no start is as asked."""
        if self.of_start.keys() <= _STRETCH:
            ends = f" WHERE {_FIRST_AFTER} < :to_at" if "to" in self.of_start else ""
            return f"SELECT {_FIRST_AFTER} AS next_start{ends}"
        asked = " AND ".join(self.of_start.values())
        return f"SELECT min(t) AS next_start FROM unnest(s.starts) t WHERE {asked}"

    @property
    def coming_text(self) -> str:
        """Return what is asked of a row where it does not matter when it is next on."""
        if list(self.of_start) == ["open"]:
            # That its last session is to come is asked of the row already.
            return self.row_text
        return f"{self.row_text} AND ({self.coming}) IS NOT NULL"

    @property
    def here_text(self) -> str:
        """Return what a statement begins with: where from, where that is asked."""
        return (
            f"WITH here AS MATERIALIZED (SELECT {HERE} AS point) " if "lon" in self.values else ""
        )


def conditions(wanted: SearchRequest, *, query: str | None) -> Conditions:
    """Return a search as SQL.

    :param query: the words asked for, as a `tsquery` in text; None where none were.
    """
    rows = {name: text for name, text, is_asked in _row_filters(wanted, query) if is_asked}
    starts = {name: text for name, text, is_asked in _start_filters(wanted) if is_asked}
    return Conditions(rows, starts, _values(wanted, query))


def matching(found: Conditions, *, columns: str, also: str = "") -> str:
    """Return the statement that selects `columns` of each row `s` and its `coming.next_start`."""
    return (
        f"{found.here_text}SELECT {columns} FROM opportunity_search s"
        f" CROSS JOIN LATERAL ({found.coming}) coming"
        f" WHERE coming.next_start IS NOT NULL AND {found.row_text}{also}"
    )


def _row_filters(wanted: SearchRequest, query: str | None) -> Iterator[tuple[str, str, bool]]:
    is_here = not wanted.is_online
    yield "open", "s.last_starts_at > :after AND s.listed_until > :now", True
    yield (
        "radius",
        "ST_DWithin(s.spot, (SELECT point FROM here), :radius_m)",
        is_here and wanted.point is not None and wanted.radius_m is not None,
    )
    yield (
        "box",
        "s.mercator && ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857) "
        "AND s.lon BETWEEN :west AND :east AND s.lat BETWEEN :south AND :north",
        is_here and wanted.box is not None,
    )
    yield "city", "s.city_id = :city_id", wanted.city_id is not None
    yield "provider", "s.provider_id = :provider_id", wanted.provider_id is not None
    yield "badge", "s.achievement_id = :achievement_id", wanted.achievement_id is not None
    yield "kind", "s.kind = ANY(:kinds)", bool(wanted.kinds)
    yield "category", "s.category = ANY(:categories)", bool(wanted.categories)
    yield "skill", "s.skills && :skills", bool(wanted.skills)
    yield "welcome", "s.welcome @> :welcome", bool(wanted.welcome)
    yield (
        "age",
        "s.min_age <= CAST(:age AS int) AND s.max_age >= CAST(:age AS int)",
        wanted.age is not None,
    )
    yield (
        "suited",
        "s.suits_min_age <= CAST(:age AS int) AND s.suits_max_age >= CAST(:age AS int)",
        wanted.is_suited and wanted.age is not None,
    )
    yield "free", "s.is_free", wanted.is_free
    yield "step_free", "s.is_step_free", wanted.is_step_free
    yield "online", "s.is_online", wanted.is_online
    yield "text", _words_text(wanted), query is not None


def _words_text(wanted: SearchRequest) -> str:
    """Return what is asked of a row's words.

    Near a place there are few rows, and each is looked at: `IS TRUE` hides from the planner that
    there is an index of the words, whose lists are as long as the country.
    """
    is_near = wanted.radius_m is not None and wanted.radius_m <= _NEAR_M and not wanted.is_online
    if is_near:
        return "(s.words @@ (SELECT CAST(:query AS tsquery))) IS TRUE"
    return "s.words @@ CAST(:query AS tsquery)"


def _start_filters(wanted: SearchRequest) -> Iterator[tuple[str, str, bool]]:
    yield "open", "t > :now", True
    yield "from", "t >= :from_at", wanted.from_day is not None
    yield "to", "t < :to_at", wanted.to_day is not None
    yield (
        "day",
        "extract(isodow FROM timezone('Europe/London', t))::int = ANY(:days)",
        bool(wanted.days),
    )
    yield (
        "evening",
        f"extract(hour FROM timezone('Europe/London', t)) >= {EVENING_HOUR}",
        wanted.is_evening,
    )
    yield (
        "holidays",
        "EXISTS (SELECT FROM unnest(CAST(:opens AS timestamptz[]), CAST(:closes AS timestamptz[]))"
        " AS stretch (opens, closes) WHERE t >= opens AND t < closes)",
        bool(wanted.within_stretches),
    )


def _values(wanted: SearchRequest, query: str | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "now": wanted.starts_after,
        "after": _after(wanted),
    }
    if wanted.point:
        values["lon"], values["lat"] = wanted.point
    if wanted.box:
        values |= dict(zip(("west", "south", "east", "north"), wanted.box, strict=True))
    asked = {
        "radius_m": wanted.radius_m,
        "city_id": wanted.city_id,
        "provider_id": wanted.provider_id,
        "achievement_id": wanted.achievement_id,
        "age": wanted.age,
        "from_at": _midnight(wanted.from_day),
        "to_at": _midnight(wanted.to_day and wanted.to_day + timedelta(days=1)),
        "query": query,
    }
    values |= {name: value for name, value in asked.items() if value is not None}
    chosen = {
        "kinds": wanted.kinds,
        "categories": wanted.categories,
        "skills": wanted.skills,
        "welcome": wanted.welcome,
        "days": wanted.days,
    }
    values |= {name: sorted(choices) for name, choices in chosen.items() if choices}
    if wanted.within_stretches:
        values["opens"], values["closes"] = map(list, zip(*wanted.within_stretches, strict=True))
    return values


def _after(wanted: SearchRequest) -> datetime:
    """Return the instant that whatever is found starts after."""
    from_at = _midnight(wanted.from_day)
    return max(wanted.starts_after, from_at - _INSTANT) if from_at else wanted.starts_after


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, LONDON).astimezone(UTC)
