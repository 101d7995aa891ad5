"""What may cross the boundary, in and out."""

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from app.forms import FormSchema
from badges.evidence import OPEN_DAYS
from opportunities.wish_schemas import tells_of_someone
from profiles.wording import NAME_LENGTH


class EvidenceForm(FormSchema):
    """For how long what was shown for a badge can be read; 0 closes it."""

    days = fields.Integer(
        required=True,
        validate=validate.OneOf((0, *OPEN_DAYS), error=_l("Choose how long it can be read.")),
        error_messages={
            "required": _l("Choose how long it can be read."),
            "invalid": _l("Choose how long it can be read."),
            "too_large": _l("Choose how long it can be read."),
        },
    )


class SuggestionForm(FormSchema):
    """Whether to be given ideas, and when one is free."""

    choice = fields.String(
        required=True,
        validate=validate.OneOf(["on", "off"], error=_l("Choose on or off.")),
        error_messages={"required": _l("Choose on or off.")},
    )
    day = fields.List(
        fields.Integer(
            validate=validate.Range(1, 7, error=_l("Day: not one we know.")),
            error_messages={
                "invalid": _l("Day: not one we know."),
                "too_large": _l("Day: not one we know."),
            },
        ),
        load_default=list,
        validate=validate.Length(max=7, error=_l("Day: not one we know.")),
    )
    evening = fields.Boolean(
        load_default=False, error_messages={"invalid": _l("Evening: it is either on or off.")}
    )


def _refuse_what_tells(name: str) -> None:
    if tells_of_someone(name):
        raise ValidationError(str(_l("Leave out postcodes, phone numbers and addresses.")))


class NameForm(FormSchema):
    """What to call a search that one keeps."""

    name = fields.String(
        required=True,
        validate=[
            validate.Length(max=NAME_LENGTH, error=_l("Use 60 letters or fewer.")),
            _refuse_what_tells,
        ],
        error_messages={"required": _l("Give it a name.")},
    )
