"""Drawing in SVG: outlines of areas as paths, and the line of a trend. Knows shapes, no numbers.

The drawings carry no text and no style: text in an SVG shrinks with it on a phone, and the pages
allow no inline style. What an area's colour means stands in a class, which the page adds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from shapely.geometry import shape

#: Width of a drawing in its own units; fine enough for a screen 1,000 pixels wide.
WIDTH = 1000
LINE_WIDTH, LINE_HEIGHT = 600, 120
#: How far a border may move, in metres: a pixel or two of a city's map.
TOLERANCE_M = 90


@dataclass(frozen=True)
class Drawing:
    """Paths by area code, and a point inside each, in units of `width` and `height`."""

    width: int
    height: int
    paths: Mapping[str, str]
    centres: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Line:
    """A path, and the height at which it would show 1; 0 is at the bottom."""

    path: str
    one: int


def draw(outlines: Mapping[str, Any]) -> Drawing:
    """Return a GeoJSON FeatureCollection as SVG paths, north at the top."""
    shapes = {feature["id"]: shape(feature["geometry"]) for feature in outlines["features"]}
    shapes = {code: outline for code, outline in shapes.items() if not outline.is_empty}
    if not shapes:
        return Drawing(WIDTH, 1, {}, {})
    bounds = [outline.bounds for outline in shapes.values()]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    narrowing = cos(radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrowing)

    def place(lon: float, lat: float) -> tuple[int, int]:
        return round((lon - west) * narrowing * scale), round((north - lat) * scale)

    inside = {code: outline.representative_point() for code, outline in shapes.items()}
    return Drawing(
        width=WIDTH,
        height=max(1, round((north - south) * scale)),
        paths={code: _path(outline, place) for code, outline in shapes.items()},
        centres={code: place(point.x, point.y) for code, point in inside.items()},
    )


def line(values: Sequence[float | None]) -> Line | None:
    """Return a line through `values` from left to right, broken where one is not known.

    `None` with fewer than two values to join.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top = max(1.0, *known)
    step = LINE_WIDTH / (len(values) - 1)
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is not None:
            path.append(f"{pen}{round(place * step)} {round(LINE_HEIGHT * (1 - value / top))}")
        pen = "M" if value is None else "L"
    return Line("".join(path), one=round(LINE_HEIGHT * (1 - 1 / top)))


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
