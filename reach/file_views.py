"""The whole of a release as files, for the officers of its city: each says the same."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask_babel import gettext as _

from accounts.access import requires
from app.db import current_db
from app.errors import NotFound
from app.web import public_url
from cube.queries import Released
from geo import queries as geo
from geo.models import City
from reach.asked import FOR_THE_AUTHORITY, whole_release
from reach.formats import csvw, geojson, geopackage, geoparquet
from reach.formats.facts import AreaTable, area_table, facts_of
from reach.formats.sheet import as_csv

bp = Blueprint("reach_files", __name__)

for_the_authority = requires(*FOR_THE_AUTHORITY)


@bp.get("/reach/table.csv")
@for_the_authority
def table():
    """Answer with every cell of a release; where its metadata are stands in a header."""
    city, release = whole_release()
    described_by = url_for(".table_metadata", release=release.uuid)
    return csv_answer(as_csv(release), city=city, release=release, described_by=described_by)


@bp.get("/reach/table.csv-metadata.json")
@for_the_authority
def table_metadata():
    """Say what each column of that file means, as CSV on the Web."""
    city, release = whole_release()
    url = public_url(url_for(".table", release=release.uuid))
    return metadata_answer(csvw.metadata(release, city=city, url=url, source=source_of(city)))


@bp.get("/reach/areas.geojson")
@for_the_authority
def areas_geojson():
    """Answer with the areas and their outlines, as GeoJSON."""
    return _areas(geojson.as_geojson, geojson.MEDIA_TYPE, "geojson")


@bp.get("/reach/areas.gpkg")
@for_the_authority
def areas_geopackage():
    """Answer with the areas and their outlines, as a GeoPackage."""
    return _areas(geopackage.as_geopackage, geopackage.MEDIA_TYPE, "gpkg")


@bp.get("/reach/areas.parquet")
@for_the_authority
def areas_geoparquet():
    """Answer with the areas and their outlines, as GeoParquet."""
    return _areas(geoparquet.as_geoparquet, geoparquet.MEDIA_TYPE, "parquet")


def source_of(city: City) -> str:
    """Return the page that anybody may read where a file came from."""
    return public_url(url_for("reach_public.show_city", slug=city.slug))


def csv_answer(sheet: str, *, city: City, release: Released, described_by: str) -> Response:
    """Return a CSV file that says where its metadata are."""
    answer = _file(sheet, "text/csv", city=city, release=release, ending="csv")
    answer.headers["Link"] = f'<{described_by}>; rel="describedby"; type="{csvw.MEDIA_TYPE}"'
    return answer


def metadata_answer(metadata: dict[str, Any]) -> Response:
    answer = jsonify(metadata)
    answer.mimetype = csvw.MEDIA_TYPE
    return answer


def _areas(write: Callable[[AreaTable], str | bytes], media_type: str, ending: str) -> Response:
    city, release = whole_release()
    if not release.areas:
        raise NotFound(
            _("There are no numbers of areas for that period: ask for a term or a year.")
        )
    areas = area_table(
        release.areas,
        facts_of(release, city=city, source=source_of(city)),
        geo.outlines_of(current_db(), city, tolerance_m=0, by="area"),
    )
    return _file(write(areas), media_type, city=city, release=release, ending=ending)


def _file(
    content: str | bytes, media_type: str, *, city: City, release: Released, ending: str
) -> Response:
    name = f"reach-{city.slug}-{release.period}.{ending}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=media_type, headers=disposition)
