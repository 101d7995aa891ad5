"""What the forms of speaking for a badge take in."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from app.screening import only_words

#: What is said for a badge, and what somebody writes who asks for it.
WORDS_LENGTH = 300
REASON_LENGTH = 500


def _text(longest: int, **given) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    # No officer looks at it before it is read.
    screened = [validate.Length(max=longest, error=too_long), only_words]
    return fields.String(validate=screened, **given)


class AskForm(FormSchema):
    """Whom to ask to speak for a badge, and why them."""

    whom = fields.UUID(
        required=True,
        error_messages={
            "required": _l("Choose an organisation."),
            "invalid_uuid": _l("Choose an organisation."),
        },
    )
    message = _text(WORDS_LENGTH, load_default="")


class CommentForm(FormSchema):
    """What is said for a badge, or for an organisation."""

    comment = _text(
        WORDS_LENGTH,
        required=True,
        error_messages={"required": _l("Write what you say for it.")},
    )


class TakeDownForm(FormSchema):
    """Why an officer takes down what one organisation says for another."""

    reason = fields.String(
        required=True,
        error_messages={"required": _l("Say why. The organisation reads it.")},
        validate=validate.Length(
            max=REASON_LENGTH, error=_l("Use %(number)s characters or fewer.", number=REASON_LENGTH)
        ),
    )
