"""What is on as a calendar file (RFC 5545), the only file that writes the format."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event

from geo.models import Place
from opportunities.models import Opportunity, ScheduledSession

MEDIA_TYPE = "text/calendar; charset=utf-8"


def calendar_of(sessions: Sequence[ScheduledSession], *, url: str) -> bytes:
    """Return sessions of an opportunity as events, which later files of the same replace.

    Stamped by when its provider last confirmed it, so that nothing changes until the listing does.
    """
    return written((offered(scheduled, url=url) for scheduled in sessions), about="Opportunities")


def offered(scheduled: ScheduledSession, *, url: str) -> Event:
    """Return a session that can be booked as an event."""
    opportunity = scheduled.opportunity
    return event_of(
        scheduled,
        uid=scheduled.uuid,
        sequence=_sequence(opportunity),
        status="CONFIRMED",
        stamped_at=opportunity.checked_at,
        url=url,
        description=opportunity.description,
    )


def event_of(
    scheduled: ScheduledSession,
    *,
    uid: UUID,
    sequence: int,
    status: str,
    stamped_at: datetime,
    url: str,
    description: str = "",
) -> Event:
    """Return one session as an event.

    :param uid: a later event of the same `uid` and a higher `sequence` replaces it.
    :param url: where it stands on the site.
    """
    event = Event()
    event.add("uid", str(uid))
    event.add("sequence", sequence)
    event.add("status", status)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("dtstart", scheduled.starts_at.astimezone(UTC))
    event.add("dtend", scheduled.ends_at.astimezone(UTC))
    event.add("summary", _plain(scheduled.opportunity.title))
    if description:
        event.add("description", _plain(description))
    event.add("location", _plain(_whereabouts(scheduled.opportunity.place)))
    event.add("url", url)
    return event


def written(events: Iterable[Event], *, about: str, name: str = "", description: str = "") -> bytes:
    """Return events as the bytes of a file.

    :param about: what of the site it comes from.
    :param name: what a calendar that is subscribed to is called (RFC 7986).
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Tirnod//{about}//EN")
    for key, words in (("name", name), ("description", description)):
        if words:
            calendar.add(key, _plain(words))
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical(sorted=False)


def _sequence(opportunity: Opportunity) -> int:
    """Return a number that rises with each time the provider says what is right."""
    first = opportunity.published_at or opportunity.checked_at
    return max(int((opportunity.checked_at - first).total_seconds()), 0)


def _whereabouts(place: Place) -> str:
    return ", ".join(part for part in (place.name, place.address) if part)


def _plain(words: str) -> str:
    """Return words with line ends of one kind: others would end a value early in some calendars."""
    return "\n".join(words.splitlines())
