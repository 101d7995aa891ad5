"""Questions about where."""

import pytest
from sqlalchemy import select, text

from geo.models import Area, Place, Postcode
from geo.queries import (
    area_at,
    area_named,
    areas_by_code,
    areas_of,
    centre_of,
    cities,
    city_by_slug,
    city_of_area,
    deciles,
    find_area,
    is_within,
    lon_lat,
    metres_from,
    outlines_of,
    point_of_postcode,
)
from tests import factories
from tests.factories import YORK

LON, LAT = YORK


def add_postcodes(db, area, *postcodes, lon=LON, lat=LAT):
    for number, postcode in enumerate(postcodes):
        db.add(
            Postcode(postcode=postcode, lsoa_code=area.lsoa_code, lon=lon + number / 1000, lat=lat)
        )
    db.flush()


def plan_of(db, statement) -> str:
    """Return the plan that PostgreSQL takes for the ORM's own statement, where indexes can serve."""
    db.execute(text("SET LOCAL enable_seqscan = off"))
    sql = statement.compile(db.bind, compile_kwargs={"literal_binds": True})
    return "\n".join(db.scalars(text(f"EXPLAIN {sql}".replace(":", "\\:"))))


def test_distances_are_in_metres_over_the_ground(db):
    near, far = factories.place(lon=LON, lat=LAT + 0.01), factories.place(lon=LON, lat=LAT + 0.1)

    found = select(Place, metres_from(LON, LAT).label("m")).where(is_within(2000, LON, LAT))

    ((place, metres),) = db.execute(found).all()
    assert place == near
    assert metres == pytest.approx(1113, abs=2)
    assert lon_lat(far) == (LON, LAT + 0.1)


def test_what_is_within_is_found_by_the_index(db):
    plan = plan_of(db, select(Place.id).where(is_within(2000, LON, LAT)))

    assert "idx_place_point" in plan
    assert "Seq Scan" not in plan


def test_an_area_is_found_by_a_point_in_it_and_by_the_index(db):
    here, noise = factories.area(), factories.area(lon=LON + 0.1)

    assert area_at(db, LON, LAT) == here
    assert area_at(db, LON + 0.1, LAT) == noise
    assert area_at(db, LON + 1, LAT) is None
    point = text("ST_Covers(boundary, ST_SetSRID(ST_MakePoint(-1.08, 53.96), 4326))")
    assert "idx_area_boundary" in plan_of(db, select(Area.lsoa_code).where(point))


def test_areas_belong_to_cities_by_their_district(db):
    city, noise = factories.city("York"), factories.city("Ely")
    area, elsewhere = factories.area(in_city=city), factories.area(in_city=noise)
    nowhere = factories.area()

    assert areas_of(db, city) == [area]
    assert [city_of_area(db, each) for each in (area, elsewhere, nowhere)] == [city, noise, None]
    assert cities(db) == [noise, city]
    assert city_by_slug(db, city.slug) == city
    assert city_by_slug(db, "atlantis") is None
    assert area_named(db, area.lsoa_code) == area
    assert areas_by_code(db, [area.lsoa_code, "E01999999"]) == {area.lsoa_code: area}


def test_the_centre_is_longitude_first(db):
    area = factories.area()

    assert centre_of(db, area) == pytest.approx(YORK)
    db.expire_all()
    assert centre_of(db, area) == pytest.approx(YORK)


def test_deciles_are_those_of_one_edition(db):
    area, noise = factories.area(decile=2), factories.area(decile=7)

    assert deciles(db, "iod2025", [area.lsoa_code, "E01999999"]) == {area.lsoa_code: 2}
    assert deciles(db, "iod2019", [area.lsoa_code, noise.lsoa_code]) == {}


@pytest.mark.parametrize("typed", ["YO1 7HH", "yo17hh", " yO1  7hH. ", "Y O1-7HH"])
def test_a_full_postcode_is_found_however_it_is_typed(db, typed):
    area, noise = factories.area(), factories.area(lon=LON + 0.02)
    add_postcodes(db, area, "YO17HH")
    add_postcodes(db, noise, "YO17HX")

    assert find_area(db, typed) == area
    assert point_of_postcode(db, typed) == (LON, LAT, area.lsoa_code)


def test_an_unknown_postcode_means_nothing_rather_than_somewhere_near(db):
    add_postcodes(db, factories.area(), "YO17HH")

    assert find_area(db, "YO1 7ZZ") is None
    assert point_of_postcode(db, "YO1 7ZZ") is None


def test_the_beginning_of_a_postcode_means_the_area_in_its_middle(db):
    west, middle, east = (factories.area(lon=LON + n * 0.02) for n in (-1, 0, 1))
    add_postcodes(db, west, "LS14AA", lon=LON - 0.02)
    add_postcodes(db, middle, "LS14AB", lon=LON)
    add_postcodes(db, east, "LS15AA", lon=LON + 0.02)
    faraway = factories.area(lon=LON + 1)
    add_postcodes(db, faraway, "LS141AA", "LS142AA", "LS143AA", lon=LON + 1)

    assert find_area(db, "ls1") == middle
    assert find_area(db, "LS1 5") == find_area(db, "LS15") == find_area(db, "LS1 5A") == east
    assert find_area(db, "LS14") == find_area(db, "LS14 2") == faraway
    assert find_area(db, "LS9") is None


def test_names_of_wards_areas_places_and_districts_are_found(db):
    city = factories.city()
    ward = {"ward_code": "E05900001", "ward_name": "Micklegate & Bishophill"}
    centre = factories.area(in_city=city, **ward)
    factories.area(in_city=city, lon=LON - 0.02, **ward)
    factories.area(in_city=city, lon=LON + 0.02, **ward)
    hill = factories.area(in_city=city, lat=LAT + 0.1, name="Testford 099B")
    factories.place(within=hill, name="100% Pots")

    assert find_area(db, "micklegate & bishophill") == centre
    assert find_area(db, "Micklegate") == centre
    assert find_area(db, "TESTFORD 099b", city=city) == hill
    assert find_area(db, "100% pots", city=city) == hill
    assert find_area(db, "Testford") is not None


def test_names_are_looked_for_in_the_city_and_postcodes_everywhere(db):
    here, elsewhere = factories.city(), factories.city()
    factories.area(in_city=here)
    far = factories.area(in_city=elsewhere, ward_code="E05900002", ward_name="Abbey")
    add_postcodes(db, far, "ZE17HH")

    assert find_area(db, "Abbey") == find_area(db, "Abbey", city=elsewhere) == far
    assert find_area(db, "Abbey", city=here) is None
    assert find_area(db, "ZE1 7HH", city=here) == find_area(db, "ZE1", city=here) == far


@pytest.mark.parametrize(
    "typed", ["", "  ", "\0", "%", "_", "a\0b", "\ud800", "'; --", "x" * 5000, "½", "A", "\\"]
)
def test_odd_things_typed_find_nothing_and_break_nothing(db, typed):
    factories.area(ward_code="E05900001", ward_name="Abbey")

    assert find_area(db, typed) is None
    assert point_of_postcode(db, typed) is None


def test_nothing_typed_is_logged_or_kept(db, caplog):
    add_postcodes(db, factories.area(), "YO17HH")
    with caplog.at_level("DEBUG"):
        find_area(db, "YO1 7HH")
        find_area(db, "QX9 9QX")

    assert "YO1" not in caplog.text
    assert "QX9" not in caplog.text


def test_outlines_carry_codes_and_no_names(db):
    city = factories.city()
    wards = [("E05900001", "${alert(1)}"), ("E05900002", "</script>")]
    for number, (code, name) in enumerate(wards):
        factories.area(in_city=city, lon=LON + number * 0.014, ward_code=code, ward_name=name)
    noise = factories.area(lon=LON + 0.5)

    drawn = outlines_of(db, city, tolerance_m=20)

    assert [(each["id"], each["properties"]) for each in drawn["features"]] == [
        ("E05900001", {"code": "E05900001"}),
        ("E05900002", {"code": "E05900002"}),
    ]
    by_area = outlines_of(db, city, tolerance_m=0, by="area")
    assert noise.lsoa_code not in {each["id"] for each in by_area["features"]}
    assert len(by_area["features"]) == 2


def test_outlines_are_of_areas_where_a_ward_is_not_known(db):
    city = factories.city()
    area = factories.area(in_city=city)

    assert [each["id"] for each in outlines_of(db, city, tolerance_m=5)["features"]] == [
        area.lsoa_code
    ]
    assert outlines_of(db, factories.city(), tolerance_m=5)["features"] == []


@pytest.mark.parametrize(
    "typed", ["Micklgate", "micklagate", "Mickelgate", "Mickleegate", "micklegat"]
)
def test_a_name_with_a_letter_off_is_still_found(db, typed):
    meant = factories.area(ward_code="E05000001", ward_name="Micklegate")
    factories.area(ward_code="E05000002", ward_name="Mickleham")

    assert find_area(db, typed) == meant


@pytest.mark.parametrize("typed", ["Mixk", "Nickelback", "xyzzy"])
def test_a_name_that_is_too_far_off_is_no_name(db, typed):
    factories.area(ward_code="E05000001", ward_name="Mickleover Park")

    assert find_area(db, typed) is None
