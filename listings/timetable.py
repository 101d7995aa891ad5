"""Days and times as people type them, and the instants they mean in London."""

import re
from datetime import UTC, date, datetime, time

from flask_babel import gettext as _

from app.clock import LONDON
from app.errors import Conflict

_DAY = re.compile(r"(\d{1,2})[ /.-](\d{1,2})[ /.-](\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::00)? ?(am|pm)?", re.IGNORECASE)


class NoSuchTime(Conflict):
    """The clocks jump over it."""


def read_day(typed: str) -> date | None:
    """Return the day that someone means: `2026-11-28`, as browsers send it, or `28/11/2026`."""
    written = _DAY.fullmatch(typed)
    try:
        if written:
            day, month, year = (int(part) for part in written.groups())
            return date(year, month, day)
        return date.fromisoformat(typed)
    except ValueError:
        return None


def read_time(typed: str) -> time | None:
    """Return the time of day that someone means: `10:00`, `10.30`, `4pm`, `16`."""
    written = _TIME.fullmatch(typed)
    if written is None:
        return None
    hour, minute, half = int(written[1]), int(written[2] or 0), (written[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def instant_of(day: date, at: time) -> datetime:
    """Return the instant, in UTC, at which London's clocks show this day and time.

    Where they show it twice, as on the last Sunday of October, it is the first.

    :raises NoSuchTime: they never show it, as between 1am and 2am on the last Sunday of March.
    """
    instant = datetime.combine(day, at, LONDON).astimezone(UTC)
    if instant.astimezone(LONDON).time() != at:
        raise NoSuchTime(_("The clocks go forward that night, and jump over this time."))
    return instant
