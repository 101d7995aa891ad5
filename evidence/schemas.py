"""What a learner types of what they show."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from badges.models import Skill
from evidence.models import (
    ALT_LENGTH,
    LINK_LENGTH,
    SOURCE_LENGTH,
    TITLE_LENGTH,
    TRANSCRIPT_LENGTH,
    WORDS_LENGTH,
)
from evidence.wording import STEMS
from listings.boxes import Day, text_box

#: For what no form of ours sends.
_NOT_OURS = _l("We could not understand that request.")


def _may_be_empty(longest: int) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    return fields.String(load_default="", validate=validate.Length(max=longest, error=too_long))


class PieceForm(FormSchema):
    """Something that a learner shows, of whatever kind: each kind leaves some boxes out."""

    title = text_box(_l("Give it a name."), TITLE_LENGTH)
    happened_on = Day(required=True, error_messages={"required": _l("Choose the day.")})
    #: A sentence to begin with, in one tap.
    stem = fields.String(load_default="", validate=validate.OneOf(["", *STEMS], error=_NOT_OURS))
    words = _may_be_empty(WORDS_LENGTH)
    alt_text = _may_be_empty(ALT_LENGTH)
    transcript = _may_be_empty(TRANSCRIPT_LENGTH)
    source = _may_be_empty(SOURCE_LENGTH)
    link = _may_be_empty(LINK_LENGTH)
    skills = fields.List(
        fields.Enum(Skill, by_value=True, error_messages={"unknown": _NOT_OURS}), load_default=list
    )
    #: `booking:`, `logged:` or `badge:` and its address.
    belongs_with = fields.String(load_default="", validate=validate.Length(max=60, error=_NOT_OURS))
    is_try = fields.Boolean(load_default=False, error_messages={"invalid": _NOT_OURS})
    #: A file that has come already.
    upload = fields.UUID(
        load_default=None, error_messages={"invalid_uuid": _l("Choose the file again.")}
    )
