"""What someone looks for, in what order, and where in that order they are."""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from badges.models import Skill
from opportunities.models import Category, OpportunityKind, Welcome

#: West, south, east, north in WGS 84 degrees.
Box = tuple[float, float, float, float]
#: The first instant of a stretch of time, and the first instant after it.
Stretch = tuple[datetime, datetime]


#: No mark of ours lies outside them; days far outside cannot even be reckoned with.
_YEARS = range(2000, 2200)


class Order(StrEnum):
    NEAREST = "nearest"
    SOONEST = "soonest"
    NEWEST = "newest"


class UnknownPlace(ValueError):
    """What was given marks no place in any order."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a page ends: the last row's own key, so that the next page begins right after it.

    Rows that come or go meanwhile move nothing: no row is shown twice or passed over for them.
    """

    order: Order
    #: How many rows lie before the next one: the list is numbered through.
    rows_before: int
    opportunity_id: int
    #: The row's next session or, where the newest come first, when it was published.
    at: datetime
    distance_m: float | None = None

    def written(self) -> str:
        """Return the mark as an address carries it."""
        parts = [
            self.order.value,
            self.rows_before,
            self.opportunity_id,
            self.at.isoformat(),
            self.distance_m,
        ]
        plain = json.dumps(parts, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def read_mark(written: str) -> Mark:
    """Return the mark that `Mark.written` wrote.

    :raises UnknownPlace: it is not one.
    """
    try:
        plain = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        order, rows_before, opportunity_id, at, distance_m = json.loads(plain)
        mark = Mark(
            order=Order(order),
            rows_before=_whole(rows_before),
            opportunity_id=_whole(opportunity_id),
            at=datetime.fromisoformat(at),
            distance_m=None if distance_m is None else float(distance_m),
        )
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise UnknownPlace from error
    is_a_day = mark.at.tzinfo is not None and mark.at.year in _YEARS
    if not is_a_day or not 0 <= (mark.distance_m or 0) < 1e9:
        raise UnknownPlace
    return mark


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What someone looks for. Whatever is left empty is not asked of the results."""

    #: Only sessions that start after this instant.
    starts_after: datetime
    #: Where from, in WGS 84 degrees.
    lon: float | None = None
    lat: float | None = None
    #: How far from there, in metres.
    radius_m: float | None = None
    box: Box | None = None
    city_id: int | None = None
    provider_id: int | None = None
    achievement_id: int | None = None
    kinds: frozenset[OpportunityKind] = frozenset()
    categories: frozenset[Category] = frozenset()
    #: At least one of them is practised.
    skills: frozenset[Skill] = frozenset()
    #: All of them are given.
    welcome: frozenset[Welcome] = frozenset()
    #: Only what someone of this age may join.
    age: int | None = None
    #: Only what is meant for that age, too.
    is_suited: bool = False
    #: Days of the week in London: 1 is Monday, 7 is Sunday.
    days: frozenset[int] = frozenset()
    #: Only from five in the afternoon, in London.
    is_evening: bool = False
    #: Only in one of these stretches: the school holidays, say.
    within_stretches: tuple[Stretch, ...] = ()
    #: Days in London, both inclusive.
    from_day: date | None = None
    to_day: date | None = None
    is_free: bool = False
    is_step_free: bool = False
    #: Only what one can join from home. Distance then says nothing, and is not asked.
    is_online: bool = False
    #: As a person types them: all of them, `or` between two, `"a phrase"`, `-not this`.
    words: str = ""
    #: When not said, the nearest first where a point is known, else the soonest.
    order: Order | None = None
    after: Mark | None = None
    limit: int = 20

    @property
    def point(self) -> tuple[float, float] | None:
        """Return where from, longitude first, when it is known."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)

    @property
    def sorted_by(self) -> Order:
        """Return the order that the rows come in: nothing is nearest to nowhere."""
        usual = Order.SOONEST if self.point is None else Order.NEAREST
        is_possible = self.order is not None and (self.order is not Order.NEAREST or self.point)
        return self.order if self.order and is_possible else usual

    @property
    def resumed(self) -> Mark | None:
        """Return where to go on, if that mark belongs to this order."""
        after = self.after
        if after is None or after.order is not self.sorted_by:
            return None
        return None if after.order is Order.NEAREST and after.distance_m is None else after

    @property
    def is_unfiltered(self) -> bool:
        """Return whether this asks for all that is on, in one city or everywhere, first page first."""
        return self == SearchRequest(starts_after=self.starts_after, city_id=self.city_id)

    @property
    def asks_when(self) -> bool:
        """Return whether each start has to be looked at, not only whether one is to come."""
        return bool(
            self.days
            or self.is_evening
            or self.within_stretches
            or self.from_day is not None
            or self.to_day is not None
        )

    def without(self, **changes: Any) -> "SearchRequest":
        """Return this with some of it changed, from the first row on."""
        return replace(self, after=None, **changes)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise UnknownPlace
    return value
