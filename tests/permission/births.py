"""People with a day of birth, and what the law says of them by that day.

The product knows no day of birth. It has to be right for everybody whom its age band and school year
can mean: so here are such people, those born on 29 February among them, with true answers.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.permission import statutes

BANDS = [(11, 12), (13, 15), (16, 17), (18, 24)]


@dataclass(frozen=True)
class Person:
    born: date
    nation: str
    #: The last day on which they have to be in school.
    leaves: date


def one_case(number: int, case):
    """Return somebody, and a case with what they would truly have told us by then."""
    chance = Random(f"born {number}")
    day = case.starts_at.astimezone(statutes.CLOCK).date()
    person = _somebody(chance, case.nation, day)
    age = _age_on(person.born, day)
    said_on = day - timedelta(days=chance.choice((0, 1, 20, 90, 200, 400, 700)))
    return person, replace(
        case,
        ages=next(band for band in BANDS if band[0] <= age <= band[1]),
        year=chance.choice((None, *[_year_they_say(chance, person, said_on)] * 9)),
        said_on=said_on,
        # What a school arranges hangs on its word, not on a birthday.
        by_school=False,
    )


def verdict(person: Person, case) -> str | None:
    """Return the sentence that the law of today has against it, for somebody born on that day."""
    seen = statutes.Seen(case)
    age = _age_on(person.born, seen.day)
    if age >= 18:
        return None
    if not is_child(person, case):
        found = statutes._young_worker(seen)
    else:
        seen.age = lambda: age
        works_from = 13 if person.nation == "northern_ireland" else 14
        found = statutes._child(seen, person.nation, works_from, is_new=False)
    return next((name for name, broken in found if broken()), None)


def is_child(person: Person, case) -> bool:
    return case.starts_at.astimezone(statutes.CLOCK).date() <= person.leaves


def _somebody(chance: Random, nation: str, day: date) -> Person:
    born = day - timedelta(days=int(365.25 * chance.uniform(11, 18.6)))
    edges = (
        None,
        None,
        (2, 28),
        (2, 29),
        (3, 1),
        (7, 1),
        (7, 2),
        (8, 31),
        (9, 1),
        (9, 30),
        (10, 1),
    )
    edge = chance.choice(edges)
    if edge == (2, 29):
        born = date(chance.choice((2008, 2012)), 2, 29)
    elif edge:
        born = date(born.year, *edge)
    if not 11 <= _age_on(born, day) <= 19:
        born = day - timedelta(days=365 * 15 + 200)
    return Person(born, nation, _leaving(_birthday(born, 16), nation))


def _leaving(sixteen: date, nation: str) -> date:
    """Return the leaving date of somebody who turns 16 on a day, as each nation's Act words it."""
    year = sixteen.year
    if nation == "scotland":
        if (3, 1) <= (sixteen.month, sixteen.day) <= (9, 30):
            return date(year, 5, 31)
        return date(year if sixteen.month >= 10 else year - 1, 12, 21)
    if nation == "northern_ireland":
        if (sixteen.month, sixteen.day) <= (7, 1):
            return date(year, 6, 30)
        return date(year + 1, 6, 30)
    this_summer = _last_friday_of_june(year)
    # Also who turns 16 between that Friday and the new school year.
    return this_summer if sixteen < date(year, 9, 1) else _last_friday_of_june(year + 1)


def _year_they_say(chance: Random, person: Person, said_on: date) -> int:
    if said_on > person.leaves and chance.random() < 0.5:
        return 0
    autumn = said_on.year - (said_on.month < 9)
    if said_on.month == 8 and chance.random() < 0.5:
        # In August many say the year to come.
        autumn += 1
    return max(7, min(13, _year_begun_in(person, autumn)))


def _year_begun_in(person: Person, autumn: int) -> int:
    """Return the school year that somebody begins in an autumn, counted as in England."""
    born = person.born
    if person.nation == "scotland":
        # From March to February, and a year is named for the birthdays that lie in it.
        first = born.year - (born.month < 3)
        return autumn - first - 4
    turn = (7, 1) if person.nation == "northern_ireland" else (8, 31)
    first = born.year + ((born.month, born.day) > turn)
    return autumn - first - 4


def _last_friday_of_june(year: int) -> date:
    return max(date(year, 6, day) for day in range(24, 31) if date(year, 6, day).weekday() == 4)


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        # Born on 29 February: in other years they are a year older from 1 March.
        return date(born.year + years, 3, 1)


def _age_on(born: date, day: date) -> int:
    return next(age for age in range(30, -1, -1) if _birthday(born, age) <= day)
