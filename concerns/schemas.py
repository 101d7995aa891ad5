"""What crosses the boundary when someone raises a concern, and when an officer looks after it."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from concerns.models import ConcernKind, Urgency
from concerns.service import WORDS_LENGTH

ABOUT_LENGTH = CONTACT_LENGTH = 300


class Words(fields.String):
    """What stands in a box of several lines, with line ends as they were counted when typed."""

    def _deserialize(self, value, attr, data, **more) -> str:
        return super()._deserialize(value, attr, data, **more).replace("\r\n", "\n")


def _words(longest: int, missing: LazyString | None = None) -> Words:
    length = validate.Length(
        max=longest, error=_l("Use %(number)s characters or fewer.", number=longest)
    )
    if missing is None:
        return Words(load_default="", validate=length)
    return Words(required=True, validate=length, error_messages={"required": missing})


def _choice(kind, words: LazyString) -> fields.Enum:
    return fields.Enum(
        kind, by_value=True, required=True, error_messages={"required": words, "unknown": words}
    )


class WhatForm(FormSchema):
    """The first step: whom or what it is about, and how worried someone is."""

    kind = _choice(ConcernKind, _l("Choose what it is about."))
    urgency = _choice(Urgency, _l("Choose how worried you are."))
    #: Its slug. Asked only where there is more than one.
    city = fields.String(load_default="")


class HappenedForm(FormSchema):
    """The second: what happened."""

    happened = _words(WORDS_LENGTH, _l("Write what happened, or what worries you."))
    about = _words(ABOUT_LENGTH)


class WhoForm(FormSchema):
    """The third: how to reach whoever raises it, or nothing."""

    contact = _words(CONTACT_LENGTH)


class ReceiptForm(FormSchema):
    """The code of a receipt; and what to add, if anything."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=40, error=_l("Type the code of your receipt.")),
        error_messages={"required": _l("Type the code of your receipt.")},
    )
    words = _words(WORDS_LENGTH)


class NoteForm(FormSchema):
    """What an officer did or found out."""

    words = _words(WORDS_LENGTH, _l("Write what was done or found out."))
