"""The time, asked in one place so that tests can set it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

#: Times are kept in UTC and shown in London time, where every city of the product is.
LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """Return this instant, aware and in UTC."""
    return datetime.now(UTC)


def of_database(db: Session) -> datetime:
    """Return this instant as the database has it, aware and in UTC.

    For what many processes must agree on: a machine whose clock is wrong ends nothing early.
    """
    return db.scalars(select(func.clock_timestamp())).one().astimezone(UTC)


def today() -> date:
    """Return the date it now is in London."""
    return now().astimezone(LONDON).date()
