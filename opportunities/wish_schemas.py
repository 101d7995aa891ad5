"""What crosses the boundary when someone says what they wish there was."""

import re
import unicodedata

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from app.forms import FormSchema
from opportunities.models import Category

WISH_LENGTH = 60
LEAVE_OUT = _l("Leave out postcodes, phone numbers, addresses and names on other sites.")

#: What would say who wishes, or where they live.
_TELLING = (
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[\s.-]*\d[A-Z]{2}\b"),  # a postcode
    re.compile(r"\d(?:[\s().+/-]*\d){6,}"),  # seven digits or more: somebody's number
    re.compile(r"@"),  # an e-mail address, or a name on some site
    re.compile(r"HTTPS?:|WWW\.|\b[\w-]+\.[A-Z]{2,}\b"),  # the address of a website
)


def tells_of_someone(words: str) -> bool:
    """Return whether words hold a postcode, a number, an address or a handle, however written."""
    plain = unicodedata.normalize("NFKC", words).upper()
    return any(each.search(plain) for each in _TELLING)


class WishWords(fields.String):
    """A few words on one line, without what nobody can type."""

    def _deserialize(self, value, attr, data, **more) -> str:
        typed = super()._deserialize(value, attr, data, **more)
        printable = "".join(each if each.isprintable() else " " for each in typed)
        return " ".join(printable.split())


class WishForm(FormSchema):
    """A sort of thing, or a few words, or both. Nothing about who is asking."""

    category = fields.Enum(
        Category,
        by_value=True,
        load_default=None,
        error_messages={"unknown": _l("Choose one of these.")},
    )
    words = WishWords(
        load_default="",
        validate=validate.Length(max=WISH_LENGTH, error=_l("Use 60 letters or fewer.")),
    )

    @validates_schema
    def keep_people_out(self, data, **_more) -> None:
        words = data.get("words", "")
        if tells_of_someone(words):
            raise ValidationError(str(LEAVE_OUT), "words")
        if not words and data.get("category") is None:
            raise ValidationError(_("Choose what it is about, or say it in a few words."), "words")
