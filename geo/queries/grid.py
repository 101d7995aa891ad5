"""Areas and places on the British national grid, where a distance is a matter of arithmetic.

Distances there are as good as over the ground: within a thousandth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

from geoalchemy2 import Geography, Geometry
from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo.models import Area, City
from geo.queries.areas import lies_in

_GRID, _WGS84 = 27700, 4326
#: A circle is drawn a little wide: the grid and the ground do not agree to the last metre.
_WIDER, _WIDER_M = 1.002, 50


@dataclass(frozen=True)
class Spot:
    """An area, and where its middle is: metres east and north."""

    lsoa_code: str
    name: str
    #: Empty where no lookup that names wards was loaded.
    ward_name: str | None
    east: float
    north: float


@dataclass(frozen=True)
class Circle:
    """A stretch of ground: its middle in metres east and north, and how far it goes."""

    east: float
    north: float
    metres: float


def spots_of(db: Session, city: City) -> list[Spot]:
    """Return the areas of a city on the grid, by code."""
    return _spots(db, lies_in(city))


def spots_within(db: Session, circle: Circle) -> list[Spot]:
    """Return the areas whose middle lies in a circle, and perhaps some just outside it, by code."""
    return _spots(db, within_circle(Area.centre, circle))


def circle_around(spots: Sequence[Spot], metres: float) -> Circle:
    """Return a circle that holds whatever is no further than `metres` from one of `spots`."""
    easts, norths = [spot.east for spot in spots], [spot.north for spot in spots]
    east, north = (min(easts) + max(easts)) / 2, (min(norths) + max(norths)) / 2
    furthest = max(hypot(spot.east - east, spot.north - north) for spot in spots)
    return Circle(east, north, furthest + metres)


def within_circle(point: InstrumentedAttribute, circle: Circle) -> ColumnElement[bool]:
    """Return a condition true of each `point` in a circle, and of some just outside it."""
    middle = func.ST_SetSRID(func.ST_MakePoint(circle.east, circle.north), _GRID)
    on_ground = cast(func.ST_Transform(middle, _WGS84), Geography)
    return func.ST_DWithin(point, on_ground, circle.metres * _WIDER + _WIDER_M)


def on_grid(point: InstrumentedAttribute) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Return how far east and how far north a `point` lies, in metres."""
    there = func.ST_Transform(cast(point, Geometry), _GRID)
    return func.ST_X(there), func.ST_Y(there)


def _spots(db: Session, which: ColumnElement[bool]) -> list[Spot]:
    # Not the areas themselves: their boundaries are long.
    facts = (Area.lsoa_code, Area.name, Area.ward_name, *on_grid(Area.centre))
    found = select(*facts).where(which).order_by(Area.lsoa_code)
    return [Spot(*row) for row in db.execute(found)]
