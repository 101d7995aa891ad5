"""What crosses the boundary when an adult gives feedback, and a learner asks for it and answers."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load, validate

from app.forms import FormSchema
from badges.models import Skill
from concerns.schemas import Words
from feedback.service import BOX_LENGTH, WORDS_LENGTH, Boxes
from listings.boxes import text_box

_TOO_LONG = _l("Use %(number)s characters or fewer.", number=BOX_LENGTH)
_BOXES = ("what_went_well", "even_better_if", "try_next", "skills")


def _box() -> Words:
    return Words(load_default="", validate=validate.Length(max=BOX_LENGTH, error=_TOO_LONG))


class FeedbackForm(FormSchema):
    """Three boxes, of which one at least is filled, and the skills that were seen."""

    what_went_well = _box()
    even_better_if = _box()
    try_next = _box()
    skills = fields.List(
        fields.Enum(Skill, by_value=True, error_messages={"unknown": _l("Choose from the list.")}),
        load_default=list,
    )

    @post_load
    def as_boxes(self, data, **_more):
        boxes = Boxes(**{name: data.pop(name) for name in _BOXES})
        return data | {"boxes": boxes}


class GuestForm(FeedbackForm):
    """The same, of an adult without an account, and who they are."""

    name = fields.String(
        required=True,
        validate=validate.Length(min=2, max=80, error=_l("Use 2 to 80 characters.")),
        error_messages={"required": _l("Say who you are.")},
    )
    role = fields.String(
        required=True,
        validate=validate.Length(min=2, max=80, error=_l("Use 2 to 80 characters.")),
        error_messages={"required": _l("Say how you know.")},
    )
    is_adult = fields.String(
        required=True,
        validate=validate.Equal("yes", error=_l("Only an adult can answer.")),
        error_messages={"required": _l("Only an adult can answer. Tick the box if you are one.")},
    )


class AnswerForm(FormSchema):
    """What is said next."""

    words = Words(
        required=True,
        validate=validate.Length(
            max=WORDS_LENGTH, error=_l("Use %(number)s characters or fewer.", number=WORDS_LENGTH)
        ),
        error_messages={"required": _l("Write something.")},
    )


class AskForm(FormSchema):
    """Whom a learner asks, and about what: by key, or by a link to hand on."""

    about = fields.String(
        load_default="", validate=validate.Length(max=60, error=_l("Choose from the list."))
    )
    whom = text_box(_l("Choose whom you ask."), 40)
