"""A map as a picture: for pages of others, where no script runs and forty kilobytes are the limit."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720, 400
#: Room for the pins, which stick out.
_MARGIN = 40
#: Never closer than this many degrees of latitude across: about two kilometres.
_CLOSEST = 0.02

Point = tuple[float, float]


@dataclass(frozen=True)
class Picture:
    """Where things stand in it, in its own units from the top left."""

    #: Outlines as the `d` of an SVG path.
    outlines: Sequence[str]
    #: In the order of the points given.
    pins: Sequence[tuple[int, int]]
    width: int = WIDTH
    height: int = HEIGHT


def picture_of(points: Sequence[Point], outlines: dict[str, Any]) -> Picture | None:
    """Return the stretch of the map that all points lie in; None where there are none.

    :param points: WGS 84 degrees, longitude first.
    :param outlines: a GeoJSON FeatureCollection of polygons, to know the place by.
    """
    if not points:
        return None
    frame = _Frame.around(points)
    paths = [path for ring in _rings(outlines) if (path := frame.path(ring))]
    return Picture(paths, [frame.place(point) for point in points])


@dataclass(frozen=True)
class _Frame:
    lon: float
    lat: float
    #: Units for a degree of longitude, and of latitude.
    per_lon: float
    per_lat: float

    @classmethod
    def around(cls, points: Sequence[Point]) -> "_Frame":
        lons, lats = [lon for lon, _lat in points], [lat for _lon, lat in points]
        lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
        # A degree of longitude is shorter than one of latitude.
        shrink = math.cos(math.radians(lat))
        across = max((max(lons) - min(lons)) * shrink, _CLOSEST)
        down = max(max(lats) - min(lats), _CLOSEST)
        scale = min((WIDTH - 2 * _MARGIN) / across, (HEIGHT - 2 * _MARGIN) / down)
        return cls(lon, lat, scale * shrink, scale)

    def place(self, point: Point) -> tuple[int, int]:
        lon, lat = point
        x, y = (lon - self.lon) * self.per_lon, (self.lat - lat) * self.per_lat
        return round(WIDTH / 2 + x), round(HEIGHT / 2 + y)

    def path(self, ring: Sequence[Point]) -> str:
        """Return a ring as SVG draws it; nothing where none of it is in the picture."""
        placed = list(dict.fromkeys(self.place((point[0], point[1])) for point in ring))
        xs, ys = [x for x, _y in placed], [y for _x, y in placed]
        is_seen = min(xs) < WIDTH and max(xs) > 0 and min(ys) < HEIGHT and max(ys) > 0
        if not is_seen or len(placed) < 3:
            return ""
        return "M" + "L".join(f"{x} {y}" for x, y in placed) + "Z"


def _rings(outlines: dict[str, Any]) -> Iterator[Sequence[Point]]:
    for feature in outlines["features"]:
        geometry = feature["geometry"]
        is_one = geometry["type"] == "Polygon"
        for polygon in [geometry["coordinates"]] if is_one else geometry["coordinates"]:
            yield polygon[0]
