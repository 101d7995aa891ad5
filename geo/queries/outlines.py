"""Outlines for drawing: codes and shapes, never a name."""

import math
from typing import Any, Literal

import numpy as np
import shapely
from sqlalchemy.orm import Session

from geo.models import Area, City
from geo.queries.areas import areas_of
from geo.queries.shapes import shape_of


def outlines_of(
    db: Session, city: City, *, tolerance_m: float, by: Literal["ward", "area"] | None = None
) -> dict[str, Any]:
    """Return the outlines of a city as a GeoJSON FeatureCollection, by code.

    Each feature carries its official code, as `id` and as `properties.code`, and no name.
    Neighbours keep one border between them, however much it is simplified. For drawing only: a
    point may fall on the wrong side of a simplified border.

    :param tolerance_m: how far a border may move, in metres.
    :param by: wards or areas; when not said, wards if every area knows its own.
    """
    areas = areas_of(db, city)
    by = by or ("ward" if all(area.ward_code for area in areas) else "area")
    shapes = _by_code(areas, by)
    simplified = _simplified(list(shapes.values()), tolerance_m)
    features = [_feature(code, shape) for code, shape in zip(shapes, simplified, strict=True)]
    return {"type": "FeatureCollection", "features": features}


def _by_code(areas: list[Area], by: str) -> dict[str, shapely.Geometry]:
    parts: dict[str, list[shapely.Geometry]] = {}
    for area in areas:
        code = area.ward_code if by == "ward" else area.lsoa_code
        if code:
            parts.setdefault(code, []).append(shape_of(area.boundary))
    return {code: shapely.union_all(parts[code]) for code in sorted(parts)}


def _simplified(shapes: list[shapely.Geometry], tolerance_m: float) -> list[shapely.Geometry]:
    if not shapes or tolerance_m <= 0:
        return shapes
    scale = np.array(_metres_per_degree(shapes[0].centroid.y))
    in_metres = [shapely.transform(shape, lambda lonlat: lonlat * scale) for shape in shapes]
    # The measure of coverage_simplify is the square root of the area that a corner may lose.
    simpler = shapely.coverage_simplify(in_metres, tolerance_m)
    return [shapely.transform(shape, lambda xy: xy / scale) for shape in simpler]


def _metres_per_degree(lat: float) -> tuple[float, float]:
    return 111_320 * math.cos(math.radians(lat)), 111_320


def _feature(code: str, shape: shapely.Geometry) -> dict[str, Any]:
    geometry = _rounded(shapely.geometry.mapping(shape))
    return {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": geometry}


def _rounded(value: Any) -> Any:
    """Return a GeoJSON geometry with five decimals of a degree, which is about a metre."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, tuple | list) else value
