"""A booking as a calendar file."""

from datetime import datetime

from opportunities.ical import MEDIA_TYPE, event_of, written
from participation.models import Booking, BookingStatus

__all__ = ["MEDIA_TYPE", "calendar_file"]


def calendar_file(booking: Booking, *, url: str, now: datetime) -> bytes:
    """Return the session of a booking as one event, which later files of the same booking replace.

    :param url: where the booking stands on the site.
    """
    is_cancelled = booking.status is BookingStatus.CANCELLED
    event = event_of(
        booking.scheduled_session,
        uid=booking.uuid,
        sequence=int(is_cancelled),
        status="CANCELLED" if is_cancelled else "CONFIRMED",
        stamped_at=now,
        url=url,
    )
    return written([event], about="Bookings")
