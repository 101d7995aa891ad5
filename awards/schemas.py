"""What may cross the boundary, in."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validate

from app.clock import LONDON
from app.forms import FormSchema
from app.screening import only_words
from awards.models import RuleKind

#: Room for what someone did, and for a few sentences about it.
WORDS_LENGTH, FEEDBACK_LENGTH, NOTE_LENGTH = 600, 400, 200
MOST_CODES = 500
_NOT_OURS = _l("We could not understand that request.")


def _text(missing, longest: int, **more: Any) -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": missing},
        validate=[_no_longer_than(longest), only_words],
        **more,
    )


def _no_longer_than(longest: int) -> validate.Length:
    return validate.Length(
        max=longest, error=_l("Use %(number)s characters or fewer.", number=longest)
    )


def _count(missing, most: int) -> fields.Integer:
    wrong = _l("Type a number from 1 to %(number)s.", number=most)
    return fields.Integer(
        required=True,
        error_messages={"required": missing, "invalid": wrong, "too_large": wrong},
        validate=validate.Range(1, most, error=wrong),
    )


class AskForm(FormSchema):
    """A learner asks for a badge."""

    words = _text(_l("Say what you did."), WORDS_LENGTH)


class LookForm(FormSchema):
    """Somebody of the team looks at what a learner did."""

    answer = fields.String(
        required=True,
        validate=validate.OneOf(("given", "not_yet"), error=_NOT_OURS),
        error_messages={"required": _NOT_OURS},
    )
    feedback = _text(_l("Say in words what you saw."), FEEDBACK_LENGTH)
    level = fields.Integer(
        load_default=None, error_messages={"invalid": _NOT_OURS, "too_large": _NOT_OURS}
    )


class RuleForm(FormSchema):
    """A rule that gives a badge by itself."""

    kind = fields.Enum(
        RuleKind,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what counts."),
            "unknown": _l("Choose what counts."),
        },
    )
    needed = _count(_l("Say how many."), 500)
    #: Which activities or badges count, by their addresses.
    activities = fields.List(fields.String(), load_default=list)
    badges = fields.List(fields.String(), load_default=list)


class CodeForm(FormSchema):
    """A code for those who walk up."""

    most = _count(_l("Say how many may use it."), MOST_CODES)
    opens = fields.NaiveDateTime(
        required=True,
        error_messages={"required": _l("Say when it opens."), "invalid": _l("Say when it opens.")},
    )
    closes = fields.NaiveDateTime(
        required=True,
        error_messages={
            "required": _l("Say when it closes."),
            "invalid": _l("Say when it closes."),
        },
    )

    @post_load
    def _in_london(self, data: dict[str, Any], **_given: Any) -> dict[str, Any]:
        return {
            "most": data["most"],
            "opens_at": _of_london(data["opens"]),
            "closes_at": _of_london(data["closes"]),
        }


class ClaimForm(FormSchema):
    """A code as somebody typed it."""

    code = fields.String(
        required=True,
        validate=_no_longer_than(100),
        error_messages={"required": _l("Type the code.")},
    )


def read_note(words: str) -> str:
    """Return one line about what was seen, as typed beside a name.

    :raises ValidationError: it is too long, or holds what no such line may.
    """
    words = words.replace("\0", "").strip()
    for check in (_no_longer_than(NOTE_LENGTH), only_words):
        check(words)
    return words


def first_message(error: ValidationError) -> str:
    return str(error.messages[0]) if isinstance(error.messages, list) else str(error)


def _of_london(moment: datetime) -> datetime:
    return moment.replace(tzinfo=LONDON)
