"""People who were there, for tests of what it earns them."""

from datetime import timedelta

from sqlalchemy import text

from participation.attendance import confirm_attendance
from tests import factories
from tests.factories import NOW


def opportunity_of(provider, **given):
    return factories.opportunity(provider=provider, place=factories.place(), **given)


def came(db, learner, opportunity, keeper, *, days_ago=1, minutes=120):
    """Let a learner have been at a session of an opportunity, as its keeper confirmed then."""
    starts_at = NOW - timedelta(days=days_ago)
    scheduled = factories.scheduled_session(opportunity=opportunity, starts_at=starts_at)
    scheduled.ends_at = starts_at + timedelta(minutes=minutes)
    booking = factories.booking(of=learner, on=scheduled)
    confirm_attendance(
        db, booking_uuid=booking.uuid, confirmed_by=keeper, now=starts_at + timedelta(minutes=5)
    )
    return booking


def jobs_waiting(db, name):
    """Return what jobs of this name are to be called with."""
    waiting = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")
    return list(db.scalars(waiting, {"name": name}))
