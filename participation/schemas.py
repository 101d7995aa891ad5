"""What may cross the boundary, in."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from app.forms import FormSchema
from participation.models import Answer, CancelReason

#: Room for a few sentences. The page says so too.
LONGEST_NEEDS = 500
#: Room for a sentence or two, in the database too.
LONGEST_WORDS = 200
#: For what our own pages never send.
_NOT_OURS = _l("We could not understand that request.")


class KeyedForm(FormSchema):
    """A form with a key of its own, so that sending it twice does one thing. See `once`."""

    key = fields.UUID(load_default=None, error_messages={"invalid_uuid": _NOT_OURS})


class BookingRequest(KeyedForm):
    """The booking form."""

    access_needs = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NEEDS, error=_l("Use 500 characters or fewer.")),
    )
    #: Whether the page said that there is no place, and a line to stand in.
    may_wait = fields.Boolean(
        load_default=False, truthy={"yes"}, falsy={""}, error_messages={"invalid": _NOT_OURS}
    )


class GiveBack(FormSchema):
    """Why a learner cannot come. Nobody has to say."""

    reason = fields.Enum(
        CancelReason, by_value=True, load_default=None, error_messages={"unknown": _NOT_OURS}
    )


class Move(KeyedForm):
    """Which other session a learner moves to."""

    to = fields.UUID(
        required=True,
        error_messages={"required": _l("Choose a day."), "invalid_uuid": _NOT_OURS},
    )


class AskAnswer(FormSchema):
    """A provider's answer to someone who asked for a place."""

    says = fields.String(
        required=True,
        validate=validate.OneOf(("yes", "no"), error=_NOT_OURS),
        error_messages={"required": _l("Say yes or no.")},
    )
    answer = fields.Enum(
        Answer, by_value=True, load_default=None, error_messages={"unknown": _NOT_OURS}
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_WORDS, error=_l("Use 200 characters or fewer.")),
    )

    @validates_schema
    def refuse_no_without_reason(self, data, **_kwargs) -> None:
        if data.get("says") == "no" and data.get("answer") is None:
            raise ValidationError({"answer": [_("Choose a reason.")]})


class Mark(FormSchema):
    """One tap at the door. It says what is wanted, not "the other": a repeated tap changes nothing."""

    came = fields.Boolean(
        required=True,
        truthy={"yes"},
        falsy={"no"},
        error_messages={"required": _NOT_OURS, "invalid": _NOT_OURS},
    )


class EveryoneShown(FormSchema):
    """Who stood on the page when "Everyone is here" was tapped."""

    shown = fields.List(fields.UUID(error_messages={"invalid_uuid": _NOT_OURS}), load_default=list)
