"""How old someone is, and whether they have to be in school, from what they told us. Pure.

Nobody tells us a date of birth. A learner has an age band, and says their school year only where a
rule asks for it; both hold for a range of ages, and a rule then looks at the youngest. Where the two
do not fit, what is said of school opens nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from geo.rulebook import Nation
from permission.rules import BOOK

#: Where someone has left school, or college has begun: no year of school.
LEFT_SCHOOL = 0
YEARS = (7, 8, 9, 10, 11, 12, 13)
_SCHOOL_YEAR_BEGINS = (9, 1)
_AUGUST = 8
_ADULT = 18
_FRIDAY = 4
#: From this age on nobody has to be in school whose year is over.
_OVER_SCHOOL_AGE = 16


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
    # In August some say the year that is over and some the one to come: the later start is safe.
    meant = pupil.said_on.year - (pupil.said_on.month < _AUGUST)
    return pupil.school_year + school_year_of(day) - meant


def school_year_of(day: date) -> int:
    """Return the calendar year in which the school year of a day began."""
    return day.year - ((day.month, day.day) < _SCHOOL_YEAR_BEGINS)


def fits(pupil: Pupil, day: date) -> bool:
    """Return whether somebody of that age band can be as far on in school as they say."""
    year, rule = year_on(pupil, day), _school_age(pupil, day)
    oldest = pupil.ages[1]
    if year is None or oldest >= _OVER_SCHOOL_AGE:
        return True
    if year == LEFT_SCHOOL:
        return oldest >= rule["may_leave_at"] and day > leaving_day(day, pupil.nation)
    return _youngest_in(year, rule) <= oldest


def has_to_be_in_school(pupil: Pupil, day: date) -> bool | None:
    """Return whether somebody has to be in school in these weeks, or nothing where we do not know."""
    if is_adult(pupil):
        return False
    year, rule = year_on(pupil, day), _school_age(pupil, day)
    if pupil.ages[1] < rule["may_leave_at"] or not fits(pupil, day):
        return True
    if year is None:
        return None
    if year == LEFT_SCHOOL or year > rule["last_year"]:
        return False
    return year < rule["last_year"] or day <= leaving_day(day, pupil.nation)


def youngest_age(pupil: Pupil, day: date) -> int:
    """Return the age that somebody has at the least on a day."""
    year = year_on(pupil, day)
    if not year:
        return pupil.ages[0]
    in_that_year = _youngest_in(year, _school_age(pupil, day))
    return max(pupil.ages[0], min(in_that_year, pupil.ages[1]))


def is_adult(pupil: Pupil) -> bool:
    return pupil.ages[0] >= _ADULT


def leaving_day(day: date, nation: Nation) -> date:
    """Return the last day on which pupils of the last year have to be in school, in that school year."""
    begun = school_year_of(day)
    ends = BOOK.on(day, "school_age", nation).says["ends"]
    if ends == "21 December":
        return date(begun, 12, 21)
    last = date(begun + 1, 6, 30)
    if ends == "30 June":
        return last
    return last - timedelta(days=(last.weekday() - _FRIDAY) % 7)


def _youngest_in(year: int, rule) -> int:
    """Return the age of the youngest in a school year on its first day."""
    return rule["youngest"] - rule["last_year"] + year


def _school_age(pupil: Pupil, day: date):
    return BOOK.on(day, "school_age", pupil.nation).says
