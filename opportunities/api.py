"""What programs may ask: the one search, and the things that it finds, as JSON.

A list is written by PostgreSQL (`queries.told`) and sent as it is. What cannot be read in a query
string is left out and said in `problems`, as on the page; the rest is answered.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import Gone, NotFound
from app.revalidation import answered
from app.web import for_everyone, kept_a_minute, public_url
from geo.queries import area_named, cities, city_of_area
from opportunities.models import ScheduledSession
from opportunities.openapi import LICENCE
from opportunities.queries import (
    coming_sessions,
    opportunity_by_uuid,
    session_by_uuid,
    tell,
    told_of,
)
from opportunities.queries.told import FEW
from opportunities.schemas import PROGRAMS
from opportunities.views.asking import Asking, asking
from opportunities.views.opportunity import require_on_offer
from providers.queries import provider_by_slug
from providers.standing import is_trusted

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.after_request(for_everyone)

JSON, GEOJSON = "application/json", "application/geo+json"
_FORMATS = {"json": JSON, "geojson": GEOJSON}


@bp.get("/opportunities")
@public
def list_opportunities():
    """Answer the one search, as JSON or as GeoJSON."""
    now, kind = clock.now(), _kind_wanted()
    answer = answered(lambda: _page(kind), kind=kind, now=now)
    answer.headers["Vary"] = "Accept"
    return kept_a_minute(answer)


def _page(kind: str) -> Response:
    ask = asking(request.args, schema=PROGRAMS, from_home=False)
    is_geojson = kind == GEOJSON
    told = tell(current_db, ask.wanted, base=public_url(), as_features=is_geojson)
    about: dict[str, Any] = {"type": "FeatureCollection"} if is_geojson else {}
    about |= {"licence": LICENCE, "problems": [*ask.problems, *_format_problem()]}
    if told.next:
        about["next"] = _address(ask, cursor=told.next)
    members = "features" if is_geojson else "opportunities"
    # The rows are text already: to read them in order to write them again would cost what SQL saved.
    body = f'{json.dumps(about)[:-1]}, "{members}": [{told.text}]}}'
    return Response(body, mimetype=kind)


def _address(ask: Asking, **changes: Any) -> str:
    given = {"format": request.args["format"]} if request.args.get("format") in _FORMATS else {}
    query = urlencode(ask.asked.query(**changes) | given, doseq=True)
    return public_url(f"{request.script_root}{request.path}?{query}")


def _kind_wanted() -> str:
    """Return the form that the address asks for, or else the reader's `Accept`."""
    named = _FORMATS.get(request.args.get("format", ""))
    if named is None and "geo+json" not in request.headers.get("Accept", ""):
        return JSON
    return named or request.accept_mimetypes.best_match([JSON, GEOJSON]) or JSON


def _format_problem() -> list[str]:
    is_known = request.args.get("format", "json") in _FORMATS
    return [] if is_known else [_("Format: json or geojson.")]


@bp.get("/opportunities/<uuid:uuid>")
@public
def show_opportunity(uuid: UUID):
    """Tell everything of one thing to do, with its sessions to come."""
    db, now = current_db(), clock.now()
    opportunity = require_on_offer(opportunity_by_uuid(db, uuid), now)
    told = told_of(db, opportunity, base=public_url())
    told |= {
        "description": opportunity.description,
        "sessions": [_session(each) for each in coming_sessions(db, opportunity, now)],
    }
    return _answer(told)


@bp.get("/sessions/<uuid:uuid>")
@public
def show_session(uuid: UUID):
    """Tell of one session, and of what it is a session of."""
    db, now = current_db(), clock.now()
    scheduled = session_by_uuid(db, uuid)
    opportunity = require_on_offer(scheduled.opportunity if scheduled else None, now)
    if scheduled is None or scheduled.cancelled_at or scheduled.starts_at <= now:
        raise Gone(_("This is no longer on. There may be something like it near you."))
    told = _session(scheduled) | {"opportunity": told_of(db, opportunity, base=public_url())}
    return _answer(told)


@bp.get("/providers/<slug>")
@public
def show_provider(slug: str):
    """Tell of an organisation that was checked."""
    provider = provider_by_slug(current_db(), slug)
    if provider is None or not is_trusted(provider, clock.now()):
        raise NotFound(_("We cannot find that. It may have moved, or the address has a mistake."))
    told = {
        "slug": provider.slug,
        "url": public_url(f"/p/{provider.slug}"),
        "name": provider.name,
        "kind": provider.kind.value,
        "description": provider.description,
        "city": provider.city.slug,
        "verified_at": provider.verified_at and _instant(provider.verified_at),
    }
    return _answer(told)


@bp.get("/cities")
@public
def list_cities():
    """Tell which cities there are."""
    told = [
        {
            "slug": city.slug,
            "url": public_url(f"/c/{city.slug}"),
            "name": city.name,
            "name_cy": city.name_cy,
            "authority": city.authority_name,
        }
        for city in cities(current_db())
    ]
    return _answer({"cities": told})


@bp.get("/areas/<code>")
@public
def show_area(code: str):
    """Tell what an official area is called, and what it is part of."""
    db = current_db()
    area = area_named(db, code)
    if area is None:
        raise NotFound(_("Area: not one we know."))
    city = city_of_area(db, area)
    told = {
        "code": area.lsoa_code,
        "name": area.name,
        "ward": {"code": area.ward_code, "name": area.ward_name} if area.ward_code else None,
        "district": {"code": area.district_code, "name": area.district_name},
        "city": city.slug if city else None,
    }
    return _answer(told)


def _session(scheduled: ScheduledSession) -> dict[str, Any]:
    left = scheduled.remaining_capacity
    return {
        "id": str(scheduled.uuid),
        "starts_at": _instant(scheduled.starts_at),
        "ends_at": _instant(scheduled.ends_at),
        "remaining": "none" if left == 0 else "few" if left < FEW else "yes",
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _answer(told: dict[str, Any]) -> Response:
    answer = Response(json.dumps({"licence": LICENCE, **told}), mimetype=JSON)
    answer.add_etag()
    answer.make_conditional(request)
    return kept_a_minute(answer)
