"""All of England, from the real files: every area, every live postcode, and what must be refused.

The files are not part of the project. Where they are not there, these tests are skipped.
"""

import csv
import gzip
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import case, create_engine, func, select, text
from sqlalchemy.orm import Session

from geo.loaders import (
    Loaded,
    WrongFile,
    load_areas,
    load_deprivation,
    load_england,
    load_population,
    load_postcodes,
)
from geo.models import Area, Deprivation, PopulationBand, Postcode
from geo.queries import area_at, deciles, find_area, outlines_of, point_of_postcode, young_people
from geo.queries.finding import _in_the_middle_of
from geo.service import add_city
from tests.databases import ROOT, fresh_database
from tests.geo import official

SHARED = Path(os.environ.get("TIRNOD_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data"
AREAS = DATA / "boundaries" / "lsoa21_england_bgc.geojson.gz"
POSTCODES = DATA / "postcodes" / "postcodes_england_live_onspd_nov2025.csv.gz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not AREAS.exists(), reason="the official files are not there: set TIRNOD_SHARED"
    ),
    # One load serves them all, also where tests are shared out among processes.
    pytest.mark.xdist_group("national"),
]


def iod(year: int) -> Path:
    return next((DATA / "iod").glob(f"File_7*IoD{year}*.reconstructed.csv.gz"))


@pytest.fixture(scope="module")
def england():
    """A session on a database of its own, in which England has been loaded by one command."""
    with fresh_database() as url:
        engine = create_engine(url)
        with Session(engine) as db:
            done = load_england(db, DATA)
            db.commit()
            db.info["done"] = done
            yield db
        engine.dispose()


@pytest.fixture(scope="module")
def expected():
    answers = json.loads((DATA / "expected" / "expected_public_places.json").read_text())
    return answers["places"]


def counts(db) -> list[int]:
    tables = (Area, Deprivation, PopulationBand, Postcode)
    return [db.scalar(select(func.count()).select_from(table)) for table in tables]


def test_one_command_loads_all_of_england(england):
    assert england.info["done"] == {
        "Areas": Loaded(made=33_755),
        "Wards of areas": Loaded(updated=33_755, left_out=1_917),
        # The index as a whole, IDACI and seven domains.
        "Deprivation, IoD 2019": Loaded(made=9 * 32_844),
        "Deprivation, IoD 2025": Loaded(made=9 * 33_755),
        "Population, census 2021": Loaded(made=35_672 * 6),
        "Population, mid-2020": Loaded(made=34_753 * 27),
        "Postcodes": Loaded(made=1_480_848),
    }
    invalid = text("SELECT count(*) FROM area WHERE NOT ST_IsValid(boundary)")
    assert england.scalar(invalid) == 0


def test_loading_it_again_changes_nothing(england):
    written = text(
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables "
        "WHERE relname IN ('area', 'deprivation', 'population_band', 'postcode')"
    )
    # What an earlier test wrote and took back may still be counted.
    before = england.scalar(written)

    again = load_england(england, DATA)

    assert all(loaded.changes_nothing for loaded in again.values())
    assert [loaded.rows for loaded in again.values()] == [
        loaded.rows for loaded in england.info["done"].values()
    ]
    assert england.scalar(written) == before
    england.commit()


@pytest.mark.parametrize(
    ("load", "find"),
    [
        (load_areas, lambda: AREAS),
        (load_deprivation, lambda: iod(2025)),
        (load_postcodes, lambda: POSTCODES),
    ],
)
@pytest.mark.parametrize("spoil", [official.cut_short, official.damaged])
def test_a_spoilt_copy_is_refused_and_the_tables_are_as_before(
    england, tmp_path, load, find, spoil
):
    before = counts(england)
    copy = Path(shutil.copy(find(), tmp_path))

    # Early in the file, so that the suite does not read it all; the end is checked elsewhere.
    with pytest.raises(WrongFile, match=r"cut short|damaged|line [0-9]+"):
        load(england, spoil(copy, share=0.1))

    assert counts(england) == before


@pytest.mark.parametrize(
    ("load", "find", "name", "reason"),
    [
        (load_deprivation, lambda: iod(2019), "File_7_IoD2025.csv.gz", "name says IoD 2025"),
        (load_areas, lambda: POSTCODES, "lsoa21.geojson.gz", "geo load-postcodes` takes it"),
        (
            load_areas,
            lambda: DATA / "boundaries" / "wd25_england_bgc.topojson.gz",
            "lsoa21_england_bgc.topojson.gz",
            "looks like boundaries of wards",
        ),
        (
            load_areas,
            lambda: DATA / "boundaries" / "places" / "plymouth_lsoa11_bgc.geojson.gz",
            "plymouth_lsoa21_bgc.geojson.gz",
            "looks like boundaries of areas of 2011",
        ),
        (load_postcodes, lambda: AREAS, "postcodes.csv.gz", "expected the postcode directory"),
        (
            load_deprivation,
            lambda: DATA / "iod" / "iod2025_numerators_lsoa21.csv.gz",
            "File_7.csv.gz",
            "expected IoD 2019, File 7",
        ),
        (
            load_population,
            lambda: DATA / "population" / "mye_mid2024_lad_single_year_ew.csv.gz",
            "mye_lsoa.csv.gz",
            "looks like population estimates by district",
        ),
    ],
)
def test_a_mislabelled_copy_is_refused_by_what_it_is(england, tmp_path, load, find, name, reason):
    before = counts(england)
    copy = Path(shutil.copy(find(), tmp_path / name))

    with pytest.raises(WrongFile, match=reason):
        load(england, copy)

    assert counts(england) == before


def test_an_official_excerpt_has_to_be_called_a_part(england):
    excerpt = DATA / "iod" / "File_7_IoD2025_official_excerpt_6_rows.csv"

    with pytest.raises(WrongFile, match="6 of the 33,755 areas"):
        load_deprivation(england, excerpt)
    # The excerpt has the scores of IDACI, which the whole file lacks.
    assert load_deprivation(england, excerpt, part=True) == Loaded(updated=6, unchanged=8 * 6)
    england.rollback()


@pytest.mark.parametrize(
    ("file", "index", "areas", "first"),
    [
        ("wimd2019_index_and_domain_ranks*", "wimd2019", 1_909, ("W01000240", 1, 1)),
        ("simd2020v2*", "simd2020", 6_976, ("S01010891", 1, 1)),
        ("nimdm2017*", "nimdm2017", 890, ("95ZZ06W1", 1, 1)),
    ],
)
def test_the_indices_of_other_nations_are_loaded_as_published(england, file, index, areas, first):
    path = next((DATA / "iod").glob(file))

    assert load_deprivation(england, path) == Loaded(made=areas)
    rows = select(Deprivation.lsoa_code, Deprivation.rank, Deprivation.decile).where(
        Deprivation.edition == index
    )
    kept = england.execute(rows.order_by(Deprivation.rank)).all()
    assert tuple(kept[0]) == first
    # A tenth of the areas to each decile, give or take what does not divide.
    sizes = Counter(row.decile for row in kept)
    assert {abs(size - areas / 10) < 1 for size in sizes.values()} == {True}
    england.rollback()


def test_scores_of_the_welsh_index_are_not_taken_for_ranks(england):
    path = next((DATA / "iod").glob("wimd2019_index_and_domain_scores*"))

    with pytest.raises(WrongFile, match=r"line 2, column WIMD 2019 .*found '19.2'"):
        load_deprivation(england, path)


def test_places_agree_with_answers_computed_independently(england, expected):
    for place, answer in expected.items():
        in_place = Area.district_code.in_(answer["lads"])
        codes = list(england.scalars(select(Area.lsoa_code).where(in_place)))
        by_decile = dict(
            england.execute(
                select(Deprivation.decile, func.count())
                .where(Deprivation.edition == "iod2025", Deprivation.lsoa_code.in_(codes))
                .group_by(Deprivation.decile)
            ).all()
        )
        postcodes_by_decile = dict(
            england.execute(
                select(Deprivation.decile, func.count())
                .join(Postcode, Postcode.lsoa_code == Deprivation.lsoa_code)
                .where(Deprivation.edition == "iod2025", Deprivation.lsoa_code.in_(codes))
                .group_by(Deprivation.decile)
            ).all()
        )
        census = young_people(england, "census2021", codes, from_age=16, to_age=24)
        most_deprived = [
            code for code, each in deciles(england, "iod2025", codes).items() if each < 3
        ]

        assert len(codes) == answer["n_lsoa21"], place
        assert _as_numbers(answer["imd2025_decile_counts"]) == by_decile, place
        # The answers count a postcode by its own district; one lies in an area of another.
        by_own_district = _as_numbers(answer["live_postcodes_by_imd2025_decile"])
        moved = [abs(by_own_district[each] - postcodes_by_decile[each]) for each in by_decile]
        assert (max(moved), sum(moved) <= 2) in {(0, True), (1, True)}, place
        assert sum(census.values()) == answer["census2021_16_24_total"], place
        assert len(most_deprived) == answer["lsoa21_in_deciles_1_2"], place
        in_them = sum(census[code] for code in most_deprived)
        assert in_them == answer["census2021_16_24_in_imd2025_deciles_1_2"], place
        for part in ("idaci", "education"):
            of_part = Counter(deciles(england, f"iod2025-{part}", codes).values())
            assert of_part == _as_numbers(answer[f"{part}2025_decile_counts"]), (place, part)


@pytest.mark.parametrize(
    "place", ["plymouth", "brighton_and_hove", "cambridgeshire_peterborough", "leeds"]
)
def test_estimates_and_iod_2019_agree_over_the_areas_of_2011(england, expected, place):
    answer = expected[place]
    outlines = DATA / "boundaries" / "places" / f"{place}_lsoa11_bgc.geojson.gz"
    features = json.loads(gzip.decompress(outlines.read_bytes()))["features"]
    codes = [feature["properties"]["LSOA11CD"] for feature in features]
    in_2019 = deciles(england, "iod2019", codes)
    people = young_people(england, "mye2020", codes, from_age=10, to_age=24)
    in_1_2 = sum(people[code] for code, decile in in_2019.items() if decile < 3)

    assert _as_numbers(answer["imd2019_decile_counts"]) == Counter(in_2019.values())
    assert sum(people.values()) == answer["mye2020_age_10_24_total"]
    assert in_1_2 == answer["mye2020_age_10_24_in_imd2019_deciles_1_2"]


@pytest.mark.parametrize(
    ("part", "published"),
    [
        ("", "imd_proportion"),
        ("-income", "income_proportion"),
        ("-employment", "employment_proportion"),
        ("-education", "education_skills_and_training_proportion"),
        ("-health", "health_deprivation_and_disability_proportion"),
        ("-crime", "crime_proportion"),
        ("-housing", "barriers_to_housing_and_services_proportion"),
        ("-environment", "living_environment_proportion"),
    ],
)
def test_the_share_of_each_district_in_decile_1_is_the_published_one(england, part, published):
    """By the official summaries of 2025, whose districts have the codes of 2024."""
    summaries = _rows("iod/iod2025_lad24_summaries_humaniverse.csv.gz")
    (column,) = [name for name in summaries[0] if name.startswith(published)]
    is_first = case((Deprivation.decile == 1, 1.0), else_=0.0)
    shares = dict(
        england.execute(
            select(Area.district_code, func.avg(is_first))
            .join(Deprivation, Deprivation.lsoa_code == Area.lsoa_code)
            .where(Deprivation.edition == f"iod2025{part}")
            .group_by(Area.district_code)
        ).all()
    )
    changed = {"E08000016": "E08000038", "E08000019": "E08000039"}

    found = {row["ltla24_code"]: float(row[column]) for row in summaries}
    ours = {code: shares[changed.get(code, code)] for code in found}
    assert len(found) == len(shares) == 296
    assert max(abs(float(ours[code]) - share) for code, share in found.items()) < 0.0001


@pytest.mark.parametrize(
    ("file", "postcode", "is_open", "answer"),
    [
        ("libraries_england*", "Postcode", lambda row: row["Operation in 2023"], "open_libraries"),
        ("museums_uk*", "postcode", lambda row: row["year_closed_low"] == "na", "museums_open"),
        ("arts_award*", "postcode", lambda _row: True, "arts_award_centres"),
        ("artsmark*", "Postcode", lambda _row: True, "artsmark_settings"),
    ],
)
def test_so_many_doors_are_in_deprived_areas_as_was_published(
    england, expected, file, postcode, is_open, answer
):
    written = [row[postcode] for row in _rows(f"providers/{file}") if is_open(row)]
    doors = Counter(each.upper().replace(" ", "") for each in written)
    found = england.execute(
        select(Postcode.postcode, Area.district_code, Deprivation.decile)
        .join(Area, Area.lsoa_code == Postcode.lsoa_code)
        .join(Deprivation, Deprivation.lsoa_code == Area.lsoa_code)
        .where(Deprivation.edition == "iod2025", Postcode.postcode.in_(doors))
    ).all()

    for place, told in expected.items():
        here = [row for row in found if row.district_code in told["lads"]]
        assert sum(doors[row.postcode] for row in here) == told[answer], place
        in_1_2 = sum(doors[row.postcode] for row in here if row.decile <= 2)
        published = {told.get(f"{answer}{words}_deciles_1_2") for words in ("_in", "_in_imd2025")}
        assert in_1_2 in published, place


def test_so_many_schools_are_in_deprived_areas_as_was_published(england, expected):
    schools = Counter(row["lsoa_code"] for row in _rows("providers/gias_open*"))
    for place, told in expected.items():
        in_place = select(Area.lsoa_code).where(Area.district_code.in_(told["lads"]))
        tenths = deciles(england, "iod2025", list(england.scalars(in_place)))

        assert sum(schools[code] for code in tenths) == told["schools_gias"], place
        in_1_2 = sum(schools[code] for code, decile in tenths.items() if decile <= 2)
        assert in_1_2 == told["schools_gias_in_deciles_1_2"], place


@pytest.mark.parametrize(
    ("part", "score", "proportion"),
    [
        ("", "Score", "Proportion"),
        ("-income", "Income_Score", "Income_Proportion"),
        ("-employment", "Employment_Score", "Employment_Proportion"),
        ("-education", "Education_Score", "Education_Proportion"),
        ("-health", "Health_Score", "Health_Proportion"),
        ("-crime", "Crime_Score", "Crime_Proportion"),
        ("-housing", "Housing_and_Access_Score", "Housing_and_Access_Proportion"),
        ("-environment", "Environment_Score", "Environment_Proportion"),
    ],
)
def test_districts_of_2019_have_the_published_scores_and_shares(england, part, score, proportion):
    """An average weighted by the people of each area, and the share of areas in decile 1.

    Employment is weighted by those of working age, as the index of it is.
    """
    weight = "Working age population" if part == "-employment" else "Total population"
    of_part = select(Deprivation.lsoa_code, Deprivation.score, Deprivation.decile).where(
        Deprivation.edition == f"iod2019{part}"
    )
    kept = {row.lsoa_code: row for row in england.execute(of_part)}
    sums: dict[str, list[float]] = {}
    for row in _rows(str(iod(2019).relative_to(DATA))):
        area = kept[row["LSOA code (2011)"]]
        people = float(next(row[name] for name in row if name.startswith(weight)))
        of_district = sums.setdefault(row["Local Authority District code (2019)"], [0.0] * 4)
        for place, more in enumerate((people * area.score, people, area.decile == 1, 1)):
            of_district[place] += more

    published = {
        row["ltla19_code"]: row for row in _rows("iod/iod2019_lad19_summaries_humaniverse.csv.gz")
    }
    assert published.keys() == sums.keys()
    assert len(sums) == 317
    for code, (scored, people, first, areas) in sums.items():
        assert scored / people == pytest.approx(float(published[code][score]), abs=0.0011), code
        assert first / areas == pytest.approx(float(published[code][proportion]), abs=0.0001), code


def test_an_area_is_found_by_postcode_point_ward_and_beginning(england):
    city = add_city(
        england,
        slug="plymouth",
        name="Plymouth",
        name_cy="Plymouth",
        authority_name="Plymouth City Council",
        district_codes=["E06000026"],
    )
    lon, lat, code = point_of_postcode(england, "pl1 2aa")

    assert find_area(england, "PL1 2AA").lsoa_code == code
    assert area_at(england, lon, lat).lsoa_code == code
    for words in ("PL1", "PL1 2", "Budshead", "plymouth 003a", "Plymouth"):
        assert find_area(england, words, city=city).district_code == "E06000026", words
    assert find_area(england, "LS1", city=city).district_name == "Leeds"
    wards = outlines_of(england, city, tolerance_m=30)["features"]
    assert len(wards) == 20
    england.rollback()


def test_lookups_over_the_country_use_indexes(england):
    statement = _in_the_middle_of("LS1", "4").compile(
        england.get_bind(), compile_kwargs={"literal_binds": True}
    )
    plans = (
        str(statement),
        "SELECT * FROM area WHERE ST_Covers(boundary, ST_SetSRID(ST_MakePoint(-4.1, 50.4), 4326))",
        "SELECT * FROM postcode WHERE postcode = 'PL12AA'",
    )
    for plan in plans:
        lines = england.scalars(text("EXPLAIN " + plan.replace(":", "\\:")))
        assert "Seq Scan on" not in "\n".join(lines)


def _rows(name: str) -> list[dict[str, str]]:
    (path,) = DATA.glob(name)
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _as_numbers(answer: dict[str, int]) -> dict[int, int]:
    return {int(decile): count for decile, count in answer.items()}
