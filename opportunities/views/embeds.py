"""The list and the map for pages of other sites: no script, no cookie, and forty kilobytes at most."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import NotFound
from app.language import current_language
from app.revalidation import answered
from app.web import for_everyone, kept_a_minute, let_be_framed, public_url
from geo.models import City
from geo.queries import city_by_slug, lon_lat
from opportunities.basemap import kept_outlines
from opportunities.picture import picture_of
from opportunities.queries import find, load
from opportunities.schemas import PAGE_SIZE, PROGRAMS
from opportunities.views.asking import Asking, asking

bp = Blueprint("embeds", __name__)
bp.after_request(for_everyone)

#: A frame of this size holds three cards on a phone.
_WIDTH, _HEIGHT = 400, 640


@bp.get("/embed/<any(list, map):kind>")
@public
def show_embed(kind: str):
    """Show a search inside another site's page. That site may frame it, so no header forbids it."""
    now = clock.now()
    return let_be_framed(kept_a_minute(answered(lambda: _page(kind), kind=kind, now=now)))


@bp.get("/oembed")
@public
def show_oembed():
    """Tell a page that was given an address of ours how to show it: https://oembed.com."""
    if request.args.get("format", "json") != "json":
        return {"error": _("Format: only json.")}, HTTPStatus.NOT_IMPLEMENTED
    address = _embed_of(request.args.get("url", ""))
    told = {
        "version": "1.0",
        "type": "rich",
        "provider_name": "Tirnod",
        "provider_url": public_url("/"),
        "title": _("What's on near you"),
        "width": _at_most("maxwidth", _WIDTH),
        "height": _at_most("maxheight", _HEIGHT),
        "cache_age": 86400,
    }
    frame = frame_of(address, width=told["width"], height=told["height"])
    return told | {"html": str(frame)}


def frame_of(address: str, *, width: int = _WIDTH, height: int = _HEIGHT) -> Markup:
    """Return the HTML by which another page shows an embed.

    Its links open pages of their own, which are then free of the frame's limits: one can book.
    """
    frame = (
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return Markup(frame).format(address, _("What's on near you"), width, height)


def _page(kind: str) -> Response:
    city, problems = _city()
    ask = asking(request.args, schema=PROGRAMS, city=city, from_home=False)
    page = find(current_db(), replace(ask.wanted, limit=PAGE_SIZE))
    rows = load(current_db(), page.hits)
    path = url_for(".show_embed", kind=kind)
    named = {"city": city.slug} if city else {}
    words = render_template(
        "opportunities/embed.html",
        ask=ask,
        problems=[*problems, *ask.problems],
        rows=rows,
        first=page.rows_before + 1,
        picture=_picture(ask, rows) if kind == "map" else None,
        more=_with_query(path, ask.asked.query(cursor=page.next) | named) if page.next else "",
        all_of_it=_page_address(ask),
        now=ask.wanted.starts_after,
    )
    return Response(words, mimetype="text/html")


def _picture(ask: Asking, rows):
    if not rows:
        return None
    city = ask.city or rows[0].scheduled.opportunity.provider.city
    points = [lon_lat(row.scheduled.opportunity.place) for row in rows]
    outlines = kept_outlines(current_db(), city, now=ask.wanted.starts_after)
    return picture_of(points, outlines)


def _city() -> tuple[City | None, list[str]]:
    slug = request.args.get("city", "")
    city = city_by_slug(current_db(), slug) if slug.isprintable() and slug else None
    return city, [_("City: not one we know.")] if slug and city is None else []


def _page_address(ask: Asking) -> str:
    query = ask.asked.query(lon=None, lat=None, radius_m=None, limit=PAGE_SIZE)
    if ask.city:
        return url_for("opportunities.show_city", slug=ask.city.slug, **query)
    return url_for("opportunities.search", **query)


def _embed_of(address: str) -> str:
    """Return the embed that shows what a page of ours at `address` shows.

    :raises NotFound: it is none of the pages that can be shown elsewhere.
    """
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
    except ValueError:
        parts, query = urlsplit(""), {}
    path = parts.path.removeprefix("/cy") or "/"
    if f"{parts.scheme}://{parts.netloc}" == public_url() and parts.path:
        if path in ("/embed/list", "/embed/map"):
            return address
        if path == "/":
            return _embed("list", parts.query)
        if path.startswith("/c/"):
            return _embed("list", urlencode(query | {"city": path.removeprefix("/c/")}, doseq=True))
    raise NotFound(_("We cannot find that page."))


def _embed(kind: str, query: str) -> str:
    prefix = "/cy" if current_language() == "cy" else ""
    return public_url(f"{prefix}/embed/{kind}") + (f"?{query}" if query else "")


def _with_query(path: str, query: dict) -> str:
    return f"{path}?{urlencode(query, doseq=True)}"


def _at_most(name: str, usual: int) -> int:
    given = request.args.get(name, "")
    return min(int(given), usual) if given.isascii() and given.isdecimal() else usual
