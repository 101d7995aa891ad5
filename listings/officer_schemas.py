"""What officers' forms about listings take in."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from listings.decisions import LONGEST_WORDS


class Act(StrEnum):
    """What an officer does with what waits."""

    APPROVE = "approve"
    SEND_BACK = "send_back"


class ReviewForm(FormSchema):
    """One decision, with its reason, on one listing or several."""

    listing = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("We could not understand that request.")}),
        required=True,
        validate=validate.Length(min=1, error=_l("Tick at least one.")),
        error_messages={"required": _l("Tick at least one.")},
    )
    act = fields.Enum(
        Act,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what you decide."),
            "unknown": _l("Choose what you decide."),
        },
    )
    words = fields.String(
        required=True,
        error_messages={"required": _l("Say why. The organisation reads it.")},
        validate=validate.Length(
            max=LONGEST_WORDS,
            error=_l("Use %(number)s characters or fewer.", number=LONGEST_WORDS),
        ),
    )
