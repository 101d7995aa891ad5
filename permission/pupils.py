"""How old someone is, and whether they have to be in school, from what they told us. Pure.

Nobody tells us a date of birth. A learner has an age band, and says their school year only where a
rule asks for it; both hold for a range of ages, and a rule then looks at the youngest.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from geo.rulebook import Nation
from permission.rules import BOOK

#: Where someone has left school, or college has begun: no year of school.
LEFT_SCHOOL = 0
YEARS = (7, 8, 9, 10, 11, 12, 13)
_SCHOOL_YEAR_BEGINS = (9, 1)
_ADULT = 18
_FRIDAY = 4


@dataclass(frozen=True, kw_only=True)
class Pupil:
    """What is known of one learner's age and school."""

    #: The youngest and the oldest that they can be, both inclusive.
    ages: tuple[int, int]
    nation: Nation
    #: As they said it, counted as in England, `LEFT_SCHOOL`, or nothing where they did not say.
    school_year: int | None = None
    #: The day on which they said it.
    said_on: date | None = None


def year_on(pupil: Pupil, day: date) -> int | None:
    """Return the school year of somebody on a day: each September they are one on."""
    if not pupil.school_year or pupil.said_on is None:
        return pupil.school_year
    return pupil.school_year + school_year_of(day) - school_year_of(pupil.said_on)


def school_year_of(day: date) -> int:
    """Return the calendar year in which the school year of a day began."""
    return day.year - ((day.month, day.day) < _SCHOOL_YEAR_BEGINS)


def has_to_be_in_school(pupil: Pupil, day: date) -> bool | None:
    """Return whether somebody has to be in school in these weeks, or nothing where we do not know."""
    if pupil.ages[0] >= _ADULT:
        return False
    year, rule = year_on(pupil, day), BOOK.on(day, "school_age", pupil.nation).says
    if year is None:
        # Under 16 all the way: nobody leaves earlier.
        return True if pupil.ages[1] < rule["youngest"] else None
    if year == LEFT_SCHOOL or year > rule["last_year"]:
        return False
    return year < rule["last_year"] or day <= leaving_day(day, pupil.nation)


def youngest_age(pupil: Pupil, day: date) -> int:
    """Return the age that somebody has at the least on a day."""
    year, rule = year_on(pupil, day), BOOK.on(day, "school_age", pupil.nation).says
    if not year:
        return pupil.ages[0]
    in_that_year = rule["youngest"] - rule["last_year"] + year
    return max(pupil.ages[0], min(in_that_year, pupil.ages[1]))


def is_adult(pupil: Pupil) -> bool:
    return pupil.ages[0] >= _ADULT


def leaving_day(day: date, nation: Nation) -> date:
    """Return the last day on which pupils of the last year have to be in school, in that school year."""
    summer = school_year_of(day) + 1
    ends = BOOK.on(day, "school_age", nation).says["ends"]
    if ends == "last Friday of June":
        last = date(summer, 6, 30)
        return last - timedelta(days=(last.weekday() - _FRIDAY) % 7)
    return date(summer, 5, 31) if ends == "31 May" else date(summer, 6, 30)
