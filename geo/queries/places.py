"""Spatial expressions that the rooms above compose into their own queries."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from geo.models import Area, Place
from geo.queries.shapes import lon_lat_of

#: How many of the nearest areas are looked at for the names around a place.
_AREAS_AROUND = 30


def metres_from(lon: float, lat: float) -> ColumnElement[float]:
    """Return the distance in metres, over the ground, from a WGS 84 point to a `Place`."""
    return func.ST_Distance(Place.point, _here(lon, lat))


def is_within(metres: float, lon: float, lat: float) -> ColumnElement[bool]:
    """Return a condition true of each `Place` no further than `metres` from a WGS 84 point."""
    return func.ST_DWithin(Place.point, _here(lon, lat), metres)


def lon_lat(place: Place) -> tuple[float, float]:
    """Return where a place is: WGS 84 degrees, longitude first."""
    return lon_lat_of(place.point)


def wards_beside(db: Session, place: Place, *, limit: int = 2) -> Sequence[str]:
    """Return the names of the wards nearest to a place, its own left out, nearest first.

    Empty where no lookup that names wards was loaded.
    """
    metres = Area.centre.op("<->")(_here(*lon_lat(place))).label("metres")
    own = select(Area.ward_name).where(Area.lsoa_code == place.lsoa_code).scalar_subquery()
    # A ward has five or six areas: so many of the nearest hold a few wards, and come by the index.
    nearest = (
        select(Area.ward_name, metres)
        .where(Area.ward_name.is_not(None))
        .order_by(metres)
        .limit(_AREAS_AROUND)
        .subquery()
    )
    found = (
        select(nearest.c.ward_name)
        .where(nearest.c.ward_name != own)
        .group_by(nearest.c.ward_name)
        .order_by(func.min(nearest.c.metres), nearest.c.ward_name)
        .limit(limit)
    )
    return db.scalars(found).all()


def _here(lon: float, lat: float) -> ColumnElement:
    return func.ST_GeogFromText(f"POINT({lon} {lat})")
