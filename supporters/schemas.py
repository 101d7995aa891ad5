"""What the forms of this room take in."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from accounts.schemas import email_address, new_password, person_name
from app.forms import FormSchema
from app.screening import only_words
from listings.boxes import choice_box, text_box
from supporters.models import SupportKind, SupportScope
from supporters.service import Lasting

GROUP_NAME_LENGTH = 60
REASON_LENGTH = 300
LIST_LENGTH = 20_000


def _scopes() -> fields.List:
    wrong = _l("Choose from the list.")
    return fields.List(
        fields.Enum(SupportScope, by_value=True, error_messages={"unknown": wrong}),
        load_default=list,
    )


def _lasting() -> fields.Enum:
    return choice_box(Lasting, _l("Choose how long."))


class InviteForm(FormSchema):
    """Whom a learner asks, and what for."""

    kind = choice_box(SupportKind, _l("Choose who they are to you."))
    scopes = _scopes()


class YesForm(FormSchema):
    """How long the one who took it up may help."""

    lasting = _lasting()


class ScopesForm(FormSchema):
    """What they may do from now on."""

    scopes = _scopes()


class JoinForm(FormSchema):
    """The code of a group, as a learner types it."""

    code = text_box(_l("Type the code you were given."), 40)


class JoinYes(FormSchema):
    """What the owner of a group may do."""

    scopes = _scopes()
    lasting = _lasting()


class FirstForm(JoinYes):
    """The first word of a learner whose account was made for them."""

    answer = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
        error_messages={"required": _l("Choose yes or no.")},
    )


class NewSupporter(FormSchema):
    """An adult who has no account yet."""

    name = person_name(_l("Type your name, as they know you."))
    name.validators.append(only_words)
    email = email_address()
    password = new_password()
    is_adult = fields.String(
        required=True,
        validate=validate.Equal("yes", error=_l("Only an adult can help here.")),
        error_messages={
            "required": _l("Only an adult can help here. Tick the box if you are one.")
        },
    )


class GroupForm(FormSchema):
    """What a group is called."""

    name = fields.String(
        required=True,
        error_messages={"required": _l("Give the group a name.")},
        validate=validate.Length(min=2, max=GROUP_NAME_LENGTH, error=_l("Use 2 to 60 characters.")),
    )


class ClassForm(GroupForm):
    """A class, and its list where it was pasted and not sent as a file."""

    pasted = fields.String(
        load_default="",
        validate=validate.Length(max=LIST_LENGTH, error=_l("That is too long for a class.")),
    )


class BlockForm(FormSchema):
    """Which adult to keep from which learner, and why."""

    pass_code = text_box(_l("Type the code on the young person's pass."), 60)
    email = text_box(_l("Type the adult's e-mail address."), 254)
    reason = fields.String(
        required=True,
        validate=validate.Length(
            min=5, max=REASON_LENGTH, error=_l("Say in 5 to 300 characters why.")
        ),
        error_messages={"required": _l("Say in 5 to 300 characters why.")},
    )
