"""The boxes that forms about listings are made of."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from listings.timetable import read_day, read_time


class Day(fields.Field):
    """A day, as people type it."""

    def _deserialize(self, value: Any, attr, data, **_more) -> Any:
        day = read_day(value)
        if day is None:
            raise ValidationError(_("Type a day, like 28/11/2026."))
        return day


class TimeOfDay(fields.Field):
    """A time, as people type it."""

    def _deserialize(self, value: Any, attr, data, **_more) -> Any:
        at = read_time(value)
        if at is None:
            raise ValidationError(_("Type a time, like 10:30 or 4pm."))
        return at


class Pounds(fields.Field):
    """A price in pounds, kept in pence."""

    def _deserialize(self, value: Any, attr, data, **_more) -> int:
        written = re.fullmatch(r"£? ?(\d{1,3})(?:\.(\d{2}))?", value)
        if written is None:
            raise ValidationError(_("Type a price, like 2 or 2.50. Type 0 if it is free."))
        return int(written[1]) * 100 + int(written[2] or 0)


def text_box(missing, longest: int, **more) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    return fields.String(
        required=True,
        error_messages={"required": missing},
        validate=validate.Length(max=longest, error=too_long),
        **more,
    )


def choice_box(kind, missing) -> fields.Enum:
    return fields.Enum(
        kind,
        by_value=True,
        required=True,
        error_messages={"required": missing, "unknown": missing},
    )


def number_box(missing, least: int, most: int) -> fields.Integer:
    return fields.Integer(
        required=True,
        error_messages={"required": missing, "invalid": missing, "too_large": missing},
        validate=validate.Range(least, most, error=missing),
    )
