"""What the forms of this room take in."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from accounts.models import YOUNG_BANDS, AgeBand
from accounts.passwords import GREATEST_LENGTH, LEAST_LENGTH
from app.forms import FormSchema

NAME_LENGTH = 60


def new_password() -> fields.String:
    """A box for a password that somebody chooses."""
    return fields.String(
        required=True,
        error_messages={"required": _l("Choose a password.")},
        validate=[
            validate.Length(min=LEAST_LENGTH, error=_l("Use 12 characters or more.")),
            validate.Length(max=GREATEST_LENGTH, error=_l("Use 256 characters or fewer.")),
        ],
    )


def person_name(missing) -> fields.String:
    """A box for the name someone uses."""
    return fields.String(
        required=True,
        error_messages={"required": missing},
        validate=[
            validate.Length(max=NAME_LENGTH, error=_l("Use 60 characters or fewer.")),
            validate.Predicate("isprintable", error=_l("Use letters and spaces.")),
        ],
    )


def email_address() -> fields.String:
    """A box for the address that an adult signs in with."""
    return fields.String(
        required=True,
        error_messages={"required": _l("Type your e-mail address.")},
        validate=[
            validate.Email(error=_l("Type an e-mail address, like name@example.org.")),
            validate.Length(max=254, error=_l("Use 254 characters or fewer.")),
        ],
    )


class NameForm(FormSchema):
    """First step: the name a learner uses."""

    name = person_name(_l("Type the name you use."))


class AgeForm(FormSchema):
    """Second step: no finer than the rules need."""

    age_band = fields.Enum(
        AgeBand,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose how old you are."),
            "unknown": _l("Choose how old you are."),
        },
        validate=validate.OneOf(YOUNG_BANDS, error=_l("Choose how old you are.")),
    )


class HomeForm(FormSchema):
    """Third step: what was typed is read once and never kept."""

    where = fields.String(
        required=True,
        error_messages={"required": _l("Type where you live, or choose from the list.")},
        validate=validate.Length(max=80, error=_l("Use 80 characters or fewer.")),
    )


class HomeChoice(FormSchema):
    """Third step, from the list."""

    area = fields.String(
        required=True, error_messages={"required": _l("Choose the area where you live.")}
    )


class LearnerSignIn(FormSchema):
    """Pass and PIN."""

    pass_code = fields.String(
        required=True,
        error_messages={"required": _l("Type the code on your pass.")},
        validate=validate.Length(max=60, error=_l("Type the code on your pass.")),
    )
    pin = fields.String(
        required=True,
        error_messages={"required": _l("Type your PIN.")},
        validate=validate.Length(max=20, error=_l("A PIN has 6 numbers.")),
    )


class AdultSignIn(FormSchema):
    """E-mail address and password."""

    email = fields.String(
        required=True,
        error_messages={"required": _l("Type your e-mail address.")},
        validate=validate.Length(max=254, error=_l("Use 254 characters or fewer.")),
    )
    password = fields.String(
        required=True,
        error_messages={"required": _l("Type your password.")},
        validate=validate.Length(
            max=GREATEST_LENGTH, error=_l("A password has 256 characters or fewer.")
        ),
    )


class PasswordChange(FormSchema):
    """The password now, and the one that takes its place."""

    current_password = fields.String(load_default="")
    new_password = new_password()

    @validates_schema
    def differs(self, data, **_more) -> None:
        if data.get("new_password") and data["new_password"] == data["current_password"]:
            raise ValidationError(_("Choose a password that is new."), "new_password")
