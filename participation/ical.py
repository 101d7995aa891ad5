"""A booking as a calendar file (RFC 5545), the only file that knows the format."""

from collections.abc import Iterator
from datetime import UTC, datetime

from participation.models import Booking, BookingStatus

MEDIA_TYPE = "text/calendar; charset=utf-8"
#: Octets in a line, its end not counted (RFC 5545, 3.1).
_LONGEST_LINE = 75


def calendar_file(booking: Booking, *, url: str, now: datetime) -> bytes:
    """Return the session of a booking as one event, which later files of the same booking replace.

    :param url: where the booking stands on the site.
    """
    scheduled = booking.scheduled_session
    opportunity = scheduled.opportunity
    is_cancelled = booking.status is BookingStatus.CANCELLED
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tirnod//Bookings//EN",
        "BEGIN:VEVENT",
        f"UID:{booking.uuid}",
        f"SEQUENCE:{int(is_cancelled)}",
        f"STATUS:{'CANCELLED' if is_cancelled else 'CONFIRMED'}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(scheduled.starts_at)}",
        f"DTEND:{_instant(scheduled.ends_at)}",
        f"SUMMARY:{_text(opportunity.title)}",
        f"LOCATION:{_text(_whereabouts(opportunity.place))}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(part for line in lines for part in _folded(line))


def _whereabouts(place) -> str:
    return ", ".join(part for part in (place.name, place.address) if part)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Return words in which nothing can end a line or a value early (RFC 5545, 3.3.11)."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> Iterator[bytes]:
    """Yield a line in pieces no longer than allowed, none of which cuts a character in two."""
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > _LONGEST_LINE:
            yield piece + b"\r\n"
            piece = b" "
        piece += octets
    yield piece + b"\r\n"
