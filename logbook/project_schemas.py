"""What a learner types of a project, and of their days with an employer."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load, validate

from app.forms import FormSchema
from badges.models import Skill
from listings.boxes import Day, choice_box, text_box
from logbook.models import EntryKind, ProjectKind
from logbook.schemas import MOST_SKILLS, TITLE_LENGTH, duration_box
from opportunities.models import EncounterPoint

#: In characters.
PART_LENGTH, WORDS_LENGTH, SOURCE_LENGTH = 1_500, 600, 200
POINT_LENGTH, REFLECTION_LENGTH = 200, 600


def _words(longest: int) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    return fields.String(load_default="", validate=validate.Length(max=longest, error=too_long))


def _skills() -> fields.List:
    unknown = {"unknown": _l("Choose from the list.")}
    return fields.List(
        fields.Enum(Skill, by_value=True, error_messages=unknown),
        load_default=list,
        validate=validate.Length(max=MOST_SKILLS, error=_l("Choose three at most.")),
    )


class AboutForm(FormSchema):
    """What a project is called, what it is done for, and since when."""

    title = text_box(_l("Give your project a name."), TITLE_LENGTH)
    kind = choice_box(ProjectKind, _l("Choose what it is for."))
    started_on = Day(required=True, error_messages={"required": _l("Choose the day.")})
    skills = _skills()


class BriefForm(FormSchema):
    """What one sets out to do, and why."""

    brief = _words(PART_LENGTH)


class NewForm(AboutForm, BriefForm):
    """A project, as one begins it."""


class ProductForm(FormSchema):
    """What there is now, and since when it is finished."""

    product = _words(PART_LENGTH)
    finished_on = Day(load_default=None)


class PresentationForm(FormSchema):
    """To whom it was shown, on which day, and what they asked."""

    presentation_on = Day(load_default=None)
    presentation = _words(PART_LENGTH)


class ReviewForm(FormSchema):
    """Looking back."""

    review = _words(PART_LENGTH)


#: The parts of a project that are written in one box.
PARTS = {
    "about": AboutForm,
    "brief": BriefForm,
    "product": ProductForm,
    "presentation": PresentationForm,
    "review": ReviewForm,
}


class EntryForm(FormSchema):
    """What was done for a project on a day."""

    kind = choice_box(EntryKind, _l("Choose what it was."))
    done_on = Day(required=True, error_messages={"required": _l("Choose the day.")})
    words = text_box(_l("Say what you did."), WORDS_LENGTH)
    source = _words(SOURCE_LENGTH)
    minutes = duration_box()


class EncounterForm(FormSchema):
    """Which points of a good encounter were there, what showed each, and looking back."""

    points = fields.List(
        fields.Enum(
            EncounterPoint, by_value=True, error_messages={"unknown": _l("Choose from the list.")}
        ),
        load_default=list,
    )
    point_purpose = _words(POINT_LENGTH)
    point_outcomes = _words(POINT_LENGTH)
    point_two_way = _words(POINT_LENGTH)
    point_people = _words(POINT_LENGTH)
    point_real_task = _words(POINT_LENGTH)
    point_feedback = _words(POINT_LENGTH)
    point_reflection = _words(POINT_LENGTH)
    reflection = _words(REFLECTION_LENGTH)

    @post_load
    def as_seen(self, data, **_more) -> dict[str, Any]:
        """Return each point that was seen with what showed it: to say how is to say that it was."""
        said = {point: data[f"point_{point.value}"] for point in EncounterPoint}
        seen = {point: words for point, words in said.items() if words or point in data["points"]}
        return {"seen": seen, "reflection": data["reflection"]}
