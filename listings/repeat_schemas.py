"""What forms take in on how something repeats, and the rule that it comes to."""

import re
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validates_schema

from app.forms import FormSchema
from listings.boxes import Day, TimeOfDay, number_box
from listings.repeats import BadRule, Rule, SchoolDays, monthly, refuse_bad_rule, weekly
from listings.timetable import read_day

MOST_PLACES = 500
#: Days that are left out, typed one after the other.
MOST_LEFT_OUT = 60
_UNKNOWN = {"unknown": _l("Choose from the list.")}


class Repeats(StrEnum):
    """How often, as people say it."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class Weekday(StrEnum):
    """A day of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        return list(Weekday).index(self)


class DaysLeftOut(fields.Field):
    """Days as people type them, one after the other."""

    def _deserialize(self, value: Any, attr, data, **_more) -> list[date]:
        typed = [each for each in re.split(r"[,;\n]+|\s+(?:and|a)\s+", value) if each.strip()]
        days = [read_day(each.strip()) for each in typed[: MOST_LEFT_OUT + 1]]
        if len(typed) > MOST_LEFT_OUT or not all(days):
            raise ValidationError(_("Type days like 28/05/2026, with commas between them."))
        return [day for day in days if day]


class RepeatFields(FormSchema):
    """How something repeats. Loads `rule`; nothing where it is held once."""

    repeats = fields.Enum(
        Repeats, by_value=True, load_default=Repeats.ONCE, error_messages=_UNKNOWN
    )
    #: On which days of the week; where none is ticked, on that of the first day.
    days = fields.List(
        fields.Enum(Weekday, by_value=True, error_messages=_UNKNOWN), load_default=list
    )
    school = fields.Enum(
        SchoolDays, by_value=True, load_default=SchoolDays.ALWAYS, error_messages=_UNKNOWN
    )
    until = Day(load_default=None)
    left_out = DaysLeftOut(load_default=list)

    @validates_schema
    def can_be_followed(self, data, **_more) -> None:
        if not {"date", "start", "end"} <= set(data) or data.get("repeats") is Repeats.ONCE:
            return
        until = data.get("until")
        if until and until < data["date"]:
            raise ValidationError(_("The last day comes after the first."), "until")
        try:
            refuse_bad_rule(_rule(data))
        except BadRule as refusal:
            raise ValidationError(str(refusal), "end") from refusal

    @post_load
    def with_rule(self, data, **_more) -> dict[str, Any]:
        return data | {"rule": None if data["repeats"] is Repeats.ONCE else _rule(data)}


class RepeatForm(RepeatFields):
    """The page on which a rule is changed."""

    date = Day(required=True, error_messages={"required": _l("Choose the day.")})
    start = TimeOfDay(required=True, error_messages={"required": _l("Type when it starts.")})
    end = TimeOfDay(required=True, error_messages={"required": _l("Type when it ends.")})
    places = number_box(_l("Choose a number of places from 1 to 500."), 1, MOST_PLACES)


def as_typed(rule: Rule, places: int) -> dict[str, Any]:
    """Return a rule as it stands in the boxes of the form."""
    days = re.findall("MO|TU|WE|TH|FR|SA|SU", rule.rrule.partition("BYDAY=")[2])
    if "FREQ=MONTHLY" in rule.rrule:
        repeats = Repeats.MONTHLY
    else:
        repeats = Repeats.FORTNIGHTLY if "INTERVAL=2" in rule.rrule else Repeats.WEEKLY
    return {
        "date": rule.first_on.isoformat(),
        "start": f"{rule.start:%H:%M}",
        "end": f"{rule.end:%H:%M}",
        "places": str(places),
        "repeats": repeats.value,
        "days": [list(Weekday)[_CODES.index(day)].value for day in days],
        "school": rule.school.value,
        "until": rule.until.isoformat() if rule.until else "",
        "left_out": ", ".join(f"{day:%d/%m/%Y}" for day in sorted(rule.left_out)),
    }


_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _rule(data: dict[str, Any]) -> Rule:
    first = data["date"]
    days = [day.number for day in data.get("days", [])] or [first.weekday()]
    every = 2 if data["repeats"] is Repeats.FORTNIGHTLY else 1
    return Rule(
        monthly(first) if data["repeats"] is Repeats.MONTHLY else weekly(days, every=every),
        first_on=first,
        start=data["start"],
        end=data["end"],
        until=data.get("until"),
        school=data.get("school", SchoolDays.ALWAYS),
        left_out=frozenset(data.get("left_out", ())),
    )
