"""What programs may ask of whom we reach. The same address tells an officer of the city more."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _

from accounts.access import public, requires
from app.errors import NotFound
from app.web import for_everyone, public_url
from cube.cells import Cell
from cube.queries import Released
from cube.tables import published_in
from geo.models import City
from opportunities.openapi import LICENCE
from reach.asked import (
    FOR_THE_AUTHORITY,
    city_named,
    document_of,
    most_cells_of,
    release_named,
    releases_of,
    sees_all_of,
    whole_release_named,
)
from reach.formats.facts import instant_of

bp = Blueprint("reach_api", __name__, url_prefix="/api/v1/reach")

for_the_authority = requires(*FOR_THE_AUTHORITY)

SIGNATURE_TYPE = "application/jose"
_TABLE = ("table", "table_metadata")
_AREAS = ("areas_geojson", "areas_geopackage", "areas_geoparquet")


@bp.get("/cities/<slug>/releases")
@public
def list_releases(slug: str):
    """Tell every version of every period of a city, the newest first."""
    city = city_named(slug)
    releases = [_about(release, city) for release in releases_of(city)]
    return _answer({"licence": LICENCE, "city": city.slug, "releases": releases}, city)


@bp.get("/releases/<uuid:uuid>")
@public
def show_release(uuid):
    """Tell the cells of a release: the public tables to anybody, all of them to an officer."""
    city, release = release_named(uuid)
    tables = _tables(release, with_deciles=sees_all_of(city))
    return _answer(
        {"licence": LICENCE, "city": city.slug, **_about(release, city), "tables": tables}, city
    )


@bp.get("/releases/<uuid:uuid>/document")
@for_the_authority
def show_document(uuid):
    """Answer with exactly the bytes that were signed."""
    city, release = whole_release_named(uuid)
    return Response(document_of(city, release), mimetype="application/json")


@bp.get("/releases/<uuid:uuid>/signature")
@for_the_authority
def show_signature(uuid):
    """Answer with the signature of that document: a detached JWS, in its compact form."""
    _city, release = whole_release_named(uuid)
    if not release.signature:
        raise NotFound(_("This release was not signed."))
    return Response(release.signature, mimetype=SIGNATURE_TYPE)


def _answer(told: dict[str, Any], city: City) -> Response:
    answer = jsonify(told)
    answer.vary.add("Cookie")
    answer.add_etag()
    answer.make_conditional(request)
    return answer if sees_all_of(city) else for_everyone(answer)


def _about(release: Released, city: City) -> dict[str, Any]:
    """Return how a release was made, and where the rest of it is."""
    return {
        "id": str(release.uuid),
        "url": public_url(url_for(".show_release", uuid=release.uuid)),
        "period": release.period,
        "kind": release.kind.value,
        "first_day": release.starts_on.isoformat(),
        "day_after": release.ends_on.isoformat(),
        "version": release.version,
        "reason": release.reason,
        "released_at": instant_of(release),
        "made": {
            "deprivation": release.edition,
            "population": release.population,
            "areas": release.areas_digest,
            "rho": release.rho,
        },
        "is_signed": bool(release.signature),
        "links": _links(release, city),
    }


def _links(release: Released, city: City) -> dict[str, str]:
    links = {
        "page": public_url(
            url_for("reach_public.show_city", slug=city.slug, period=release.period)
        ),
        "public_table": public_url(
            url_for("reach_public.table", slug=city.slug, release=release.uuid)
        ),
    }
    if not sees_all_of(city):
        return links
    signed = ("document", "signature") if release.signature else ("document",)
    has_areas = "area" in {table.name for table in published_in(release.kind)}
    files = (*_TABLE, *_AREAS) if has_areas else _TABLE
    for name in signed:
        links[name] = public_url(url_for(f".show_{name}", uuid=release.uuid))
    for name in files:
        links[name] = public_url(url_for(f"reach_files.{name}", release=release.uuid))
    return links


def _tables(release: Released, *, with_deciles: bool) -> dict[str, Any]:
    most = most_cells_of(release)
    return {
        name: {
            "variance": cells[0].variance,
            "smallest_shown": cells[0].smallest_shown,
            "most_cells": most[name],
            "cells": [_cell(cell, with_deciles=with_deciles) for cell in cells],
        }
        for name, cells in release.tables.items()
    }


def _cell(cell: Cell, *, with_deciles: bool) -> dict[str, Any]:
    told = {
        "cell": cell.code,
        "label": cell.label,
        "learners": cell.learners,
        "young_people": cell.young_people,
    }
    return told | ({"decile": cell.decile} if with_deciles else {})
