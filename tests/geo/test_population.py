"""Loading population by age."""

import pytest
from sqlalchemy import select

from geo.loaders import Loaded, WrongFile, load_population
from geo.models import PopulationBand
from geo.queries import young_people
from tests import factories
from tests.geo import official

CENSUS = [(official.code(n), "Testford", 160, 90, 100, 150, 150, 100) for n in (1, 2)]
ESTIMATES = [(official.code(1), "Testford", 91, *[1] * 91)]


def bands(db) -> list[tuple]:
    kept = select(PopulationBand.from_age, PopulationBand.to_age, PopulationBand.people)
    return [tuple(row) for row in db.execute(kept.order_by(PopulationBand.from_age))]


def test_the_census_is_kept_in_its_six_bands(db, tmp_path):
    path = official.table(tmp_path / "census.csv", official.CENSUS_HEADINGS, CENSUS)

    assert load_population(db, path, only_areas={official.code(1)}) == Loaded(made=6, left_out=1)
    assert load_population(db, path, only_areas={official.code(1)}).unchanged == 6
    assert bands(db) == [
        (0, 15, 160),
        (16, 24, 90),
        (25, 34, 100),
        (35, 49, 150),
        (50, 64, 150),
        (65, 120, 100),
    ]


def test_estimates_are_kept_by_year_to_25_and_lose_nobody(db, tmp_path):
    path = official.table(tmp_path / "mye.csv", official.MYE_HEADINGS, ESTIMATES)

    assert load_population(db, official.gzipped(path)) == Loaded(made=27)
    assert bands(db)[-2:] == [(25, 25, 1), (26, 120, 65)]
    assert sum(people for _, _, people in bands(db)) == 91


def test_young_people_count_a_band_by_the_years_it_shares(db, tmp_path):
    noise = factories.area(young_people=500)
    load_population(db, official.table(tmp_path / "c.csv", official.CENSUS_HEADINGS, CENSUS))
    codes = [official.code(1), "E01999999"]

    assert young_people(db, "census2021", codes) == {official.code(1): 50 + 90}
    assert young_people(db, "census2021", codes, from_age=16, to_age=20) == {official.code(1): 50}
    assert young_people(db, "mye2020", codes) == {}
    assert young_people(db, "census2021", [noise.lsoa_code]) == {noise.lsoa_code: 500}


@pytest.mark.parametrize(
    ("headings", "rows", "reason"),
    [
        (official.CENSUS_HEADINGS, [(*CENSUS[0][:7], "-1")], "line 2, .*found '-1', expected a wh"),
        (official.CENSUS_HEADINGS, [(*CENSUS[0][:7], "c")], "line 2, .*found 'c', expected a num"),
        (official.CENSUS_HEADINGS, [("x", *CENSUS[0][1:])], "line 2, column LSOA21CD: found 'x'"),
        (official.CENSUS_HEADINGS, [CENSUS[0], CENSUS[0][:5]], "line 3 has 5 columns .* have 8"),
        (official.CENSUS_HEADINGS, [CENSUS[0], CENSUS[0]], "stands twice: line 2 and line 3"),
        (official.MYE_HEADINGS[:-1], [], r"expected the 2021 census .*or population estimates"),
        (("Code", "Name", "Geography", "All_ages", "90+"), [], "estimates by district; no command"),
    ],
)
def test_a_wrong_file_is_refused(db, tmp_path, headings, rows, reason):
    with pytest.raises(WrongFile, match=reason):
        load_population(db, official.table(tmp_path / "file.csv", headings, rows))

    assert bands(db) == []
