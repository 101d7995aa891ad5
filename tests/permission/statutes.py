"""The rules of age and hours at work once more, written from their text alone.

Nothing of `permission` is used here, and nothing is built as it is there: time is counted in minutes
since some midnight in London, one minute after the other, and each sentence of the law is a test of
those minutes. Slow, and plain enough to be read beside the text.

- Education Act 1996, section 8 (England, Wales): in school until the last Friday in June of the school
  year in which one is 16. Scotland: 31 May. Northern Ireland: 30 June.
- Education Act 1996, section 560: work experience arranged by a school, in the last two years of it.
- Children and Young Persons Act 1933, section 18, and its like in Scotland and Northern Ireland.
- Working Time Regulations 1998, regulations 5A and 6A: under 18s no longer in school.
"""

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CLOCK = ZoneInfo("Europe/London")


def verdict(case) -> str | None:
    """Return the first sentence that forbids it, by its name, or nothing."""
    if case.ages == (18, 24):
        return None
    first_day = case.starts_at.astimezone(CLOCK).date()
    year = _year_then(case, first_day)
    at_school = _still_at_school(case, year, first_day)
    if at_school == "who knows":
        return "school_year_unknown"
    if at_school == "no":
        return _young_worker(case)
    if case.by_school:
        if year is None:
            return "school_year_unknown"
        return "not_yet" if year < 10 else None
    return _pupil(case, year)


def _year_then(case, day: date):
    if case.year in (None, 0):
        return case.year
    septembers = sum(
        1
        for each in range(min(case.said_on.year, day.year), max(case.said_on.year, day.year) + 1)
        if min(case.said_on, day) < date(each, 9, 1) <= max(case.said_on, day)
    )
    return case.year + (septembers if day >= case.said_on else -septembers)


def _still_at_school(case, year, day: date) -> str:
    if case.ages == (11, 12):
        return "yes" if year is None else _by_year(case, year, day)
    return "who knows" if year is None else _by_year(case, year, day)


def _by_year(case, year: int, day: date) -> str:
    if year == 0 or year >= 12:
        return "no"
    if year <= 10:
        return "yes"
    june = day.year if day.month < 9 else day.year + 1
    if case.nation in ("england", "wales"):
        fridays = [week[4] for week in calendar.monthcalendar(june, 6) if week[4]]
        last = date(june, 6, fridays[-1])
    elif case.nation == "scotland":
        last = date(june, 5, 31)
    else:
        last = date(june, 6, 30)
    return "yes" if day <= last else "no"


def _age(case, year) -> int:
    youngest, oldest = case.ages
    if year in (None, 0):
        return youngest
    # The youngest of year 11 is 15 on its first day, and in Scotland 14; of year 10 a year younger.
    by_year = year + (3 if case.nation == "scotland" else 4)
    return sorted((youngest, by_year, oldest))[1] if by_year >= youngest else youngest


def _pupil(case, year) -> str | None:
    age = _age(case, year)
    minutes = list(_minutes(case.starts_at, case.ends_at))
    days = sorted({at.date() for at in minutes})
    open_days = {day for day in _around(days) if day.weekday() <= 4 and case.is_open(day)}
    if age < (13 if case.nation == "northern_ireland" else 14):
        return "too_young"
    if any(at.date() in open_days and (8, 30) <= (at.hour, at.minute) < (15, 30) for at in minutes):
        return "in_school_hours"
    if any(not 7 <= at.hour < 19 for at in minutes):
        return "early_or_late"
    if len(minutes) > 4 * 60:
        return "no_break"
    worked = _worked(case)
    on = [(day, worked.get(day, 0) / 60) for day in days]
    if any(day in open_days and hours > 2 for day, hours in on):
        return "long_on_school_day"
    if any(day not in open_days and day.weekday() == 6 and hours > 2 for day, hours in on):
        return "long_on_sunday"
    free = 5 if age < 15 else 8
    if any(day not in open_days and day.weekday() != 6 and hours > free for day, hours in on):
        return "long_on_free_day"
    weeks = [
        [days[0] - timedelta(days=back) + timedelta(days=n) for n in range(7)] for back in range(7)
    ]
    total = [(any(d in open_days for d in w), sum(worked.get(d, 0) for d in w) / 60) for w in weeks]
    if any(is_school and hours > 12 for is_school, hours in total):
        return "much_in_school_week"
    if any(not is_school and hours > (25 if age < 15 else 35) for is_school, hours in total):
        return "much_in_free_week"
    return None


def _young_worker(case) -> str | None:
    minutes = list(_minutes(case.starts_at, case.ends_at))
    days = sorted({at.date() for at in minutes})
    if any(at.hour < 6 or at.hour >= 22 for at in minutes):
        return "at_night"
    worked = _worked(case)
    if any(worked.get(day, 0) > 8 * 60 for day in days):
        return "long_a_day"
    for back in range(7):
        first = days[0] - timedelta(days=back)
        if sum(worked.get(first + timedelta(days=n), 0) for n in range(7)) > 40 * 60:
            return "much_a_week"
    return None


def _worked(case) -> dict[date, int]:
    worked: dict[date, int] = {}
    for begins, ends in [(case.starts_at, case.ends_at), *case.others]:
        for at in _minutes(begins, ends):
            worked[at.date()] = worked.get(at.date(), 0) + 1
    return worked


def _around(days: list[date]) -> set[date]:
    return {day + timedelta(days=n) for day in days for n in range(-7, 8)}


def _minutes(begins: datetime, ends: datetime):
    """Yield every minute that passes, as a clock in London shows it."""
    seconds = int(begins.timestamp())
    while seconds < ends.timestamp():
        yield datetime.fromtimestamp(seconds, CLOCK)
        seconds += 60
