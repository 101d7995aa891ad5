"""What people call the reasons, states and changes of a listing."""

from datetime import date, datetime, time

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.clock import LONDON
from app.web import london_date, london_time
from app.wording import label, name_all
from listings.models import ReviewReason, VersionState
from listings.officer_schemas import Act
from listings.repeat_schemas import Repeats, Weekday
from listings.repeats import Rule, SchoolDays, parts_of

name_all(
    {
        ReviewReason.ONE_PLACE: _l(
            "There is only one place, so one adult may be with one young person."
        ),
        ReviewReason.NIGHT: _l("It runs between midnight and 6 in the morning."),
        ReviewReason.CONTACT: _l(
            "The words hold a phone number, an e-mail address or a name on an app."
        ),
        ReviewReason.WEB: _l("The words hold a web address."),
        ReviewReason.SECRET: _l("The words ask for something private or secret."),
        ReviewReason.UNDER_16_AT_WORK: _l("It is work experience for people under 16."),
        ReviewReason.NEW_AND_BIG: _l(
            "It has more than 30 places, and you have run fewer than three activities here."
        ),
        ReviewReason.SENT_BACK: _l("The council sent it back before."),
        VersionState.LIVE: _l("Saved"),
        VersionState.WAITING: _l("Waits for the council"),
        VersionState.REFUSED: _l("Sent back by the council"),
        VersionState.REPLACED: _l("Replaced by a later change"),
    }
)
name_all(
    {
        Act.APPROVE: _l("Let it go on the list"),
        Act.SEND_BACK: _l("Send it back"),
        Repeats.ONCE: _l("Once"),
        Repeats.WEEKLY: _l("Every week"),
        Repeats.FORTNIGHTLY: _l("Every two weeks"),
        Repeats.MONTHLY: _l("Every month, on the same weekday of it"),
        Weekday.MONDAY: _l("Monday"),
        Weekday.TUESDAY: _l("Tuesday"),
        Weekday.WEDNESDAY: _l("Wednesday"),
        Weekday.THURSDAY: _l("Thursday"),
        Weekday.FRIDAY: _l("Friday"),
        Weekday.SATURDAY: _l("Saturday"),
        Weekday.SUNDAY: _l("Sunday"),
        SchoolDays.ALWAYS: _l("All year"),
        SchoolDays.TERM: _l("In school term only"),
        SchoolDays.HOLIDAYS: _l("In school holidays only"),
    }
)


def rule_in_words(rule: Rule) -> list[str]:
    """Return when something repeats, in short pieces in the reader's language.

    Pieces, not a sentence: Welsh would change words in the middle of one.
    """
    pieces = [
        _how_often(rule),
        _("%(start)s to %(end)s", start=_clock(rule.start), end=_clock(rule.end)),
    ]
    if rule.school is not SchoolDays.ALWAYS:
        pieces.append(label(rule.school))
    if rule.until:
        pieces.append(_("Last day: %(day)s", day=london_date(rule.until, "d MMM y")))
    if rule.left_out:
        days = ", ".join(london_date(day, "d MMM") for day in sorted(rule.left_out))
        pieces.append(_("Not on: %(days)s", days=days))
    return pieces


def _how_often(rule: Rule) -> str:
    parts = parts_of(rule.rrule)
    names = ", ".join(_weekdays(parts.get("BYDAY", "")))
    often = {
        ("WEEKLY", "1"): Repeats.WEEKLY,
        ("WEEKLY", "2"): Repeats.FORTNIGHTLY,
        ("MONTHLY", "1"): Repeats.MONTHLY,
    }.get((parts["FREQ"], parts.get("INTERVAL", "1")))
    words = label(often) if often else _("By a rule of its own")
    return f"{words}: {names}" if names else words


def _weekdays(codes: str) -> list[str]:
    # A week that begins on a Monday, to ask for the names of its days.
    monday = date(2026, 6, 1)
    order = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    return [
        format_date(monday.replace(day=1 + order.index(code[-2:])), "EEEE")
        for code in codes.split(",")
        if code[-2:] in order
    ]


def _clock(at: time) -> str:
    return london_time(datetime.combine(date(2026, 6, 1), at, LONDON))
