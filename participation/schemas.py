"""What may cross the boundary, in."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema

#: Room for a few sentences. The page says so too.
LONGEST_NEEDS = 500
#: For what our own pages never send.
_NOT_OURS = _l("We could not understand that request.")


class BookingRequest(FormSchema):
    """The booking form."""

    access_needs = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NEEDS, error=_l("Use 500 characters or fewer.")),
    )


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
