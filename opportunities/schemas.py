"""What crosses the boundary: what a visitor may ask the search for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from opportunities.models import Category, OpportunityKind
from opportunities.queries import SearchRequest
from opportunities.wording import METRES_IN_A_MILE

#: The distances that a visitor can choose from, in miles.
DISTANCES = (1, 3, 5, 10, 25)
USUAL_DISTANCE = 3
AGES = range(8, 26)
PAGE_SIZE = 20
#: Nobody turns this many pages; a number beyond it is a mistake or a machine.
_LAST_PAGE = 500
_LONGEST_WORDS = 100


class SearchQuery(Schema):
    """The query string of a search. Names are those of the API, which asks the same search."""

    class Meta:
        unknown = EXCLUDE

    area = fields.String(
        validate=validate.Regexp(r"^[A-Z][0-9]{8}$", error=_l("Area: not one we know."))
    )
    text = fields.String(
        validate=validate.Length(max=_LONGEST_WORDS, error=_l("Words: use fewer, please."))
    )
    kind = fields.List(
        fields.Enum(
            OpportunityKind,
            by_value=True,
            error_messages={"unknown": _l("Kind: not one we know.")},
        )
    )
    category = fields.List(
        fields.Enum(
            Category, by_value=True, error_messages={"unknown": _l("Category: not one we know.")}
        )
    )
    age = fields.Integer(
        validate=validate.Range(5, 25, error=_l("Age: choose a number from 5 to 25.")),
        error_messages={"invalid": _l("Age: choose a number from 5 to 25.")},
    )
    day = fields.List(
        fields.Integer(
            validate=validate.Range(1, 7, error=_l("Day: not one we know.")),
            error_messages={"invalid": _l("Day: not one we know.")},
        )
    )
    free = fields.Boolean(error_messages={"invalid": _l("Free: it is either on or off.")})
    step_free = fields.Boolean(error_messages={"invalid": _l("Step-free: it is either on or off.")})
    within = fields.Integer(
        validate=validate.OneOf(DISTANCES, error=_l("Distance: not one we know.")),
        error_messages={"invalid": _l("Distance: not one we know.")},
    )
    page = fields.Integer(
        validate=validate.Range(1, _LAST_PAGE, error=_l("Page: there is no such page.")),
        error_messages={"invalid": _l("Page: there is no such page.")},
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a visitor asked for, and what of it could not be understood."""

    area: str = ""
    text: str = ""
    kind: tuple[OpportunityKind, ...] = ()
    category: tuple[Category, ...] = ()
    age: int | None = None
    day: tuple[int, ...] = ()
    free: bool = False
    step_free: bool = False
    within: int = USUAL_DISTANCE
    page: int = 1
    #: A sentence for each part that was left out.
    problems: tuple[str, ...] = ()

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the query string that asks for this, with `changes`; usual values are left out."""
        usual = Asked()
        asked = {name: getattr(self, name) for name in SearchQuery().fields} | changes
        return {
            name: int(value) if isinstance(value, bool) else value
            for name, value in asked.items()
            if value != getattr(usual, name)
        }

    def request(
        self, *, now: datetime, point: tuple[float, float] | None, city_id: int | None = None
    ) -> SearchRequest:
        """Return this as the one search takes it, from a point where one is known."""
        lon, lat = point or (None, None)
        return SearchRequest(
            starts_after=now,
            lon=lon,
            lat=lat,
            radius_m=self.within * METRES_IN_A_MILE if point else None,
            city_id=city_id,
            kinds=frozenset(self.kind),
            categories=frozenset(self.category),
            age=self.age,
            days=frozenset(self.day),
            is_free=self.free,
            is_step_free=self.step_free,
            words=self.text,
            limit=PAGE_SIZE,
            offset=(self.page - 1) * PAGE_SIZE,
        )


def read_search(given: MultiDict[str, str]) -> Asked:
    """Return what was asked; what cannot be understood is left out and said, never refused."""
    schema = SearchQuery()
    try:
        return _asked(schema.load(_tidied(schema, given)), ())
    except ValidationError as error:
        # marshmallow hands back each field that was sound, and the sound items of each list.
        sound = error.valid_data if isinstance(error.valid_data, Mapping) else {}
        return _asked(sound, _sentences(error.normalized_messages()))


def _asked(sound: Mapping[str, Any], problems: tuple[str, ...]) -> Asked:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in sound.items()
    }
    return Asked(**values, problems=problems)


def _tidied(schema: Schema, given: MultiDict[str, str]) -> dict[str, Any]:
    tidied: dict[str, Any] = {}
    for name, field in schema.fields.items():
        values = [clean for value in given.getlist(name) if (clean := _printable(value))]
        if values:
            # A name given twice where one is taken: the first counts.
            tidied[name] = (
                list(dict.fromkeys(values)) if isinstance(field, fields.List) else values[0]
            )
    return tidied


def _printable(value: str) -> str:
    """Drop what cannot be typed: PostgreSQL refuses some of it."""
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())


def _sentences(problems: Any) -> tuple[str, ...]:
    """Return each message once, however deep marshmallow put it."""
    if not isinstance(problems, dict | list):
        return (str(problems),)
    each = problems.values() if isinstance(problems, dict) else problems
    return tuple(dict.fromkeys(sentence for value in each for sentence in _sentences(value)))
