"""Whether the hours of a placement are allowed, and if not, why. Pure.

Hours are counted on London's clock, as the law has them, and what lies on two days is counted on
each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any

from app.clock import LONDON
from permission.pupils import (
    LEFT_SCHOOL,
    Pupil,
    fits,
    has_to_be_in_school,
    is_adult,
    year_on,
    youngest_age,
)
from permission.rules import BOOK

_SATURDAY = 5
_SUNDAY = 6
_DAYS_IN_WEEK = 7
_SECONDS_IN_HOUR = 3600


class WhyNot(StrEnum):
    """Why a placement cannot be done. In the order in which they are looked for."""

    DO_NOT_FIT = "do_not_fit"
    SCHOOL_YEAR_UNKNOWN = "school_year_unknown"
    TOO_YOUNG = "too_young"
    NOT_YET = "not_yet"
    IN_SCHOOL_HOURS = "in_school_hours"
    BEFORE_SCHOOL = "before_school"
    EARLY_OR_LATE = "early_or_late"
    NO_BREAK = "no_break"
    LONG_ON_SCHOOL_DAY = "long_on_school_day"
    LONG_ON_SUNDAY = "long_on_sunday"
    LONG_ON_FREE_DAY = "long_on_free_day"
    MUCH_IN_SCHOOL_WEEK = "much_in_school_week"
    MUCH_IN_FREE_WEEK = "much_in_free_week"
    NO_FREE_WEEKS = "no_free_weeks"
    AT_NIGHT = "at_night"
    LONG_A_DAY = "long_a_day"
    MUCH_A_WEEK = "much_a_week"


@dataclass(frozen=True)
class Stretch:
    """A time at work."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Finding:
    """Why not, and the number that the rule sets, where it sets one."""

    why: WhyNot
    limit: Any = None


def why_not_work(
    pupil: Pupil,
    work: Stretch,
    others: Sequence[Stretch],
    *,
    is_school_day: Callable[[date], bool],
    is_arranged_by_school: bool = False,
) -> Finding | None:
    """Return why somebody may not do this work, or nothing.

    :param others: other work that they have agreed to: all of that year, and of the six days around.
    :param is_school_day: whether the schools of the place are open on a day.
    :param is_arranged_by_school: their school has arranged it as work experience.
    """
    if is_adult(pupil):
        return None
    day = _local(work.starts_at).date()
    if not fits(pupil, day):
        return Finding(WhyNot.DO_NOT_FIT, pupil.ages)
    if _has_to_say_year(pupil, day):
        return Finding(WhyNot.SCHOOL_YEAR_UNKNOWN)
    as_young_worker = YoungWorker(pupil, work, others, day).findings()
    if not has_to_be_in_school(pupil, day):
        return _first(as_young_worker)
    if is_arranged_by_school:
        # The hours of pupils do not hold then, and no longer ones than those of a young worker do.
        return _first(chain(_too_early_for_a_placement(pupil, day), as_young_worker))
    return _first(PupilAtWork(pupil, work, others, day, is_school_day).findings())


def _has_to_say_year(pupil: Pupil, day: date) -> bool:
    """Return whether the school year decides, and is not known: below the age of work nothing does."""
    youngest = BOOK.on(day, "work_hours", pupil.nation).says["youngest"]
    return year_on(pupil, day) is None and pupil.ages[1] >= youngest


def _too_early_for_a_placement(pupil: Pupil, day: date) -> Iterator[Finding]:
    first_year = BOOK.on(day, "school_placement", pupil.nation).says["first_year"]
    if (year_on(pupil, day) or LEFT_SCHOOL) < first_year:
        yield Finding(WhyNot.NOT_YET, first_year)


@dataclass(frozen=True)
class YoungWorker:
    """Work of somebody who is over school age and under 18."""

    pupil: Pupil
    work: Stretch
    others: Sequence[Stretch]
    day: date

    def findings(self) -> Iterator[Finding]:
        rule = BOOK.on(self.day, "young_workers", self.pupil.nation).says
        hours = _hours_by_day([self.work, *self.others])
        night_ends, night_begins = rule["night_ends_hour"], rule["night_begins_hour"]
        for on, begins, ends in _by_day(self.work):
            if begins < time(night_ends) or ends > time(night_begins):
                yield Finding(WhyNot.AT_NIGHT, (night_ends, night_begins))
            if hours[on] > rule["hours_a_day"]:
                yield Finding(WhyNot.LONG_A_DAY, rule["hours_a_day"])
        monday = self.day - timedelta(days=self.day.weekday())
        if sum(hours[on] for on in _week_from(monday)) > rule["hours_a_week"]:
            yield Finding(WhyNot.MUCH_A_WEEK, rule["hours_a_week"])


@dataclass(frozen=True)
class PupilAtWork:
    """Work of somebody who has to be in school."""

    pupil: Pupil
    work: Stretch
    others: Sequence[Stretch]
    day: date
    is_open: Callable[[date], bool]

    def findings(self) -> Iterator[Finding]:
        if self.age < self.rule["youngest"]:
            yield Finding(WhyNot.TOO_YOUNG, self.rule["youngest"])
        for on, begins, ends in self.parts:
            yield from self._of_the_clock(on, begins, ends)
            yield from self._of_the_day(on)
        yield from self._of_the_week()
        if not self._leaves_free_weeks():
            yield Finding(WhyNot.NO_FREE_WEEKS, self.rule["days_free_in_a_row"] // _DAYS_IN_WEEK)

    @cached_property
    def rule(self):
        return BOOK.on(self.day, "work_hours", self.pupil.nation).says

    @cached_property
    def age(self) -> int:
        return youngest_age(self.pupil, self.day)

    @cached_property
    def everything(self) -> list[Stretch]:
        return [self.work, *self.others]

    @cached_property
    def hours(self) -> dict[date, float]:
        return _hours_by_day(self.everything)

    @cached_property
    def parts(self) -> list[tuple[date, time, time]]:
        return list(_by_day(self.work))

    def _of_the_clock(self, on: date, begins: time, ends: time) -> Iterator[Finding]:
        rule = self.rule
        if self._is_school_day(on):
            if begins < rule["school_ends"] and ends > rule["school_begins"]:
                yield Finding(WhyNot.IN_SCHOOL_HOURS, rule["school_ends"])
            elif begins < rule["school_begins"] and not self._may_come_before_school(on, ends):
                yield Finding(WhyNot.BEFORE_SCHOOL, rule["school_ends"])
        earliest, latest = rule["earliest_hour"], rule["latest_hour"]
        if begins < time(earliest) or ends > time(latest) or len(self.parts) > 1:
            yield Finding(WhyNot.EARLY_OR_LATE, (earliest, latest))

    def _may_come_before_school(self, on: date, ends: time) -> bool:
        begins = datetime.combine(on, self.rule["school_begins"], LONDON)
        clear = begins - timedelta(minutes=self.rule["minutes_clear_before_school"])
        before = _hours_within(self.everything, _midnight(on), begins)
        return ends <= clear.time() and before <= self.rule["hours_before_school"]

    def _of_the_day(self, on: date) -> Iterator[Finding]:
        sitting = self._limit("hours_without_a_break")
        if _longest_sitting(self.everything, on, self.rule["break_hours"]) > sitting:
            yield Finding(WhyNot.NO_BREAK, sitting)
        most = self._most_on(on)
        if self.hours[on] > most.limit:
            yield most

    def _most_on(self, on: date) -> Finding:
        if self._is_school_day(on):
            return Finding(WhyNot.LONG_ON_SCHOOL_DAY, self.rule["hours_on_a_school_day"])
        if on.weekday() == _SUNDAY:
            return Finding(WhyNot.LONG_ON_SUNDAY, self._limit("hours_on_a_sunday"))
        return Finding(WhyNot.LONG_ON_FREE_DAY, self._limit("hours_on_a_free_day"))

    def _of_the_week(self) -> Iterator[Finding]:
        for before in range(_DAYS_IN_WEEK):
            week = _week_from(self.day - timedelta(days=before))
            most = self._most_in(week)
            if sum(self.hours[on] for on in week) > most.limit:
                yield most

    def _most_in(self, week: list[date]) -> Finding:
        if any(map(self._is_school_day, week)):
            return Finding(WhyNot.MUCH_IN_SCHOOL_WEEK, self.rule["hours_in_a_school_week"])
        return Finding(WhyNot.MUCH_IN_FREE_WEEK, self._limit("hours_in_a_free_week"))

    def _leaves_free_weeks(self) -> bool:
        """Return whether the year still has two weeks in a row without school and without work."""
        first_month, last_month = self.rule["free_within_months"]
        on, in_a_row = date(self.day.year, first_month, 1), 0
        while on.year == self.day.year and on.month <= last_month:
            in_a_row = 0 if self.hours[on] or self._is_school_day(on) else in_a_row + 1
            if in_a_row == self.rule["days_free_in_a_row"]:
                return True
            on += timedelta(days=1)
        return False

    def _limit(self, name: str) -> int:
        return self.rule[f"{name}_under_15" if self.age < 15 else name]

    def _is_school_day(self, on: date) -> bool:
        return on.weekday() < _SATURDAY and self.is_open(on)


def _first(found: Iterator[Finding]) -> Finding | None:
    """Return the finding whose reason is looked for first."""
    order = list(WhyNot)
    return min(found, key=lambda each: order.index(each.why), default=None)


def _by_day(work: Stretch) -> Iterator[tuple[date, time, time]]:
    """Yield the part of a stretch on each day in London, from when and until when."""
    start, end = _local(work.starts_at), _local(work.ends_at)
    on = start.date()
    while on <= end.date():
        begins = start.time() if on == start.date() else time(0)
        ends = end.time() if on == end.date() else time.max
        if ends > time(0):
            yield on, begins, ends
        on += timedelta(days=1)


def _longest_sitting(stretches: Sequence[Stretch], on: date, break_hours: int) -> float:
    """Return the most hours that are worked on a day without a break of so many hours."""
    opens, closes = _midnight(on).timestamp(), _midnight(on + timedelta(days=1)).timestamp()
    cut = [
        (max(each.starts_at.timestamp(), opens), min(each.ends_at.timestamp(), closes))
        for each in stretches
    ]
    longest = sitting = 0.0
    last_end: float | None = None
    for begins, ends in sorted(each for each in cut if each[0] < each[1]):
        if last_end is None or begins - last_end >= break_hours * _SECONDS_IN_HOUR:
            sitting = 0.0
        sitting += ends - begins
        last_end = ends if last_end is None else max(last_end, ends)
        longest = max(longest, sitting)
    return longest / _SECONDS_IN_HOUR


def _hours_by_day(stretches: Sequence[Stretch]) -> dict[date, float]:
    """Return how many hours lie on each day in London: those that pass, not those on the clock."""
    hours: dict[date, float] = defaultdict(float)
    for each in stretches:
        begins, end = each.starts_at.timestamp(), each.ends_at.timestamp()
        on = _local(each.starts_at).date()
        while begins < end:
            on_next = on + timedelta(days=1)
            ends = min(end, _midnight(on_next).timestamp())
            hours[on] += (ends - begins) / _SECONDS_IN_HOUR
            on, begins = on_next, ends
    return hours


def _hours_within(stretches: Sequence[Stretch], opens: datetime, closes: datetime) -> float:
    first, last = opens.timestamp(), closes.timestamp()
    seconds = (
        min(each.ends_at.timestamp(), last) - max(each.starts_at.timestamp(), first)
        for each in stretches
    )
    return sum(each for each in seconds if each > 0) / _SECONDS_IN_HOUR


def _week_from(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(_DAYS_IN_WEEK)]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(0), LONDON)


def _local(at: datetime) -> datetime:
    return at.astimezone(LONDON)
