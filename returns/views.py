"""The authority's returns: as a page, a file and on paper, and the page of one released cell.

Numbers about people come from the cube alone, through `report_db`. What organisations offer and how
many people live somewhere is public and comes through the usual session.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from accounts.city_read import choose_city, city_being_read, for_the_authority
from app import clock
from app.db import current_db, report_db
from app.errors import NotFound
from app.language import current_language
from app.web import public_url
from cube.cells import Cell
from cube.queries import Released
from geo.models import City
from returns import export, paper, wording
from returns.asking import Asked
from returns.document import Name, Return
from returns.enrichment import enrichment
from returns.holidays import holidays
from returns.queries import Chosen, cell_named, chosen
from returns.sufficiency import sufficiency
from returns.tracing import Parts, People
from returns.wording import facts_of
from returns.workplaces import workplaces

bp = Blueprint("returns", __name__, template_folder="templates")

_MAKERS = {
    Name.SUFFICIENCY: sufficiency,
    Name.ENRICHMENT: enrichment,
    Name.HOLIDAYS: holidays,
    Name.WORKPLACES: workplaces,
}
#: One of the returns, in an address.
_NAME = f"<any({', '.join(Name)}):name>"


@bp.context_processor
def _words() -> dict:
    """Give the templates of this room its words, and addresses that keep city and period."""
    return {
        "say": wording,
        "returns_url": _address,
        "source_url": _source_address,
        "cell_url": _cell_address,
        "why_hidden": paper.why_hidden,
    }


@bp.get("/reach/returns")
@for_the_authority
def list_returns():
    """Show which returns there are."""
    city = city_being_read()
    if city is None:
        return choose_city(_("Returns for duties"), ".list_returns")
    found = _chosen(city)
    if found is None:
        return render_template("returns/nothing_yet.html", city=city)
    return render_template(
        "returns/list_returns.html", city=city, chosen=found, about=wording.about_returns()
    )


@bp.get(f"/reach/returns/{_NAME}")
@for_the_authority
def show_return(name: str):
    """Show a return of a school year or a term."""
    city = city_being_read()
    if city is None:
        return choose_city(_("Returns for duties"), ".show_return", name=name)
    found = _chosen(city)
    if found is None:
        return render_template("returns/nothing_yet.html", city=city)
    return render_template(
        "returns/show_return.html", city=city, chosen=found, made=_made(name, city, found.term)
    )


@bp.get(f"/reach/returns/{_NAME}.csv")
@for_the_authority
def download(name: str):
    """Answer with every number of a return, each with its cells."""
    city, term = _city_and_term()
    return _file(export.as_csv(_made(name, city, term), term), "text/csv", city, name, term, "csv")


@bp.get(f"/reach/returns/{_NAME}.pdf")
@for_the_authority
def download_paper(name: str):
    """Answer with a return on paper."""
    city, term = _city_and_term()
    pdf = paper.as_pdf(
        _made(name, city, term),
        term,
        city=city.name_in(current_language()),
        facts=facts_of(term),
        address=lambda parts, cell: public_url(_cell_address(parts, cell)),
        language=current_language(),
    )
    return _file(pdf, "application/pdf", city, name, term, "pdf")


@bp.get("/reach/returns/cell/<uuid:release>/<table>/<cell>")
@for_the_authority
def show_cell(release: UUID, table: str, cell: str):
    """Show one released cell: what it says, of which period and version, and how it was made."""
    city = _city()
    with report_db() as cube:
        term, found = cell_named(cube, release, table, cell, city_id=city.id)
    return render_template("returns/show_cell.html", city=city, term=term, table=table, cell=found)


def _made(name: str, city: City, term: Released) -> Return:
    return _MAKERS[Name(name)](Asked(current_db(), city, term, clock.now()))


def _chosen(city: City) -> Chosen | None:
    with report_db() as cube:
        return chosen(cube, city_id=city.id, period=request.args.get("period"))


def _city() -> City:
    city = city_being_read()
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def _city_and_term() -> tuple[City, Released]:
    city = _city()
    found = _chosen(city)
    if found is None:
        raise NotFound(_("Nothing has been released yet."))
    return city, found.term


def _file(
    content: str | bytes, mimetype: str, city: City, what: str, term: Released, ending: str
) -> Response:
    name = f"{what}-{city.slug}-{term.period}.{ending}"
    return Response(
        content,
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _address(endpoint: str, **values: Any) -> str:
    """Return an address of this room that keeps the city and the period being read."""
    for name in ("city", "period"):
        values.setdefault(name, request.args.get(name) or None)
    return url_for(endpoint, **values)


def _cell_address(parts: Parts, cell: Cell) -> str:
    return url_for(
        ".show_cell",
        release=parts.release,
        table=parts.table,
        cell=cell.code,
        city=request.args.get("city") or None,
    )


def _source_address(made: Return, value: People) -> str:
    """Return where a number's reference leads: to its one cell, or to the list of several."""
    if value.of is None and len(value.parts.cells) == 1:
        return _cell_address(value.parts, value.parts.cells[0])
    return f"#from-{made.reference(value)}"
