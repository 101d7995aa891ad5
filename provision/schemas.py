"""What an officer asks: through which lens to look, and what to put on where."""

from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import MultiDict

from accounts.models import YOUNG_BANDS, AgeBand
from app.forms import FormSchema
from opportunities.models import Category
from provision.lens import OLDEST, YOUNGEST, Lens, Mode, When
from provision.whatif import Proposal

#: How often something is on in a week, as an address writes it.
OFTEN = ("0.25", "0.5", "1", "2", "3", "5")
#: What may come to an opportunity (`ck_opportunity_age_range`).
_LEAST_AGE, _MOST_AGE = 5, 25
_HOW_MANY = _l("Type how many can come, from 1 to 1,000.")
_HOW_LONG = _l("Type how many hours, like 2 or 1.5.")
_Kind = TypeVar("_Kind", bound=StrEnum)


class Counted(StrEnum):
    """What is counted before and after."""

    LIKE_IT = "like"
    EVERYTHING = "all"


def read_lens(given: MultiDict[str, str]) -> Lens:
    """Return the lens that an address asks for; what it cannot mean asks nothing."""
    band = _one_of(AgeBand, given.get("age"))
    return Lens(
        mode=_one_of(Mode, given.get("mode")) or Mode.WALK,
        category=_one_of(Category, given.get("category")),
        age_band=band if band in YOUNG_BANDS else None,
        when=_one_of(When, given.get("when")) or When.ANY,
        is_free=given.get("free") == "1",
        is_step_free=given.get("step_free") == "1",
    )


def written(lens: Lens) -> dict[str, str]:
    """Return a lens as `read_lens` reads it, with what it asks and no more."""
    asked = {
        "mode": lens.mode.value,
        "category": lens.category.value if lens.category else "",
        "age": lens.age_band.value if lens.age_band else "",
        "when": lens.when.value if lens.when is not When.ANY else "",
        "free": "1" if lens.is_free else "",
        "step_free": "1" if lens.is_step_free else "",
    }
    return {name: value for name, value in asked.items() if value}


def _usually(kind: type[StrEnum], usual: StrEnum | None) -> fields.Enum:
    return fields.Enum(
        kind,
        by_value=True,
        load_default=usual,
        error_messages={"unknown": _l("Choose one of these.")},
    )


def _age(usual: int) -> fields.Integer:
    asked = _l("Type an age from 5 to 25.")
    return fields.Integer(
        load_default=usual,
        validate=validate.Range(_LEAST_AGE, _MOST_AGE, error=asked),
        error_messages={"invalid": asked, "too_large": asked},
    )


def _ticked() -> fields.Boolean:
    return fields.Boolean(
        load_default=False, error_messages={"invalid": _l("Choose one of these.")}
    )


class ProposalForm(FormSchema):
    """A session to try out. Every box has a usual value, so that an area alone is enough to ask."""

    area = fields.String(required=True, error_messages={"required": _l("Choose an area.")})
    second = fields.String(load_default="")
    mode = _usually(Mode, Mode.WALK)
    category = _usually(Category, None)
    youngest = _age(YOUNGEST)
    oldest = _age(OLDEST)
    places = fields.Integer(
        load_default=20,
        validate=validate.Range(1, 1000, error=_HOW_MANY),
        error_messages={"invalid": _HOW_MANY, "too_large": _HOW_MANY},
    )
    hours = fields.Float(
        load_default=2.0,
        validate=validate.Range(0.25, 24, error=_HOW_LONG),
        error_messages={"invalid": _HOW_LONG, "too_large": _HOW_LONG, "special": _HOW_LONG},
    )
    often = fields.String(
        load_default="1", validate=validate.OneOf(OFTEN, error=_l("Choose how often."))
    )
    when = _usually(When, When.ANY)
    free = _ticked()
    step_free = _ticked()
    count = _usually(Counted, Counted.LIKE_IT)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_more: Any) -> None:
        if data["youngest"] > data["oldest"]:
            raise ValidationError(_l("The oldest cannot be younger than the youngest."), "oldest")
        if data["oldest"] < YOUNGEST or data["youngest"] > OLDEST:
            raise ValidationError(_l("Some of them must be 11 to 24."), "youngest")


def proposal_of(data: dict[str, Any]) -> Proposal:
    """Return what a sound `ProposalForm` proposes."""
    return Proposal(
        category=data["category"],
        youngest=data["youngest"],
        oldest=data["oldest"],
        places=data["places"],
        hours=data["hours"],
        times=float(data["often"]),
        when=data["when"],
        is_free=data["free"],
        is_step_free=data["step_free"],
    )


class PlaceForm(FormSchema):
    """A postcode, or a name, in place of an area from the list. It leads to an area and is not kept."""

    where = fields.String(
        required=True,
        validate=validate.Length(max=80, error=_l("Type a postcode, like CF24 2AB.")),
        error_messages={"required": _l("Type a postcode, like CF24 2AB.")},
    )
    into = fields.String(
        load_default="area",
        validate=validate.OneOf(("area", "second"), error=_l("Choose one of these.")),
    )


def _one_of(kind: type[_Kind], given: str | None) -> _Kind | None:
    try:
        return kind(given) if given else None
    except ValueError:
        return None
