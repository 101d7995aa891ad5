"""The local authority's pages: whom we reach, where not, and the same numbers to take away.

Numbers come from the cube alone, through `report_db`. City names and outlines of areas are public
and come through the usual session.
"""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.city_read import choose_city, city_being_read, for_the_authority
from app.db import current_db, report_db
from app.errors import NotFound
from app.terms import PeriodKind
from app.web import asset_text
from cube import queries
from cube.cells import Cell
from cube.disclosure import chance_of_telling
from cube.queries import Reach, Released
from cube.tables import OLDEST, YOUNGEST
from geo import maps
from geo import queries as geo
from geo.drawing import TOLERANCE_M, draw
from geo.models import City
from provision import queries as provision
from reach import drawing, sentences
from reach.classes import by_class
from reach.drawing import Line
from reach.measures import (
    Gap,
    breaks_in,
    categories_of,
    cold_spots,
    concentration,
    depth_of,
    gap_between,
    leak_in,
    map_class,
    may_be_cold,
    representation,
    told_of,
    way_of,
    wished_of,
)
from reach.whose import region_of_reader
from reach.wording import category_of, name_of

bp = Blueprint("reach", __name__, template_folder="templates")

#: ColorBrewer BuPu, five classes: each is darker than the last, also in black and white.
COLOURS = ("#edf8fb", "#b3cde3", "#8c96c6", "#8856a7", "#810f7c")

_LENGTHS = (PeriodKind.TERM, PeriodKind.YEAR, PeriodKind.MONTH)


@bp.context_processor
def _words() -> dict:
    """Give the templates of this room its sentences, and addresses that keep city and term."""
    return {
        "say": sentences,
        "reach_url": _address,
        "gap_of": _gap_of,
        "leak_in": leak_in,
        "name_of": name_of,
        "category_of": category_of,
        "YOUNGEST": YOUNGEST,
        "OLDEST": OLDEST,
    }


@bp.get("/reach")
@for_the_authority
def show_reach():
    """Show a term of the city: the officer's own, or the one a platform admin names."""
    if request.args.get("area"):
        return redirect(_address(".show_area", code=request.args["area"]), 303)
    city = city_being_read()
    if city is None:
        return choose_city(_("Who we reach"), ".show_reach")
    reach = _reach_of(city)
    if reach is None:
        return render_template("reach/nothing_yet.html", city=city)
    term, so_far = reach.term, reach.terms_so_far
    breaks = breaks_in(so_far)
    spots = cold_spots(reach.areas, term.city)
    with report_db() as cube:
        periods = queries.periods_of(cube, city_id=city.id)
    return render_template(
        "reach/show_reach.html",
        city=city,
        reach=reach,
        periods=queries.by_length(queries.newest_of_each(periods), _LENGTHS),
        gap=_gap_of(term),
        represented={each.cell.code: each.ratio for each in representation(term.deciles)},
        concentration=concentration(term.deciles),
        depth=depth_of(term),
        categories=categories_of(term),
        way=way_of(term),
        said=told_of(term),
        wished=wished_of(term),
        cold_spots=spots,
        maybe_cold=may_be_cold(reach.areas, term.city, spots),
        region=region_of_reader(),
        drawn=draw(_outlines(city)) if reach.areas else None,
        by_class=by_class(reach.areas),
        breaks=breaks,
        trend_line=drawing.line([_ratio_of(each) for each in so_far], breaks),
        last_year=next((each for each in periods if each.kind is PeriodKind.YEAR), None),
        wards=_wards_over(so_far, breaks),
        right_at_most=round(100 * chance_of_telling(term.rho)),
    )


@bp.get("/reach/<code>")
@for_the_authority
def show_area(code: str):
    """Show one area or ward of the city, in this period and the others."""
    city, reach = _city_and_reach()
    table = "ward" if reach.term.cell("ward", code) else "area"
    if reach.term.cell(table, code) is None:
        raise NotFound(_("We have no numbers for that area."))
    with report_db() as cube:
        over_time = queries.over_time(cube, reach.terms, table=table, code=code)
    return render_template(
        f"reach/show_{table}.html",
        city=city,
        reach=reach,
        area=over_time[reach.term.period],
        over_time=over_time,
        **_around(city, reach, table, code),
    )


@bp.get("/reach/map")
@for_the_authority
def show_map():
    """Show the map that can be zoomed, beside the list that says the same."""
    city, reach = _city_and_reach()
    return render_template(
        "reach/show_map.html",
        city=city,
        reach=reach,
        by_class=by_class(reach.areas),
    )


@bp.get("/reach/map.js")
@for_the_authority
def map_script():
    """Answer with the script of that map: outlines, codes and classes, and no word."""
    city, reach = _city_and_reach()
    response = Response(_map_script(city, reach), mimetype="text/javascript")
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/reach/map.html")
@for_the_authority
def download_map():
    """Answer with the map and its list as one file that opens anywhere and asks for nothing."""
    city, reach = _city_and_reach()
    page = render_template(
        "reach/map_file.html",
        city=city,
        reach=reach,
        by_class=by_class(reach.areas),
        styles=[asset_text(name) for name in ("leaflet.css", "reach.css")],
        scripts=[asset_text("leaflet.js"), asset_text("reach-map.js"), _map_script(city, reach)],
    )
    name = f"reach-{city.slug}-{reach.term.period}.html"
    return Response(
        page,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        mimetype="text/html",
    )


def _map_script(city: City, reach: Reach) -> str:
    outlines = _outlines(city)
    centre, zoom = maps.frame(outlines)
    return maps.choropleth_script(
        outlines,
        classes={area.code: map_class(area) for area in reach.areas},
        colours=COLOURS,
        centre=centre,
        zoom=zoom,
        label=_("Map of areas. The list has the same information."),
    )


def _reach_of(city: City) -> Reach | None:
    with report_db() as cube:
        return queries.reach_of(cube, city_id=city.id, period=request.args.get("period"))


def _city_and_reach() -> tuple[City, Reach]:
    city = city_being_read()
    reach = _reach_of(city) if city else None
    if city is None or reach is None:
        raise NotFound(_("Nothing has been released yet."))
    return city, reach


def _address(endpoint: str, **values: Any) -> str:
    """Return an address of this room that keeps the city and the term being read."""
    for name in ("city", "period"):
        values.setdefault(name, request.args.get(name) or None)
    return url_for(endpoint, **values)


def _around(city: City, reach: Reach, table: str, code: str) -> dict[str, Any]:
    """Return what lies in a ward, or which ward an area lies in."""
    wards = {area.lsoa_code: area.ward_code for area in geo.areas_of(current_db(), city)}
    if table == "ward":
        return {"areas": [area for area in reach.areas if wards.get(area.code) == code]}
    ward = wards.get(code)
    return {
        "ward": reach.term.cell("ward", ward) if ward else None,
        "near": provision.near_area(current_db(), code),
    }


def _wards_over(terms: tuple[Released, ...], breaks: list[int]) -> list[tuple[Cell, Line | None]]:
    """Return each ward of the last period, with the line of its rate; all lines to one scale."""
    last = terms[-1].tables.get("ward", ())
    rates = {cell.code: [_rate_in(term, cell.code) for term in terms] for cell in last}
    highest = max((rate for each in rates.values() for rate in each if rate), default=0.0)
    return [(cell, drawing.line(rates[cell.code], breaks, top=highest)) for cell in last]


def _rate_in(term: Released, ward: str) -> float | None:
    cell = term.cell("ward", ward)
    return cell.rate if cell else None


def _gap_of(term: Released) -> Gap | None:
    return gap_between(term.deciles)


def _ratio_of(term: Released) -> float | None:
    gap = _gap_of(term)
    return None if gap is None else gap.ratio


def _outlines(city: City) -> dict:
    return geo.outlines_of(current_db(), city, tolerance_m=TOLERANCE_M, by="area")
