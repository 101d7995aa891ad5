"""What the forms take in that change a listing, say more of it, change several, or tell of a place."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from app.forms import FormSchema
from geo.models import AccessFeature
from listings.boxes import Day, Pounds, choice_box, number_box, text_box
from listings.bulk import BulkAct
from listings.schemas import DESCRIPTION_LENGTH, NONE, NOT_OURS
from listings.screening import screen
from listings.service import MOST_PLACES, OLDEST, YOUNGEST
from opportunities.models import AttendanceMode, Category, EncounterPoint, OpportunityKind, Welcome

WORDS_LENGTH = 500
POINT_LENGTH = 200
QUESTION_LENGTH = 120
QUESTIONS = ("question_1", "question_2", "question_3")
INSTANT, ASKED = "instant", "asked"
MOST_AT_ONCE = 200


def _words(longest: int) -> fields.String:
    too_long = _l("Use %(number)s characters or fewer.", number=longest)
    return fields.String(load_default="", validate=validate.Length(max=longest, error=too_long))


def _tick() -> fields.Boolean:
    return fields.Boolean(load_default=False, error_messages={"invalid": NOT_OURS})


def _ticks(kind, missing) -> fields.List:
    one = fields.Enum(kind, by_value=True, error_messages={"unknown": missing})
    return fields.List(one, load_default=list)


def _number_if_any(least: int, most: int) -> fields.Integer:
    wrong = _l("Type a whole number from %(least)s to %(most)s.", least=least, most=most)
    return fields.Integer(
        load_default=None,
        error_messages={"invalid": wrong, "too_large": wrong},
        validate=validate.Range(least, most, error=wrong),
    )


class EditForm(FormSchema):
    """What can be changed of a listing. Its kind cannot: that makes it something else."""

    title = text_box(_l("Give it a name."), 80)
    description = text_box(_l("Say what a young person will do there."), DESCRIPTION_LENGTH)
    category = choice_box(Category, _l("Choose what it is about."))
    min_age = number_box(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    max_age = number_box(_l("Choose an age from 11 to 25."), YOUNGEST, OLDEST)
    #: The slug of one of the provider's badges, or `none`.
    badge = fields.String(load_default=NONE)
    #: The UUID of a place that is remembered.
    place = fields.String(required=True, error_messages={"required": _l("Choose where it is.")})
    cost = Pounds(load_default=0)
    welcome = _ticks(Welcome, _l("Choose from the list."))

    @validates_schema
    def ages_in_order(self, data, **_more) -> None:
        if data.get("min_age", 0) > data.get("max_age", OLDEST):
            raise ValidationError(_("The oldest age comes second."), "max_age")


class MoreForm(FormSchema):
    """Further things about a listing, none of which is needed to post it."""

    mode = fields.Enum(
        AttendanceMode,
        by_value=True,
        load_default=AttendanceMode.IN_PERSON,
        error_messages={"unknown": _l("Choose from the list.")},
    )
    suits_min_age = _number_if_any(YOUNGEST, OLDEST)
    suits_max_age = _number_if_any(YOUNGEST, OLDEST)
    cost_help = _words(POINT_LENGTH)
    booking = fields.String(
        load_default=INSTANT, validate=validate.OneOf((INSTANT, ASKED), error=NOT_OURS)
    )
    has_waiting_list = _tick()
    booking_opens_days = _number_if_any(1, 365)
    booking_closes_hours = _number_if_any(1, 336)
    question_1 = _words(QUESTION_LENGTH)
    question_2 = _words(QUESTION_LENGTH)
    question_3 = _words(QUESTION_LENGTH)

    def __init__(self, *, ages: tuple[int, int], **more: Any) -> None:
        super().__init__(**more)
        self.ages = ages

    @validates_schema
    def suits_within_ages(self, data, **_more) -> None:
        youngest, oldest = self.ages
        suits = data.get("suits_min_age") or youngest, data.get("suits_max_age") or oldest
        for name, age in zip(("suits_min_age", "suits_max_age"), suits, strict=True):
            if not youngest <= age <= oldest:
                words = _("Choose an age from %(least)s to %(most)s.", least=youngest, most=oldest)
                raise ValidationError(words, name)
        if suits[0] > suits[1]:
            raise ValidationError(_("The oldest age comes second."), "suits_max_age")

    @post_load
    def as_values(self, data, **_more) -> dict[str, Any]:
        """Return what was said, as a version keeps it."""
        asked = [data.pop(name) for name in QUESTIONS]
        return data | {
            "mode": data["mode"].value,
            "is_instant": data.pop("booking") == INSTANT,
            "questions": [question for question in asked if question],
        }


class PlacementForm(FormSchema):
    """What only work experience and volunteering have to say."""

    role = _words(80)
    hours_total = _number_if_any(1, 600)
    hours_a_week = _number_if_any(1, 40)
    tasks = _words(WORDS_LENGTH)
    outcomes = _words(WORDS_LENGTH)
    expenses = _words(POINT_LENGTH)

    @post_load
    def as_values(self, data, **_more) -> dict[str, Any]:
        """Return what was said, as a version keeps it."""
        return data | {"insured_until": None, "risks_assessed_on": None, "points": {}}


class WorkForm(PlacementForm):
    """Work experience: also what makes it a good one, and what must be true before anybody comes."""

    points = _ticks(EncounterPoint, _l("Choose from the list."))
    point_purpose = _words(POINT_LENGTH)
    point_outcomes = _words(POINT_LENGTH)
    point_two_way = _words(POINT_LENGTH)
    point_people = _words(POINT_LENGTH)
    point_real_task = _words(POINT_LENGTH)
    point_feedback = _words(POINT_LENGTH)
    point_reflection = _words(POINT_LENGTH)
    is_insured = _tick()
    insured_until = Day(load_default=None)
    has_assessed_risks = _tick()
    risks_assessed_on = Day(load_default=None)

    def __init__(self, *, today: date, **more: Any) -> None:
        super().__init__(**more)
        self.today = today

    @validates_schema
    def a_yes_has_a_day(self, data, **_more) -> None:
        if data.get("is_insured"):
            until = data.get("insured_until")
            if until is None:
                raise ValidationError(_("Type the day until which it holds."), "insured_until")
            if until < self.today:
                raise ValidationError(_("That day is past. Renew it first."), "insured_until")
        if data.get("has_assessed_risks"):
            on = data.get("risks_assessed_on")
            if on is None:
                raise ValidationError(_("Type the day you looked at them."), "risks_assessed_on")
            if on > self.today:
                raise ValidationError(_("That day is still to come."), "risks_assessed_on")

    @post_load
    def as_values(self, data, **_more) -> dict[str, Any]:
        said = {point.value: data.pop(f"point_{point.value}") for point in EncounterPoint}
        insured, assessed = data.pop("is_insured"), data.pop("has_assessed_risks")
        until, on = data["insured_until"], data["risks_assessed_on"]
        return data | {
            "points": {point.value: said[point.value] for point in data["points"]},
            "insured_until": until.isoformat() if insured and until else None,
            "risks_assessed_on": on.isoformat() if assessed and on else None,
        }


def placement_form(kind: OpportunityKind, today: date) -> FormSchema | None:
    """Return the schema of what a kind has to say beyond the rest, if anything."""
    if kind is OpportunityKind.WORK_EXPERIENCE:
        return WorkForm(today=today)
    return PlacementForm() if kind is OpportunityKind.VOLUNTEERING else None


class PlaceForm(FormSchema):
    """A place, and what makes it usable. Of one that is known, the postcode may stay empty."""

    name = text_box(_l("Give the place a name."), 80)
    address = _words(120)
    postcode = fields.String(
        load_default="", validate=validate.Length(max=10, error=_l("Type a full postcode."))
    )
    step_free = _tick()
    access = _ticks(AccessFeature, _l("Choose from the list."))

    @validates_schema
    def says_only_where_it_is(self, data, **_more) -> None:
        # A place has no version that an officer could look at first.
        for name in ("name", "address"):
            if screen([data.get(name, "")]):
                words = _("Leave out phone numbers, web addresses and the like.")
                raise ValidationError(words, name)


class BulkForm(FormSchema):
    """Several listings, and what to do with each."""

    listing = fields.List(
        fields.UUID(error_messages={"invalid_uuid": NOT_OURS}),
        load_default=list,
        validate=validate.Length(1, MOST_AT_ONCE, error=_l("Tick at least one, and at most 200.")),
    )
    act = choice_box(BulkAct, _l("Choose what to do."))
    cost = Pounds(load_default=None)
    places = _number_if_any(1, MOST_PLACES)
    place = fields.String(load_default="")

    @validates_schema
    def says_what_it_takes(self, data, **_more) -> None:
        if not data.get("listing"):
            raise ValidationError(_("Tick at least one, and at most 200."), "listing")
        act = data.get("act")
        if act is BulkAct.COST and data.get("cost") is None:
            raise ValidationError(_("Type a price, like 2 or 2.50. Type 0 if it is free."), "cost")
        if act is BulkAct.PLACES and data.get("places") is None:
            raise ValidationError(_("Choose a number of places from 1 to 500."), "places")
        if act is BulkAct.PLACE and not data.get("place"):
            raise ValidationError(_("Choose where it is."), "place")
