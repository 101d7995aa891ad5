"""What a learner types of what they did elsewhere, and what a witness answers."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from badges.models import Skill
from listings.boxes import Day, choice_box, text_box
from logbook.models import LoggedKind

#: How long something took, as one chooses it, in minutes.
DURATIONS = (15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 420, 480)
TITLE_LENGTH = PLACE_LENGTH = NAME_LENGTH = ROLE_LENGTH = 80
DESCRIPTION_LENGTH = 300
#: What one names more of, one practised none of.
MOST_SKILLS = 3
#: Of qualifications: entry to the first job and school certificates below, degrees above.
QUALIFICATION_LEVELS = tuple(range(1, 9))


def duration_box() -> fields.Integer:
    """How long something took, of a list."""
    missing = _l("Choose how long it took.")
    return fields.Integer(
        required=True,
        validate=validate.OneOf(DURATIONS, error=missing),
        error_messages={"required": missing, "invalid": missing, "too_large": missing},
    )


class LoggedForm(FormSchema):
    """Something that a learner did elsewhere."""

    kind = choice_box(LoggedKind, _l("Choose what sort of thing it was."))
    title = text_box(_l("Say what you did."), TITLE_LENGTH)
    place = text_box(_l("Say where, or with whom."), PLACE_LENGTH)
    done_on = Day(required=True, error_messages={"required": _l("Choose the day.")})
    minutes = duration_box()
    description = fields.String(
        load_default="",
        validate=validate.Length(
            max=DESCRIPTION_LENGTH,
            error=_l("Use %(number)s characters or fewer.", number=DESCRIPTION_LENGTH),
        ),
    )
    skills = fields.List(
        fields.Enum(Skill, by_value=True, error_messages={"unknown": _l("Choose from the list.")}),
        load_default=list,
        validate=validate.Length(max=MOST_SKILLS, error=_l("Choose three at most.")),
    )
    qualification_level = fields.Integer(
        load_default=None,
        validate=validate.OneOf(QUALIFICATION_LEVELS, error=_l("Choose from the list.")),
        error_messages={
            "invalid": _l("Choose from the list."),
            "too_large": _l("Choose from the list."),
        },
    )


def _short_text(missing: LazyString, longest: int) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(min=2, max=longest, error=_l("Use 2 to 80 characters.")),
        error_messages={"required": missing},
    )


class FriendsAnswer(FormSchema):
    """What a friend says of it."""

    answer = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
        error_messages={"required": _l("Choose yes or no.")},
    )


class AdultsAnswer(FriendsAnswer):
    """What one adult says of it, and who they are."""

    name = _short_text(_l("Say who you are."), NAME_LENGTH)
    role = _short_text(_l("Say how you know."), ROLE_LENGTH)
    is_adult = fields.String(
        required=True,
        validate=validate.Equal("yes", error=_l("Only an adult can answer.")),
        error_messages={"required": _l("Only an adult can answer. Tick the box if you are one.")},
    )
