"""What crosses the boundary when someone asks, answers, looks or reports."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from concerns.models import Urgency
from concerns.schemas import Words
from enquiries.models import QuickAnswer, QuickQuestion
from enquiries.service import REASON_LENGTH, WORDS_LENGTH

_CHOOSE = _l("Choose one, or write something.")
_TOO_LONG = _l("Use %(number)s characters or fewer.", number=WORDS_LENGTH)


def _own_words() -> Words:
    return Words(load_default="", validate=validate.Length(max=WORDS_LENGTH, error=_TOO_LONG))


class QuestionForm(FormSchema):
    """A sentence of ours, words of one's own, or both."""

    question = fields.Enum(
        QuickQuestion, by_value=True, load_default=None, error_messages={"unknown": _CHOOSE}
    )
    words = _own_words()


class MoreForm(FormSchema):
    """What a learner says next."""

    words = Words(
        required=True,
        validate=validate.Length(max=WORDS_LENGTH, error=_TOO_LONG),
        error_messages={"required": _l("Write something.")},
    )


class AnswerForm(FormSchema):
    """What an organisation answers: a sentence of ours, words of its own, or both."""

    answer = fields.Enum(
        QuickAnswer, by_value=True, load_default=None, error_messages={"unknown": _CHOOSE}
    )
    words = _own_words()


class LookForm(FormSchema):
    """Why an officer reads it."""

    reason = fields.String(
        required=True,
        validate=validate.Length(
            min=5, max=REASON_LENGTH, error=_l("Say in 5 to 300 characters why you look.")
        ),
        error_messages={"required": _l("Say in 5 to 300 characters why you look.")},
    )


class MessageReportForm(FormSchema):
    """How worried someone is about what was said, and why if they want to say."""

    urgency = fields.Enum(
        Urgency,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose how worried you are."),
            "unknown": _l("Choose how worried you are."),
        },
    )
    words = _own_words()
