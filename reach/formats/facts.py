"""What each format says of a number, and of how it was made. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import shapely

from cube.cells import Cell
from cube.queries import Released
from geo.models import City
from opportunities.openapi import LICENCE
from reach.sentences import edition_name, population_name


def values_of(cell: Cell) -> dict[str, Any]:
    """Return a cell by the names that every format gives its columns; what is hidden is `None`."""
    return {
        "code": cell.code,
        "name": cell.label,
        "decile": cell.decile,
        "young_people": cell.young_people,
        "took_part": cell.learners,
        "per_1000": cell.per_thousand,
        "hidden": cell.is_hidden,
        "smallest_shown": cell.smallest_shown,
        "standard_deviation": cell.sigma,
    }


def instant_of(release: Released) -> str:
    """Return when a release was published, as every format writes it: `2026-09-22T02:20:00+00:00`."""
    return release.released_at.astimezone(UTC).isoformat(timespec="seconds")


def facts_of(release: Released, *, city: City, source: str) -> dict[str, Any]:
    """Return how a release was made, by name.

    :param source: where whoever holds a file finds where it came from.
    """
    return {
        "release": str(release.uuid),
        "city": city.name,
        "period": release.period,
        "first_day": release.starts_on.isoformat(),
        "day_after": release.ends_on.isoformat(),
        "version": release.version,
        "reason": release.reason,
        "released_at": instant_of(release),
        "deprivation": edition_name(release.edition),
        "population": population_name(release.population),
        "rho": release.rho,
        "licence": LICENCE,
        "source": source,
    }


@dataclass(frozen=True)
class AreaTable:
    """The areas of a release, each with its outline, and how it all was made."""

    facts: Mapping[str, Any]
    rows: tuple[dict[str, Any], ...]
    #: In the order of the rows: WGS 84 degrees, longitude first; `None` where no border is known.
    outlines: tuple[shapely.Geometry | None, ...]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


def area_table(
    areas: Iterable[Cell], facts: Mapping[str, Any], outlines: Mapping[str, Any]
) -> AreaTable:
    """Return areas with their outlines.

    :param outlines: a GeoJSON FeatureCollection, each feature named by its code.
    """
    areas = tuple(areas)
    shapes = {each["id"]: _turned(each["geometry"]) for each in outlines["features"]}
    # All areas stand in one table, whose numbers were all made safe in the same way.
    safe = {"smallest_shown": areas[0].smallest_shown, "standard_deviation": areas[0].sigma}
    return AreaTable(
        facts={**facts, **safe},
        rows=tuple(values_of(area) for area in areas),
        outlines=tuple(shapes.get(area.code) for area in areas),
    )


def _turned(geometry: Mapping[str, Any]) -> shapely.Geometry:
    """Return an outline whose rings turn as GeoJSON and GeoParquet ask: the outer one to the left."""
    return shapely.orient_polygons(shapely.geometry.shape(geometry))
