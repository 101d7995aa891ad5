"""Reading the cube."""

import pytest

from app.errors import NotFound
from app.terms import period_named
from cube.queries import over_time, reach_of, releases_of
from tests.cube.builders import attended, city_with_areas, released

SPRING = period_named("2026-spring")


@pytest.fixture(autouse=True)
def _words(app):
    with app.test_request_context():
        yield


def test_before_any_release_there_is_nothing(db):
    city, _areas = city_with_areas()

    assert reach_of(db, city_id=city.id) is None


def test_the_latest_term_is_shown_unless_another_is_asked_for(db):
    city, _areas = city_with_areas()
    other, _others = city_with_areas()
    released(city)
    released(city, period=SPRING)
    released(other, period=period_named("2025-autumn"))

    latest = reach_of(db, city_id=city.id)
    earlier = reach_of(db, city_id=city.id, period="2026-spring")

    assert latest is not None
    assert earlier is not None
    assert [term.period for term in latest.terms] == ["2026-spring", "2026-summer"]
    assert (latest.term.period, earlier.term.period) == ("2026-summer", "2026-spring")
    assert [term.period for term in earlier.terms_so_far] == ["2026-spring"]


def test_a_term_that_was_not_released_is_not_there(db):
    city, _areas = city_with_areas()
    released(city)

    with pytest.raises(NotFound, match="no numbers for that period"):
        reach_of(db, city_id=city.id, period="2025-autumn")


def test_each_table_comes_whole_and_in_order(db):
    city, areas = city_with_areas(deciles=(10, 2, 1))
    for _learner in range(12):
        attended(areas[0])
    release = released(city)

    reach = reach_of(db, city_id=city.id)

    assert reach is not None
    assert {name: len(cells) for name, cells in reach.tables.items()} == {
        **{"city": 1, "decile": 3, "age": 4, "ward": 2, "area": 3, "decile_age": 12},
        # Two fifths have areas here.
        **{"depth": 6, "before": 2, "category": 10, "funded": 2, "holiday": 2},
        # Two wards, five categories and whatever has none.
        **{"wished": 12},
    }
    assert [cell.decile for cell in reach.tables["decile"]] == [1, 2, 10]
    assert {(c.code, c.learners) for c in reach.areas} == {
        (cell.cell, cell.learners) for cell in release.cells if cell.table == "area"
    }
    assert reach.term.city == reach.tables["city"][0]


def test_an_area_is_followed_through_the_terms(db):
    city, areas = city_with_areas()
    released(city)
    released(city, period=SPRING)
    terms = releases_of(db, city_id=city.id)

    followed = over_time(db, terms, table="area", code=areas[0].lsoa_code)

    assert set(followed) == {"2026-spring", "2026-summer"}
    assert {cell.code for cell in followed.values()} == {areas[0].lsoa_code}
    assert over_time(db, terms, table="area", code="E01999999") == {}


def test_many_terms_cost_no_more_questions_than_one(db, count_queries):
    city, _areas = city_with_areas()
    released(city)
    city_id = city.id
    db.expire_all()
    count_queries.clear()
    reach_of(db, city_id=city_id)
    with_one = len(count_queries)

    for code in ("2026-spring", "2025-autumn"):
        released(city, period=period_named(code))
    count_queries.clear()
    reach_of(db, city_id=city_id)

    assert len(count_queries) == with_one == 4
