"""What is counted by: months, the terms of the school year, and school years, in London time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from flask_babel import format_date
from flask_babel import gettext as _

from app.clock import LONDON

#: The day each term starts, in the order of the calendar year. A term ends where the next starts.
_TERM_STARTS = {"spring": (1, 1), "summer": (4, 1), "autumn": (9, 1)}
_TERM = re.compile(r"(20\d\d)-(spring|summer|autumn)")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"(20\d\d)-to-(20\d\d)")


class PeriodKind(StrEnum):
    """How long a period is."""

    MONTH = "month"
    TERM = "term"
    #: From the first day of an autumn term to the day before the next.
    YEAR = "year"


class UnknownPeriod(ValueError):
    """What was written names no period."""


@dataclass(frozen=True, order=True)
class Period:
    """A month, a term or a school year. `ends_on` is the first day after it."""

    starts_on: date
    ends_on: date
    #: `2026-06`, `2026-summer` or `2025-to-2026`.
    code: str
    kind: PeriodKind = PeriodKind.TERM

    @property
    def opens_at(self) -> datetime:
        """Return the instant the period starts: midnight in London."""
        return datetime.combine(self.starts_on, time.min, LONDON)

    @property
    def closes_at(self) -> datetime:
        """Return the first instant after the period."""
        return datetime.combine(self.ends_on, time.min, LONDON)

    @property
    def name(self) -> str:
        """Return what people call the period, in the reader's language: `Summer 2026`."""
        return in_words(self.code)

    def is_closed(self, today: date) -> bool:
        return today >= self.ends_on


def period_named(code: str) -> Period:
    """Return the month, term or school year that `code` names.

    :raises UnknownPeriod: it is written in none of the three ways.
    """
    if term := _TERM.fullmatch(code):
        return _term(int(term[1]), term[2])
    if month := _MONTH.fullmatch(code):
        return month_of(date(int(month[1]), int(month[2]), 1))
    if (year := _YEAR.fullmatch(code)) and int(year[2]) == int(year[1]) + 1:
        return year_of(date(int(year[1]), *_TERM_STARTS["autumn"]))
    raise UnknownPeriod(
        f"{code!r} is no month, term or school year. "
        "Write one such as 2026-06, 2026-summer or 2025-to-2026."
    )


def _term(year: int, term: str) -> Period:
    following = list(_TERM_STARTS)[(list(_TERM_STARTS).index(term) + 1) % len(_TERM_STARTS)]
    return Period(
        starts_on=date(year, *_TERM_STARTS[term]),
        ends_on=date(year + (term == "autumn"), *_TERM_STARTS[following]),
        code=f"{year}-{term}",
    )


def month_of(day: date) -> Period:
    """Return the month that a day lies in."""
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Period(first, after, f"{first:%Y-%m}", PeriodKind.MONTH)


def year_of(day: date) -> Period:
    """Return the school year that a day lies in."""
    first = school_year_of(day)
    after = first.replace(year=first.year + 1)
    return Period(first, after, f"{first.year}-to-{after.year}", PeriodKind.YEAR)


def term_of(day: date) -> Period:
    """Return the term that a day lies in."""
    started = [term for term, starts in _TERM_STARTS.items() if starts <= (day.month, day.day)]
    return period_named(f"{day.year}-{started[-1]}")


def term_before(period: Period) -> Period:
    """Return the term before another."""
    return term_of(period.starts_on - timedelta(days=1))


def school_year_of(day: date) -> date:
    """Return the first day of the school year that a day lies in: the one its autumn term starts."""
    return date(day.year - ((day.month, day.day) < _TERM_STARTS["autumn"]), *_TERM_STARTS["autumn"])


def closed_terms(*, since: date, today: date) -> Iterator[Period]:
    """Yield each term that started on or after `since` and has ended, oldest first."""
    for year in range(since.year, today.year + 1):
        for term in _TERM_STARTS:
            period = period_named(f"{year}-{term}")
            if period.starts_on >= since and period.is_closed(today):
                yield period


def in_words(code: str) -> str:
    """Return what people call the period that `code` names, in the reader's language."""
    if _MONTH.fullmatch(code):
        return format_date(date.fromisoformat(f"{code}-01"), "MMMM yyyy")
    if year := _YEAR.fullmatch(code):
        return _("School year %(first)s to %(last)s", first=year[1], last=year[2])
    year, term = code.split("-")
    return {
        "spring": _("Spring %(year)s", year=year),
        "summer": _("Summer %(year)s", year=year),
        "autumn": _("Autumn %(year)s", year=year),
    }[term]
