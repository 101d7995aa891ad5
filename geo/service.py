"""The rules of making cities, regions and places, and of what a city compares."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from geo.models import AccessFeature, Area, City, CityDistrict, CityIndex, Place, Region
from geo.queries import (
    MOST_COMPARED,
    area_at,
    area_named,
    areas_of,
    city_by_slug,
    editions_of,
    index_named,
    nation_of,
    region_by_slug,
    region_of,
)


def add_city(
    db: Session,
    *,
    slug: str,
    name: str,
    name_cy: str,
    authority_name: str,
    district_codes: Iterable[str],
) -> City:
    """Make a city, or bring the one of that `slug` up to what is said here. Flushes.

    :param district_codes: the official codes of its local authority districts, as in the
        boundaries that were loaded.
    :raises Conflict: no area of a district is loaded, or a district belongs to another city.
    """
    codes = sorted(set(district_codes))
    city = city_by_slug(db, slug) or City(slug=slug, districts=[])
    _refuse_empty_districts(db, codes)
    _refuse_taken_districts(db, codes, city)
    city.name, city.name_cy, city.authority_name = name, name_cy, authority_name
    kept = {district.district_code: district for district in city.districts}
    city.districts = [kept.get(code) or CityDistrict(district_code=code) for code in codes]
    db.add(city)
    db.flush()
    return city


def add_region(
    db: Session, *, slug: str, name: str, name_cy: str, cities: Iterable[City]
) -> Region:
    """Make a region of cities, or bring the one of that `slug` up to what is said here. Flushes.

    :raises Conflict: there are fewer than two, or one belongs to another region.
    """
    members = sorted(set(cities), key=lambda city: (city.name, city.id))
    if len(members) < 2:
        raise Conflict("A region needs at least two cities.")
    region = region_by_slug(db, slug) or Region(slug=slug)
    for city in members:
        owner = region_of(db, city)
        if owner is not None and owner.id != region.id:
            raise Conflict(f"{city.name} belongs to {owner.name} already.")
    region.name, region.name_cy, region.cities = name, name_cy, members
    db.add(region)
    db.flush()
    return region


def compare_indices(db: Session, *, city: City, editions: Sequence[str]) -> None:
    """Have the city's school years compared by these indices from the next release on. Flushes.

    :param editions: three at most, in the order in which pages show them; none for the usual ones.
    :raises Conflict: there are more, one stands twice, or one says nothing of the city's areas.
    """
    if len(set(editions)) < len(editions):
        raise Conflict("Name each index once.")
    if len(editions) > MOST_COMPARED:
        raise Conflict(f"A release compares {MOST_COMPARED} indices at most.")
    for edition in editions:
        _refuse_unfit_index(db, city, edition)
    db.execute(delete(CityIndex).filter_by(city_id=city.id))
    db.add_all(
        CityIndex(city_id=city.id, position=position, edition=edition)
        for position, edition in enumerate(editions, 1)
    )
    db.flush()


def _refuse_unfit_index(db: Session, city: City, edition: str) -> None:
    index, own = index_named(db, edition), nation_of(db, city)
    if index is None:
        raise Conflict(f"There is no index {edition!r}. `flask geo load-index` loads your own.")
    if index.nation is not own:
        raise Conflict(
            f"{index.name} speaks of another nation: what two nations say cannot be compared."
        )
    if edition not in editions_of(db, [area.lsoa_code for area in areas_of(db, city)]):
        raise Conflict(f"No area of {city.name} is in {index.name}. Load it first.")


def add_place(
    db: Session,
    *,
    name: str,
    lon: float,
    lat: float,
    address: str = "",
    step_free: bool = False,
    access: Iterable[AccessFeature] = (),
    lsoa_code: str | None = None,
) -> Place:
    """Make a place at a WGS 84 point. Flushes.

    :param lsoa_code: the area that the place itself is published under, where its source says so;
        otherwise it is the area that the point lies in.
    :raises NotFound: no loaded area is there.
    """
    area = area_named(db, lsoa_code) if lsoa_code else area_at(db, lon, lat)
    if area is None:
        raise NotFound(_("That place is outside the areas that we know."))
    place = Place(
        name=name,
        address=address,
        step_free=step_free,
        access=list(access),
        point=f"SRID=4326;POINT({lon!r} {lat!r})",
        area=area,
    )
    db.add(place)
    db.flush()
    return place


def move_place(db: Session, place: Place, *, lon: float, lat: float, lsoa_code: str) -> None:
    """Say that a place lies at another WGS 84 point, in an area that is loaded. Flushes."""
    point = f"SRID=4326;POINT({lon!r} {lat!r})"
    db.execute(update(Place).filter_by(id=place.id).values(point=point, lsoa_code=lsoa_code))
    db.refresh(place)


def _refuse_empty_districts(db: Session, codes: list[str]) -> None:
    if not codes:
        raise Conflict("A city needs at least one district. Give its official code.")
    known = set(
        db.scalars(select(Area.district_code).where(Area.district_code.in_(codes)).distinct())
    )
    empty = [code for code in codes if code not in known]
    if empty:
        raise Conflict(
            f"No area of {', '.join(empty)} is loaded. Load the boundaries first, and give the "
            "district code that they carry: codes change from year to year."
        )


def _refuse_taken_districts(db: Session, codes: list[str], city: City) -> None:
    owner = db.execute(
        select(CityDistrict.district_code, City.name)
        .join(City)
        .where(CityDistrict.district_code.in_(codes), City.slug != city.slug)
        .order_by(CityDistrict.district_code)
    ).first()
    if owner:
        raise Conflict(f"District {owner.district_code} belongs to {owner.name} already.")
