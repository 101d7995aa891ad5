"""Releasing a term."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.errors import Conflict
from app.terms import period_named
from cube import service
from cube.models import ReachCell, ReachRelease
from geo.models import Deprivation
from geo.service import compare_indices
from tests import factories
from tests.cube.builders import SUMMER, TODAY, attended, city_with_areas, published, released


@pytest.fixture
def plain_counts(monkeypatch):
    """Publish counts as they are, to see what is counted; what noise does to them is tested apart."""
    monkeypatch.setattr(service, "publish", lambda count, _policy, _draw: count)


@pytest.fixture(autouse=True)
def _words(app):
    with app.test_request_context():
        yield


def test_each_learner_counts_once_in_each_table(db, plain_counts):
    city, (first, second, third, fourth) = city_with_areas(deciles=(1, 1, 2, 10))
    attended(first, times=3)
    attended(second)
    attended(fourth)

    release = released(city)

    assert published(release, "city") == {"all": 3}
    assert published(release, "decile") == {"1": 2, "2": 0, "10": 1}
    assert published(release, "age") == {"11-12": 0, "13-15": 3, "16-17": 0, "18-24": 0}
    assert published(release, "ward") == {"E05000000": 1, "E05000001": 2}
    assert published(release, "area") == {
        first.lsoa_code: 1,
        second.lsoa_code: 1,
        third.lsoa_code: 0,
        fourth.lsoa_code: 1,
    }


def test_what_was_withdrawn_never_counts(db, plain_counts):
    city, (home, *_) = city_with_areas()
    attended(home, withdrawn=True)

    assert published(released(city), "city") == {"all": 0}


def test_being_booked_is_not_having_come(db, plain_counts):
    city, (home, *_) = city_with_areas()
    factories.booking(of=factories.learner(home=home))

    assert published(released(city), "city") == {"all": 0}


def test_home_is_where_the_learner_lived_when_they_first_came(db, plain_counts):
    city, (old_home, new_home, *_) = city_with_areas(deciles=(1, 2))
    mover = attended(old_home)
    attended(new_home, learner=mover, at=datetime(2026, 7, 1, tzinfo=UTC))
    mover.home_lsoa_code = new_home.lsoa_code

    assert published(released(city), "area") == {old_home.lsoa_code: 1, new_home.lsoa_code: 0}


def test_only_learners_of_the_city_count(db, plain_counts):
    city, (home, *_) = city_with_areas()
    _elsewhere, (other_home, *_) = city_with_areas()
    attended(home)
    attended(other_home)

    assert published(released(city), "city") == {"all": 1}


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        pytest.param(datetime(2026, 3, 31, 22, 59, tzinfo=UTC), 0, id="the minute before"),
        pytest.param(datetime(2026, 3, 31, 23, 0, tzinfo=UTC), 1, id="midnight in London"),
        pytest.param(datetime(2026, 8, 31, 22, 59, tzinfo=UTC), 1, id="the last minute"),
        pytest.param(datetime(2026, 8, 31, 23, 0, tzinfo=UTC), 0, id="the minute after"),
    ],
)
def test_a_session_belongs_to_the_term_it_starts_in(db, plain_counts, at, counts):
    city, (home, *_) = city_with_areas()
    attended(home, at=at)

    assert published(released(city), "city") == {"all": counts}


def test_a_release_says_how_it_was_made(db):
    city, areas = city_with_areas(young_people=140)

    release = released(city)

    assert (release.period, release.starts_on, release.ends_on) == (
        "2026-summer",
        date(2026, 4, 1),
        date(2026, 9, 1),
    )
    made = {table.table: (table.variance, table.smallest_shown) for table in release.tables}
    assert (made["area"], made["ward"], made["depth"]) == ((9, 5), (25, 5), (144, 10))
    spent = sum(table.most_cells / (2 * table.variance) for table in release.tables)
    assert release.rho == pytest.approx(spent)
    assert (release.deprivation_edition, release.population_source) == ("iod2025", "census2021")
    cells = {(cell.table, cell.cell): cell for cell in release.cells}
    area = cells["area", areas[0].lsoa_code]
    assert (area.label, area.young_people, area.decile) == (f"{areas[0].name}, Abbey", 140, 1)
    assert cells["city", "all"].young_people == 560
    assert cells["age", "13-15"].young_people == 4 * 30  # three ages of fourteen


def test_an_area_of_unknown_population_has_no_base_and_nor_has_what_it_is_part_of(db):
    city, areas = city_with_areas(deciles=(1, 2))
    unknown = factories.area(in_city=city, decile=2)

    release = released(city)

    base = {(cell.table, cell.cell): cell.young_people for cell in release.cells}
    assert base["area", areas[0].lsoa_code] == 200
    assert base["area", unknown.lsoa_code] is None
    assert (base["decile", "1"], base["decile", "2"]) == (200, None)
    assert base["city", "all"] is None


def test_an_area_without_a_decile_counts_in_every_table_but_that_one(db, plain_counts):
    city, _areas = city_with_areas(deciles=(1,))
    bare = factories.area(in_city=city, young_people=100)
    attended(bare)

    release = released(city)

    assert published(release, "area")[bare.lsoa_code] == 1
    assert published(release, "decile") == {"1": 0}


def test_an_area_nobody_came_from_is_published_like_any_other(db):
    city, _areas = city_with_areas(deciles=(5,) * 40)

    shown = set(published(released(city), "area").values())

    # The noise may lift an empty cell to 5 or more; it never shows as an exact zero.
    assert None in shown
    assert 0 not in shown


def test_a_term_that_has_not_ended_is_refused(db):
    city, _areas = city_with_areas()

    with pytest.raises(Conflict, match="has not ended yet: Summer 2026"):
        released(city, today=date(2026, 8, 31))


def test_a_term_is_released_once(db):
    city, _areas = city_with_areas()
    first = released(city)
    before = published(first, "area")

    with pytest.raises(Conflict, match="released before"):
        released(city, seed=2)
    assert published(first, "area") == before
    assert len(db.scalars(select(ReachRelease)).all()) == 1


def test_another_term_and_another_city_are_releases_of_their_own(db):
    city, _areas = city_with_areas()
    other, _others = city_with_areas()

    released(city)
    released(city, period=period_named("2026-spring"))
    released(other)

    assert len(db.scalars(select(ReachRelease)).all()) == 3


def test_a_city_without_areas_is_refused(db):
    with pytest.raises(Conflict, match="no areas"):
        released(factories.city())


def test_a_city_without_deprivation_is_refused(db):
    city, _areas = city_with_areas()

    with pytest.raises(Conflict, match="deprivation decile"):
        released(city, edition="iod2019")


def test_the_noise_comes_from_the_operating_system_unless_a_test_says_otherwise(db):
    city, _areas = city_with_areas(deciles=(5,) * 30)
    other, _others = city_with_areas(deciles=(5,) * 30)
    for home in _areas + _others:
        for _learner in range(2):
            attended(home)

    one = service.release(db(), city=city, period=SUMMER, today=TODAY)
    two = service.release(db(), city=other, period=SUMMER, today=TODAY)

    assert list(published(one, "area").values()) != list(published(two, "area").values())
    shown = db.scalars(select(ReachCell.learners).where(ReachCell.table == "area"))
    assert all(number is None or number >= 5 for number in shown)


def test_a_school_year_is_told_by_the_indices_that_the_city_chose(db, plain_counts):
    city, areas = city_with_areas(deciles=(1, 2, 9))
    for edition in ("iod2019", "iod2025-idaci", "iod2025-crime"):
        for area, decile in zip(areas, (3, 3, 8), strict=True):
            db.add(Deprivation(edition=edition, lsoa_code=area.lsoa_code, decile=decile))
    db.flush()
    came = dict(zip(areas, (20, 5, 1), strict=True))
    first, second = period_named("2024-to-2025"), period_named("2025-to-2026")

    usual = published(released(city, first, came=came), "index")
    compare_indices(db, city=city, editions=["iod2025-crime"])
    chosen = published(released(city, second, came=came), "index")

    assert usual == {"iod2019:3": 25, "iod2019:8": 1, "iod2025-idaci:3": 25, "iod2025-idaci:8": 1}
    assert chosen == {"iod2025-crime:3": 25, "iod2025-crime:8": 1}
