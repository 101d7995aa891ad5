"""Drawing in SVG: outlines of areas as paths. Knows shapes, no numbers.

The drawings carry no text and no style: text in an SVG shrinks with it on a phone, and the pages
allow no inline style. What an area's colour means stands in a class, which the page adds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from shapely.geometry import shape

#: Width of a drawing in its own units; fine enough for a screen 1,000 pixels wide.
WIDTH = 1000
#: How far a border may move, in metres: a pixel or two of a city's map.
TOLERANCE_M = 90

#: Longitude first, WGS 84 degrees.
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """Paths by area code, and a point inside each, in units of `width` and `height`."""

    width: int
    height: int
    paths: Mapping[str, str]
    centres: Mapping[str, tuple[int, int]]


def draw(outlines: Mapping[str, Any]) -> Drawing:
    """Return a GeoJSON FeatureCollection as SVG paths, north at the top."""
    shapes = {feature["id"]: shape(feature["geometry"]) for feature in outlines["features"]}
    shapes = {code: outline for code, outline in shapes.items() if not outline.is_empty}
    if not shapes:
        return Drawing(WIDTH, 1, {}, {})
    bounds = [outline.bounds for outline in shapes.values()]
    corners = [(b[0], b[1]) for b in bounds] + [(b[2], b[3]) for b in bounds]
    height, place = _paper(corners)
    inside = {code: outline.representative_point() for code, outline in shapes.items()}
    return Drawing(
        width=WIDTH,
        height=height,
        paths={code: _path(outline, place) for code, outline in shapes.items()},
        centres={code: place(point.x, point.y) for code, point in inside.items()},
    )


def dot(points: Mapping[str, Point]) -> Drawing:
    """Return points without outlines as a drawing, north at the top."""
    if not points:
        return Drawing(WIDTH, 1, {}, {})
    height, place = _paper(list(points.values()))
    return Drawing(WIDTH, height, {}, {code: place(*point) for code, point in points.items()})


def _paper(points: Sequence[Point]) -> tuple[int, Callable[[float, float], tuple[int, int]]]:
    """Return the height of a drawing that holds all points, and the function that places one."""
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    narrowing = cos(radians((south + north) / 2))
    # Where all lies on one line from north to south, the height decides.
    scale = WIDTH / (((east - west) * narrowing) or (north - south) or 1)

    def place(lon: float, lat: float) -> tuple[int, int]:
        return round((lon - west) * narrowing * scale), round((north - lat) * scale)

    return max(1, round((north - south) * scale)), place


def _path(outline, place) -> str:
    polygons = getattr(outline, "geoms", [outline])
    return "".join(
        _ring([place(lon, lat) for lon, lat in ring.coords])
        for polygon in polygons
        for ring in (polygon.exterior, *polygon.interiors)
    )


def _ring(points: Sequence[tuple[int, int]]) -> str:
    """Return one closed ring, each point relative to the last: half the bytes of absolute ones."""
    steps = list(_steps(points))
    if len(steps) < 2:
        return ""
    return f"M{points[0][0]} {points[0][1]}l{' '.join(f'{x} {y}' for x, y in steps)}z"


def _steps(points: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    here = points[0]
    for point in points[1:-1]:  # `z` draws the last side
        if point != here:
            yield point[0] - here[0], point[1] - here[1]
            here = point
