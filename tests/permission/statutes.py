"""The rules of age and hours at work once more, written from their text alone.

Nothing of `permission` is used here, and nothing is built as it is there. Time is a row of half
hours in London, and each sentence of the law is one line of a table that asks about those half hours.
The first line that is broken is the answer.

- Education (School Leaving Date) Order 1997: the last Friday in June. Education (Scotland) Act 1980,
  section 33: 31 May or Christmas; we hold to Christmas. Education and Libraries (Northern Ireland)
  Order 1986, article 46: 30 June.
- Education Act 1996, section 560: what a school arranges, in its last two compulsory years.
- Children and Young Persons Act 1933, section 18; its like of 1937 in Scotland, section 28.
- Children (Northern Ireland) Order 1995, article 135, and the Employment of Children Regulations
  (Northern Ireland) 1996 as amended in 2006.
- Children's Wellbeing and Schools Act 2026, sections 28 and 29, from a day that is handed in.
- Working Time Regulations 1998, regulations 5A and 6A: over school age and under 18.
"""

import calendar
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

CLOCK = ZoneInfo("Europe/London")
HALF_HOUR = 1800


def verdict(case, new_act_from: date | None = None) -> str | None:
    """Return the name of the first sentence that forbids it, or nothing."""
    return next((name for name, broken in _sentences(case, new_act_from) if broken()), None)


def _sentences(case, new_act_from):
    seen = Seen(case)
    if case.ages[0] >= 18:
        return
    yield "do_not_fit", seen.is_too_young_for_that_year
    works_from = 13 if case.nation == "northern_ireland" else 14
    yield "school_year_unknown", lambda: seen.year is None and case.ages[1] >= works_from
    if not seen.is_at_school():
        yield from _young_worker(seen)
    elif case.by_school:
        yield "not_yet", lambda: (seen.year or 0) < 10
        yield from _young_worker(seen)
    else:
        is_new = new_act_from is not None and seen.day >= new_act_from
        yield from _child(seen, case.nation, works_from, is_new=is_new)


def _child(seen, nation: str, works_from: int, *, is_new: bool):
    ulster = nation == "northern_ireland"
    is_new = is_new and not ulster
    young = seen.age() < 15
    free_day = 5 if young else 7 if ulster else 8
    free_week = {(True, False): 25, (False, False): 35, (True, True): 27, (False, True): 37}
    sunday = free_day if is_new else 2
    evening = 20 if is_new else 19
    sitting = 3 if ulster and young else 4
    school_days = [day for day in seen.days if seen.is_school(day)]

    yield "too_young", lambda: seen.age() < works_from
    yield "in_school_hours", lambda: seen.any_slot(school_days, (8, 30), (15, 30))
    if ulster:
        yield (
            "before_school",
            lambda: (
                seen.any_slot(school_days, (8, 0), (8, 30))
                or seen.too_much_before_school(school_days)
            ),
        )
    elif is_new:
        yield "before_school", lambda: seen.too_much_before_school(school_days)
    else:
        yield "before_school", lambda: seen.any_slot(school_days, (0, 0), (8, 30))
    yield (
        "early_or_late",
        lambda: (
            seen.any_slot(seen.days, (0, 0), (7, 0))
            or seen.any_slot(seen.days, (evening, 0), (24, 0))
        ),
    )
    yield "no_break", lambda: any(seen.sitting(day) > sitting for day in seen.days)
    yield "long_on_school_day", lambda: any(seen.hours[day] > 2 for day in school_days)
    yield (
        "long_on_sunday",
        lambda: any(seen.hours[day] > sunday for day in seen.days if day.weekday() == 6),
    )
    yield (
        "long_on_free_day",
        lambda: any(
            seen.hours[day] > free_day
            for day in seen.days
            if day.weekday() != 6 and not seen.is_school(day)
        ),
    )
    weeks = [[seen.day + timedelta(days=n - back) for n in range(7)] for back in range(7)]
    yield (
        "much_in_school_week",
        lambda: any(seen.total(week) > 12 for week in weeks if any(map(seen.is_school, week))),
    )
    yield (
        "much_in_free_week",
        lambda: any(
            seen.total(week) > free_week[young, ulster]
            for week in weeks
            if not any(map(seen.is_school, week))
        ),
    )
    yield "no_free_weeks", lambda: not seen.has_fortnight(7 if ulster else 1, 8 if ulster else 12)


def _young_worker(seen):
    yield (
        "at_night",
        lambda: (
            seen.any_slot(seen.days, (0, 0), (6, 0)) or seen.any_slot(seen.days, (22, 0), (24, 0))
        ),
    )
    yield "long_a_day", lambda: any(seen.hours[day] > 8 for day in seen.days)
    monday = next(day for day in _back_from(seen.day) if day.weekday() == 0)
    yield "much_a_week", lambda: seen.total(monday + timedelta(days=n) for n in range(7)) > 40


class Seen:
    """One case, as half hours on a clock in London."""

    def __init__(self, case) -> None:
        self.case = case
        self.slots = list(_slots(case.starts_at, case.ends_at))
        self.days = sorted({at.date() for at in self.slots})
        self.day = self.days[0]
        self.year = self._year()
        self.stretches = [self.slots, *(list(_slots(*each)) for each in case.others)]
        self.hours: dict[date, float] = defaultdict(float)
        for at in (at for stretch in self.stretches for at in stretch):
            self.hours[at.date()] += 0.5

    def _year(self):
        if not self.case.year:
            return self.case.year
        said = self.case.said_on
        if said.month == 8:
            said = date(said.year, 9, 1)
        first, last = sorted((said, self.day))
        septembers = sum(
            first < date(each, 9, 1) <= last for each in range(first.year, last.year + 1)
        )
        return self.case.year + (septembers if said <= self.day else -septembers)

    def _youngest_of(self, year: int) -> int:
        # S5 begins at 15 and year 12 at 16; year 11 at 15, and in Scotland at 14.
        return year + (3 if self.case.nation == "scotland" else 4)

    def is_too_young_for_that_year(self) -> bool:
        oldest = self.case.ages[1]
        if self.year is None or oldest > 15:
            return False
        if self.year == 0:
            is_of_age = oldest == 15 and self.case.nation in ("england", "wales")
            return not is_of_age or self.day <= _last_day(self.day, self.case.nation)
        return oldest < self._youngest_of(self.year)

    def is_at_school(self) -> bool:
        if self.case.ages[1] < 15:
            return True
        if self.case.ages[1] == 15 and self.case.nation in ("scotland", "northern_ireland"):
            return True
        last_year = 12 if self.case.nation == "scotland" else 11
        if self.year is None:
            raise AssertionError("nobody can tell")
        if self.year == 0 or self.year > last_year:
            return False
        return self.year < last_year or self.day <= _last_day(self.day, self.case.nation)

    def age(self) -> int:
        """Return what they are at the least: of the band, or of the year where that says more."""
        youngest, oldest = self.case.ages
        possible = range(youngest, oldest + 1)
        by_year = self._youngest_of(self.year) if self.year else youngest
        return next((age for age in possible if age >= by_year), oldest)

    def is_school(self, day: date) -> bool:
        return calendar.weekday(day.year, day.month, day.day) not in (5, 6) and self.case.is_open(
            day
        )

    def any_slot(self, days, first, last) -> bool:
        return any(at.date() in days and first <= (at.hour, at.minute) < last for at in self.slots)

    def too_much_before_school(self, days) -> bool:
        def early(at):
            return (at.hour, at.minute) < (8, 30)

        mine = {at.date() for at in self.slots if early(at) and at.date() in days}
        everything = [at for stretch in self.stretches for at in stretch if early(at)]
        return any(sum(at.date() == day for at in everything) > 2 for day in mine)

    def sitting(self, day: date) -> float:
        """Return the longest time at work on a day that no free hour breaks."""
        at_work = sorted(
            int(at.timestamp()) for each in self.stretches for at in each if at.date() == day
        )
        longest = run = 0
        for before, at in zip([None, *at_work], at_work, strict=False):
            has_rested = before is not None and at - before >= 3 * HALF_HOUR
            run = 1 if has_rested else run + 1
            longest = max(longest, run)
        return longest / 2

    def total(self, days) -> float:
        return sum(self.hours[day] for day in days)

    def has_fortnight(self, first_month: int, last_month: int) -> bool:
        end = calendar.monthrange(self.day.year, last_month)[1]
        span = (date(self.day.year, last_month, end) - date(self.day.year, first_month, 1)).days + 1
        days = [date(self.day.year, first_month, 1) + timedelta(days=n) for n in range(span)]
        marks = "".join("x" if self.hours.get(day) or self.is_school(day) else "." for day in days)
        return "." * 14 in marks


@cache
def _last_day(day: date, nation: str) -> date:
    september = max(
        date(each, 9, 1) for each in (day.year - 1, day.year) if date(each, 9, 1) <= day
    )
    if nation == "scotland":
        return date(september.year, 12, 21)
    june = [week[4] for week in calendar.monthcalendar(september.year + 1, 6) if week[4]]
    return date(september.year + 1, 6, 30 if nation == "northern_ireland" else june[-1])


def _back_from(day: date):
    return (day - timedelta(days=n) for n in range(7))


def _slots(begins: datetime, ends: datetime):
    """Yield every half hour that passes, as a clock in London shows it."""
    for seconds in range(int(begins.timestamp()), int(ends.timestamp()), HALF_HOUR):
        yield _on_the_clock(seconds)


@cache
def _on_the_clock(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, CLOCK)
