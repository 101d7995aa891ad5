"""The ground that the map of a search stands on: a city's outlines, and nothing that people wrote."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from geo import maps
from geo.models import City
from geo.queries import outlines_of

#: Borders may move this far: on a phone it cannot be seen, and the script is a tenth of the size.
_TOLERANCE_M = 60
#: Areas are loaded once in years; drawing them takes a good part of a second.
_KEPT_FOR = timedelta(hours=1)

#: In a picture as wide as a phone this is less than a pixel.
_TOLERANCE_OF_PICTURE_M = 120

#: Scripts by city and label, each with when it was drawn.
_drawn: dict[tuple[int, str], tuple[datetime, str]] = {}
_outlined: dict[int, tuple[datetime, dict[str, Any]]] = {}


def basemap_script(db: Session, city: City, *, label: str, now: datetime) -> str:
    """Return the script that draws a city for the pins of a list: the same bytes each time.

    :param label: our own words for those who do not see the map.
    """
    drawn_at, script = _drawn.get((city.id, label), (None, ""))
    if drawn_at is None or not drawn_at <= now < drawn_at + _KEPT_FOR:
        script = _draw(db, city, label)
        _drawn[city.id, label] = now, script
    return script


def kept_outlines(db: Session, city: City, *, now: datetime) -> dict[str, Any]:
    """Return a city's outlines for a small picture of it, as GeoJSON."""
    made_at, outlines = _outlined.get(city.id, (None, {}))
    if made_at is None or not made_at <= now < made_at + _KEPT_FOR:
        outlines = outlines_of(db, city, tolerance_m=_TOLERANCE_OF_PICTURE_M)
        _outlined[city.id] = now, outlines
    return outlines


def _draw(db: Session, city: City, label: str) -> str:
    outlines = outlines_of(db, city, tolerance_m=_TOLERANCE_M)
    centre, zoom = maps.frame(outlines)
    return maps.map_script(outlines, centre=centre, zoom=zoom, label=label)
