"""Where the demo's learners can live: the areas of a city, with what decides how many come."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoalchemy2 import Geometry
from sqlalchemy import cast, func, select
from sqlalchemy.orm import Session

from geo.models import Area, City, Postcode
from geo.queries import areas_of, deciles, young_people

EDITION = "iod2025"
POPULATION = "census2021"
#: Where an area's decile or population is unknown: the middle, and a usual number.
_USUAL_DECILE = 5
_USUAL_YOUNG_PEOPLE = 250


@dataclass(frozen=True)
class Home:
    """One area, as a place to live."""

    lsoa_code: str
    ward: str
    #: WGS 84, longitude first.
    point: tuple[float, float]
    #: 1 is the most deprived tenth.
    decile: int
    young_people: int


def homes_of(db: Session, city: City) -> list[Home]:
    """Return the areas of a city by code."""
    codes = sorted(area.lsoa_code for area in areas_of(db, city))
    decile_of = deciles(db, EDITION, codes)
    young_people_of = young_people(db, POPULATION, codes)
    return [
        Home(
            lsoa_code=code,
            ward=ward or "",
            point=(lon, lat),
            decile=decile_of.get(code, _USUAL_DECILE),
            young_people=young_people_of.get(code, _USUAL_YOUNG_PEOPLE),
        )
        for code, ward, lon, lat in _centres(db, codes)
    ]


def doorsteps(db: Session, lsoa_codes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the point of every postcode of these areas: somewhere a front door could be."""
    listed = (
        select(Postcode.postcode, Postcode.lon, Postcode.lat)
        .where(Postcode.lsoa_code.in_(lsoa_codes))
        .order_by(Postcode.postcode)
    )
    return {postcode: (lon, lat) for postcode, lon, lat in db.execute(listed)}


def _centres(db: Session, codes: Sequence[str]):
    centre = cast(Area.centre, Geometry)
    return db.execute(
        select(Area.lsoa_code, Area.ward_name, func.ST_X(centre), func.ST_Y(centre))
        .where(Area.lsoa_code.in_(codes))
        .order_by(Area.lsoa_code)
    )
