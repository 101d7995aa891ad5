"""What the numbers say in words: for the pages and the file alike.

No place name stands inside a sentence, and none is put together from halves: Welsh changes the
start of a word by the word before it. What is looked for is a list after a colon.
"""

from collections.abc import Sequence

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.wording import label, name_all
from geo.wording import edition_name as edition_name
from geo.wording import population_name as population_name
from opportunities.wording import in_miles
from provision.lens import WEEKS_AHEAD, WEEKS_BEHIND, Lens, Mode, When
from provision.measures import ColdSpot
from provision.schemas import Counted
from provision.survey import Survey
from provision.whatif import Effect

#: Less than this is said to be less: two decimals would call it nothing.
_LEAST_SHOWN = 0.01
#: What one young person has within reach is a small broken number; what a hundred have can be read.
PEOPLE = 100

name_all(
    {
        Mode.WALK: _l("On foot"),
        Mode.BUS: _l("By bus"),
        Mode.DRIVE: _l("By car"),
        When.ANY: _l("Any time"),
        When.WEEKDAY_DAY: _l("Weekdays before 5pm"),
        When.WEEKDAY_EVENING: _l("Weekday evenings from 5pm"),
        When.WEEKEND: _l("Weekends"),
        Counted.LIKE_IT: _l("Only what is like it"),
        Counted.EVERYTHING: _l("Everything that is on"),
    }
)


def looked_for(lens: Lens) -> str:
    """Return what a lens asks, as a list; or that it leaves nothing out."""
    asked = [
        label(lens.category) if lens.category else "",
        _("free") if lens.is_free else "",
        _("step-free") if lens.is_step_free else "",
        label(lens.when) if lens.when is not When.ANY else "",
        _("ages: %(ages)s", ages=label(lens.age_band)) if lens.age_band else "",
    ]
    return ", ".join(words for words in asked if words) or _("all that is on")


def headline(spots: Sequence[ColdSpot]) -> str:
    """Return how many cold spots there are, and how many young people that is about."""
    if not spots:
        return _("No area in deciles 1 to 3 has little or nothing of this within reach.")
    return ngettext(
        "%(num)s area in deciles 1 to 3 has little or nothing of this within reach. Young people "
        "there: %(people)s.",
        "%(num)s areas in deciles 1 to 3 have little or nothing of this within reach. Young people "
        "there: %(people)s.",
        len(spots),
        people=figure(sum(spot.area.young_people or 0 for spot in spots)),
    )


def of_spot(spot: ColdSpot, survey: Survey) -> str:
    """Return what is wrong in a cold spot, in one sentence."""
    people = spot.area.young_people or 0
    said = {
        "people": figure(people),
        "distance": in_miles(survey.metres),
        "what": looked_for(survey.lens),
    }
    if spot.has_nothing:
        return ngettext(
            "%(people)s young person here has none of this within %(distance)s: %(what)s.",
            "%(people)s young people here have none of this within %(distance)s: %(what)s.",
            people,
            **said,
        )
    return ngettext(
        "%(people)s young person here has little of this within %(distance)s: %(what)s.",
        "%(people)s young people here have little of this within %(distance)s: %(what)s.",
        people,
        **said,
    )


def of_effect(effect: Effect) -> str:
    """Return who would gain, in one sentence."""
    return ngettext(
        "%(people)s young person would have more within reach. Of them in deciles 1 and 2: %(some)s.",
        "%(people)s young people would have more within reach. Of them in deciles 1 and 2: %(some)s.",
        effect.young_people,
        people=figure(effect.young_people),
        some=figure(effect.deprived),
    )


def of_better(better: Effect | None, effects: Sequence[Effect]) -> str:
    """Return at which of two places more young people gain; the place stands after it."""
    if better is None:
        return _("Both do as much for as many young people.")
    if len({effect.deprived for effect in effects}) > 1:
        return _("More young people in the most deprived areas gain here:")
    return _("More young people gain here:")


def figure(number: float | None) -> str:
    """Return a number of people as it is read: whole, `1,234`."""
    return _("Not known") if number is None else format_decimal(round(number))


def of_hundred(access: float) -> str:
    """Return what is within reach as it is read: for a hundred young people."""
    return hours(PEOPLE * access)


def hours(place_hours: float) -> str:
    """Return place-hours as they are read: `40`, `0.35`."""
    if 0 < place_hours < _LEAST_SHOWN:
        return _("less than %(number)s", number=format_decimal(_LEAST_SHOWN))
    return format_decimal(place_hours, "#,##0.##" if place_hours < 10 else "#,##0")


def how_often(often: str) -> str:
    """Return how often something is on, by the times in a week."""
    return {
        "0.25": _("Every four weeks"),
        "0.5": _("Every two weeks"),
        "1": _("Once a week"),
        "2": _("Twice a week"),
        "3": _("Three times a week"),
        "5": _("Five times a week"),
    }[often]


def definition(survey: Survey) -> str:
    """Return what the number of an area is, in the words of the note of the file."""
    return _(
        "Weekly place-hours within reach for each young person: two-step floating catchment, weights "
        "1, 0.68 and 0.22 in three thirds of %(metres)s metres as the crow flies. Published sessions "
        "of %(behind)s weeks behind and %(ahead)s ahead, full ones too. Roads and buses are not known.",
        metres=survey.metres,
        behind=WEEKS_BEHIND,
        ahead=WEEKS_AHEAD,
    )
