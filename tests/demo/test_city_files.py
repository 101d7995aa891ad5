"""The fictional city's official files."""

import csv
import json
import math
from collections import Counter
from pathlib import Path

import pytest
import shapely

from demo import indices
from demo.city_files import POSTCODES_PER_AREA, write_city
from demo.landscape import AREAS


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_city(tmp_path_factory.mktemp("city"), seed=7)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _shapes(path: Path):
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {
        one["properties"]["LSOA21CD"]: shapely.geometry.shape(one["geometry"]) for one in features
    }


def test_the_same_seed_gives_the_same_bytes(files, tmp_path):
    again = write_city(tmp_path, seed=7)

    assert [path.read_bytes() for path in vars(files).values()] == [
        path.read_bytes() for path in vars(again).values()
    ]


def test_another_seed_gives_another_city(files, tmp_path):
    other = write_city(tmp_path, seed=8)

    assert all(
        path.read_bytes() != another.read_bytes()
        for path, another in zip(vars(files).values(), vars(other).values(), strict=True)
        if path.name != files.wards.name
    )


def test_the_areas_meet_without_gap_or_overlap(files):
    shapes = _shapes(files.boundaries)

    assert len(shapes) == AREAS
    assert all(shape.is_valid for shape in shapes.values())
    assert shapely.coverage_is_valid(list(shapes.values()))


def test_no_code_is_one_that_ons_has_given_out(files):
    wards = _rows(files.wards)

    assert {row["LSOA21CD"][:6] for row in wards} == {"E01999"}
    assert {row["WD24CD"][:6] for row in wards} == {"E05999"}
    assert {row["LAD24CD"] for row in wards} == {"E06999001"}
    assert len({row["WD24CD"] for row in wards}) == 12
    assert all(row["pcds"].startswith("ZT") for row in _rows(files.postcodes))


@pytest.mark.parametrize("edition", [indices.IOD2019, indices.IOD2025], ids=["2019", "2025"])
def test_file_7_has_every_official_column_and_every_tenth(files, edition):
    rows = _rows(files.iod2019 if edition.year == 2019 else files.iod2025)
    measure = "Index of Multiple Deprivation (IMD)"
    deciles = [
        int(row[f"{measure} Decile (where 1 is most deprived 10% of LSOAs)"]) for row in rows
    ]
    ranks = [int(row[f"{measure} Rank (where 1 is most deprived)"]) for row in rows]
    scores = [float(row[f"{measure} Score"]) for row in rows]

    assert len(rows[0]) == (57 if edition.year == 2019 else 56)
    assert all("" not in row.values() for row in rows)
    assert set(deciles) == set(range(1, 11))
    assert deciles == [math.ceil(10 * rank / edition.areas) for rank in ranks]
    assert len(set(ranks)) == AREAS
    assert sorted(scores, reverse=True) == [
        score for _, score in sorted(zip(ranks, scores, strict=True))
    ]


def test_neighbours_are_alike_in_deprivation(files):
    shapes = _shapes(files.boundaries)
    rank = {
        row["LSOA code (2021)"]: int(
            row["Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"]
        )
        for row in _rows(files.iod2025)
    }
    codes = sorted(shapes)
    apart = {True: [], False: []}
    for one in codes:
        for other in codes:
            if one < other:
                touch = shapes[one].distance(shapes[other]) == 0
                apart[touch].append(abs(rank[one] - rank[other]))

    # By chance two areas would lie a third of the country apart; neighbours lie much closer.
    assert sum(apart[True]) / len(apart[True]) < 0.5 * sum(apart[False]) / len(apart[False])


def test_the_census_bands_add_up_to_the_single_years(files):
    bands = {
        row["LSOA21CD"]: sum(int(people) for name, people in row.items() if name.startswith("Aged"))
        for row in _rows(files.census2021)
    }
    years = {row["LSOA11CD"]: int(row["All Ages"]) for row in _rows(files.mye2020)}

    assert bands == years
    assert all(1_000 < people < 2_200 for people in years.values())


def test_every_postcode_lies_in_its_area_and_is_there_once(files):
    shapes, rows = _shapes(files.boundaries), _rows(files.postcodes)

    assert len({row["pcds"] for row in rows}) == len(rows) == AREAS * POSTCODES_PER_AREA
    assert set(Counter(row["lsoa21cd"] for row in rows).values()) == {POSTCODES_PER_AREA}
    strays = [
        row["pcds"]
        for row in rows
        if shapes[row["lsoa21cd"]].distance(shapely.Point(float(row["long"]), float(row["lat"])))
        > 1e-6
    ]
    assert strays == []


def test_the_headings_are_those_of_the_real_files(files):
    shared = pytest.importorskip("demo.real_places").data_folder()
    official = shared / "iod/File_7_IoD2025_official_excerpt_6_rows.csv"
    if not official.exists():
        pytest.skip("the official files are not beside the project")
    with official.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == list(_rows(files.iod2025)[0])
