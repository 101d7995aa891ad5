"""The pages of a region: several cities side by side, and their sum."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import signed_in_user
from accounts.city_read import for_the_authority
from app.db import current_db, report_db
from app.errors import NotFound
from app.language import current_language
from app.spreadsheet import as_csv
from cube import queries
from cube.cells import Cell
from cube.queries import Released
from geo import queries as geo
from geo.models import City, Region
from reach import sentences
from reach.together import Member, Together
from reach.whose import may_open, region_being_read

bp = Blueprint("reach_regions", __name__)

COLUMNS = (
    *("what", "name", "decile", "young_people", "took_part", "per_1000", "hidden", "sigma"),
    *("term", "first_day", "day_after"),
)


@bp.get("/reach/region")
@for_the_authority
def show_region():
    """Show each city of a region in a term, and what they add up to."""
    region = region_being_read()
    if region is None:
        return render_template("reach/choose_region.html", regions=geo.regions(current_db()))
    terms = _terms_of(region)
    return render_template(
        "reach/show_region.html",
        region=region,
        own_city=signed_in_user().city,
        say=sentences,
        periods=_periods(terms),
        together=_together(region, terms),
        download=url_for(".download", **_asked()),
    )


@bp.get("/reach/region/table.csv")
@for_the_authority
def download():
    """Answer with the numbers of that page."""
    region = region_being_read()
    together = _together(region, _terms_of(region)) if region else None
    if region is None or together is None:
        raise NotFound(_("Nothing has been released yet."))
    name = f"reach-{region.slug}-{together.terms[0].period}.csv"
    return Response(
        as_csv([COLUMNS, *_rows(together)]),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked() -> dict[str, Any]:
    return {name: request.args[name] for name in ("region", "period") if request.args.get(name)}


def _terms_of(region: Region) -> dict[City, tuple[Released, ...]]:
    """Return what each city of a region has released, by term, oldest first."""
    cities = list(region.cities)  # asked of the usual session: that of reports knows no city
    with report_db() as cube:
        return {city: _of_city(cube, city) for city in cities}


def _of_city(cube: Session, city: City) -> tuple[Released, ...]:
    return queries.releases_of(cube, city_id=city.id)


def _periods(terms: dict[City, tuple[Released, ...]]) -> list[Released]:
    """Return one of each term that any city has released, the newest first.

    A sum of one city that the reader may not open would be its own numbers under another name.
    """
    found: dict[str, list[tuple[City, Released]]] = {}
    for city, released in terms.items():
        for term in released:
            found.setdefault(term.period, []).append((city, term))
    shown = [of_it[-1][1] for of_it in found.values() if len(of_it) > 1 or may_open(of_it[0][0])]
    return sorted(shown, key=lambda term: term.starts_on, reverse=True)


def _together(region: Region, terms: dict[City, tuple[Released, ...]]) -> Together | None:
    """Return the term asked for, or the newest; `None` before any city has released one.

    :raises NotFound: no city has released that term.
    """
    known = [term.period for term in _periods(terms)]
    wanted = request.args.get("period") or next(iter(known), None)
    if wanted is None:
        return None
    if wanted not in known:
        raise NotFound(_("There are no numbers for that period."))
    language = current_language()
    return Together(
        name=region.name_in(language),
        members=[
            Member(
                slug=city.slug,
                name=city.name_in(language),
                term=next((term for term in released if term.period == wanted), None),
                is_open=may_open(city),
            )
            for city, released in terms.items()
        ],
    )


def _rows(together: Together) -> Iterator[list[object]]:
    when = [getattr(together.terms[0], name) for name in ("period", "starts_on", "ends_on")]
    for member in together.counted:
        if member.is_open and member.term:
            yield [*_row("city", member.name, member.term.city), *when]
    for member in together.missing:
        yield ["missing", member.name, *[None] * 6, *when]
    yield [*_row("sum", together.name, together.all), *when]
    if together.is_on_one_ground:
        for cell in together.deciles:
            yield [*_row("decile", together.name, cell), *when]
        for fifth in together.fifths:
            yield [*_row("fifth", sentences.deciles_of(fifth), fifth.total), *when]


def _row(what: str, name: str, cell: Cell) -> list[object]:
    return [
        *(what, name, cell.decile, cell.young_people, cell.learners, cell.per_thousand),
        *("yes" if cell.is_hidden else "no", f"{cell.sigma:.1f}"),
    ]
