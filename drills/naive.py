"""A careless way to book, for the drill to find out: it reads, looks, and writes, and holds nothing."""

from sqlalchemy import select

from drills.serving import serve
from opportunities.models import ScheduledSession
from participation.models import LIVE, Booking
from participation.once import Answered
from participation.service import AlreadyBooked, IsFull
from participation.views import bookings
from serve import build as build_safely


def build():
    """Return the site with booking made careless; its key is not looked at."""
    app = build_safely()
    vars(bookings).update(book=book, once=once)
    return app


def book(db, *, learner, scheduled_session_uuid, now, **_given):
    scheduled = db.scalars(select(ScheduledSession).filter_by(uuid=scheduled_session_uuid)).one()
    own = select(Booking.id).filter_by(learner_id=learner.id, scheduled_session_id=scheduled.id)
    if db.scalar(own.where(Booking.status.in_(LIVE)).limit(1)):
        raise AlreadyBooked("You already have a place on this session.")
    if scheduled.remaining_capacity < 1:
        raise IsFull("All the places have gone.")
    scheduled.remaining_capacity -= 1
    booking = Booking(learner=learner, scheduled_session=scheduled, booked_for=scheduled.starts_at)
    db.add(booking)
    db.flush()
    return booking


def once(_db, *, act, **_given):
    return Answered(act())


if __name__ == "__main__":
    serve("drills.naive:build")
