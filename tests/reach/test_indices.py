"""A school year by several indices, side by side."""

import pytest

from accounts.models import Role
from app.terms import period_named
from geo.models import Deprivation, DeprivationIndex, Nation
from geo.service import add_region, compare_indices
from tests import factories
from tests.cube.builders import city_with_areas, no_chance, released
from tests.reach.test_regions import rows_of

YEAR = period_named("2024-to-2025")
CAPTION = "Young people taking part for every 1,000, by decile of each index"


@pytest.fixture
def york(app, db):
    """A city whose school year was released by three indices, of which one lacks an area."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 2, 9), young_people=1000)
        db.add(
            DeprivationIndex(
                **{"slug": "custom-youth", "name": "Youth need", "name_cy": "Angen ieuenctid"},
                **{"source": "York council", "nation": Nation.ENGLAND},
                note="Made of the council's own counts.",
            )
        )
        db.flush()
        for edition, deciles in (("iod2019", (2, 2)), ("custom-youth", (9, 1, 1))):
            for area, decile in zip(areas, deciles, strict=False):
                db.add(Deprivation(edition=edition, lsoa_code=area.lsoa_code, decile=decile))
        db.flush()
        compare_indices(db, city=city, editions=["custom-youth", "iod2019"])
        came = dict(zip(areas, (20, 40, 90), strict=True))
        released(city, YEAR, came=came, draw=no_chance())
        db.commit()
    return city


def test_each_index_has_its_column_its_gap_and_its_source(york, sign_in):
    page = sign_in(factories.officer(of=york)).get("/reach/indices").text

    assert rows_of(page, CAPTION) == [
        # The own index, then the others in the order of their names: 1 has the second and the
        # third area, (40 + 90) of 2,000.
        ["1 most deprived", "20", "65", "No areas"],
        ["2", "40", "No areas", "30"],
        ["9", "90", "20", "No areas"],
        # (20 + 40) / 2,000 against 90 / 1,000; 130 / 2,000 against 20 / 1,000; one fifth alone.
        ["Gap index", "0.33", "3.25", "Not known"],
    ]
    assert "Made of the council&#39;s own counts." in page
    assert "Ministry of Housing, Communities and Local Government, 2019" in page
    assert "2,000 of 3,000" in page
    assert "Two editions cannot be compared directly." in page


def test_one_edition_needs_no_warning_of_another(york, app, db, sign_in):
    with app.test_request_context():
        compare_indices(db, city=york, editions=["custom-youth"])
        released(york, period_named("2025-to-2026"), came=None, draw=no_chance())
        db.commit()

    page = sign_in(factories.officer(of=york)).get("/cy/reach/indices").text

    assert "Angen ieuenctid" in page
    assert "2019" not in page


def test_before_the_first_school_year_the_page_says_so(app, db, sign_in):
    city, _areas = city_with_areas()
    with app.test_request_context():
        released(city)
        db.commit()

    page = sign_in(factories.officer(of=city)).get("/reach/indices")

    assert (page.status_code, "No school year has been released yet" in page.text) == (200, True)


def test_whose_it_is_is_decided_as_on_the_other_pages(york, db, sign_in):
    other = factories.city()
    region = add_region(db, slug="north", name="North", name_cy="Gogledd", cities=[york, other])
    path = f"/reach/indices?city={york.slug}"

    admin = sign_in(factories.adult(Role.PLATFORM_ADMIN))
    assert admin.get("/reach/indices").location == "/reach"
    assert f"/reach?period=2024-to-2025&amp;city={york.slug}" in admin.get(path).text
    regional = sign_in(factories.adult(Role.AUTHORITY_OFFICER, region_id=region.id))
    assert regional.get(path).status_code == 200
    assert regional.get("/reach/indices").location == "/reach/region"
    stranger = sign_in(factories.officer(of=other))
    assert "No school year" in stranger.get(path).text
