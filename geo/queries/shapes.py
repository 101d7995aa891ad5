"""Shapes of rows, whether the database has given them back yet or not."""

import shapely
from geoalchemy2 import WKBElement
from geoalchemy2.shape import to_shape


def shape_of(value: WKBElement | str) -> shapely.Geometry:
    """Return a column's shape; a row that was made in this session still holds its words (EWKT)."""
    if isinstance(value, str):
        return shapely.from_wkt(value.rpartition(";")[2])
    return to_shape(value)


def lon_lat_of(value: WKBElement | str) -> tuple[float, float]:
    """Return a point's coordinates: WGS 84 degrees, longitude first."""
    ((lon, lat),) = shapely.get_coordinates(shape_of(value)).tolist()
    return lon, lat
