"""The local authority's pages: whom we reach, where not, and the same numbers to take away.

Numbers come from the cube alone, through `report_db`. City names and outlines of areas are public
and come through the usual session.
"""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.city_read import city_being_read, for_the_authority
from app.db import current_db, report_db
from app.errors import NotFound
from cube import queries
from cube.cells import Cell
from cube.disclosure import chance_of_telling
from cube.queries import Reach, Released
from cube.tables import OLDEST, YOUNGEST
from geo import maps
from geo import queries as geo
from geo.drawing import TOLERANCE_M, draw
from geo.models import City
from reach import drawing, export, sentences
from reach.measures import CLASS_STARTS, Gap, cold_spots, gap_between, map_class

bp = Blueprint("reach", __name__, template_folder="templates")

#: ColorBrewer BuPu, five classes: each is darker than the last, also in black and white.
COLOURS = ("#edf8fb", "#b3cde3", "#8c96c6", "#8856a7", "#810f7c")


@bp.context_processor
def _words() -> dict:
    """Give the templates of this room its sentences, and addresses that keep city and term."""
    return {
        "say": sentences,
        "reach_url": _address,
        "gap_of": _gap_of,
        "YOUNGEST": YOUNGEST,
        "OLDEST": OLDEST,
    }


@bp.get("/reach")
@for_the_authority
def show_reach():
    """Show a term of the city: the officer's own, or the one a platform admin names."""
    if request.args.get("area"):
        return redirect(_address(".show_area", lsoa_code=request.args["area"]), 303)
    city = city_being_read()
    if city is None:
        return render_template("reach/choose_city.html", cities=geo.cities(current_db()))
    reach = _reach_of(city)
    if reach is None:
        return render_template("reach/nothing_yet.html", city=city)
    return render_template(
        "reach/show_reach.html",
        city=city,
        reach=reach,
        gap=_gap_of(reach.term),
        cold_spots=cold_spots(reach.areas, reach.term.city),
        drawn=draw(_outlines(city)),
        by_class=_by_class(reach.areas),
        class_starts=CLASS_STARTS,
        trend_line=drawing.line([_ratio_of(term) for term in reach.terms_so_far]),
        told=round(100 * chance_of_telling(reach.term.rho)),
    )


@bp.get("/reach/<lsoa_code>")
@for_the_authority
def show_area(lsoa_code: str):
    """Show one area of the city, in this term and the others."""
    city, reach = _city_and_reach()
    if lsoa_code not in {area.code for area in reach.areas}:
        raise NotFound(_("We have no numbers for that area."))
    with report_db() as cube:
        over_time = queries.over_time(cube, reach.terms, table="area", code=lsoa_code)
    return render_template(
        "reach/show_area.html",
        city=city,
        reach=reach,
        area=over_time[reach.term.period],
        over_time=over_time,
    )


@bp.get("/reach/table.csv")
@for_the_authority
def download():
    """Answer with every cell of the term."""
    city, reach = _city_and_reach()
    name = f"reach-{city.slug}-{reach.term.period}.csv"
    return Response(
        export.as_csv(reach),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
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
        by_class=_by_class(reach.areas),
        class_starts=CLASS_STARTS,
    )


@bp.get("/reach/map.js")
@for_the_authority
def map_script():
    """Answer with the script of that map: outlines, codes and classes, and no word."""
    city, reach = _city_and_reach()
    outlines = _outlines(city)
    centre, zoom = maps.frame(outlines)
    script = maps.choropleth_script(
        outlines,
        classes={area.code: map_class(area) for area in reach.areas},
        colours=COLOURS,
        centre=centre,
        zoom=zoom,
        label=_("Map of areas. The list has the same information."),
    )
    response = Response(script, mimetype="text/javascript")
    response.add_etag()
    return response.make_conditional(request)


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


def _gap_of(term: Released) -> Gap | None:
    return gap_between(term.deciles)


def _ratio_of(term: Released) -> float | None:
    gap = _gap_of(term)
    return None if gap is None else gap.ratio


def _outlines(city: City) -> dict:
    return geo.outlines_of(current_db(), city, tolerance_m=TOLERANCE_M, by="area")


def _by_class(areas: tuple[Cell, ...]) -> list[tuple[str, list[Cell]]]:
    """Return the areas of each class of the map, hidden ones and those without a rate apart."""
    groups: dict[str, list[Cell]] = {f"class-{n}": [] for n in range(len(CLASS_STARTS))}
    groups |= {"hidden": [], "unknown": []}
    for area in areas:
        if area.is_hidden:
            groups["hidden"].append(area)
        else:
            place = map_class(area)
            groups["unknown" if place is None else f"class-{place}"].append(area)
    return list(groups.items())
