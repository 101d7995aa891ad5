"""The days on which something repeats. Pure: everything comes as an argument.

How rules repeat is the work of dateutil, which reads them as calendars write them (RFC 5545). Days
and times are what London's clocks show: a club at four is at four on both sides of a clock change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from dateutil.rrule import rrule, rrulestr
from flask_babel import gettext as _

from app.errors import Conflict
from geo.queries import SchoolCalendar
from listings.timetable import NoSuchTime, instant_of

#: No rule is looked at further ahead than this, and none makes more days.
_YEARS = timedelta(days=2 * 366)
MOST_DAYS = 200
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"),
    *("BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"),
}
_LONGEST_TEXT = 200
_MOST_OF_MONTH = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class SchoolDays(StrEnum):
    """Which of its days are meant."""

    ALWAYS = "always"
    TERM = "term"
    HOLIDAYS = "holidays"


class BadRule(Conflict):
    """It cannot be read, or would make more than anyone runs."""


@dataclass(frozen=True)
class Rule:
    """When something repeats."""

    #: As calendars write it, without the day it starts from: `FREQ=WEEKLY;BYDAY=TH`.
    rrule: str
    first_on: date
    start: time
    end: time
    #: The last day, if it ends.
    until: date | None = None
    school: SchoolDays = SchoolDays.ALWAYS
    left_out: frozenset[date] = frozenset()
    added: frozenset[date] = frozenset()

    def without(self, day: date) -> "Rule":
        """Return the rule with one day left out."""
        return replace(self, left_out=self.left_out | {day}, added=self.added - {day})

    def with_day(self, day: date) -> "Rule":
        """Return the rule with one day more."""
        return replace(self, left_out=self.left_out - {day}, added=self.added | {day})


@dataclass(frozen=True)
class Sitting:
    """One day of a rule, and the instants, in UTC, at which it begins and ends."""

    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Occurrences:
    """What a rule makes of a stretch of days."""

    sittings: list[Sitting]
    #: Days on which London's clocks jump over the time.
    impossible: list[date]


def occurrences(rule: Rule, school: SchoolCalendar, from_day: date, to_day: date) -> Occurrences:
    """Return what a rule makes from one day to another, both included, in order of time.

    :raises BadRule: it cannot be read, or makes more than `MOST_DAYS`.
    """
    sittings, impossible = [], []
    for day in days_of(rule, school, from_day, to_day):
        try:
            sittings.append(Sitting(day, instant_of(day, rule.start), instant_of(day, rule.end)))
        except NoSuchTime:
            impossible.append(day)
    return Occurrences(sittings, impossible)


def days_of(rule: Rule, school: SchoolCalendar, from_day: date, to_day: date) -> list[date]:
    """Return the days of a rule from one day to another, both included, in order.

    :raises BadRule: it cannot be read, or makes more than `MOST_DAYS`.
    """
    meant = (day for day in _repeated(rule) if day >= from_day and _is_meant(day, rule, school))
    within = _until(meant, min(to_day, rule.until or to_day))
    days = set(islice(within, MOST_DAYS + 1))
    days |= {day for day in rule.added if from_day <= day <= to_day}
    if len(days) > MOST_DAYS:
        raise BadRule(
            _("That makes more than %(number)s days. Let it end sooner.", number=MOST_DAYS)
        )
    return sorted(days - rule.left_out)


def refuse_bad_rule(rule: Rule) -> None:
    """Refuse a rule that cannot be read, or that repeats within a day.

    :raises BadRule: saying what is wrong with it.
    """
    _read(rule)
    if rule.end <= rule.start:
        raise BadRule(_("It has to end after it starts, on the same day."))
    if rule.until and rule.until < rule.first_on:
        raise BadRule(_("It ends before it begins."))


def weekly(days: list[int], *, every: int = 1) -> str:
    """Return the rule of some weekdays (Monday is 0) each week, or each other week."""
    named = ",".join(["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day] for day in sorted(set(days)))
    return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={named}"


def monthly(day: date) -> str:
    """Return the rule of a day's weekday as it stands in its month: the second Thursday, the last."""
    nth = (day.day - 1) // 7 + 1
    which = -1 if (day + timedelta(days=7)).month != day.month else nth
    return f"FREQ=MONTHLY;BYDAY={which}{['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'][day.weekday()]}"


def parts_of(text: str) -> dict[str, str]:
    """Return the parts of a rule as calendars write it.

    :raises BadRule: it cannot be read.
    """
    tidy = text.strip().upper().removeprefix("RRULE:")
    if len(tidy) > _LONGEST_TEXT or not re.fullmatch(
        r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", tidy
    ):
        raise _unreadable()
    pairs = [part.split("=") for part in tidy.split(";")]
    if len(dict(pairs)) != len(pairs):
        raise _unreadable()
    return dict(pairs)


def _repeated(rule: Rule) -> Iterator[date]:
    read, most = _read(rule)
    return (at.date() for at in islice(iter(read), most))


def _read(rule: Rule) -> tuple[rrule, int]:
    """Return a rule as dateutil has it, which always ends, and how many days it makes at most."""
    parts = parts_of(rule.rrule)
    if parts.get("FREQ") not in _FREQUENCIES or not parts.keys() <= _PARTS:
        raise BadRule(
            _("We can repeat something by day, week, month or year, and not by that rule.")
        )
    _refuse_endless_search(parts)
    # Both at once are against the standard; so the days are counted here.
    most = _number(parts.pop("COUNT", str(10 * MOST_DAYS)))
    if not 1 <= _number(parts.get("INTERVAL", "1")) <= 100:
        raise _unreadable()
    last = min(rule.first_on + _YEARS, rule.until or date.max, _day(parts.pop("UNTIL", "")))
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    start, end = (datetime.combine(day, time.min) for day in (rule.first_on, last))
    try:
        return rrulestr(f"{text};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start), most
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise _unreadable() from error


def _refuse_endless_search(parts: dict[str, str]) -> None:
    """Refuse what no day fits: for such a rule dateutil looks through every day of 8,000 years."""
    months = _numbers(parts.get("BYMONTH", ""), 12)
    days = _numbers(parts.get("BYMONTHDAY", ""), 31)
    places = _numbers(parts.get("BYSETPOS", ""), 5)
    fits = any(abs(day) <= _MOST_OF_MONTH[month] for month in months for day in days)
    if months and days and not fits:
        raise _unreadable()
    if places and (days or parts["FREQ"] not in {"MONTHLY", "YEARLY"}):
        raise _unreadable()


def _numbers(text: str, most: int) -> list[int]:
    try:
        numbers = [int(each) for each in text.split(",")] if text else []
    except ValueError as error:
        raise _unreadable() from error
    if not all(1 <= abs(number) <= most for number in numbers):
        raise _unreadable()
    return numbers


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise _unreadable()
    return int(text)


def _day(text: str) -> date:
    if not text:
        return date.max
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError as error:
        raise _unreadable() from error


def _unreadable() -> BadRule:
    return BadRule(_("We cannot read that rule."))


def _until(days: Iterator[date], last: date) -> Iterator[date]:
    for day in days:
        if day > last:
            return
        yield day


def _is_meant(day: date, rule: Rule, school: SchoolCalendar) -> bool:
    if rule.school is SchoolDays.ALWAYS:
        return True
    return school.is_open(day) is (rule.school is SchoolDays.TERM)
