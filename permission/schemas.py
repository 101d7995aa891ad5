"""What a learner tells of school, and what an adult answers."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from permission.pupils import LEFT_SCHOOL, YEARS

NAME_LENGTH = 80
#: For what our own pages never send.
_NOT_OURS = _l("We could not understand that request.")


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


def _email_address(**given) -> fields.String:
    return fields.String(
        validate=[
            validate.Email(error=_l("Type an e-mail address, like name@example.org.")),
            validate.Length(max=254, error=_l("Use 254 characters or fewer.")),
        ],
        **given,
    )


class AskByEmailForm(FormSchema):
    """Where a learner has us send the link."""

    email = _email_address(
        required=True, error_messages={"required": _l("Type the e-mail address of the adult.")}
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
    #: A school says that it knows who said yes as the parent or carer.
    knows_guardian = fields.Boolean(
        load_default=False, truthy={"yes"}, falsy={""}, error_messages={"invalid": _NOT_OURS}
    )
    #: Where a parent or carer has us ask the school. Nobody has to say.
    next_email = _email_address(load_default="")
    is_adult = fields.String(
        required=True,
        validate=validate.Equal("yes", error=_l("Only an adult can answer.")),
        error_messages={"required": _l("Only an adult can answer. Tick the box if you are one.")},
    )
