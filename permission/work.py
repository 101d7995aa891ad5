"""Whether the hours of a placement are allowed, and if not, why. Pure.

Hours are counted on London's clock, as the law has them, and what lies on two days is counted on
each. A week is any seven days in a row: the strictest reading.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from app.clock import LONDON
from permission.pupils import (
    Pupil,
    has_to_be_in_school,
    is_adult,
    year_on,
    youngest_age,
)
from permission.rules import BOOK

_SUNDAY = 6
_SATURDAY = 5
_DAYS_IN_WEEK = 7


class WhyNot(StrEnum):
    """Why a placement cannot be done. In the order in which they are looked for."""

    SCHOOL_YEAR_UNKNOWN = "school_year_unknown"
    TOO_YOUNG = "too_young"
    NOT_YET = "not_yet"
    IN_SCHOOL_HOURS = "in_school_hours"
    EARLY_OR_LATE = "early_or_late"
    NO_BREAK = "no_break"
    LONG_ON_SCHOOL_DAY = "long_on_school_day"
    LONG_ON_SUNDAY = "long_on_sunday"
    LONG_ON_FREE_DAY = "long_on_free_day"
    MUCH_IN_SCHOOL_WEEK = "much_in_school_week"
    MUCH_IN_FREE_WEEK = "much_in_free_week"
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

    :param others: other work that they have agreed to, at least in the six days around.
    :param is_school_day: whether the schools of the place are open on a day.
    :param is_arranged_by_school: their school has arranged it as work experience.
    """
    if is_adult(pupil):
        return None
    day = _local(work.starts_at).date()
    is_pupil = has_to_be_in_school(pupil, day)
    if is_pupil is None:
        return Finding(WhyNot.SCHOOL_YEAR_UNKNOWN)
    if not is_pupil:
        return _first(_of_young_workers(pupil, work, others, day))
    if is_arranged_by_school:
        return _too_early_for_a_placement(pupil, day)
    return _first(_of_pupils(pupil, work, others, day, is_school_day))


def _too_early_for_a_placement(pupil: Pupil, day: date) -> Finding | None:
    first_year = BOOK.on(day, "school_placement", pupil.nation).says["first_year"]
    year = year_on(pupil, day)
    if year is None:
        return Finding(WhyNot.SCHOOL_YEAR_UNKNOWN)
    return Finding(WhyNot.NOT_YET, first_year) if year < first_year else None


def _of_pupils(pupil, work, others, day, is_school_day) -> Iterator[Finding]:
    rule = BOOK.on(day, "work_hours", pupil.nation).says
    age = youngest_age(pupil, day)
    under_15 = "_under_15" if age < 15 else ""
    if age < rule["youngest"]:
        yield Finding(WhyNot.TOO_YOUNG, rule["youngest"])
    parts = list(_by_day(work))
    for on, begins, ends in parts:
        if _is_school_day(on, is_school_day) and _meets(begins, ends, rule):
            yield Finding(WhyNot.IN_SCHOOL_HOURS, rule["school_ends"])
        if (
            begins < time(rule["earliest_hour"])
            or ends > time(rule["latest_hour"])
            or len(parts) > 1
        ):
            yield Finding(WhyNot.EARLY_OR_LATE, (rule["earliest_hour"], rule["latest_hour"]))
    if _hours(work) > rule["hours_without_a_break"]:
        # One stretch is one sitting: it says nothing of a break.
        yield Finding(WhyNot.NO_BREAK, rule["hours_without_a_break"])
    everything = [work, *others]
    for on, _begins, _ends in parts:
        most = _most_on(on, rule, under_15, is_school_day)
        if _hours_on(everything, on) > most.limit:
            yield most
    for week in _weeks_around(day):
        is_school_week = any(_is_school_day(on, is_school_day) for on in week)
        name = "hours_in_a_school_week" if is_school_week else f"hours_in_a_free_week{under_15}"
        if sum(_hours_on(everything, on) for on in week) > rule[name]:
            why = WhyNot.MUCH_IN_SCHOOL_WEEK if is_school_week else WhyNot.MUCH_IN_FREE_WEEK
            yield Finding(why, rule[name])


def _most_on(on: date, rule, under_15: str, is_school_day) -> Finding:
    if _is_school_day(on, is_school_day):
        return Finding(WhyNot.LONG_ON_SCHOOL_DAY, rule["hours_on_a_school_day"])
    if on.weekday() == _SUNDAY:
        return Finding(WhyNot.LONG_ON_SUNDAY, rule["hours_on_a_sunday"])
    return Finding(WhyNot.LONG_ON_FREE_DAY, rule[f"hours_on_a_free_day{under_15}"])


def _of_young_workers(pupil, work, others, day) -> Iterator[Finding]:
    rule = BOOK.on(day, "young_workers", pupil.nation).says
    parts = list(_by_day(work))
    for _on, begins, ends in parts:
        if begins < time(rule["night_ends_hour"]) or ends > time(rule["night_begins_hour"]):
            yield Finding(WhyNot.AT_NIGHT, (rule["night_ends_hour"], rule["night_begins_hour"]))
    everything = [work, *others]
    for on, _begins, _ends in parts:
        if _hours_on(everything, on) > rule["hours_a_day"]:
            yield Finding(WhyNot.LONG_A_DAY, rule["hours_a_day"])
    for week in _weeks_around(day):
        if sum(_hours_on(everything, on) for on in week) > rule["hours_a_week"]:
            yield Finding(WhyNot.MUCH_A_WEEK, rule["hours_a_week"])


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


def _hours_on(stretches: Sequence[Stretch], on: date) -> float:
    """Return how many hours of them lie on a day in London: those that pass, not those on the clock."""
    opens = datetime.combine(on, time(0), LONDON)
    closes = datetime.combine(on + timedelta(days=1), time(0), LONDON)
    return (
        sum(
            max(
                0.0,
                min(each.ends_at.timestamp(), closes.timestamp())
                - max(each.starts_at.timestamp(), opens.timestamp()),
            )
            for each in stretches
        )
        / 3600
    )


def _hours(work: Stretch) -> float:
    return (work.ends_at.timestamp() - work.starts_at.timestamp()) / 3600


def _weeks_around(day: date) -> Iterator[list[date]]:
    """Yield every seven days in a row that hold a day."""
    for before in range(_DAYS_IN_WEEK):
        first = day - timedelta(days=before)
        yield [first + timedelta(days=number) for number in range(_DAYS_IN_WEEK)]


def _is_school_day(on: date, is_school_day: Callable[[date], bool]) -> bool:
    return on.weekday() < _SATURDAY and is_school_day(on)


def _meets(begins: time, ends: time, rule) -> bool:
    return begins < rule["school_ends"] and ends > rule["school_begins"]


def _local(at: datetime) -> datetime:
    return at.astimezone(LONDON)
