"""Writing maps as scripts of their own: codes, points and numbers, never a word that people typed.

folium writes popup and tooltip text into JavaScript template literals, so that a title such as
`${...}` would run in every visitor's browser, escaped or not. So no text of any file or person
enters here, not even the name of a ward: the list beside the map carries the words. The page
loads Leaflet and its own script from our own host; folium's content delivery networks are cut off.

This is the only file that says latitude first, as folium and Leaflet do.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

#: What `outlines` is: a GeoJSON FeatureCollection whose features carry an official code as `id`.
Outlines = Mapping[str, Any]
#: Longitude first, WGS 84 degrees.
Point = tuple[float, float]

_CODE = re.compile(r"[A-Z][0-9]{8}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_BORDER = "#3c3c3c"
_NO_VALUE = "#ffffff"
#: Side of a map tile, and how close a map of a city gets.
_TILE_PX, _CLOSEST = 256, 15


class PageMap(folium.Map):
    """A map that asks nothing of any other host."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class AttachList(MacroElement):
    """Hand the finished map to our own script, which puts the pins of the page's list on it."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "tirnod.attach({{ this._parent.get_name() }}, {{ this.options }});"
        "{% endmacro %}"
    )

    def __init__(self, label: str):
        super().__init__()
        self._name = "attach_list"
        self.options = _json_for_script({"label": label})


def map_script(outlines: Outlines, *, centre: Point, zoom: int, label: str) -> str:
    """Return the script that draws outlines and calls `tirnod.attach(map_0, {label})`.

    The same input gives the same text, so that a browser may keep it. The page holds an element
    with the id `map_0`, and has loaded Leaflet and the script that defines `tirnod`.

    :param label: our own words for those who do not see the map.
    :raises ValueError: a feature has no official code, or something that is not a number.
    """

    def style(_feature: dict) -> dict[str, Any]:
        return {
            "className": "area-outline",
            "color": _BORDER,
            "weight": 1,
            "fill": False,
        }

    return _script(outlines, style, centre=centre, zoom=zoom, label=label)


def choropleth_script(
    outlines: Outlines,
    *,
    classes: Mapping[str, int | None],
    colours: Sequence[str],
    centre: Point,
    zoom: int,
    label: str,
) -> str:
    """Return the script that fills each area with the colour of its class; otherwise `map_script`.

    Each path carries the class name `area-class-<n>`, or `area-class-none`, for the style sheet.

    :param classes: a position in `colours` for each official code; `None`, or no entry, is an area
        of which nothing is published.
    :param colours: as `#rrggbb`, in lower case.
    :raises ValueError: a colour, a class or a code is not of its kind.
    """
    if not all(_COLOUR.fullmatch(colour) for colour in colours):
        raise ValueError("Colours are written #rrggbb, in lower case.")
    fills = {code: _fill(number, colours) for code, number in classes.items()}

    def style(feature: dict) -> dict[str, Any]:
        name, colour = fills.get(feature["id"], _fill(None, colours))
        return {
            "className": name,
            "color": _BORDER,
            "weight": 0.5,
            "fillColor": colour,
            "fillOpacity": 0.75,
        }

    return _script(outlines, style, centre=centre, zoom=zoom, label=label)


def frame(outlines: Outlines, *, width_px: int = 640, height_px: int = 480) -> tuple[Point, int]:
    """Return the centre, and the closest zoom at which a map of this size shows every outline."""
    points = [point for feature in outlines["features"] for point in _points(feature["geometry"])]
    if not points:
        raise ValueError("There is nothing to frame.")
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    # How much of the world's width and height the outlines take, in Web Mercator.
    across = max((east - west) / 360, 1e-9)
    down = max((_mercator(north) - _mercator(south)) / (2 * math.pi), 1e-9)
    zoom = min(math.log2(width_px / _TILE_PX / across), math.log2(height_px / _TILE_PX / down))
    centre = (round((west + east) / 2, 5), round((south + north) / 2, 5))
    return centre, max(0, min(_CLOSEST, math.floor(zoom)))


def _script(
    outlines: Outlines,
    style: Callable[[dict], dict[str, Any]],
    *,
    centre: Point,
    zoom: int,
    label: str,
) -> str:
    lon, lat = centre
    page_map = PageMap(location=(float(lat), float(lon)), zoom_start=int(zoom), tiles=None)
    bare = _bare(outlines)
    if bare["features"]:
        drawn = folium.GeoJson(bare, style_function=style, interactive=False)
        drawn.add_to(page_map)
    AttachList(label).add_to(page_map)
    _number(page_map)
    figure = cast(Figure, page_map.get_root())
    figure.render()
    return figure.script.render()


def _fill(number: int | None, colours: Sequence[str]) -> tuple[str, str]:
    """Return the class name and the colour of a class."""
    if number is None:
        return "area-class-none", _NO_VALUE
    if not 0 <= int(number) < len(colours):
        raise ValueError(f"There is no colour for class {number}.")
    return f"area-class-{int(number)}", colours[int(number)]


def _bare(outlines: Outlines) -> dict[str, Any]:
    """Return new outlines made of codes and numbers alone, whatever else the old ones carried."""
    features = [
        {
            "type": "Feature",
            "id": _code(feature["id"]),
            "properties": {},
            "geometry": _bare_geometry(feature["geometry"]),
        }
        for feature in outlines["features"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError("A feature's id is an official code.")
    return value


def _bare_geometry(geometry: Mapping[str, Any]) -> dict[str, Any]:
    kind = geometry["type"]
    if kind not in {"Polygon", "MultiPolygon"}:
        raise ValueError("An outline is a Polygon or a MultiPolygon.")
    return {"type": kind, "coordinates": _numbers(geometry["coordinates"])}


def _numbers(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_numbers(each) for each in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("Coordinates are numbers.")
    return value


def _points(geometry: Mapping[str, Any]) -> Iterator[Point]:
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    for polygon in polygons:
        for lon, lat, *_ in polygon[0]:
            yield lon, lat


def _mercator(lat: float) -> float:
    return math.asinh(math.tan(math.radians(lat)))


def _number(element: Element) -> None:
    """Give each element of a map the number of its place; folium's own ids are random."""
    for number, each in enumerate(list(_descendants(element))):
        each._id = str(number)


def _descendants(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _descendants(child)


def _json_for_script(value: Any) -> str:
    """Return JSON that stays data wherever a script stands; other scripts' letters are escaped."""
    written = json.dumps(value, sort_keys=True)
    for mark in "<>&":
        written = written.replace(mark, f"\\u{ord(mark):04x}")
    return written
