"""The terms of the school year, in London time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _

from app.clock import LONDON

#: The day each term starts, in the order of the calendar year. A term ends where the next starts.
_TERM_STARTS = {"spring": (1, 1), "summer": (4, 1), "autumn": (9, 1)}
_CODE = re.compile(r"(20\d\d)-(spring|summer|autumn)")


class UnknownPeriod(ValueError):
    """What was written names no term."""


@dataclass(frozen=True, order=True)
class Period:
    """One term. `ends_on` is the first day after it."""

    starts_on: date
    ends_on: date
    #: `2026-summer`: the calendar year, and the term of the school year.
    code: str

    @property
    def opens_at(self) -> datetime:
        """Return the instant the term starts: midnight in London."""
        return datetime.combine(self.starts_on, time.min, LONDON)

    @property
    def closes_at(self) -> datetime:
        """Return the first instant after the term."""
        return datetime.combine(self.ends_on, time.min, LONDON)

    @property
    def name(self) -> str:
        """Return what people call the term, in the reader's language: `Summer 2026`."""
        return in_words(self.code)

    def is_closed(self, today: date) -> bool:
        return today >= self.ends_on


def period_named(code: str) -> Period:
    """Return the term that `code` names.

    :raises UnknownPeriod: it is not a year and a term, such as `2026-summer`.
    """
    named = _CODE.fullmatch(code)
    if named is None:
        raise UnknownPeriod(f"{code!r} is not a term. Write one such as 2026-summer.")
    year, term = int(named[1]), named[2]
    following = list(_TERM_STARTS)[(list(_TERM_STARTS).index(term) + 1) % len(_TERM_STARTS)]
    return Period(
        starts_on=date(year, *_TERM_STARTS[term]),
        ends_on=date(year + (term == "autumn"), *_TERM_STARTS[following]),
        code=code,
    )


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
    """Return what people call the term that `code` names, in the reader's language."""
    year, term = code.split("-")
    return {
        "spring": _("Spring %(year)s", year=year),
        "summer": _("Summer %(year)s", year=year),
        "autumn": _("Autumn %(year)s", year=year),
    }[term]
