"""What may cross the boundary, in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates_schema,
)

from accounts.models import AgeBand
from app.forms import FormSchema
from app.screening import only_words
from participation.marks import Tap
from participation.models import Answer, CancelReason, Method, Said

#: Room for a few sentences. The page says so too.
LONGEST_NEEDS = 500
#: For what our own pages never send.
_NOT_OURS = _l("We could not understand that request.")


_NOT_A_CODE = _l("Type the code that stands on the pass.")
LONGEST_CODE = 100
#: What the buttons of a row send.
SAYS = {"yes": Said.HERE, "no": Said.NOTHING, "away": Said.AWAY}
#: More than any register holds; a phone that has more to tell sends it in parts.
MOST_TAPS = 200
#: What a rule for who does not come is made of.
NUMBERS = ("absences", "within_days", "most_to_come")
#: How someone can be marked on a page that keeps what was tapped.
ON_A_PHONE = (Method.TAP, Method.EVERYONE)


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
        CancelReason,
        by_value=True,
        load_default=None,
        validate=validate.NoneOf([CancelReason.NO_YES], error=_NOT_OURS),
        error_messages={"unknown": _NOT_OURS},
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

    @validates_schema
    def refuse_no_without_reason(self, data, **_kwargs) -> None:
        if data.get("says") == "no" and data.get("answer") is None:
            raise ValidationError({"answer": [_("Choose a reason.")]})


class Mark(FormSchema):
    """One tap at the door. It says what is wanted, not "the other": a repeated tap changes nothing."""

    came = fields.String(
        required=True,
        validate=validate.OneOf(SAYS, error=_NOT_OURS),
        error_messages={"required": _NOT_OURS, "invalid": _NOT_OURS},
    )

    @post_load
    def read(self, data: dict[str, Any], **_: Any) -> dict[str, Said]:
        return {"said": SAYS[data["came"]]}


class GuestForm(FormSchema):
    """Someone who came without an account."""

    guest = fields.UUID(
        required=True, error_messages={"required": _NOT_OURS, "invalid_uuid": _NOT_OURS}
    )
    first_name = fields.String(
        required=True,
        validate=validate.Length(max=40, error=_l("Use 40 characters or fewer.")),
        error_messages={"required": _l("Type their first name.")},
    )
    age_band = fields.Enum(
        AgeBand,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose their age group."),
            "unknown": _l("Choose their age group."),
        },
    )


class CareForm(FormSchema):
    """What a learner lets the people at the door know."""

    contact_name = fields.String(
        load_default="", validate=validate.Length(max=60, error=_l("Use 60 characters or fewer."))
    )
    contact_phone = fields.String(
        load_default="",
        validate=validate.Regexp(r"^\+?[\d ()-]{6,30}$|^$", error=_l("Type a telephone number.")),
    )
    leaves_alone = fields.Boolean(
        load_default=None,
        truthy={"yes"},
        falsy={"no"},
        allow_none=True,
        error_messages={"invalid": _NOT_OURS},
    )

    @validates_schema
    def is_whole(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["contact_name"]) != bool(data["contact_phone"]):
            missing = "contact_phone" if data["contact_name"] else "contact_name"
            raise ValidationError(str(_l("Give both a name and a number, or neither.")), missing)


class ShownPass(FormSchema):
    """A pass as it was scanned or typed."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_CODE, error=_NOT_A_CODE),
        error_messages={"required": _NOT_A_CODE},
    )
    is_scanned = fields.Boolean(load_default=False, error_messages={"invalid": _NOT_OURS})


class EveryoneShown(FormSchema):
    """Who stood on the page when "Everyone is here" was tapped."""

    shown = fields.List(fields.UUID(error_messages={"invalid_uuid": _NOT_OURS}), load_default=list)


class Sheet(EveryoneShown):
    """A sheet of paper, typed back: who stood on it, and who was ticked."""

    came = fields.List(fields.UUID(error_messages={"invalid_uuid": _NOT_OURS}), load_default=list)


class WasThere(FormSchema):
    """What a learner says of having been there."""

    came = fields.Boolean(
        required=True,
        truthy={"yes"},
        falsy={"no"},
        error_messages={"required": _NOT_OURS, "invalid": _NOT_OURS},
    )


#: A clock may be wrong, and by years. By centuries it is no clock.
_by_some_clock = validate.Range(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


class SentTap(Schema):
    """One tap in a phone's queue."""

    id = fields.UUID(required=True)
    booking = fields.UUID(required=True)
    said = fields.Enum(Said, by_value=True, required=True)
    method = fields.Enum(Method, by_value=True, required=True, validate=validate.OneOf(ON_A_PHONE))
    at = fields.AwareDateTime(required=True, validate=_by_some_clock)

    @post_load
    def tap(self, data: dict[str, Any], **_: Any) -> Tap:
        return Tap(data["id"], data["booking"], data["said"], data["method"], data["at"])


class SentTaps(Schema):
    """What a phone has to tell, and when it told it, both by its own clock."""

    device = fields.UUID(required=True)
    sent_at = fields.AwareDateTime(required=True, validate=_by_some_clock)
    taps = fields.List(
        fields.Nested(SentTap), required=True, validate=validate.Length(min=1, max=MOST_TAPS)
    )


def _whole(least: int, most: int) -> fields.Integer:
    """Return a number of the no-show rule; which ones are sensible, the database says too."""
    message = _l("Type a number from %(least)s to %(most)s.", least=least, most=most)
    return fields.Integer(
        load_default=None,
        validate=validate.Range(least, most, error=message),
        error_messages={"invalid": message, "too_large": message},
    )


class NoShowForm(FormSchema):
    """Whether a city has a rule for who does not come, and which."""

    is_on = fields.String(
        required=True,
        validate=validate.OneOf(("yes", "no"), error=_NOT_OURS),
        error_messages={"required": _l("Say yes or no.")},
    )
    absences = _whole(2, 10)
    within_days = _whole(14, 120)
    most_to_come = _whole(1, 5)

    @pre_load
    def tidy(self, data: Any, **more: Any) -> dict[str, Any]:
        """Return the form as plain values. Without a rule it does not matter what its boxes say."""
        given = super().tidy(data, **more)
        return given if given.get("is_on") != "no" else {"is_on": "no"}

    @validates_schema
    def refuse_half_a_rule(self, data, **_kwargs) -> None:
        missing = {name: [_("Type a number.")] for name in NUMBERS if data.get(name) is None}
        if data.get("is_on") == "yes" and missing:
            raise ValidationError(missing)


#: How long before the start kept places become everyone's, in hours.
KEPT_HOURS = (24, 48, 72, 168, 336)
MOST_KEPT, MOST_PER_CODE = 50, 200


def _group_name(missing: str) -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": missing},
        validate=[validate.Length(max=40, error=_l("Use 40 characters or fewer.")), only_words],
    )


def _required_whole(least: int, most: int) -> fields.Integer:
    number = _whole(least, most)
    return fields.Integer(
        required=True,
        validate=number.validate,
        error_messages={**number.error_messages, "required": _l("Type a number.")},
    )


class GroupForm(FormSchema):
    """What a group is called, in both languages."""

    name = _group_name(_l("Type the name in English."))
    name_cy = _group_name(_l("Type the name in Welsh."))


class GroupCodeForm(FormSchema):
    """How many young people a code lets in, and for how long."""

    most = _required_whole(1, MOST_PER_CODE)
    days = fields.Integer(
        required=True,
        validate=validate.OneOf((7, 14, 30), error=_NOT_OURS),
        error_messages={"required": _l("Choose how long."), "invalid": _NOT_OURS},
    )


class EndGroupForm(FormSchema):
    """Whether an officer is sure."""

    sure = fields.String(
        required=True,
        validate=validate.OneOf(("yes",), error=_NOT_OURS),
        error_messages={"required": _l("Tick the box if you are sure.")},
    )


class JoinForm(FormSchema):
    """A code as a young person types it."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_CODE, error=_l("Type the code you were given.")),
        error_messages={"required": _l("Type the code you were given.")},
    )


class KeptForm(FormSchema):
    """How many places of each session are kept, for which group, until when; or none."""

    group = fields.String(
        required=True,
        error_messages={"required": _l("Choose a group, or none.")},
    )
    places = _whole(1, MOST_KEPT)
    hours_before = fields.Integer(
        load_default=None,
        validate=validate.OneOf(KEPT_HOURS, error=_NOT_OURS),
        error_messages={"invalid": _NOT_OURS},
    )

    @pre_load
    def tidy(self, data: Any, **more: Any) -> dict[str, Any]:
        """Return the form as plain values. Where none are kept it does not matter what else it says."""
        given = super().tidy(data, **more)
        return given if given.get("group") != "none" else {"group": "none"}

    @validates_schema
    def refuse_half_of_it(self, data, **_kwargs) -> None:
        if data.get("group") == "none":
            return
        missing = {}
        if data.get("places") is None:
            missing["places"] = [_("Type a number.")]
        if data.get("hours_before") is None:
            missing["hours_before"] = [_("Choose how long.")]
        if missing:
            raise ValidationError(missing)

    @post_load
    def read(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        if data["group"] == "none":
            return data
        try:
            return data | {"group": UUID(data["group"])}
        except ValueError:
            raise ValidationError({"group": [str(_NOT_OURS)]}) from None
