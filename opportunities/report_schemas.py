"""What crosses the boundary when someone says that a listing is wrong."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from opportunities.models import ReportReason

WORDS_LENGTH = 300


class Words(fields.String):
    """What stands in a box of several lines, with line ends as they were counted when typed."""

    def _deserialize(self, value, attr, data, **more) -> str:
        return super()._deserialize(value, attr, data, **more).replace("\r\n", "\n")


class ReportForm(FormSchema):
    """One choice and, for whoever wants, a few words. Nothing about who is asking."""

    reason = fields.Enum(
        ReportReason,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what is wrong."),
            "unknown": _l("Choose what is wrong."),
        },
    )
    words = Words(
        load_default="",
        validate=validate.Length(max=WORDS_LENGTH, error=_l("Use 300 characters or fewer.")),
    )
