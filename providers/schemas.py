"""What an organisation's application takes in: eight fields."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from accounts.schemas import email_address, new_password, person_name
from app.forms import FormSchema
from providers.models import ProviderKind

DESCRIPTION_LENGTH = 300


class Application(FormSchema):
    """The one page on which an organisation joins."""

    organisation = fields.String(
        required=True,
        error_messages={"required": _l("Type the name of your organisation.")},
        validate=[
            validate.Length(max=80, error=_l("Use 80 characters or fewer.")),
            validate.Predicate("isprintable", error=_l("Use letters, numbers and spaces.")),
        ],
    )
    kind = fields.Enum(
        ProviderKind,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what kind of organisation you are."),
            "unknown": _l("Choose what kind of organisation you are."),
        },
    )
    #: Asked only where there is more than one.
    city = fields.String(load_default="")
    description = fields.String(
        required=True,
        error_messages={"required": _l("Say what young people can do with you.")},
        validate=validate.Length(max=DESCRIPTION_LENGTH, error=_l("Use 300 characters or fewer.")),
    )
    safeguarding_lead = person_name(_l("Type the name of your safeguarding lead."))
    name = person_name(_l("Type your name."))
    email = email_address()
    password = new_password()
