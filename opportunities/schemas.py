"""What crosses the boundary: what a visitor or a program may ask the search for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from app.clock import LONDON
from app.holidays import school_holidays
from badges.models import Skill
from opportunities.models import Category, OpportunityKind, Welcome
from opportunities.queries import Mark, Order, SearchRequest, UnknownPlace, read_mark
from opportunities.queries.request import Box
from opportunities.wording import METRES_IN_A_MILE

#: The distances that a visitor can choose from, in miles.
DISTANCES = (1, 3, 5, 10, 25)
USUAL_DISTANCE = 3
AGES = range(8, 26)
PAGE_SIZE = 20
MOST_AT_ONCE = 500
_LONGEST_WORDS = 100
_FARTHEST_M = 100_000
#: A hundred metres or so: nobody's doorstep.
_POSITION_DECIMALS = 3


class BoxField(fields.Field):
    """A stretch of the map: west, south, east and north, in degrees, with commas between."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Box:
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            raise ValidationError(str(self.error_messages["invalid"])) from None
        # Written so that what is not a number fails too.
        if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
            raise ValidationError(str(self.error_messages["invalid"]))
        return west, south, east, north


class MarkField(fields.Field):
    """Where a page of a search begins, as the page before it said."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Mark:
        try:
            return read_mark(str(value))
        except UnknownPlace:
            raise ValidationError(str(self.error_messages["invalid"])) from None


def _one_of(choices: type[StrEnum], sentence: Any) -> fields.List:
    return fields.List(
        fields.Enum(choices, by_value=True, error_messages={"unknown": sentence}),
        validate=validate.Length(max=len(choices), error=sentence),
    )


def _whole(lowest: int, highest: int, sentence: Any, **given: Any) -> fields.Integer:
    return fields.Integer(
        validate=validate.Range(lowest, highest, error=sentence),
        error_messages={"invalid": sentence, "too_large": sentence},
        **given,
    )


def _degrees(limit: int, sentence: Any) -> fields.Float:
    return fields.Float(
        validate=validate.Range(-limit, limit, error=sentence),
        error_messages={"invalid": sentence, "special": sentence, "too_large": sentence},
    )


def _switch(sentence: Any) -> fields.Boolean:
    return fields.Boolean(error_messages={"invalid": sentence})


def _day(sentence: Any, **given: Any) -> fields.Date:
    return fields.Date(
        validate=validate.Range(date(2000, 1, 1), date(2100, 1, 1), error=sentence),
        error_messages={"invalid": sentence},
        **given,
    )


def _name(sentence: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(r"^[\w-]{1,100}$", error=sentence))


class SearchQuery(Schema):
    """The query string of a search: the same for pages, programs, feeds and embeds."""

    class Meta:
        unknown = EXCLUDE

    area = fields.String(
        validate=validate.Regexp(r"^[A-Z][0-9]{8}$", error=_l("Area: not one we know."))
    )
    within = fields.Integer(
        validate=validate.OneOf(DISTANCES, error=_l("Distance: not one we know.")),
        error_messages={"invalid": _l("Distance: not one we know.")},
    )
    bbox = BoxField(error_messages={"invalid": _l("Part of the map: not one we know.")})
    text = fields.String(
        validate=validate.Length(max=_LONGEST_WORDS, error=_l("Words: use fewer, please."))
    )
    kind = _one_of(OpportunityKind, _l("Kind: not one we know."))
    category = _one_of(Category, _l("Category: not one we know."))
    skill = _one_of(Skill, _l("Skill: not one we know."))
    welcome = _one_of(Welcome, _l("Welcome: not one we know."))
    badge = _name(_l("Badge: not one we know."))
    provider = _name(_l("Organisation: not one we know."))
    age = _whole(5, 25, _l("Age: choose a number from 5 to 25."))
    suited = _switch(_l("Meant for my age: it is either on or off."))
    day = fields.List(
        _whole(1, 7, _l("Day: not one we know.")),
        validate=validate.Length(max=7, error=_l("Day: not one we know.")),
    )
    evening = _switch(_l("Evening: it is either on or off."))
    holidays = _switch(_l("School holidays: it is either on or off."))
    from_day = _day(_l("From: write a day like 2026-11-28."), data_key="from")
    to_day = _day(_l("To: write a day like 2026-11-28."), data_key="to")
    free = _switch(_l("Free: it is either on or off."))
    step_free = _switch(_l("Step-free: it is either on or off."))
    online = _switch(_l("Online: it is either on or off."))
    sort = fields.Enum(
        Order, by_value=True, error_messages={"unknown": _l("Order: not one we know.")}
    )
    cursor = MarkField(error_messages={"invalid": _l("Page: there is no such page.")})


class ProgramQuery(SearchQuery):
    """What programs may ask besides: a point of their own, and how many at once."""

    lon = _degrees(180, "lon: degrees from -180 to 180.")
    lat = _degrees(85, "lat: degrees from -85 to 85.")
    radius_m = _whole(1, _FARTHEST_M, f"radius_m: metres from 1 to {_FARTHEST_M}.")
    limit = _whole(1, MOST_AT_ONCE, f"limit: a number from 1 to {MOST_AT_ONCE}.")


#: Made once: a schema copies each of its fields when it is made, which takes longer than to read.
_PAGES = SearchQuery()
PROGRAMS = ProgramQuery()
#: Names of the query string that are no names of ours.
_DATA_KEYS = {
    name: each.data_key for name, each in _PAGES.fields.items() if each.data_key is not None
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a visitor asked for, and what of it could not be understood."""

    area: str = ""
    within: int = USUAL_DISTANCE
    bbox: Box | None = None
    text: str = ""
    kind: tuple[OpportunityKind, ...] = ()
    category: tuple[Category, ...] = ()
    skill: tuple[Skill, ...] = ()
    welcome: tuple[Welcome, ...] = ()
    badge: str = ""
    provider: str = ""
    age: int | None = None
    suited: bool = False
    day: tuple[int, ...] = ()
    evening: bool = False
    holidays: bool = False
    from_day: date | None = None
    to_day: date | None = None
    free: bool = False
    step_free: bool = False
    online: bool = False
    sort: Order | None = None
    cursor: Mark | None = None
    #: Programs only.
    lon: float | None = None
    lat: float | None = None
    radius_m: int | None = None
    limit: int = PAGE_SIZE
    #: A sentence for each part that was left out.
    problems: tuple[str, ...] = ()

    @property
    def filters_on(self) -> int:
        """Return how many filters narrow the list: where, order and page are none."""
        return sum(
            len(value) if isinstance(value, tuple) else bool(value)
            for value in (getattr(self, name) for name in FILTERS)
        )

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the query string that asks for this, with `changes`; usual values are left out.

        A change begins at the first page again, unless it says which.
        """
        changes = {"cursor": None} | changes if changes else changes
        asked = {one.name: getattr(self, one.name) for one in fields_of(self)} | changes
        return {
            _DATA_KEYS.get(name, name): _written(value)
            for name, value in asked.items()
            if name != "problems" and value != getattr(_USUAL, name)
        }

    def request(
        self,
        *,
        now: datetime,
        point: tuple[float, float] | None,
        city_id: int | None = None,
        provider_id: int | None = None,
        achievement_id: int | None = None,
    ) -> SearchRequest:
        """Return this as the one search takes it, from a point where one is known."""
        lon, lat = point or (None, None)
        return SearchRequest(
            starts_after=now,
            lon=lon,
            lat=lat,
            radius_m=self._radius_m() if point and self.bbox is None else None,
            box=self.bbox,
            city_id=city_id,
            provider_id=provider_id,
            achievement_id=achievement_id,
            kinds=frozenset(self.kind),
            categories=frozenset(self.category),
            skills=frozenset(self.skill),
            welcome=frozenset(self.welcome),
            age=self.age,
            is_suited=self.suited,
            days=frozenset(self.day),
            is_evening=self.evening,
            within_stretches=_holidays_after(now) if self.holidays else (),
            from_day=self.from_day,
            to_day=self.to_day,
            is_free=self.free,
            is_step_free=self.step_free,
            is_online=self.online,
            words=self.text,
            order=self.sort,
            after=self.cursor,
            limit=self.limit,
        )

    def _radius_m(self) -> float:
        return self.within * METRES_IN_A_MILE if self.radius_m is None else self.radius_m


_USUAL = Asked()
#: What narrows a list, by name.
FILTERS = (
    *("text", "kind", "category", "skill", "welcome", "badge", "provider", "age", "suited"),
    *("day", "evening", "holidays", "from_day", "to_day", "free", "step_free", "online"),
)
#: The same, empty: what "clear the filters" asks for.
CLEARED = {name: getattr(_USUAL, name) for name in FILTERS}


def read_search(given: MultiDict[str, str], schema: Schema | None = None) -> Asked:
    """Return what was asked; what cannot be understood is left out and said, never refused."""
    sound: dict[str, Any] = {}
    problems: list[str] = []
    for name, field, values in _given(schema or _PAGES, given):
        try:
            sound[name] = field.deserialize(values)
        except ValidationError as error:
            problems += _sentences(error.normalized_messages())
            # Of a list, marshmallow hands back what was sound.
            if error.valid_data:
                sound[name] = error.valid_data
    return _asked(sound, tuple(dict.fromkeys(problems)))


def _asked(sound: Mapping[str, Any], problems: tuple[str, ...]) -> Asked:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in sound.items()
    }
    for name in ("lon", "lat"):
        if name in values:
            values[name] = round(values[name], _POSITION_DECIMALS)
    return Asked(**values, problems=problems)


def _given(
    schema: Schema, given: MultiDict[str, str]
) -> Iterator[tuple[str, fields.Field, str | list[str]]]:
    """Yield the name, the field and the value of each part of a query string that says something.

    Part by part: a schema looks at every field it has, and most searches ask for a few.
    """
    known = _fields_by_key(schema)
    for key in given:
        name, field = known.get(key, ("", None))
        values = [clean for value in given.getlist(key) if (clean := _printable(value))]
        if field is not None and values:
            # A name given twice where one is taken: the first counts.
            is_list = isinstance(field, fields.List)
            yield name, field, list(dict.fromkeys(values)) if is_list else values[0]


@cache
def _fields_by_key(schema: Schema) -> dict[str, tuple[str, fields.Field]]:
    return {field.data_key or name: (name, field) for name, field in schema.fields.items()}


def _printable(value: str) -> str:
    """Drop what cannot be typed: PostgreSQL refuses some of it."""
    if not value.isprintable():
        value = "".join(each if each.isprintable() else " " for each in value)
    return " ".join(value.split())


def _written(value: Any) -> Any:
    """Return a value as a query string carries it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Mark):
        return value.written()
    if isinstance(value, tuple) and value and all(isinstance(each, float) for each in value):
        return ",".join(f"{each:.4f}".rstrip("0").rstrip(".") for each in value)
    return value


def _holidays_after(now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return school_holidays(now.astimezone(LONDON).date())


def _sentences(problems: Any) -> tuple[str, ...]:
    """Return each message once, however deep marshmallow put it."""
    if not isinstance(problems, dict | list):
        return (str(problems),)
    each = problems.values() if isinstance(problems, dict) else problems
    return tuple(dict.fromkeys(sentence for value in each for sentence in _sentences(value)))
