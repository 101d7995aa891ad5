"""Finding something to do: the list, and the map drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from accounts.access import public
from app import clock
from app.config import Settings
from app.db import current_db
from app.errors import NotFound
from app.forms import Form
from app.web import HEADERS, csrf, let_images_in
from app.wording import label
from badges.models import Skill
from geo.models import Area, City
from geo.queries import (
    area_at,
    cities,
    city_by_slug,
    city_of_area,
    find_area,
    lon_lat,
    split_postcode,
)
from opportunities import booking_window, wording
from opportunities.basemap import basemap_script
from opportunities.feeds import ATOM_TYPE, JSON_FEED_TYPE
from opportunities.models import Category, OpportunityKind, Welcome
from opportunities.queries import (
    Counts,
    Found,
    Mark,
    Order,
    SearchRequest,
    counts,
    find,
    load,
    search,
    understand,
)
from opportunities.schemas import AGES, CLEARED, DISTANCES, USUAL_DISTANCE, Asked, read_search
from opportunities.views.asking import Asking, understood
from opportunities.views.whereabouts import whereabouts
from opportunities.wish_schemas import WISH_LENGTH, tells_of_someone

bp = Blueprint("opportunities", __name__, template_folder="../templates")
bp.add_app_template_global(lon_lat)
for _in_words in (
    wording.in_miles,
    wording.whole_miles,
    wording.day_name,
    wording.at_most,
    wording.ages_of,
    wording.checked_ago,
    wording.unconfirmed_for,
    wording.strand_of,
    wording.signals_of,
    wording.access_features,
    wording.points_of,
    wording.booking_window_of,
    booking_window.why_not_open,
):
    bp.add_app_template_filter(_in_words)

#: How many are named when nothing lies as near as was asked.
_NEAREST = 3


#: Beyond this many miles nothing is near any more, and is not named as the nearest.
_FARTHEST = DISTANCES[-1]


@dataclass(frozen=True)
class Shown:
    """What a page of the search shows; where nothing was found, what lies nearest beyond it."""

    rows: Sequence[Found]
    counts: Counts
    rows_before: int = 0
    #: Where the next page begins.
    next: Mark | None = None
    nearest: Sequence[Found] = ()
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
    return _to_area(read_search(request.form), *_area_meant())


# For the same reason: people type their postcode into whichever box they see first.
@bp.post("/filter")
@csrf.exempt
@public
def narrow():
    """Turn filters into the address of what they leave; a postcode among the words says where."""
    asked = read_search(request.form)
    postcode, words = split_postcode(current_db(), asked.text)
    city = city_by_slug(current_db(), request.form.get("city", ""))
    asked = replace(asked, text=words)
    if postcode:
        return _to_area(asked, find_area(current_db(), postcode), _not_found())
    return redirect(_link_to(asked, city)(), 303)


@bp.get("/near")
@bp.get("/filter")
@public
def leave_near():
    """Bring back whoever reloads a page that `/near` or `/filter` answered."""
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


def _to_area(asked: Asked, area: Area | None, unknown: str):
    """Lead to what is near an area; where there is none, say so and keep the rest."""
    if area is None:
        return _search_page(asked, where_problem=unknown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(url_for(".search", **asked.query(area=area.lsoa_code, bbox=None)), 303)


def _search_page(
    asked: Asked, city: City | None = None, *, where_problem: str = "", status: int = HTTPStatus.OK
):
    ask = understood(asked, city=city)
    shown = _show(ask.wanted)
    link = _link_to(asked, city)
    page = render_template(
        "opportunities/search.html",
        ask=ask,
        asked=asked,
        area=ask.area,
        city=city,
        found=shown,
        corrected=understand(current_db(), asked.text).corrected,
        map_city=_city_to_draw(ask, shown),
        cities=cities(current_db()),
        where_problem=where_problem,
        now=ask.wanted.starts_after,
        orders_to_choose=_orders(ask.wanted),
        age_choices=[("", _("Any age")), *((age, age) for age in AGES)],
        distance_choices=[(miles, wording.whole_miles(miles)) for miles in DISTANCES],
        page_size=asked.limit,
        cleared=CLEARED,
        wish=_wish_from(asked),
        wish_length=WISH_LENGTH,
        wish_cities=_cities_to_choose(ask, shown),
        feeds=_feeds_of(asked, city),
        link=link,
        where=whereabouts(ask, link, is_much=shown.counts.is_at_least) if shown.rows else None,
        counts_address=_counts_address(asked, city),
        settings=current_app.extensions["settings"],
        **_CHOICES,
    )
    return _may_show_tiles(_may_ask_where(make_response(page, status)))


def _cities_to_choose(ask: Asking, shown: Shown) -> Sequence[City]:
    """Return the cities that a wish may be for, where the search does not say which."""
    db = current_db()
    if shown.rows or ask.city or (ask.area and city_of_area(db, ask.area)):
        return ()
    return cities(db)


def _wish_from(asked: Asked) -> Form:
    """Return the form of a wish as this search would fill it; nothing that tells of someone."""
    words = asked.text[:WISH_LENGTH]
    return Form(
        typed={
            "words": "" if tells_of_someone(words) else words,
            "category": asked.category[0].value if asked.category else "",
        }
    )


_CHOICES = {
    "kinds": OpportunityKind,
    "categories": Category,
    "skills": Skill,
    "welcomes": Welcome,
}


def _show(wanted: SearchRequest) -> Shown:
    db = current_db()
    page = find(db, wanted)
    numbers = counts(db, wanted)
    if page.hits or numbers.total:
        return Shown(load(db, page.hits), numbers, page.rows_before, page.next)
    farther = wanted.without(
        radius_m=_FARTHEST * wording.METRES_IN_A_MILE, box=None, limit=_NEAREST, order=Order.NEAREST
    )
    if wanted.point and (nearest := search(db, farther)):
        return Shown((), numbers, nearest=nearest, wider=_distance_that_has(nearest))
    unfiltered = SearchRequest(
        starts_after=wanted.starts_after,
        lon=wanted.lon,
        lat=wanted.lat,
        city_id=wanted.city_id,
        limit=_NEAREST,
    )
    return Shown((), numbers, nearest=search(db, unfiltered), is_unfiltered=True)


def _orders(wanted: SearchRequest) -> list[tuple[str, str]]:
    """Return the orders to choose from; the usual one has no name in the address."""
    usual = wanted.without(order=None).sorted_by
    possible = [order for order in Order if order is not Order.NEAREST or wanted.point]
    return [("" if order is usual else order.value, label(order)) for order in possible]


def _distance_that_has(nearest: Sequence[Found]) -> int | None:
    miles = (nearest[0].distance_m or 0) / wording.METRES_IN_A_MILE
    return next((distance for distance in DISTANCES if distance >= miles), None)


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
    return area, _not_found()


def _not_found() -> str:
    return _("We could not find that. Try the first half of a postcode, like CF24.")


def _position(lon: str, lat: str) -> tuple[float, float] | None:
    """Return a position no finer than a hundred metres, as a browser sends it."""
    try:
        position = round(float(lon), 3), round(float(lat), 3)
    except ValueError:
        return None
    # Written so that what is not a number fails too.
    return position if abs(position[0]) <= 180 and abs(position[1]) <= 90 else None


def _city_to_draw(ask: Asking, shown: Shown) -> City | None:
    """Return the city whose outlines the map shows."""
    rows = [*shown.rows, *shown.nearest]
    if not rows:
        return None
    of_area = city_of_area(current_db(), ask.area) if ask.area else None
    return of_area or ask.city or rows[0].scheduled.opportunity.provider.city


def _link_to(asked: Asked, city: City | None):
    """Return a function that writes the address of this search with changes."""

    def link(**changes: Any) -> str:
        query = asked.query(**changes)
        if city:
            return url_for(".show_city", slug=city.slug, **query)
        return url_for(".search", **query)

    return link


def _feeds_of(asked: Asked, city: City | None) -> list[tuple[str, str]]:
    """Return this search as feeds: of what stands in the address, and so without anybody's home."""
    query = asked.query(cursor=None)
    return [
        (
            url_for("feeds.show_city_feed", slug=city.slug, form=form, **query)
            if city
            else url_for("feeds.show_feed", form=form, **query),
            kind,
        )
        for form, kind in (("atom", ATOM_TYPE), ("json", JSON_FEED_TYPE), ("ics", "text/calendar"))
    ]


def _counts_address(asked: Asked, city: City | None) -> str:
    """Return where the map asks how many things lie where: it says itself which part it shows."""
    query = asked.query(area="", within=USUAL_DISTANCE, bbox=None, sort=None)
    return url_for(".show_counts", city=city.slug if city else None, **query)


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


def _may_show_tiles(response: Response) -> Response:
    """Let this page, and no other, fetch the tiles of a map that whoever runs the site chose."""
    settings: Settings = current_app.extensions["settings"]
    return let_images_in(response, settings.basemap_host) if settings.basemap_url else response
