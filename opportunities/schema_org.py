"""What is on as schema.org says it, for search engines: https://schema.org/Event.

Everything that Google asks of an `Event`, but a picture and a performer: there are none.
https://developers.google.com/search/docs/appearance/structured-data/event
"""

from datetime import datetime
from typing import Any

from app.clock import LONDON
from geo.queries import lon_lat
from opportunities.models import AttendanceMode, Opportunity, ScheduledSession

_PENCE = 100
_MODES = {
    AttendanceMode.IN_PERSON: "Offline",
    AttendanceMode.ONLINE: "Online",
    AttendanceMode.MIXED: "Mixed",
}


def event(
    opportunity: Opportunity, scheduled: ScheduledSession, *, url: str, organizer_url: str
) -> dict[str, Any]:
    """Return one session as an `Event`. Says what the page says, and nothing of who comes."""
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": opportunity.title,
        "description": opportunity.description,
        "url": url,
        "startDate": _in_london(scheduled.starts_at),
        "endDate": _in_london(scheduled.ends_at),
        "duration": f"PT{scheduled.duration_minutes}M",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": f"https://schema.org/{_MODES[opportunity.mode]}EventAttendanceMode",
        "typicalAgeRange": f"{opportunity.min_age}-{opportunity.max_age}",
        "isAccessibleForFree": opportunity.cost_pence == 0,
        "maximumAttendeeCapacity": scheduled.maximum_capacity,
        "remainingAttendeeCapacity": scheduled.remaining_capacity,
        "location": _where(opportunity, url),
        "organizer": {
            "@type": "Organization",
            "name": opportunity.provider.name,
            "url": organizer_url,
        },
        "offers": _offer(opportunity, scheduled, url),
    }


def _where(opportunity: Opportunity, url: str) -> Any:
    """Return where one takes part: the page says how to join what is online."""
    online = {"@type": "VirtualLocation", "url": url}
    if opportunity.mode is AttendanceMode.ONLINE:
        return online
    place = _place(opportunity)
    return [place, online] if opportunity.mode is AttendanceMode.MIXED else place


def _offer(opportunity: Opportunity, scheduled: ScheduledSession, url: str) -> dict[str, Any]:
    is_full = scheduled.remaining_capacity == 0
    return {
        "@type": "Offer",
        "url": url,
        "price": f"{opportunity.cost_pence / _PENCE:.2f}",
        "priceCurrency": "GBP",
        "availability": f"https://schema.org/{'SoldOut' if is_full else 'InStock'}",
        "validFrom": _in_london(opportunity.published_at or opportunity.created_at),
    }


def _place(opportunity: Opportunity) -> dict[str, Any]:
    place, (lon, lat) = opportunity.place, lon_lat(opportunity.place)
    address = {
        "@type": "PostalAddress",
        "streetAddress": place.address or place.name,
        "addressLocality": place.area.district_name,
        "addressCountry": "GB",
    }
    told = {
        "@type": "Place",
        "name": place.name,
        "address": address,
        "geo": {"@type": "GeoCoordinates", "latitude": round(lat, 5), "longitude": round(lon, 5)},
    }
    if place.step_free:
        told["amenityFeature"] = {
            "@type": "LocationFeatureSpecification",
            "name": "Step-free access",
            "value": True,
        }
    return told


def _in_london(moment: datetime) -> str:
    """Return an instant with the offset of its day in London, as search engines want it."""
    return moment.astimezone(LONDON).isoformat(timespec="seconds")
