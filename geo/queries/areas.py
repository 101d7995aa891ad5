"""Areas, the cities they belong to, and the regions that these do."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from geo.models import Area, City, CityDistrict, Region, RegionCity
from geo.queries.shapes import lon_lat_of


def centre_of(db: Session, area: Area) -> tuple[float, float]:
    """Return a point inside the area: WGS 84 degrees, longitude first."""
    db.flush()
    return lon_lat_of(area.centre)


def area_named(db: Session, lsoa_code: str) -> Area | None:
    """Return the area of an official code."""
    return db.get(Area, lsoa_code)


def areas_by_code(db: Session, lsoa_codes: Collection[str]) -> dict[str, Area]:
    """Return the areas of these codes; a code that no loaded area has is absent."""
    found = select(Area).where(Area.lsoa_code.in_(lsoa_codes))
    return {area.lsoa_code: area for area in db.scalars(found)}


def area_at(db: Session, lon: float, lat: float) -> Area | None:
    """Return the area that a WGS 84 point lies in; `None` at sea and where none is loaded.

    A point on a border lies in two areas: the one with the lower code has it.
    """
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    return db.scalar(
        select(Area).where(func.ST_Covers(Area.boundary, point)).order_by(Area.lsoa_code).limit(1)
    )


def areas_of(db: Session, city: City) -> list[Area]:
    """Return the areas of a city, by code."""
    return list(db.scalars(select(Area).where(lies_in(city)).order_by(Area.lsoa_code)))


def lies_in(city: City) -> ColumnElement[bool]:
    """Return a condition true of each `Area` of a city."""
    districts = select(CityDistrict.district_code).where(CityDistrict.city_id == city.id)
    return Area.district_code.in_(districts)


def cities(db: Session) -> list[City]:
    """Return every city, by name."""
    return list(db.scalars(select(City).order_by(City.name, City.id)))


def city_by_slug(db: Session, slug: str) -> City | None:
    """Return the city that addresses call `slug`."""
    # PostgreSQL takes no NUL in a text, and no address has one.
    return None if "\0" in slug else db.scalar(select(City).filter_by(slug=slug))


def city_of_area(db: Session, area: Area) -> City | None:
    """Return the city whose programme covers the area, if one does."""
    covers = CityDistrict.district_code == area.district_code
    return db.scalar(select(City).join(City.districts).where(covers))


def region_by_slug(db: Session, slug: str) -> Region | None:
    """Return the region that addresses call `slug`."""
    return None if "\0" in slug else db.scalar(select(Region).filter_by(slug=slug))


def region_of(db: Session, city: City) -> Region | None:
    """Return the region that a city belongs to, if it does to one."""
    of_it = select(RegionCity.region_id).where(RegionCity.city_id == city.id)
    return db.scalar(select(Region).where(Region.id.in_(of_it)))


def regions(db: Session) -> list[Region]:
    """Return every region, by name."""
    return list(db.scalars(select(Region).order_by(Region.name, Region.id)))
