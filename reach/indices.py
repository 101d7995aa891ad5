"""The page that tells a school year by several indices of deprivation, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for

from accounts.city_read import city_being_read, for_the_authority
from app.db import current_db, report_db
from app.terms import PeriodKind
from cube import queries
from cube.cells import Cell, sum_of
from cube.queries import Released
from geo import queries as geo
from geo.models import City, DeprivationIndex
from reach import sentences
from reach.measures import Gap, gap_between

bp = Blueprint("reach_indices", __name__)

#: The tables of a release that this page reads.
_TABLES = ("city", "decile", "index")


@dataclass(frozen=True)
class ByIndex:
    """A school year by the deciles of one index."""

    index: DeprivationIndex
    #: From the most deprived tenth on; those that the city has areas in.
    deciles: Sequence[Cell]

    @property
    def gap(self) -> Gap | None:
        return gap_between(self.deciles)

    @property
    def known(self) -> Cell:
        """Return the sum of its deciles: who lives where it says something."""
        return sum_of(self.deciles, code="all", label="all")

    def in_decile(self, decile: int) -> Cell | None:
        return next((cell for cell in self.deciles if cell.decile == decile), None)


@bp.get("/reach/indices")
@for_the_authority
def show_indices():
    """Show the latest school year of a city by each index that was released with it."""
    city = city_being_read()
    if city is None:
        return redirect(url_for("reach.show_reach"), 303)
    year = _latest_year(city)
    columns = list(_by_index(year)) if year else []
    return render_template(
        "reach/show_indices.html",
        city=city,
        say=sentences,
        year=year,
        columns=columns,
        deciles=sorted(
            {cell.decile for column in columns for cell in column.deciles if cell.decile}
        ),
        has_two_editions=_has_two_editions(columns),
        asked={"city": city.slug} if request.args.get("city") else {},
    )


def _latest_year(city: City) -> Released | None:
    with report_db() as cube:
        years = queries.releases_of(cube, city_id=city.id, kind=PeriodKind.YEAR, tables=_TABLES)
    return years[-1] if years else None


def _by_index(year: Released) -> Iterator[ByIndex]:
    """Yield the index that the city reports by, then those it is compared by."""
    cells = {year.edition: list(year.deciles)}
    for cell in year.tables.get("index", ()):
        cells.setdefault(cell.code.partition(":")[0], []).append(cell)
    for slug, of_it in cells.items():
        index = geo.index_named(current_db(), slug)
        if index is not None:
            yield ByIndex(index, sorted(of_it, key=lambda cell: cell.decile or 0))


def _has_two_editions(columns: Sequence[ByIndex]) -> bool:
    """Tell whether two editions of one nation's indices stand side by side."""
    editions = {
        column.index.slug.partition("-")[0]
        for column in columns
        if not column.index.slug.startswith("custom-")
    }
    return len(editions) > 1
