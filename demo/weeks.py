"""When things happen: the terms of the demo's history, and the weeks that are coming."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from app.clock import LONDON
from app.terms import Period, closed_terms, period_named

#: How many closed terms the history has, besides the one that is running.
CLOSED_TERMS = 4
COMING_DAYS = 42
#: Clubs start some days after the term does, and stop before the holidays.
_SETTLING_IN = timedelta(days=10)
_WEEKS_OF_CLUBS = timedelta(days=105)
_CLOSED_DAYS = {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1)}


def terms(today: date) -> list[Period]:
    """Return the terms that the demo remembers, oldest first; the last of them is still running."""
    closed = list(closed_terms(since=today - timedelta(days=3 * 365), today=today))
    return [*closed[-CLOSED_TERMS:], term_of(today)]


def term_of(day: date) -> Period:
    """Return the term a day lies in."""
    named = (period_named(f"{day.year}-{term}") for term in ("spring", "summer", "autumn"))
    return next(period for period in named if not period.is_closed(day))


def days_of_clubs(term: Period, weekday: int, today: date) -> list[date]:
    """Return the days of a term, before today, on which a weekly club would have met."""
    last = min(term.starts_on + _WEEKS_OF_CLUBS, term.ends_on - timedelta(days=8))
    last = min(last, today - timedelta(days=1))
    return list(_each_week(_on_weekday(term.starts_on + _SETTLING_IN, weekday), last))


def coming_days(today: date, weekday: int) -> list[date]:
    """Return the days of the coming weeks on which a weekly club meets, today among them."""
    last = today + timedelta(days=COMING_DAYS)
    return list(_each_week(_on_weekday(today, weekday), last))


def instant(day: date, clock_time: time) -> datetime:
    """Return when clocks in London show this, in UTC."""
    return datetime.combine(day, clock_time, LONDON).astimezone(UTC)


def _on_weekday(first: date, weekday: int) -> date:
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _each_week(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if (day.month, day.day) not in _CLOSED_DAYS:
            yield day
        day += timedelta(days=7)
