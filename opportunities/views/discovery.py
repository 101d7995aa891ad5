"""Finding something to do: the list, and the map drawn from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import NotFound
from app.web import HEADERS, csrf
from geo.models import Area, City
from geo.queries import (
    area_at,
    area_named,
    centre_of,
    cities,
    city_by_slug,
    city_of_area,
    find_area,
    lon_lat,
)
from opportunities import wording
from opportunities.basemap import basemap_script
from opportunities.models import Category, OpportunityKind
from opportunities.queries import SearchRequest, count_found, search
from opportunities.schemas import AGES, DISTANCES, PAGE_SIZE, Asked, read_search

bp = Blueprint("opportunities", __name__, template_folder="../templates")
bp.add_app_template_global(lon_lat)
for _in_words in (
    wording.in_miles,
    wording.whole_miles,
    wording.day_name,
    wording.checked_ago,
    wording.unconfirmed_for,
    wording.strand_of,
    wording.signals_of,
):
    bp.add_app_template_filter(_in_words)

#: How many are named when nothing lies as near as was asked.
_NEAREST = 3


@dataclass(frozen=True)
class Found:
    """What a search found; where that is nothing, what lies nearest beyond it."""

    rows: Sequence[Row]
    total: int
    nearest: Sequence[Row] = ()
    #: The next distance, in miles, within which there is something.
    wider: int | None = None
    #: Whether the filters had to be left out to have anything to name.
    is_unfiltered: bool = False


@bp.get("/", endpoint="search")
@public
def show_search():
    """Show what is on, nearest first where an area is known."""
    return _search_page(read_search(request.args))


@bp.get("/c/<slug>")
@public
def show_city(slug: str):
    """Show what is on in one city."""
    city = city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We do not know that city."))
    return _search_page(read_search(request.args), city)


# It changes nothing, so it needs no token; and a visitor who only looks is given no cookie.
@bp.post("/near")
@csrf.exempt
@public
def near():
    """Turn a postcode, a name or a position into an area, so that nothing typed is in an address."""
    asked = read_search(request.form)
    area, unknown = _area_meant()
    if area is None:
        return _search_page(asked, where_problem=unknown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(url_for(".search", **asked.query(area=area.lsoa_code, page=1)), 303)


@bp.get("/near")
@public
def leave_near():
    """Bring back whoever reloads a page that `/near` answered."""
    return redirect(url_for(".search"), 303)


@bp.get("/map/<slug>.js")
@public
def show_map_script(slug: str):
    """Draw a city's outlines. Constants only: what people wrote stays in the list."""
    city = city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We do not know that city."))
    label = _("Map. The list has the same information.")
    script = basemap_script(current_db(), city, label=label, now=clock.now())
    return _kept_for_a_day(Response(script, mimetype="text/javascript"))


def _search_page(
    asked: Asked, city: City | None = None, *, where_problem: str = "", status: int = HTTPStatus.OK
):
    db, now = current_db(), clock.now()
    area = area_of(asked)
    point = centre_of(db, area) if area else None
    found = _find(asked.request(now=now, point=point, city_id=city.id if city else None))
    page = render_template(
        "opportunities/search.html",
        asked=asked,
        area=area,
        city=city,
        found=found,
        map_city=_city_to_draw(area, city, found),
        cities=cities(db),
        where_problem=where_problem,
        now=now,
        kinds=OpportunityKind,
        categories=Category,
        age_choices=[("", _("Any age")), *((age, age) for age in AGES)],
        distance_choices=[(miles, wording.whole_miles(miles)) for miles in DISTANCES],
        page_size=PAGE_SIZE,
        link=_link_to(asked, city),
        problems=_problems(asked, area),
    )
    return _may_ask_where(make_response(page, status))


def _find(wanted: SearchRequest) -> Found:
    db = current_db()
    rows = search(db, wanted)
    total = len(rows)
    if wanted.offset or total == wanted.limit:
        total = count_found(db, wanted)
    if total:
        return Found(rows, total)
    anywhere = replace(wanted, radius_m=None, limit=_NEAREST, offset=0)
    if wanted.point and (nearest := search(db, anywhere)):
        return Found(rows, total, nearest, _distance_that_has(nearest))
    unfiltered = SearchRequest(
        starts_after=wanted.starts_after,
        lon=wanted.lon,
        lat=wanted.lat,
        city_id=wanted.city_id,
        limit=_NEAREST,
    )
    return Found(rows, total, search(db, unfiltered), is_unfiltered=True)


def _distance_that_has(rows: Sequence[Row]) -> int | None:
    miles = rows[0].distance_m / wording.METRES_IN_A_MILE if rows else math.inf
    return next((distance for distance in DISTANCES if distance >= miles), None)


def area_of(asked: Asked) -> Area | None:
    """Return the area to measure from: the one asked for, or else where a learner lives."""
    code = asked.area or getattr(current_user, "home_lsoa_code", None)
    return area_named(current_db(), code) if code else None


def _area_meant() -> tuple[Area | None, str]:
    """Return the area of what was posted, or the sentence that says why there is none."""
    db, where = current_db(), request.form.get("where", "")
    if "lon" in request.form:
        position = _position(request.form.get("lon", ""), request.form.get("lat", ""))
        area = area_at(db, *position) if position else None
        return area, _("We do not know that place yet. Type a postcode instead.")
    if not where.strip():
        return None, _("Type a postcode, or the name of a place.")
    city = city_by_slug(db, request.form.get("city", ""))
    area = find_area(db, where, city=city)
    return area, _("We could not find that. Try the first half of a postcode, like CF24.")


def _position(lon: str, lat: str) -> tuple[float, float] | None:
    """Return a position no finer than a hundred metres, as a browser sends it."""
    try:
        position = round(float(lon), 3), round(float(lat), 3)
    except ValueError:
        return None
    # Written so that what is not a number fails too.
    return position if abs(position[0]) <= 180 and abs(position[1]) <= 90 else None


def _city_to_draw(area: Area | None, city: City | None, found: Found) -> City | None:
    """Return the city whose outlines the map shows."""
    rows = [*found.rows, *found.nearest]
    if not rows:
        return None
    of_area = city_of_area(current_db(), area) if area else None
    return of_area or city or rows[0].ScheduledSession.opportunity.provider.city


def _link_to(asked: Asked, city: City | None):
    """Return a function that writes the address of this search with changes."""

    def link(**changes: Any) -> str:
        query = asked.query(**changes)
        if city:
            return url_for(".show_city", slug=city.slug, **query)
        return url_for(".search", **query)

    return link


def _problems(asked: Asked, area: Area | None) -> list[str]:
    unknown = [_("Area: not one we know.")] if asked.area and area is None else []
    return [*asked.problems, *unknown]


def _kept_for_a_day(response: Response) -> Response:
    """Let browsers keep what is the same for everyone; after a day they ask whether it changed."""
    response.add_etag()
    response.cache_control.public = True
    response.cache_control.max_age = 24 * 60 * 60
    response.make_conditional(request)
    return response


def _may_ask_where(response: Response) -> Response:
    """Let this page, and no other, ask the browser where it is: only when a person taps for it."""
    response.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace(
        "geolocation=()", "geolocation=(self)"
    )
    return response
