"""What is on as schema.org says it, for search engines: https://schema.org/Event."""

from typing import Any

from geo.queries import lon_lat
from opportunities.models import Opportunity, ScheduledSession

_PENCE = 100


def event(opportunity: Opportunity, scheduled: ScheduledSession, *, url: str) -> dict[str, Any]:
    """Return one session as an `Event`. Says what the page says, and nothing of who comes."""
    is_full = scheduled.remaining_capacity == 0
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": opportunity.title,
        "description": opportunity.description,
        "url": url,
        "startDate": scheduled.starts_at.isoformat(),
        "endDate": scheduled.ends_at.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "typicalAgeRange": f"{opportunity.min_age}-{opportunity.max_age}",
        "isAccessibleForFree": opportunity.cost_pence == 0,
        "location": _place(opportunity),
        "organizer": {"@type": "Organization", "name": opportunity.provider.name},
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": f"{opportunity.cost_pence / _PENCE:.2f}",
            "priceCurrency": "GBP",
            "availability": f"https://schema.org/{'SoldOut' if is_full else 'InStock'}",
        },
    }


def _place(opportunity: Opportunity) -> dict[str, Any]:
    lon, lat = lon_lat(opportunity.place)
    return {
        "@type": "Place",
        "name": opportunity.place.name,
        "address": opportunity.place.address or opportunity.place.name,
        "geo": {"@type": "GeoCoordinates", "latitude": round(lat, 5), "longitude": round(lon, 5)},
    }
