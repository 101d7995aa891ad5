"""What the form of a badge takes in."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from app.screening import only_words
from badges.hygiene import LONGEST_CRITERIA
from badges.models import Skill, Strand
from listings.schemas import ICONS

NAME_LENGTH = 60
DESCRIPTION_LENGTH = 300


def _text(missing, longest: int) -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": missing},
        # No officer looks at a badge before it is shown.
        validate=[
            validate.Length(
                max=longest, error=_l("Use %(number)s characters or fewer.", number=longest)
            ),
            only_words,
        ],
    )


class BadgeForm(FormSchema):
    """A badge, new or to be changed."""

    name = _text(_l("Give the badge a name."), NAME_LENGTH)
    description = _text(_l("Say what the badge is about."), DESCRIPTION_LENGTH)
    criteria = _text(_l("Say what someone does to earn it."), LONGEST_CRITERIA)
    strand = fields.Enum(
        Strand,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what it is about."),
            "unknown": _l("Choose what it is about."),
        },
    )
    #: Empty where the picture stays as it is.
    icon = fields.String(
        load_default="", validate=validate.OneOf(ICONS, error=_l("Choose a picture."))
    )
    skills = fields.List(
        fields.Enum(Skill, by_value=True, error_messages={"unknown": _l("Choose from the list.")}),
        load_default=list,
    )
