"""Making cities and places."""

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, NotFound
from geo.models import CityDistrict, Region
from geo.queries import lon_lat, region_of
from geo.service import add_city, add_place, add_region
from tests import factories
from tests.factories import YORK


def add(db, slug="york", name="York", districts=("E06000014",)):
    return add_city(
        db,
        slug=slug,
        name=name,
        name_cy="Efrog",
        authority_name="City of York Council",
        district_codes=districts,
    )


def district(db, code):
    factories.area().district_code = code
    db.flush()


def test_add_city_makes_it_once_and_brings_it_up_to_date(db):
    for code in ("E06000014", "E06000015"):
        district(db, code)
    noise = factories.city()

    first = add(db)
    again = add(db, name="Greater York", districts=("E06000015", "E06000014", "E06000014"))

    assert again is first
    assert (again.name, again.name_cy) == ("Greater York", "Efrog")
    assert {each.district_code for each in again.districts} == {"E06000014", "E06000015"}
    assert db.scalar(select(func.count()).select_from(CityDistrict)) == 3
    assert noise.name == "Testford"


@pytest.mark.parametrize(
    ("districts", "reason"),
    [
        (("E06000014", "E08000016"), "No area of E08000016 is loaded"),
        ((), "needs at least one district"),
    ],
)
def test_add_city_refuses_districts_that_cannot_be(db, districts, reason):
    district(db, "E06000014")

    with pytest.raises(Conflict, match=reason):
        add(db, districts=districts)


def test_a_district_belongs_to_one_city(db):
    district(db, "E06000014")
    add(db)

    with pytest.raises(Conflict, match="District E06000014 belongs to York already"):
        add(db, slug="ebor")


def test_add_place_finds_the_area_or_takes_the_one_published(db):
    here, published = factories.area(), factories.area(lon=YORK[0] + 0.1)

    found = add_place(db, name="Library", lon=YORK[0], lat=YORK[1])
    told = add_place(db, name="School", lon=YORK[0], lat=YORK[1], lsoa_code=published.lsoa_code)

    assert (found.area, told.area) == (here, published)
    assert lon_lat(found) == pytest.approx(YORK)
    with pytest.raises(NotFound):
        add_place(db, name="Boat", lon=2.5, lat=55.0)


def test_a_region_is_made_of_cities_once_and_brought_up_to_date(db):
    york, leeds, hull = (factories.city(name=name) for name in ("York", "Leeds", "Hull"))
    add_region(db, slug="north", name="North", name_cy="Gogledd", cities=[york, leeds])

    region = add_region(
        db, slug="north", name="The North", name_cy="Y Gogledd", cities=[york, hull]
    )

    assert db.scalar(select(func.count()).select_from(Region)) == 1
    assert (region.name, region.name_in("cy")) == ("The North", "Y Gogledd")
    assert [city.name for city in region.cities] == ["Hull", "York"]
    assert [region_of(db, city) for city in (york, leeds, hull)] == [region, None, region]


def test_a_region_needs_two_cities_that_belong_to_no_other(db):
    york, leeds, hull = (factories.city(name=name) for name in ("York", "Leeds", "Hull"))
    north = {"slug": "north", "name": "North", "name_cy": "Gogledd"}
    add_region(db, cities=[york, leeds], **north)

    with pytest.raises(Conflict, match="at least two"):
        add_region(db, cities=[york, york], **north)
    with pytest.raises(Conflict, match="York belongs to North already"):
        add_region(db, slug="east", name="East", name_cy="Dwyrain", cities=[hull, york])
