"""What may cross the boundary, in and out."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from profiles.service import SHARE_DAYS


class ShareForm(FormSchema):
    """What to show, to whom and for how long."""

    label = fields.String(
        required=True,
        validate=validate.Length(max=80, error=_l("Use 80 letters or fewer.")),
        error_messages={"required": _l("Say who it is for. Only you see this.")},
    )
    badges = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("Choose at least one badge to share.")}),
        required=True,
        error_messages={"required": _l("Choose at least one badge to share.")},
    )
    shows = fields.List(
        fields.String(
            validate=validate.OneOf(
                ["name", "hours"], error=_l("We could not understand that request.")
            )
        ),
        load_default=list,
    )
    days = fields.Integer(
        required=True,
        validate=validate.OneOf(SHARE_DAYS, error=_l("Choose how long the link works.")),
        error_messages={
            "required": _l("Choose how long the link works."),
            "invalid": _l("Choose how long the link works."),
            "too_large": _l("Choose how long the link works."),
        },
    )
