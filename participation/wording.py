"""What people call the states of a booking, and what stands for a number that is hidden."""

from datetime import date

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.models import AgeBand
from app.terms import school_year_of, term_before, term_of
from app.wording import label, name_all
from participation.chain import StepState, Who
from participation.models import Answer, BookingStatus, CancelReason
from participation.own_numbers import Span
from participation.patterns import Pattern
from participation.queries import Standing
from participation.small_numbers import SMALLEST_SHOWN, Hidden, Shown

name_all(
    {
        BookingStatus.CONFIRMED: _l("You have a place"),
        BookingStatus.CANCELLED: _l("You gave your place back"),
    }
)
name_all(
    {
        Pattern.ONE_TO_ONE: _l("One adult may be alone with one young person."),
        Pattern.UNANSWERED: _l(
            "A young person says the register is wrong, and nobody answered for 3 days."
        ),
        Pattern.SAID_AGAIN: _l("A young person says again that the register is wrong."),
        Pattern.NOT_THERE: _l("Two or more say that they were not there."),
        Pattern.LATE_AT_ONCE: _l("Everyone was confirmed at once, more than a day after the end."),
        Pattern.ALWAYS_EVERYONE: _l("Everyone always comes, and is always confirmed with one tap."),
    }
)
# Apart from the above: members of two enumerations with the same value are one key to a dictionary.
name_all(
    {
        Standing.COMING: _l("You have a place"),
        Standing.ASKED: _l("You asked for a place"),
        Standing.AGREEING: _l("Your place is kept: others have to say yes"),
        Standing.WAITING: _l("You are waiting for a place"),
        Standing.OFFERED: _l("A place is free for you"),
        Standing.CAME: _l("You came"),
        Standing.UNCONFIRMED: _l("Not confirmed yet"),
        Standing.CALLED_OFF: _l("This was called off"),
        Standing.CANCELLED: _l("You gave your place back"),
        Standing.MOVED: _l("You moved to another day"),
        Standing.DECLINED: _l("They have no place for you this time"),
        Standing.UNANSWERED: _l("They did not answer in time"),
        Standing.NOT_AGREED: _l("A yes from home or school is missing"),
        Standing.NOT_TAKEN: _l("The place went to someone else"),
        Standing.WAITED: _l("No place came free"),
    }
)
name_all(
    {
        CancelReason.ILL: _l("I am ill"),
        CancelReason.OTHER_PLANS: _l("Something else came up"),
        CancelReason.TRAVEL: _l("I cannot get there"),
        CancelReason.COST: _l("It costs too much"),
        CancelReason.NOT_FOR_ME: _l("It is not for me after all"),
        CancelReason.MOVED: _l("I moved to another day"),
        CancelReason.OTHER: _l("Another reason"),
        CancelReason.NO_YES: _l("A yes from home or school is missing"),
    }
)
name_all(
    {
        Who.LEARNER: _l("You ask"),
        Who.PROVIDER: _l("The people who run it say yes"),
        Who.GUARDIAN: _l("A parent or carer says yes"),
        Who.SCHOOL: _l("Your school says yes"),
    }
)
name_all(
    {
        StepState.DONE: _l("Done"),
        StepState.NOT_NEEDED: _l("Not needed"),
        StepState.NEXT: _l("Your next step"),
        StepState.ASKED: _l("Asked"),
        StepState.COUNTS_LATER: _l("Has said yes"),
        StepState.SAID_NO: _l("Has said no"),
        StepState.LATER: _l("Comes later"),
    }
)
name_all(
    {
        Answer.FULL: _l("There are no places left"),
        Answer.NOT_RIGHT_NOW: _l("It does not work out this time"),
        Answer.CANNOT_MEET_NEEDS: _l("We cannot yet give you what you asked for"),
        Answer.PREPARATION: _l("It needs something you have to do or learn first"),
        Answer.OTHER_SESSION: _l("Another day would suit you better"),
    }
)
name_all(
    {
        Hidden.TOO_FEW: _l("Fewer than %(number)s", number=SMALLEST_SHOWN),
        Hidden.NOT_SHOWN: _l("Not shown"),
        Hidden.UNTOLD: _l("Not shown"),
    }
)


def span_name(span: Span, today: date) -> str:
    """Return what people call a span of time, as seen from a day."""
    this_term = term_of(today)
    if span is Span.TERM:
        return _("This term: %(term)s", term=this_term.name)
    if span is Span.LAST_TERM:
        return _("Last term: %(term)s", term=term_before(this_term).name)
    first = school_year_of(today)
    return _("School year %(first)s to %(last)s", first=first.year, last=first.year + 1)


def age_name(age: AgeBand) -> str:
    """Return the ages of a band in words: `11 to 12`."""
    if age is AgeBand.FROM_25:
        return str(label(age))
    youngest, oldest = age.ages
    return _("%(first)s to %(last)s", first=youngest, last=oldest)


def shown_number(value: Shown) -> str:
    """Return a number as a page says it, or what stands in its place."""
    return label(value) if isinstance(value, Hidden) else format_decimal(value)


def paused_words() -> str:
    """Return what a learner is told who has a place with a provider that is not trusted now."""
    return _(
        "This is paused for now. The council is looking at the organisation. "
        "Do not go until it is back."
    )
