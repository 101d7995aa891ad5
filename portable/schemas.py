"""What the forms of this room take in."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema


class NumberForm(FormSchema):
    """A ULN. What it may be is a rule: see `accounts.numbers`."""

    uln = fields.String(
        required=True,
        error_messages={"required": _l("Type your ULN.")},
        validate=validate.Length(max=30, error=_l("A ULN has 10 digits.")),
    )


class PinForm(FormSchema):
    """The PIN once more, before something that cannot be undone."""

    pin = fields.String(
        required=True,
        error_messages={"required": _l("Type your PIN.")},
        validate=validate.Length(max=20, error=_l("A PIN has 6 numbers.")),
    )
