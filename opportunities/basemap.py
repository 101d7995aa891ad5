"""The ground that the map of a search stands on: a city's outlines, and nothing that people wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.kept import Kept
from geo import maps
from geo.drawing import Drawing, dot, draw
from geo.models import City
from geo.queries import Ward, middles_of_cities, outlines_of, wards_of

#: Borders may move this far: on a phone it cannot be seen, and the script is a tenth of the size.
_TOLERANCE_M = 60
#: And in a drawing that nobody can zoom, this far.
_COARSE_M = 250
#: Areas are loaded once in years; drawing them takes a good part of a second.
_drawn = Kept(timedelta(hours=1), most=1_000)

#: In a picture as wide as a phone this is less than a pixel.
_TOLERANCE_OF_PICTURE_M = 120


@dataclass(frozen=True)
class Ground:
    """A city as a drawing, and the wards that it shows."""

    drawing: Drawing
    wards: Sequence[Ward]


def basemap_script(db: Session, city: City, *, label: str, now: datetime) -> str:
    """Return the script that draws a city for the pins of a list: the same bytes each time.

    :param label: our own words for those who do not see the map.
    """
    return _drawn.get((city.id, label), now, lambda: _draw(db, city, label))


def ground_of(db: Session, city: City, *, now: datetime) -> Ground:
    """Return the wards of a city, drawn small."""

    def drawn() -> Ground:
        outlines = outlines_of(db, city, tolerance_m=_COARSE_M)
        return Ground(draw(outlines), wards_of(db, city))

    return _drawn.get(city.id, now, drawn)


def country(db: Session, *, now: datetime) -> Drawing:
    """Return where the cities lie, by id, as a drawing."""

    def drawn() -> Drawing:
        return dot({str(city_id): point for city_id, point in middles_of_cities(db).items()})

    return _drawn.get("country", now, drawn)


def kept_outlines(db: Session, city: City, *, now: datetime) -> dict[str, Any]:
    """Return a city's outlines for a small picture of it, as GeoJSON."""

    def outlined() -> dict[str, Any]:
        return outlines_of(db, city, tolerance_m=_TOLERANCE_OF_PICTURE_M)

    return _drawn.get(("outlines", city.id), now, outlined)


def _draw(db: Session, city: City, label: str) -> str:
    outlines = outlines_of(db, city, tolerance_m=_TOLERANCE_M)
    centre, zoom = maps.frame(outlines)
    return maps.map_script(outlines, centre=centre, zoom=zoom, label=label)
