"""What the forms of a provider's listings take in: twelve groups of fields, on two pages."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validate, validates_schema
from werkzeug.datastructures import MultiDict

from app.forms import FormSchema
from listings.boxes import Day, Pounds, TimeOfDay, choice_box, number_box, text_box
from listings.repeat_schemas import RepeatFields
from listings.screening import screen
from listings.service import MOST_PLACES, OLDEST, YOUNGEST
from listings.timetable import NoSuchTime, instant_of
from opportunities.models import Category, OpportunityKind, Welcome

DESCRIPTION_LENGTH = 300
#: What a choice of place or badge says when it is none of those that are there.
NEW, NONE = "new", "none"
#: For what our own pages never send.
NOT_OURS = _l("We could not understand that request.")

#: The pictures that a badge can carry, in words.
ICONS = {
    "award": _l("Rosette"),
    "bike": _l("Bike"),
    "book-open": _l("Open book"),
    "briefcase-business": _l("Briefcase"),
    "building-2": _l("Building"),
    "camera": _l("Camera"),
    "code": _l("Code"),
    "drama": _l("Theatre masks"),
    "dumbbell": _l("Dumbbell"),
    "film": _l("Film"),
    "footprints": _l("Footprints"),
    "globe": _l("Globe"),
    "hammer": _l("Hammer"),
    "hand-heart": _l("Hand and heart"),
    "leaf": _l("Leaf"),
    "map": _l("Map"),
    "mic": _l("Microphone"),
    "microscope": _l("Microscope"),
    "music": _l("Music"),
    "palette": _l("Paint palette"),
    "paw-print": _l("Paw print"),
    "rocket": _l("Rocket"),
    "ship": _l("Ship"),
    "sprout": _l("Seedling"),
    "star": _l("Star"),
    "trees": _l("Trees"),
    "users": _l("People"),
    "utensils": _l("Knife and fork"),
}


class WhatForm(FormSchema):
    """First page: what it is, for whom, and the badge."""

    title = text_box(_l("Give it a name."), 80)
    description = text_box(_l("Say what a young person will do there."), DESCRIPTION_LENGTH)
    kind = choice_box(OpportunityKind, _l("Choose what kind it is."))
    category = choice_box(Category, _l("Choose what it is about."))
    min_age = number_box(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    max_age = number_box(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    #: The slug of one of the provider's badges, `new` or `none`.
    badge = fields.String(load_default=NONE)
    badge_name = fields.String(
        load_default="", validate=validate.Length(max=60, error=_l("Use 60 characters or fewer."))
    )
    badge_criteria = fields.String(
        load_default="",
        validate=validate.Length(max=200, error=_l("Use 200 characters or fewer.")),
    )
    badge_icon = fields.String(
        load_default="award", validate=validate.OneOf(ICONS, error=_l("Choose a picture."))
    )

    @validates_schema
    def ages_in_order(self, data, **_more) -> None:
        if data.get("min_age", 0) > data.get("max_age", OLDEST):
            raise ValidationError(_("The oldest age comes second."), "max_age")

    @validates_schema
    def new_badge_is_described(self, data, **_more) -> None:
        if data.get("badge") != NEW:
            return
        if not data.get("badge_name"):
            raise ValidationError(_("Give the new badge a name."), "badge_name")
        if not data.get("badge_criteria"):
            raise ValidationError(_("Say what someone does to earn it."), "badge_criteria")


class SittingForm(FormSchema):
    """When it runs, and for how many. Loads `starts_at` and `ends_at`, in UTC."""

    date = Day(required=True, error_messages={"required": _l("Choose the day.")})
    start = TimeOfDay(required=True, error_messages={"required": _l("Type when it starts.")})
    end = TimeOfDay(required=True, error_messages={"required": _l("Type when it ends.")})
    places = number_box(_l("Choose a number of places from 1 to 500."), 1, MOST_PLACES)

    def __init__(self, *, now: datetime, **more: Any) -> None:
        super().__init__(**more)
        self.now = now

    @validates_schema
    def is_to_come_and_ends(self, data, **_more) -> None:
        if not {"date", "start", "end"} <= set(data):
            return
        starts_at = _instant(data, "start")
        if starts_at <= self.now:
            raise ValidationError(_("Choose a time that is still to come."), "date")
        if _instant(data, "end") <= starts_at:
            raise ValidationError(_("It has to end after it starts, on the same day."), "end")

    @post_load
    def in_utc(self, data, **_more) -> dict[str, Any]:
        return data | {"starts_at": _instant(data, "start"), "ends_at": _instant(data, "end")}


class ListingForm(WhatForm, SittingForm, RepeatFields):
    """Both pages."""

    #: The form's own key, so that a button pressed twice posts once.
    uuid = fields.UUID(load_default=None, error_messages={"invalid_uuid": NOT_OURS})
    #: The UUID of a place used before, or `new`.
    place = fields.String(required=True, error_messages={"required": _l("Choose where it is.")})
    place_name = fields.String(
        load_default="", validate=validate.Length(max=80, error=_l("Use 80 characters or fewer."))
    )
    place_address = fields.String(
        load_default="", validate=validate.Length(max=120, error=_l("Use 120 characters or fewer."))
    )
    place_postcode = fields.String(
        load_default="", validate=validate.Length(max=10, error=_l("Type a full postcode."))
    )
    place_step_free = fields.Boolean(load_default=False, error_messages={"invalid": NOT_OURS})
    cost = Pounds(load_default=0)
    welcome = fields.List(
        fields.Enum(
            Welcome, by_value=True, error_messages={"unknown": _l("Choose from the list.")}
        ),
        load_default=list,
    )

    @validates_schema
    def new_place_is_described(self, data, **_more) -> None:
        if data.get("place") != NEW:
            return
        if not data.get("place_name"):
            raise ValidationError(_("Give the place a name."), "place_name")
        if not data.get("place_postcode"):
            raise ValidationError(_("Type the postcode of the place."), "place_postcode")
        # A place has no version that an officer could look at first.
        for name in ("place_name", "place_address"):
            if screen([data.get(name, "")]):
                words = _("Leave out phone numbers, web addresses and the like.")
                raise ValidationError(words, name)


#: Every box of the two pages, and which page asks for it.
BOXES = frozenset(ListingForm._declared_fields) - {"uuid"}
PAGES = {
    "what": frozenset(WhatForm._declared_fields),
    "when": BOXES - frozenset(WhatForm._declared_fields),
}


def as_typed(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was sent from the boxes of the two pages, as a draft keeps it."""
    tidy = {name: [_tidied(each) for each in sent.getlist(name)] for name in BOXES if name in sent}
    return {
        name: values if isinstance(ListingForm._declared_fields[name], fields.List) else values[0]
        for name, values in tidy.items()
    }


def _tidied(value: str) -> str:
    # PostgreSQL takes no NUL in a text, and nobody types one.
    return value.replace("\0", "").strip()


def _instant(data: dict[str, Any], name: str) -> datetime:
    try:
        return instant_of(data["date"], data[name])
    except NoSuchTime as jump:
        raise ValidationError(str(jump), name) from jump
