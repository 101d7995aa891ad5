"""What a learner tells of school, and what an adult answers."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from permission.pupils import LEFT_SCHOOL, YEARS

NAME_LENGTH = 80


class SchoolYearForm(FormSchema):
    """The school year of a learner."""

    year = fields.Integer(
        required=True,
        validate=validate.OneOf([*YEARS, LEFT_SCHOOL], error=_l("Choose your school year.")),
        error_messages={
            "required": _l("Choose your school year."),
            "invalid": _l("Choose your school year."),
            "too_large": _l("Choose your school year."),
        },
    )


def _short_text(missing: LazyString) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(min=2, max=NAME_LENGTH, error=_l("Use 2 to 80 characters.")),
        error_messages={"required": missing},
    )


class AgreementForm(FormSchema):
    """What one adult says to what a learner wants to do."""

    answer = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
        error_messages={"required": _l("Choose yes or no.")},
    )
    name = _short_text(_l("Say who you are."))
    role = _short_text(_l("Say what you are to them."))
    is_adult = fields.String(
        required=True,
        validate=validate.Equal("yes", error=_l("Only an adult can answer.")),
        error_messages={"required": _l("Only an adult can answer. Tick the box if you are one.")},
    )
