"""What a learner asks of their record, and what they choose about a line of it."""

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, fields, validate

from app.forms import FormSchema
from badges.models import Skill


class StoryAsked(Schema):
    """Which lines to show. What is none of ours is as if it were not asked for."""

    class Meta:
        unknown = EXCLUDE

    strand = fields.String(load_default="")
    skill = fields.Enum(Skill, by_value=True, load_default=None)
    before = fields.String(load_default="")
    hidden = fields.Boolean(load_default=False)


class LineForm(FormSchema):
    """Whether others see a line, whether it counts, and where it stands."""

    shown = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
        error_messages={"required": _l("Choose yes or no.")},
    )
    counts = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
        error_messages={"required": _l("Choose yes or no.")},
    )
    strand = fields.String(required=True, error_messages={"required": _l("Choose from the list.")})
