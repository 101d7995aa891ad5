"""What people call the things that the cube counts, in their own language."""

from flask_babel import gettext as _

from cube.tables import CATEGORIES, WISHES, Trait
from opportunities.models import Category

_CATEGORY_OF = {
    trait.key: category for traits in (CATEGORIES, WISHES) for category, trait in traits.items()
}


def name_of(key: str) -> str:
    """Return what people call what was counted: `three_times` is three sessions or more."""
    return _names()[key]


def category_of(key: str) -> Category | None:
    """Return the category that a key of `category` or `wished` stands for; `None` of no category."""
    return _CATEGORY_OF.get(key)


def _names() -> dict[str, str]:
    return {
        Trait.CAME.key: _("Came to a session"),
        Trait.THREE_TIMES.key: _("Came to three sessions or more"),
        Trait.CAME_BEFORE.key: _("Had come in an earlier period too"),
        Trait.BADGE.key: _("Earned a badge"),
        Trait.EVIDENCE.key: _("Kept evidence of their own"),
        Trait.FUNDED.key: _("Took a place that a fund paid for"),
        Trait.HOLIDAY.key: _("Came in the school holidays"),
        Trait.WORKPLACE.key: _("Came to work experience"),
        Trait.TEN_DAYS.key: _("Had ten days of work experience by then"),
        Trait.FOUND.key: _("Have an account"),
        Trait.SAVED.key: _("Saved a search, a goal or a plan"),
        Trait.APPLIED.key: _("Asked for a place"),
        Trait.OFFERED.key: _("Were given a place"),
        Trait.CAME_AGAIN.key: _("Came again"),
        Trait.USED.key: _("Used it: in an application, a CV or the like"),
        Trait.SEND.key: _("Special educational needs or a disability"),
        Trait.FREE_MEALS.key: _("Free school meals"),
        Trait.CARE.key: _("In care, or a care leaver"),
        Trait.ASIAN.key: _("Asian or Asian British"),
        Trait.BLACK.key: _("Black, Black British, Caribbean or African"),
        Trait.MIXED.key: _("Mixed or multiple ethnic groups"),
        Trait.WHITE.key: _("White"),
        Trait.OTHER.key: _("Another ethnic group"),
    }
