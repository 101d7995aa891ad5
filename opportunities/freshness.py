"""How long a provider's word holds that a listing is right. A rule of the query: no job is needed."""

from datetime import datetime, timedelta

from opportunities.models import Opportunity

#: Nobody has confirmed it for this long: it says so.
STALE_AFTER = timedelta(days=90)
#: For this long: it is neither found nor booked until somebody does.
PAUSED_AFTER = timedelta(days=180)


def is_stale(opportunity: Opportunity, now: datetime) -> bool:
    """Return whether a listing has to say that nobody has confirmed it for long."""
    return now - opportunity.checked_at >= STALE_AFTER


def is_paused(opportunity: Opportunity, now: datetime) -> bool:
    """Return whether a listing is hidden until its provider confirms it."""
    return now - opportunity.checked_at >= PAUSED_AFTER
