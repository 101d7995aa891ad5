"""Spatial expressions that the rooms above compose into their own queries."""

from sqlalchemy import ColumnElement, func

from geo.models import Place
from geo.queries.shapes import lon_lat_of


def metres_from(lon: float, lat: float) -> ColumnElement[float]:
    """Return the distance in metres, over the ground, from a WGS 84 point to a `Place`."""
    return func.ST_Distance(Place.point, _here(lon, lat))


def is_within(metres: float, lon: float, lat: float) -> ColumnElement[bool]:
    """Return a condition true of each `Place` no further than `metres` from a WGS 84 point."""
    return func.ST_DWithin(Place.point, _here(lon, lat), metres)


def lon_lat(place: Place) -> tuple[float, float]:
    """Return where a place is: WGS 84 degrees, longitude first."""
    return lon_lat_of(place.point)


def _here(lon: float, lat: float) -> ColumnElement:
    return func.ST_GeogFromText(f"POINT({lon} {lat})")
