"""The form of the four questions. Each may be left, and "I would rather not say" is the same as that."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from app.forms import FormSchema
from equality.answers import Ethnicity

#: What the last choice of each question sends.
RATHER_NOT = "rather_not"
YES_NO: Mapping[str, Any] = {"yes": True, "no": False, RATHER_NOT: None}
GROUPS: Mapping[str, Any] = {each.value: each for each in Ethnicity} | {RATHER_NOT: None}


class Told(fields.Field):
    """One of some choices, or nothing."""

    default_error_messages = {"unknown": _l("Choose one of these, or leave it.")}  # noqa: RUF012

    def __init__(self, choices: Mapping[str, Any]) -> None:
        super().__init__(load_default=None)
        self.choices = choices

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> Any:
        if value not in self.choices:
            raise self.make_error("unknown")
        return self.choices[value]


class AboutMeForm(FormSchema):
    """What a learner tells of themselves."""

    send = Told(YES_NO)
    ethnicity = Told(GROUPS)
    free_meals = Told(YES_NO)
    care = Told(YES_NO)
