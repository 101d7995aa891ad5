"""What a learner says of having been there, where the register says otherwise.

It changes no attendance: the provider sees it and answers with a tap. Left unanswered, or said again
after the answer, it comes before an officer (`participation.patterns`).
"""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotFound
from participation.attendance import door_closes_at
from participation.locks import locked_booking
from participation.marks import note_mark
from participation.models import Booking, BookingStatus, Method, Said
from participation.queries import open_words


def say_otherwise(
    db: Session, *, booking_uuid: UUID, learner: User, came: bool, now: datetime
) -> None:
    """Keep that a learner says they were there, or were not. Saying the same twice is harmless.

    :raises NotFound: no such booking, or it is someone else's.
    :raises Conflict: it has not begun, it is longer ago than 14 days, or they had no place.
    """
    booking = locked_booking(db, booking_uuid)
    if booking.learner_id != learner.id:
        raise NotFound(_("We cannot find that booking."))
    if (refusal := refusal_to_say(booking, now)) is not None:
        raise refusal
    said = Said.HERE if came else Said.AWAY
    standing = open_words(db, [booking.id]).get(booking.id)
    if standing is None or standing.said is not said:
        note_mark(db, booking, said, method=Method.LEARNER_SAYS, marked_by=learner, now=now)


def refusal_to_say(booking: Booking, now: datetime) -> Conflict | None:
    """Return why a learner cannot say now whether they were there, or nothing."""
    scheduled = booking.scheduled_session
    if booking.status is not BookingStatus.CONFIRMED:
        return Conflict(_("You had no place on this session."))
    if now < scheduled.starts_at:
        return Conflict(_("This has not started yet."))
    if now > door_closes_at(scheduled):
        return Conflict(_("This was more than 14 days ago, so the register cannot be changed."))
    return None
