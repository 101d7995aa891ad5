"""When people are left in peace: at night, and in school hours."""

from datetime import datetime, time, timedelta

from app.clock import LONDON
from app.holidays import school_holidays
from notices.kinds import Hours

_MORNING, _EVENING = time(8), time(20)
_SCHOOL_STARTS, _SCHOOL_ENDS = time(8, 30), time(15, 30)
_SATURDAY = 5


def may_come(hours: Hours, now: datetime) -> bool:
    """Say whether a message that keeps to `hours` may be sent at this instant."""
    if hours is Hours.ANY:
        return True
    local = now.astimezone(LONDON)
    if not _MORNING <= local.time() < _EVENING:
        return False
    return hours is Hours.DAYTIME or not _is_school_time(local)


def _is_school_time(local: datetime) -> bool:
    is_lesson = _SCHOOL_STARTS <= local.time() < _SCHOOL_ENDS
    return is_lesson and local.weekday() < _SATURDAY and not _is_holiday(local)


def _is_holiday(local: datetime) -> bool:
    # They are a few days apart between authorities: good enough not to disturb a lesson.
    holidays = school_holidays(local.date() - timedelta(days=1), days=2)
    return any(first <= local < after for first, after in holidays)
