"""What the forms of funds take in."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from app.forms import FormSchema
from app.screening import only_words
from opportunities.models import FUND_NAME_LENGTH, MOST_PENCE_A_PLACE


class Pounds(fields.Field):
    """Pounds for one place, kept in pence."""

    def _deserialize(self, value: Any, attr, data, **_more) -> int:
        written = re.fullmatch(r"£? ?(\d{1,5})(?:\.(\d{2}))?", value)
        pence = int(written[1]) * 100 + int(written[2] or 0) if written else 0
        if not 0 < pence <= MOST_PENCE_A_PLACE:
            raise ValidationError(_("Type pounds for one place, like 12 or 12.50."))
        return pence


def _day(missing) -> fields.Date:
    words = _l("Write a day like 2026-09-01.")
    return fields.Date(required=True, error_messages={"required": missing, "invalid": words})


class FundForm(FormSchema):
    """A fund that a city makes."""

    name = fields.String(
        required=True,
        error_messages={"required": _l("Give the fund a name.")},
        validate=[
            validate.Length(
                max=FUND_NAME_LENGTH,
                error=_l("Use %(number)s characters or fewer.", number=FUND_NAME_LENGTH),
            ),
            only_words,
        ],
    )
    starts_on = _day(_l("Say on which day it starts to pay."))
    ends_on = _day(_l("Say which is its last day."))

    @validates_schema
    def days_in_order(self, data: dict[str, Any], **_more) -> None:
        if data["ends_on"] < data["starts_on"]:
            raise ValidationError(_("The last day is before the first."), "ends_on")


class PaidForm(FormSchema):
    """Which listings a fund pays for, by their addresses, and what for a place."""

    listings = fields.List(
        fields.String(),
        required=True,
        error_messages={"required": _l("Choose at least one activity.")},
        validate=validate.Length(
            1, 50, error=_l("Choose at least one activity, and 50 at most at once.")
        ),
    )
    pounds = Pounds(
        required=True,
        error_messages={"required": _l("Type pounds for one place, like 12 or 12.50.")},
    )
