"""What people call the kinds, categories and signals of what is on, and how far and how fresh it is."""

from datetime import date, datetime

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.wording import label, name_all
from badges.models import Strand
from geo.models import AccessFeature, Place
from opportunities.freshness import is_stale
from opportunities.models import (
    STRANDS,
    AttendanceMode,
    Category,
    EncounterPoint,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    Placement,
    ReportReason,
    Welcome,
)
from opportunities.queries.request import Order

METRES_IN_A_MILE = 1609.344
_MOST_SAID = 200
#: A session with fewer places than this says how many are left.
FEW_PLACES = 5
#: Nearer than this to the middle of an area, no direction is worth saying.
_NO_DIRECTION_M = 250
#: Eight parts of the sky, clockwise from the north.
_DIRECTIONS = (
    _l("north"),
    _l("north-east"),
    _l("east"),
    _l("south-east"),
    _l("south"),
    _l("south-west"),
    _l("west"),
    _l("north-west"),
)

name_all(
    {
        OpportunityKind.ENRICHMENT: _l("Enrichment"),
        OpportunityKind.WORK_EXPERIENCE: _l("Work experience"),
        OpportunityKind.VOLUNTEERING: _l("Volunteering"),
        Category.CIVIC: _l("Civic"),
        Category.ARTS_AND_CULTURE: _l("Arts and culture"),
        Category.NATURE_AND_ADVENTURE: _l("Nature and adventure"),
        Category.SPORT: _l("Sport"),
        Category.LIFE_SKILLS: _l("Life skills"),
        Welcome.NEW_PEOPLE: _l("New people welcome"),
        Welcome.QUIET_SPACE: _l("Quiet space"),
        Welcome.SIGN_LANGUAGE: _l("Sign language"),
        Welcome.TRAVEL_PAID: _l("Travel paid"),
        Welcome.FOOD: _l("Free food"),
        AttendanceMode.IN_PERSON: _l("In person"),
        AttendanceMode.ONLINE: _l("Online"),
        AttendanceMode.MIXED: _l("Here or online"),
        Order.NEAREST: _l("Nearest first"),
        Order.SOONEST: _l("Soonest first"),
        Order.NEWEST: _l("Newest first"),
        OpportunityStatus.DRAFT: _l("Draft"),
        OpportunityStatus.REVIEW: _l("With the council"),
        OpportunityStatus.PUBLISHED: _l("Published"),
        OpportunityStatus.PAUSED: _l("Paused"),
        OpportunityStatus.WITHDRAWN: _l("Withdrawn"),
        EncounterPoint.PURPOSE: _l("Everyone knows why they are there"),
        EncounterPoint.OUTCOMES: _l("It is clear what you will learn"),
        EncounterPoint.TWO_WAY: _l("You ask questions too, and they are answered"),
        EncounterPoint.PEOPLE: _l("You meet people in different jobs"),
        EncounterPoint.REAL_TASK: _l("You do a real task"),
        EncounterPoint.FEEDBACK: _l("Someone tells you how it went"),
        EncounterPoint.REFLECTION: _l("There is time to think about it afterwards"),
        AccessFeature.ACCESSIBLE_TOILET: _l("Accessible toilet"),
        AccessFeature.CHANGING_PLACE: _l("Changing place"),
        AccessFeature.HEARING_LOOP: _l("Hearing loop"),
        AccessFeature.QUIET_ROOM: _l("Quiet room"),
        AccessFeature.BLUE_BADGE_PARKING: _l("Parking for blue badges"),
        ReportReason.CLOSED: _l("It is closed, or not on any more"),
        ReportReason.TIME: _l("The time or the day is wrong"),
        ReportReason.PLACE: _l("The place is wrong"),
        ReportReason.COST_OR_AGE: _l("The cost or the age is wrong"),
        ReportReason.SAFETY: _l("Something worries me about safety"),
        ReportReason.OTHER: _l("Something else"),
    }
)


def in_miles(metres: float) -> str:
    """Return a distance as people say it: `0.2 miles`, `1 mile`, `12 miles`."""
    miles = max(metres / METRES_IN_A_MILE, 0.1)
    words = format_decimal(miles, "0.#" if miles < 9.95 else "0")
    # Welsh counts: 2 filltir, 3 milltir. A broken number takes no count.
    return whole_miles(int(words)) if words.isdecimal() else _("%(miles)s miles", miles=words)


def at_most(number: int, is_at_least: bool = False) -> str:
    """Return a count as it stands beside a filter: `12`, and `200+` for more than anyone reads."""
    return f"{min(number, _MOST_SAID)}+" if is_at_least or number > _MOST_SAID else str(number)


def whole_miles(miles: int) -> str:
    """Return one of the distances that can be chosen: `1 mile`, `10 miles`."""
    return ngettext("%(num)d mile", "%(num)d miles", miles)


def walk_minutes(metres: float) -> int:
    """Return how long a walk takes, to five minutes: streets bend, so a third more than straight."""
    return max(round(metres * 4 / 3 / 80 / 5), 1) * 5  # 80 metres a minute is an easy pace


def way_from(area: str, metres: float, bearing: float) -> str:
    """Return where something lies, seen from the middle of an area that people call `area`.

    :param bearing: degrees clockwise from the north.
    """
    if metres < _NO_DIRECTION_M:
        return _("%(distance)s from the middle of %(area)s", distance=in_miles(metres), area=area)
    direction = _DIRECTIONS[round(bearing / 45) % len(_DIRECTIONS)]
    return _(
        "%(distance)s %(direction)s of %(area)s",
        distance=in_miles(metres),
        direction=direction,
        area=area,
    )


def day_name(day: int) -> str:
    """Return the short name of a day of the week; 1 is Monday."""
    return format_date(date(2001, 1, day), "EEE")  # the first of January 2001 was a Monday


def ages_of(opportunity: Opportunity) -> str:
    """Return who may come and, where that is fewer, for whom it is meant."""
    youngest, oldest = opportunity.min_age, opportunity.max_age
    suited = (opportunity.suits_min_age or youngest, opportunity.suits_max_age or oldest)
    if suited == (youngest, oldest):
        return _("%(youngest)s to %(oldest)s", youngest=youngest, oldest=oldest)
    return _(
        "For %(youngest)s to %(oldest)s, meant for %(from_age)s to %(to_age)s",
        youngest=youngest,
        oldest=oldest,
        from_age=suited[0],
        to_age=suited[1],
    )


def checked_ago(opportunity: Opportunity, now: datetime) -> str:
    """Return when the provider last said that this is right."""
    days = max((now - opportunity.checked_at).days, 0)
    if days == 0:
        return _("Checked today")
    return ngettext("Checked %(num)s day ago", "Checked %(num)s days ago", days)


def unconfirmed_for(opportunity: Opportunity, now: datetime) -> str:
    """Return the warning that a stale listing carries; nothing for a fresh one."""
    if not is_stale(opportunity, now):
        return ""
    return ngettext(
        "Nobody has confirmed this for %(num)s day. Check before you go.",
        "Nobody has confirmed this for %(num)s days. Check before you go.",
        (now - opportunity.checked_at).days,
    )


def strand_of(opportunity: Opportunity) -> Strand:
    """Return what this is about, by the badge it earns or else by its kind and category."""
    if opportunity.achievement is not None:
        return opportunity.achievement.strand
    if opportunity.kind is OpportunityKind.WORK_EXPERIENCE:
        return Strand.WORK
    return STRANDS[opportunity.category]


def access_features(place: Place) -> list[str]:
    """Return what a place is known to have, in words."""
    given = set(place.access)
    return [label(one) for one in AccessFeature if one in given]


def points_of(placement: Placement) -> list[tuple[str, str]]:
    """Return what makes it a good meeting with an employer, each with what the provider says of it."""
    points = placement.points
    return [(label(one), points[one.value]) for one in EncounterPoint if one.value in points]


def booking_window_of(opportunity: Opportunity) -> str:
    """Return when booking opens and closes, in a sentence; nothing where it is open until the start."""
    days, hours = opportunity.booking_opens_days, opportunity.booking_closes_hours
    opens = ngettext(
        "Booking opens %(num)d day before.", "Booking opens %(num)d days before.", days or 0
    )
    closes = ngettext(
        "Booking closes %(num)d hour before the start.",
        "Booking closes %(num)d hours before the start.",
        hours or 0,
    )
    return " ".join(words for words, is_set in ((opens, days), (closes, hours)) if is_set)


def signals_of(opportunity: Opportunity) -> list[str]:
    """Return every sign of access and welcome in words, the ones that decide most first."""
    first = [_("Step-free")] if opportunity.place.step_free else []
    given = set(opportunity.welcome)
    # An array comes back as plain text, and as the enumeration before it was ever saved.
    return first + [label(one) for one in Welcome if one in given]
