"""The time, asked in one place so that tests can set it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: Times are kept in UTC and shown in London time, where every city of the product is.
LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """Return this instant, aware and in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date it now is in London."""
    return now().astimezone(LONDON).date()
