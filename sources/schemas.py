"""What the pages of bringing in a list take in."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate, validates_schema
from marshmallow.exceptions import ValidationError

from app.clock import LONDON
from app.forms import FormSchema
from app.screening import only_words
from listings.schemas import Day, Pounds, TimeOfDay
from listings.service import MOST_PLACES, OLDEST, YOUNGEST
from listings.timetable import NoSuchTime, instant_of
from opportunities.models import Category, OpportunityKind
from sources.found import Sitting, Where
from sources.models import Takes
from sources.settling import Defaults

#: Where licences of open lists have their own pages.
_LICENCES = (
    *("https://creativecommons.org/", "https://www.nationalarchives.gov.uk/doc/open-government"),
    *("http://creativecommons.org/", "http://www.nationalarchives.gov.uk/doc/open-government"),
    *("https://opendatacommons.org/", "https://spdx.org/licenses/"),
)
_PLEASE_CHOOSE = _l("Choose from the list.")


def _choice(kind) -> fields.Enum:
    return fields.Enum(
        kind, by_value=True, load_default=None, error_messages={"unknown": _PLEASE_CHOOSE}
    )


def _number(words, least: int, most: int) -> fields.Integer:
    return fields.Integer(
        load_default=None,
        validate=validate.Range(least, most, error=words),
        error_messages={"invalid": words, "too_large": words},
    )


def _text(most: int, *also) -> fields.String:
    words = _l("Use %(number)s characters or fewer.", number=most)
    rules = [validate.Length(max=most, error=words), *also]
    return fields.String(load_default="", validate=rules)


def _names_a_licence(text: str) -> None:
    """Let the address of a licence that many use stand; other addresses are no licence."""
    if not text.startswith(_LICENCES):
        only_words(text)


class SettleForm(FormSchema):
    """What holds for every row of a list that does not say it itself."""

    name = _text(80, only_words)
    licence = _text(200, _names_a_licence)
    takes = fields.Enum(
        Takes,
        by_value=True,
        load_default=Takes.ACTIVITIES,
        error_messages={"unknown": _PLEASE_CHOOSE},
    )
    kind = _choice(OpportunityKind)
    category = _choice(Category)
    min_age = _number(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    max_age = _number(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    places = _number(_l("Choose a number of places from 1 to 500."), 1, MOST_PLACES)
    cost = Pounds(load_default=None)
    date = Day(load_default=None)
    start = TimeOfDay(load_default=None)
    end = TimeOfDay(load_default=None)
    place_name = _text(80, only_words)
    place_postcode = _text(10)

    @validates_schema
    def ages_in_order(self, data: dict[str, Any], **_more: Any) -> None:
        youngest, oldest = data.get("min_age"), data.get("max_age")
        if youngest and oldest and youngest > oldest:
            raise ValidationError(str(_l("The oldest age comes second.")), "max_age")

    @validates_schema
    def a_date_is_whole(self, data: dict[str, Any], **_more: Any) -> None:
        if {"date", "start", "end"} - set(data):
            return
        given = [data["date"], data["start"], data["end"]]
        if any(given) and None in given:
            raise ValidationError(str(_l("Give the day, when it starts and when it ends.")), "date")
        if data["date"] is None:
            return
        try:
            if _sitting(data).ends_at <= _sitting(data).starts_at:
                raise ValidationError(
                    str(_l("It has to end after it starts, on the same day.")), "end"
                )
        except NoSuchTime as jump:
            raise ValidationError(str(jump), "start") from jump


def _sitting(data: dict[str, Any]) -> Sitting:
    starts_at, ends_at = (instant_of(data["date"], data[name]) for name in ("start", "end"))
    return Sitting(starts_at, ends_at)


def defaults_of(given: dict[str, Any]) -> Defaults:
    """Return what a sound form says."""
    return Defaults(
        kind=given["kind"],
        category=given["category"],
        min_age=given["min_age"],
        max_age=given["max_age"],
        places=given["places"],
        cost_pence=given["cost"],
        sitting=_sitting(given) if given["date"] else None,
        where=Where(name=given["place_name"], postcode=given["place_postcode"].upper()),
    )


def as_typed(defaults: Defaults) -> dict[str, str]:
    """Return what stands in the form for defaults that were said before."""
    typed = {
        "kind": defaults.kind,
        "category": defaults.category,
        "min_age": defaults.min_age,
        "max_age": defaults.max_age,
        "places": defaults.places,
        "place_name": defaults.where.name,
        "place_postcode": defaults.where.postcode,
    }
    if defaults.cost_pence is not None:
        pounds, pence = divmod(defaults.cost_pence, 100)
        typed["cost"] = f"{pounds}.{pence:02}" if pence else str(pounds)
    if defaults.sitting:
        starts_at, ends_at = (
            each.astimezone(LONDON)
            for each in (defaults.sitting.starts_at, defaults.sitting.ends_at)
        )
        typed |= {"date": f"{starts_at:%Y-%m-%d}"}
        typed |= {"start": f"{starts_at:%H:%M}", "end": f"{ends_at:%H:%M}"}
    return {name: str(value) for name, value in typed.items() if value}
