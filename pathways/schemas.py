"""What the forms of pathways take in."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from app import clock
from app.addresses import https_page, leads_to_a_chat
from app.forms import FormSchema
from app.screening import only_words
from listings.boxes import Day, choice_box, number_box
from pathways.models import (
    ADDRESS_LENGTH,
    DESCRIPTION_LENGTH,
    MOST_HOURS,
    MOST_ITEMS,
    TITLE_LENGTH,
    WORDS_LENGTH,
    StepKind,
)

#: The ages that a pathway may be meant for.
YOUNGEST, OLDEST = 11, 24


def _text(missing, longest: int) -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": missing},
        # No officer looks at a pathway before it is shown.
        validate=[_at_most(longest), only_words],
    )


def _at_most(longest: int) -> validate.Length:
    return validate.Length(
        max=longest, error=_l("Use %(number)s characters or fewer.", number=longest)
    )


class PathwayForm(FormSchema):
    """A pathway, apart from its steps."""

    title = _text(_l("Give the pathway a name."), TITLE_LENGTH)
    description = _text(_l("Say where it leads."), DESCRIPTION_LENGTH)
    min_age = number_box(_l("Choose the youngest age."), YOUNGEST, OLDEST)
    max_age = number_box(_l("Choose the oldest age."), YOUNGEST, OLDEST)
    #: One of the organisation's own, by its address; empty where there is none at the end.
    badge = fields.String(load_default="")

    @validates_schema
    def ages_in_order(self, data: dict[str, Any], **_more) -> None:
        if data["min_age"] > data["max_age"]:
            raise ValidationError(_("The youngest age is above the oldest."), "max_age")


class StepForm(FormSchema):
    """One step of a pathway."""

    kind = choice_box(StepKind, _l("Choose what the step asks for."))
    title = _text(_l("Give the step a name."), TITLE_LENGTH)
    needed = number_box(_l("Type a number from 1 to 10."), 1, MOST_ITEMS)
    hours = number_box(_l("Type whole hours, from 1 to 600."), 1, MOST_HOURS)
    #: What counts for it, as `queries.Choice` names each.
    items = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.Length(max=MOST_ITEMS, error=_l("Choose 10 things at most.")),
    )


def _address(typed: str) -> None:
    """Refuse what leads to no page with a name, or to where people are talked to."""
    if not https_page(typed):
        raise ValidationError(_("Copy the whole address of the advert. It begins with https://"))
    if leads_to_a_chat(typed):
        raise ValidationError(_("Give the page of the advert itself, not a profile or a chat."))


def _from_today(day: date) -> None:
    """Refuse a day that is over, together with what is wrong elsewhere in the form."""
    if day < clock.today():
        raise ValidationError(_("That day has passed."))


class AdvertForm(FormSchema):
    """A job or an apprenticeship where a pathway can lead."""

    title = _text(_l("Say what the job is."), TITLE_LENGTH)
    offered_by = _text(_l("Say who offers it."), TITLE_LENGTH)
    address = fields.String(
        required=True,
        error_messages={"required": _l("Copy the whole address of the advert.")},
        validate=[_at_most(ADDRESS_LENGTH), _address],
    )
    closes_on = Day(
        required=True,
        error_messages={"required": _l("Say when it closes.")},
        validate=_from_today,
    )


class WordsForm(FormSchema):
    """What a learner writes for a step; nothing, where it is to be deleted."""

    words = fields.String(load_default="", validate=_at_most(WORDS_LENGTH))
