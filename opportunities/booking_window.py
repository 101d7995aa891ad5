"""When the places of a session can be booked: from so many days before it to so many hours."""

from datetime import datetime, timedelta

from flask_babel import gettext as _

from app.web import london_date, london_time
from opportunities.models import ScheduledSession


def opens_at(scheduled: ScheduledSession) -> datetime | None:
    """Return when booking opens, or None where it is open from the start."""
    days = scheduled.opportunity.booking_opens_days
    return scheduled.starts_at - timedelta(days=days) if days else None


def closes_at(scheduled: ScheduledSession) -> datetime:
    """Return from when on nothing can be booked any more."""
    return scheduled.starts_at - timedelta(hours=scheduled.opportunity.booking_closes_hours or 0)


def why_not_open(scheduled: ScheduledSession, now: datetime) -> str:
    """Return why a session cannot be booked yet, or not any more, in words; nothing while it can."""
    opens = opens_at(scheduled)
    if opens and now < opens:
        day, hour = london_date(opens), london_time(opens)
        return _("Booking opens %(day)s, %(time)s.", day=day, time=hour)
    if now >= closes_at(scheduled):
        return _("Booking has closed.")
    return ""
