"""What may cross the boundary, in and out."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from packs.models import PackKind
from packs.service import SHARE_DAYS

#: Room for two or three sentences, for a handful of words, and for a paragraph.
INTRO_LENGTH, STRENGTH_LENGTH, SENTENCE_LENGTH = 300, 90, 1_000
_DAYS = _l("Choose how long the link works.")


def _at_most(number: int) -> validate.Length:
    return validate.Length(
        max=number, error=_l("Use %(number)s characters or fewer.", number=number)
    )


class ShareForm(FormSchema):
    """What to show, to whom and for how long."""

    kind = fields.Enum(
        PackKind,
        by_value=True,
        load_default=PackKind.SHOW,
        error_messages={"unknown": _l("Choose what it is for.")},
    )
    label = fields.String(
        required=True,
        validate=validate.Length(max=80, error=_l("Use 80 letters or fewer.")),
        error_messages={"required": _l("Say who it is for. Only you see this.")},
    )
    lines = fields.List(fields.String(), load_default=list)
    badges = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("Choose at least one thing to share.")}),
        load_default=list,
    )
    shows = fields.List(
        fields.String(
            validate=validate.OneOf(
                ["name", "hours", "number"], error=_l("We could not understand that request.")
            )
        ),
        load_default=list,
    )
    days = fields.Integer(
        required=True,
        validate=validate.OneOf(SHARE_DAYS, error=_DAYS),
        error_messages={"required": _DAYS, "invalid": _DAYS, "too_large": _DAYS},
    )


class IntroForm(FormSchema):
    """Who one is, in one's own words."""

    intro = fields.String(load_default="", validate=_at_most(INTRO_LENGTH))


class PiecesForm(FormSchema):
    """Which pieces of evidence to show; none shows none."""

    pieces = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("Choose from the list.")}), load_default=list
    )


class StrengthsForm(FormSchema):
    """Up to three strengths, one under the other: the words, and the line that proves each."""

    words = fields.List(fields.String(validate=_at_most(STRENGTH_LENGTH)), load_default=list)
    line = fields.List(fields.String(), load_default=list)


class WritingForm(FormSchema):
    """Sentences, one under the other: of which section, the words, and the line that shows each."""

    section = fields.List(fields.String(), load_default=list)
    words = fields.List(fields.String(validate=_at_most(SENTENCE_LENGTH)), load_default=list)
    line = fields.List(fields.String(), load_default=list)
