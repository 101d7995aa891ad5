"""The wards of a city, and the middle of each city: what a small map stands on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from geoalchemy2 import Geometry
from sqlalchemy import cast, func, select
from sqlalchemy.orm import Session

from geo.models import Area, City, CityDistrict
from geo.queries.areas import lies_in


@dataclass(frozen=True)
class Ward:
    """A ward, by its official code; or one area, where no lookup that names wards was loaded."""

    code: str
    name: str
    lsoa_codes: frozenset[str]
    #: The area nearest to the middle of it.
    middle: str


def wards_of(db: Session, city: City) -> list[Ward]:
    """Return the wards of a city by name; its areas, unless every area knows its ward.

    They carry the codes that `outlines_of` draws.
    """
    centre = cast(Area.centre, Geometry)
    rows = db.execute(
        select(
            Area.lsoa_code,
            Area.name,
            Area.ward_code,
            Area.ward_name,
            func.ST_X(centre).label("lon"),
            func.ST_Y(centre).label("lat"),
        )
        .where(lies_in(city))
        .order_by(Area.lsoa_code)
    ).all()
    has_wards = all(row.ward_code for row in rows)
    parts = defaultdict(list)
    for row in rows:
        code, name = (row.ward_code, row.ward_name) if has_wards else (row.lsoa_code, row.name)
        parts[code, name or row.name].append(row)
    wards = [
        Ward(code, name, frozenset(row.lsoa_code for row in areas), _in_the_middle(areas))
        for (code, name), areas in parts.items()
    ]
    return sorted(wards, key=lambda ward: (ward.name, ward.code))


def middles_of_cities(db: Session) -> dict[int, tuple[float, float]]:
    """Return the middle of each city by its id: WGS 84 degrees, longitude first."""
    centre = cast(Area.centre, Geometry)
    middles = (
        select(
            CityDistrict.city_id,
            func.avg(func.ST_X(centre)).label("lon"),
            func.avg(func.ST_Y(centre)).label("lat"),
        )
        .join(Area, Area.district_code == CityDistrict.district_code)
        .group_by(CityDistrict.city_id)
    )
    return {city_id: (lon, lat) for city_id, lon, lat in db.execute(middles)}


def _in_the_middle(areas: Sequence) -> str:
    lon = sum(area.lon for area in areas) / len(areas)
    lat = sum(area.lat for area in areas) / len(areas)
    # Within a ward it makes no odds that a degree of longitude is the shorter.
    nearest = min(areas, key=lambda area: (area.lon - lon) ** 2 + (area.lat - lat) ** 2)
    return nearest.lsoa_code
