"""Times as files write them, and the instants they mean. What has no zone is London's."""

import re
from datetime import UTC, date, datetime, time, timedelta

from dateutil.parser import isoparse
from flask_babel import gettext as _

from app.clock import LONDON
from app.errors import Conflict
from listings.timetable import instant_of, read_day, read_time
from sources.found import WrongRow

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,6})(?:\.\d+)?S)?)?"
)
_EARLIEST, _LATEST = 1900, 2200


def instant(written: object, field: str) -> datetime:
    """Return the instant of an ISO 8601 time, in UTC. A day alone is its first minute.

    :raises WrongRow: it is no time.
    """
    text = str(written).strip()
    if len(text) > 40 or not re.match(r"\d{4}-?\d\d-?\d\d", text):
        raise _no_time(field, text)
    try:
        found = isoparse(text)
    except (ValueError, OverflowError):
        raise _no_time(field, text) from None
    return in_utc(found, field)


def in_utc(moment: datetime, field: str) -> datetime:
    """Return a moment in UTC; one without a zone is as London's clocks show it.

    :raises WrongRow: London's clocks never show it, or it is centuries away.
    """
    if not _EARLIEST <= moment.year <= _LATEST:
        raise _no_time(field, moment.isoformat())
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    try:
        return instant_of(moment.date(), moment.time())
    except Conflict as refusal:
        raise WrongRow(field, str(refusal)) from refusal


def typed_day(written: str, field: str) -> date:
    """Return a day as people type it, or the day of an ISO time.

    :raises WrongRow: it is no day.
    """
    text = written.strip()
    day = read_day(text) or (
        read_day(text[:10]) if re.match(r"\d{4}-\d\d-\d\d[T ]", text) else None
    )
    if day is None or not _EARLIEST <= day.year <= _LATEST:
        raise WrongRow(
            field, _("“%(value)s” is no day. Write it like 28/11/2026.", value=text[:40])
        )
    return day


def typed_time(written: str, field: str) -> time:
    """Return a time of day as people type it.

    :raises WrongRow: it is no time.
    """
    at = read_time(written.strip())
    if at is None:
        raise WrongRow(
            field, _("“%(value)s” is no time. Write it like 10:30 or 4pm.", value=written[:40])
        )
    return at


def london(day: date, at: time, field: str) -> datetime:
    """Return the instant at which London's clocks show this, in UTC.

    :raises WrongRow: they never do.
    """
    return in_utc(datetime.combine(day, at), field)


def duration(written: object) -> timedelta | None:
    """Return an ISO 8601 duration of days and less; `None` for anything else."""
    match = _DURATION.fullmatch(str(written).strip())
    if match is None or not any(match.groupdict().values()):
        return None
    return timedelta(**{name: int(value) for name, value in match.groupdict().items() if value})


def whole_day(day: date) -> tuple[datetime, datetime]:
    """Return when a day starts and ends in London, in UTC."""
    starts, ends = (datetime.combine(each, time(), LONDON) for each in (day, day + timedelta(1)))
    return starts.astimezone(UTC), ends.astimezone(UTC)


def _no_time(field: str, text: str) -> WrongRow:
    return WrongRow(
        field, _("“%(value)s” is no date that we can read.", value=" ".join(text.split())[:40])
    )
