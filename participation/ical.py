"""A booking as a calendar file."""

from datetime import datetime

from opportunities.ical import MEDIA_TYPE, event_of, written
from participation.models import Booking, BookingStatus
from participation.wording import paused_words

__all__ = ["MEDIA_TYPE", "calendar_file"]


def calendar_file(booking: Booking, *, url: str, now: datetime, is_paused: bool = False) -> bytes:
    """Return the session of a booking as one event, which later files of the same booking replace.

    :param url: where the booking stands on the site.
    :param is_paused: its provider is not trusted now. It may come back, so it is not cancelled.
    """
    is_cancelled = booking.status is BookingStatus.CANCELLED
    kept = "TENTATIVE" if is_paused else "CONFIRMED"
    event = event_of(
        booking.scheduled_session,
        uid=booking.uuid,
        sequence=int(is_cancelled),
        status="CANCELLED" if is_cancelled else kept,
        # Of two files with the same number, the one that was stamped later holds (RFC 5546).
        stamped_at=now,
        url=url,
        description=paused_words() if is_paused and not is_cancelled else "",
    )
    return written([event], about="Bookings")
