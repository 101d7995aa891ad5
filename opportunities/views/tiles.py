"""Where things are, for maps: tiles for whoever draws one, and counts for our own."""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import astuple
from datetime import timedelta

from flask import Response, request
from flask_babel import gettext as _

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import NotFound
from app.kept import Kept
from app.revalidation import answered
from app.web import for_everyone, kept_a_minute, kept_by_all
from geo.queries import city_by_slug
from opportunities.queries import SearchRequest
from opportunities.queries.tiles import (
    EVERYWHERE,
    POINTS_FROM,
    Tile,
    cells_over,
    clusters,
    vector_tile,
)
from opportunities.views.asking import asking
from opportunities.views.discovery import bp

#: As IANA has it registered.
_VECTOR_TILE = "application/vnd.mapbox-vector-tile"


#: What an unfiltered map shows at each place: everyone who looks at a city sees the same.
_kept = Kept(timedelta(minutes=1), most=2_000)


@bp.get("/tiles/opportunities/<int:z>/<int:x>/<int:y>.mvt")
@public
def show_tile(z: int, x: int, y: int):
    """Draw what matches as a vector tile; nothing there is an empty tile."""
    tile = Tile(z, x, y)
    if not tile.exists:
        raise NotFound(_("There is no such part of the map."))

    def draw(wanted: SearchRequest) -> bytes:
        if names_things:
            # Of who was trusted a moment ago, nothing is named any more.
            return vector_tile(current_db(), wanted, tile)
        return _once(wanted, tile, lambda: vector_tile(current_db(), wanted, tile))

    names_things = tile.z >= POINTS_FROM
    answer = _kept_a_while(_VECTOR_TILE, draw)
    # A map on another page may draw it: it says nothing that is not public, and to all the same.
    return for_everyone(kept_a_minute(answer) if names_things else answer)


@bp.get("/map/counts.json")
@public
def show_counts():
    """Count what matches in each part of the map that is in view: `[number, lon, lat]` of each."""

    def count(wanted: SearchRequest) -> bytes:
        cells = cells_over(wanted.box or EVERYWHERE)
        return _once(wanted.without(box=None), (cells[0], cells[-1]), lambda: _told(wanted, cells))

    return _kept_a_while("application/json", count)


def _told(wanted: SearchRequest, cells: Sequence[Tile]) -> bytes:
    found = clusters(current_db(), wanted, cells)
    return json.dumps([astuple(one) for one in found], separators=(",", ":")).encode()


def _wanted() -> SearchRequest:
    """Return what a search of the same query string looks for; the same for everyone."""
    slug = request.args.get("city")
    city = city_by_slug(current_db(), slug) if slug else None
    # In what order a list would come makes no odds to a map.
    return asking(request.args, city=city, from_home=False).wanted.without(order=None)


def _once(wanted: SearchRequest, where: Hashable, work_out: Callable[[], bytes]) -> bytes:
    """Return what was asked for; where nothing narrows it, what was worked out within this minute."""
    if not wanted.is_unfiltered:
        return work_out()
    return _kept.get((wanted.city_id, where), wanted.starts_after, work_out)


def _kept_a_while(kind: str, make: Callable[[SearchRequest], bytes]) -> Response:
    """Let whoever carries it keep it for five minutes, and hand it on while fetching a newer one."""
    answer = answered(lambda: Response(make(_wanted()), mimetype=kind), kind=kind, now=clock.now())
    return kept_by_all(answer, timedelta(minutes=5), stale=timedelta(hours=1))
