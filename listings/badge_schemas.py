"""What the form of a badge takes in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from app.forms import FormSchema
from app.screening import only_words
from badges.hygiene import LONGEST_CRITERIA
from badges.models import AchievementKind, Skill, Strand
from listings.schemas import ICONS, NOT_OURS

NAME_LENGTH = 60
DESCRIPTION_LENGTH = 300
#: Of words for what was seen: how many there may be, and how long each.
MOST_LEVELS, LEVEL_LENGTH = 6, 120


def _text(missing, longest: int) -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": missing},
        # No officer looks at a badge before it is shown.
        validate=[
            _no_longer_than(longest),
            only_words,
        ],
    )


def _no_longer_than(longest: int) -> validate.Length:
    return validate.Length(
        max=longest, error=_l("Use %(number)s characters or fewer.", number=longest)
    )


class _Lines(fields.String):
    """A few short lines, each a text of its own."""

    def _deserialize(self, value: Any, *given: Any, **more: Any) -> Any:
        text = super()._deserialize(value, *given, **more)
        return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _few_short_lines(lines: list[str]) -> None:
    if lines and not 2 <= len(lines) <= MOST_LEVELS:
        raise ValidationError(_("Write from two to %(number)s lines.", number=MOST_LEVELS))
    for line in lines:
        _no_longer_than(LEVEL_LENGTH)(line)
        only_words(line)


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
    level = fields.Integer(
        load_default=1,
        validate=validate.OneOf((1, 2, 3, 4), error=_l("Choose from the list.")),
        error_messages={
            "invalid": _l("Choose from the list."),
            "too_large": _l("Choose from the list."),
        },
    )
    kind = fields.Enum(
        AchievementKind,
        by_value=True,
        load_default=AchievementKind.PARTICIPATION,
        error_messages={"unknown": _l("Choose from the list.")},
    )
    language = fields.String(
        load_default="en", validate=validate.OneOf(("en", "cy"), error=_l("Choose from the list."))
    )
    #: What the one who watches looks at, and the words to choose from, a line each.
    rubric = fields.String(load_default="", validate=[_no_longer_than(NAME_LENGTH), only_words])
    rubric_levels = _Lines(load_default=list, validate=_few_short_lines)
    #: What the picture's pattern was drawn from while the form was filled in.
    seed = fields.String(load_default="", validate=validate.Regexp(r"[0-9a-f]{6}|", error=NOT_OURS))
    skills = fields.List(
        fields.Enum(Skill, by_value=True, error_messages={"unknown": _l("Choose from the list.")}),
        load_default=list,
    )

    @validates_schema
    def _say_what_is_looked_at(self, data: dict[str, Any], **_given: Any) -> None:
        if bool(data.get("rubric")) != bool(data.get("rubric_levels")):
            where = "rubric" if data.get("rubric_levels") else "rubric_levels"
            raise ValidationError(_("Say what is looked at, and what can be seen."), where)
