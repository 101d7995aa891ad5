"""When schools are usually closed, in England and Wales.

Authorities and schools set their own dates, which differ by a few days. These are the weeks that
nearly all of them share, worked out from the calendar: good for a search, never for a rule.
"""

from datetime import date, datetime, time, timedelta

from dateutil.easter import easter

from app.clock import LONDON


def school_holidays(from_day: date, *, days: int = 400) -> tuple[tuple[datetime, datetime], ...]:
    """Return the holidays that end within `days` days of a day, each from midnight to midnight.

    A pair is the first instant of the holiday and the first instant after it, in London.
    """
    until = from_day + timedelta(days=days)
    years = range(from_day.year - 1, until.year + 1)
    stretches = [stretch for year in years for stretch in _holidays_of(year)]
    return tuple(
        (_midnight(first), _midnight(last + timedelta(days=1)))
        for first, last in stretches
        if last >= from_day and first <= until
    )


def is_usual_holiday(day: date) -> bool:
    """Return whether schools are usually closed that day for a holiday; not that it is a weekend."""
    return any(
        first <= day <= last
        for year in (day.year - 1, day.year)
        for first, last in _holidays_of(year)
    )


def _holidays_of(year: int) -> list[tuple[date, date]]:
    """Return the first and the last day of each holiday of a year, in order."""
    spring_bank_holiday = _monday_on_or_before(date(year, 5, 31))
    return [
        _week_from(_monday_on_or_before(date(year, 2, 19))),
        # Two weeks around Easter.
        (easter(year) - timedelta(days=8), easter(year) + timedelta(days=7)),
        _week_from(spring_bank_holiday),
        (date(year, 7, 22), date(year, 8, 31)),
        _week_from(_monday_on_or_before(date(year, 10, 31))),
        (date(year, 12, 20), date(year + 1, 1, 3)),
    ]


def _week_from(monday: date) -> tuple[date, date]:
    """Return a week's holiday with the weekend on either side."""
    return monday - timedelta(days=2), monday + timedelta(days=6)


def _monday_on_or_before(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON)
