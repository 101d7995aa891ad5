"""What a learner types of goals, of what to try, and of how it went."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from badges.models import Skill
from listings.boxes import Day, choice_box, text_box
from plans.models import GoalState, ItemState, Stem

GOAL_LENGTH, ITEM_LENGTH, SHORT_LENGTH, REFLECTION_LENGTH = 200, 600, 300, 600


def _may_be_empty(longest: int) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    return fields.String(load_default="", validate=validate.Length(max=longest, error=too_long))


def _own(missing) -> fields.UUID:
    return fields.UUID(
        load_default=None, error_messages={"invalid_uuid": missing, "invalid": missing}
    )


class GoalForm(FormSchema):
    """What a learner wants to reach."""

    words = text_box(_l("Say what you want to reach."), GOAL_LENGTH)
    why = _may_be_empty(SHORT_LENGTH)
    where_now = _may_be_empty(SHORT_LENGTH)
    by = Day(load_default=None)


class GoalEndForm(FormSchema):
    """How a goal ended."""

    ending = fields.Enum(
        GoalState,
        by_value=True,
        required=True,
        validate=validate.OneOf(
            [GoalState.REACHED, GoalState.LET_GO], error=_l("Choose how it ends.")
        ),
        error_messages={
            "required": _l("Choose how it ends."),
            "unknown": _l("Choose how it ends."),
        },
    )
    because = _may_be_empty(SHORT_LENGTH)


class ItemForm(FormSchema):
    """What a learner will try."""

    words = text_box(_l("Say what you will try."), ITEM_LENGTH)
    skill = choice_box(Skill, _l("Choose one skill."))
    look_again_on = Day(
        required=True, error_messages={"required": _l("Choose a day to look again.")}
    )
    goal = _own(_l("Choose one of your goals, or none."))
    feedback = _own(_l("We could not understand that request."))


class ItemEndForm(FormSchema):
    """How something to try ended."""

    ending = fields.Enum(
        ItemState,
        by_value=True,
        required=True,
        validate=validate.OneOf(
            [ItemState.DONE, ItemState.STILL_WORKING, ItemState.DROPPED],
            error=_l("Choose how it ends."),
        ),
        error_messages={
            "required": _l("Choose how it ends."),
            "unknown": _l("Choose how it ends."),
        },
    )
    because = _may_be_empty(SHORT_LENGTH)


class ReflectionForm(FormSchema):
    """How it went: a stem, own words, or both."""

    stem = fields.Enum(
        Stem,
        by_value=True,
        load_default=None,
        error_messages={"unknown": _l("Tap a sentence, or write your own.")},
    )
    words = _may_be_empty(REFLECTION_LENGTH)
