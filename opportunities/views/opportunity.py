"""The page of one thing to do, and its dates for a calendar."""

import math
from datetime import datetime
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import Gone, NotFound
from app.web import public_url
from geo.queries import centre_of, lon_lat, wards_beside
from opportunities import ical, wording
from opportunities.freshness import is_paused
from opportunities.fund_queries import paid_for
from opportunities.models import Opportunity, OpportunityStatus
from opportunities.queries import coming_sessions, is_on_offer, opportunity_by_slug, origin_of
from opportunities.schema_org import event
from opportunities.schemas import read_search
from opportunities.views.asking import area_of
from opportunities.views.discovery import bp

#: Nobody has seen it yet, or nobody is to see it again until it is put right.
_NEVER_SEEN = (OpportunityStatus.DRAFT, OpportunityStatus.REVIEW)
#: How many dates of one thing search engines are told of.
_EVENTS = 4
_EARTH_RADIUS_M = 6_371_009
#: Further than this, nobody is told how long a walk takes.
_WALKABLE_M = 2500


@bp.get("/a/<slug>")
@public
def show_opportunity(slug: str):
    """Show one thing to do, and when it is on."""
    db, now = current_db(), clock.now()
    opportunity = opportunity_on_offer(slug)
    sessions = coming_sessions(db, opportunity, now)
    address = public_url(url_for(".show_opportunity", slug=slug))
    return render_template(
        "opportunities/show_opportunity.html",
        opportunity=opportunity,
        origin=origin_of(db, opportunity),
        sessions=sessions,
        paid=paid_for(db, opportunity, clock.today()),
        events=[_event(opportunity, scheduled, address) for scheduled in sessions[:_EVENTS]],
        now=now,
        address=address,
        point=lon_lat(opportunity.place),
        wards=wards_beside(db, opportunity.place),
        **_way_to(opportunity),
    )


@bp.get("/a/<slug>/calendar.ics")
@public
def show_calendar(slug: str):
    """Give every date to come as one calendar file, the same bytes until something changes."""
    db, now = current_db(), clock.now()
    opportunity = opportunity_on_offer(slug)
    address = public_url(url_for(".show_opportunity", slug=slug))
    sessions = coming_sessions(db, opportunity, now)
    answer = Response(ical.calendar_of(sessions, url=address), content_type=ical.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    answer.add_etag()
    return answer.make_conditional(request)


def opportunity_on_offer(slug: str) -> Opportunity:
    """Return what the public may see at an address.

    :raises NotFound: nothing was ever there.
    :raises Gone: it is withdrawn, its provider is, or nobody has confirmed it for too long.
    """
    return require_on_offer(opportunity_by_slug(current_db(), slug), clock.now())


def require_on_offer(opportunity: Opportunity | None, now: datetime) -> Opportunity:
    """Return what was found if the public may see it; refuse as `opportunity_on_offer` does."""
    if opportunity is None or opportunity.status in _NEVER_SEEN:
        raise NotFound(_("We cannot find that. It may have moved, or the address has a mistake."))
    if not is_on_offer(opportunity, now):
        raise Gone(_why_gone(opportunity))
    return opportunity


def _why_gone(opportunity: Opportunity) -> str:
    if opportunity.status is OpportunityStatus.PAUSED:
        return _("Its organiser has paused this. There may be something like it near you.")
    is_withdrawn = opportunity.status is not OpportunityStatus.PUBLISHED
    if is_paused(opportunity, clock.now()) and not is_withdrawn:
        return _(
            "This is paused. Nobody has confirmed it for a long time. "
            "There may be something like it near you."
        )
    return _("This is no longer on. There may be something like it near you.")


def _event(opportunity: Opportunity, scheduled, address: str) -> dict[str, Any]:
    slug = opportunity.provider.slug
    return event(
        opportunity,
        scheduled,
        url=address,
        organizer_url=public_url(url_for("providers.show_provider", slug=slug)),
    )


def _way_to(opportunity: Opportunity) -> dict[str, Any]:
    """Return how to get there from the area that the visitor came with, in words."""
    area = area_of(read_search(request.args))
    if area is None:
        return {"area": None, "way": ""}
    start, end = centre_of(current_db(), area), lon_lat(opportunity.place)
    metres = _metres_between(start, end)
    way = wording.way_from(area.ward_name or area.name, metres, _bearing(start, end))
    if metres <= _WALKABLE_M:
        minutes = wording.walk_minutes(metres)
        on_foot = _("about %(minutes)s minutes on foot", minutes=minutes)
        return {"area": area, "way": f"{way}, {on_foot}."}
    return {"area": area, "way": f"{way}. {_('That is far to walk: think of a bus, or a lift.')}"}


def _metres_between(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the way between two points on a round earth: good to half a percent."""
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*start, *end))
    share = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(share))


def _bearing(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the direction from one point to another: degrees clockwise from the north."""
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*start, *end))
    east = math.sin(lon_2 - lon_1) * math.cos(lat_2)
    north = math.cos(lat_1) * math.sin(lat_2) - math.sin(lat_1) * math.cos(lat_2) * math.cos(
        lon_2 - lon_1
    )
    return math.degrees(math.atan2(east, north)) % 360
