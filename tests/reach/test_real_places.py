"""Plymouth and Leeds on their real areas, indices and population, worked out a second time.

The second time is a notebook's: pandas and numpy on the official files, and nothing of the project.
The files are not part of it; where they are not there, these tests are skipped.
"""

import json
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from accounts.models import AgeBand
from app.terms import period_named
from cube import queries, service
from cube.tables import Learners
from geo.loaders import load_areas, load_deprivation, load_population, load_wards
from geo.queries import areas_of, city_by_slug, deciles, young_people
from geo.service import add_city, add_region
from reach.measures import concentration, fifths_of, gap_between, representation
from reach.together import Member, Together
from tests.cube.builders import TODAY, no_chance
from tests.databases import fresh_database
from tests.geo.test_national import AREAS, DATA, iod

PLACES = {"plymouth": "E06000026", "leeds": "E08000035"}
TERM, YEAR = period_named("2026-spring"), period_named("2024-to-2025")
CENSUS = DATA / "population" / "census2021_usual_residents_6_age_bands_lsoa21_ew.csv.gz"
WARDS = DATA / "lookups" / "lsoa21_wd24_lad24_ew.csv.gz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not AREAS.exists(), reason="the official files are not there: set TIRNOD_SHARED"
    ),
    # One load serves them all, also where tests are shared out among processes.
    pytest.mark.xdist_group("real places"),
]


@pytest.fixture(scope="module")
def loaded():
    """A session on a database of its own, with both places as anybody would load them."""
    with fresh_database() as url:
        engine = create_engine(url)
        with Session(engine) as db:
            for name, district in PLACES.items():
                load_areas(db, DATA / "boundaries" / "places" / f"{name}_lsoa21_bgc.geojson.gz")
                add_city(
                    db,
                    **{"slug": name, "name": name.title(), "name_cy": name.title()},
                    authority_name=f"{name.title()} City Council",
                    district_codes=[district],
                )
            load_wards(db, WARDS, only_districts=list(PLACES.values()))
            codes = set(_areas().index)
            for edition in (2019, 2025):
                load_deprivation(db, iod(edition), only_areas=codes)
            load_population(db, CENSUS, only_areas=codes)
            db.commit()
            yield db
        engine.dispose()


@pytest.fixture
def db(loaded, app):
    """That session, as it was."""
    with app.test_request_context():
        yield loaded
    loaded.rollback()


@pytest.fixture(scope="module")
def expected():
    answers = json.loads((DATA / "expected" / "expected_public_places.json").read_text())
    return answers["places"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("period", [TERM, YEAR], ids=lambda period: period.code)
def test_the_measures_are_what_a_notebook_makes_of_the_official_files(db, expected, place, period):
    areas = _areas()[lambda all_: all_["district"] == PLACES[place]]
    released = _release(db, place, period, areas["came"])

    by_decile = areas.groupby("iod2025")[["came", "young"]].sum()
    assert areas["iod2025"].value_counts().to_dict() == _numbers(
        expected[place]["imd2025_decile_counts"]
    )
    assert {cell.decile: (cell.learners, cell.young_people) for cell in released.deciles} == {
        decile: (row["came"], row["young"]) for decile, row in by_decile.iterrows()
    }
    assert {cell.decile: cell.rate for cell in released.deciles} == pytest.approx(
        (1000 * by_decile["came"] / by_decile["young"]).to_dict()
    )
    assert (released.city.learners, released.city.young_people) == tuple(
        areas[["came", "young"]].sum()
    )

    shares = by_decile / by_decile.sum()
    assert {each.cell.decile: each.ratio for each in representation(released.deciles)} == (
        pytest.approx((shares["came"] / shares["young"]).to_dict())
    )

    by_fifth = areas.groupby((areas["iod2025"] + 1) // 2)[["came", "young"]].sum()
    rates = by_fifth["came"] / by_fifth["young"]
    assert [fifth.total.rate for fifth in fifths_of(released.deciles)] == pytest.approx(
        (1000 * rates).tolist()
    )
    gap = gap_between(released.deciles)
    assert gap.ratio == pytest.approx(rates.iloc[0] / rates.iloc[-1], abs=0.005)
    assert gap.difference == round(1000 * (rates.iloc[-1] - rates.iloc[0]))

    theirs = _concentration_over_everybody(by_decile)
    ours = concentration(released.deciles)
    assert ours.index == pytest.approx(theirs, abs=1e-9)
    assert ours.low < theirs < ours.high
    assert 0.02 < theirs < 0.4  # more come from where fewer are deprived, as was planted


@pytest.mark.parametrize("place", PLACES)
def test_a_school_year_by_other_indices_is_what_the_files_say(db, expected, place):
    areas = _areas()[lambda all_: all_["district"] == PLACES[place]]
    released = _release(db, place, YEAR, areas["came"])

    told = {cell.code: (cell.learners, cell.young_people) for cell in released.tables["index"]}
    assert areas["iod2025-idaci"].value_counts().to_dict() == _numbers(
        expected[place]["idaci2025_decile_counts"]
    )
    for index in ("iod2019", "iod2025-idaci"):
        # IoD 2019 knows the areas of 2011: those drawn anew since are in none of its deciles.
        sums = areas.dropna(subset=[index]).groupby(index)[["came", "young"]].sum()
        assert {code: cells for code, cells in told.items() if code.startswith(f"{index}:")} == {
            f"{index}:{int(decile)}": (row["came"], row["young"]) for decile, row in sums.iterrows()
        }
    assert areas["iod2019"].isna().sum() > 0


def test_two_places_together_are_what_a_notebook_makes_of_both(db):
    areas = _areas()
    cities = {place: _city(db, place) for place in PLACES}
    add_region(db, slug="both", name="Both", name_cy="Y ddwy", cities=cities.values())
    members = [
        Member(place, place, _release(db, place, TERM, _of(areas, place)["came"]), is_open=True)
        for place in cities
    ]
    together = Together("Both", members)

    by_fifth = areas.groupby((areas["iod2025"] + 1) // 2)[["came", "young"]].sum()
    assert [(each.total.learners, each.total.young_people) for each in together.fifths] == [
        tuple(row) for row in by_fifth.to_numpy().tolist()
    ]
    assert together.all.learners == areas["came"].sum()
    rates = by_fifth["came"] / by_fifth["young"]
    assert together.gap.ratio == pytest.approx(rates.iloc[0] / rates.iloc[-1], abs=0.005)


def test_leeds_2023_by_home_ward_is_what_was_published(db, expected):
    """Real tickets, as if each were one learner's: of 15,778, some from nowhere known or elsewhere."""
    answer = expected["leeds"]
    tickets = pd.read_csv(DATA / "reach_leeds2023" / "ticket_orders_by_ward.csv.gz")
    by_ward = tickets.groupby("ward_code")["number_of_tickets"].sum()
    homes = {area.ward_code: area.lsoa_code for area in areas_of(db, _city(db, "leeds"))}
    in_leeds = by_ward[by_ward.index.isin(homes)]

    released = _release(db, "leeds", TERM, in_leeds.rename(index=homes))

    wards = {cell.code: cell.learners for cell in released.tables["ward"]}
    assert wards == answer["leeds2023_tickets_by_leeds_ward"]
    assert len(wards) == 33
    assert released.city.learners == answer["leeds2023_tickets_to_leeds_wards"]
    assert (len(tickets), tickets["number_of_tickets"].sum()) == (
        answer["leeds2023_orders"],
        answer["leeds2023_tickets"],
    )
    # A ward that is not known, and one that is not of Leeds, are nobody's here.
    elsewhere = by_ward[~by_ward.index.isin(homes)]
    unknown = (
        elsewhere.get("UNKNOWN", 0)
        + tickets["number_of_tickets"][tickets["ward_code"].isna()].sum()
    )
    beyond = elsewhere.drop("UNKNOWN", errors="ignore").sum()
    assert unknown > 0
    assert beyond > 0
    assert released.city.learners == answer["leeds2023_tickets"] - unknown - beyond


def test_how_many_of_a_ward_live_in_deprived_areas_is_what_was_published(db, expected):
    areas = areas_of(db, _city(db, "leeds"))
    codes = [area.lsoa_code for area in areas]
    people = young_people(db, "census2021", codes, from_age=16, to_age=24)
    tenths = deciles(db, "iod2025", codes)
    frame = pd.DataFrame(
        {
            "ward": [area.ward_code for area in areas],
            "people": [people[code] for code in codes],
            "deprived": [people[code] if tenths[code] <= 2 else 0 for code in codes],
        }
    )
    sums = frame.groupby("ward").sum()

    assert (sums["deprived"] / sums["people"]).round(4).to_dict() == pytest.approx(
        expected["leeds"]["ward_share_of_16_24_living_in_imd2025_deciles_1_2"], abs=1e-4
    )


def _city(db, place):
    return city_by_slug(db, place)


def _of(areas, place):
    return areas[areas["district"] == PLACES[place]]


def _release(db, place, period, came):
    """Release these numbers of learners, by area, without any chance, and read them as pages do."""
    stated = [Learners(code, AgeBand.FROM_13_TO_15, int(count)) for code, count in came.items()]
    city = _city(db, place)
    with patch.object(service, "learners_of", lambda *_: stated):
        service.release(db, city=city, period=period, today=TODAY, draw=no_chance())
    return queries.reach_of(db, city_id=city.id, period=period.code).term


def _areas():
    """Return each area of both places as the official files have it, with numbers that we plant."""
    index, census = _read(iod(2025)), pd.read_csv(CENSUS).set_index("LSOA21CD")
    wanted = index["Local Authority District code (2024)"].isin(PLACES.values())
    areas = pd.DataFrame({"district": index["Local Authority District code (2024)"][wanted]})
    areas["iod2025"] = _decile(index, "Index of Multiple Deprivation (IMD)")
    areas["iod2025-idaci"] = _decile(index, "Income Deprivation Affecting Children Index (IDACI)")
    areas["iod2019"] = _decile(_read(iod(2019)), "Index of Multiple Deprivation (IMD)")
    # Ages 11 to 15 are five of the sixteen years of the youngest band. Halves go to the even number.
    young = census["Aged 15 years and under"] * 5 / 16 + census["Aged 16 to 24 years"]
    areas["young"] = young.round().astype(int)
    # Some areas send many and some few; the less deprived send more.
    numbers = areas.index.str[3:].astype(int)
    areas["came"] = 3 + (numbers * 7919) % 11 + 2 * areas["iod2025"]
    return areas


def _read(path):
    frame = pd.read_csv(path)
    return frame.set_index(frame.columns[0])


def _decile(index, measure):
    (column,) = [name for name in index.columns if name.startswith(f"{measure} Decile")]
    return index[column]


def _numbers(answer):
    return {int(decile): count for decile, count in answer.items()}


def _concentration_over_everybody(by_decile):
    """Return the index person by person: one row for each, 1 who came, in order of deprivation.

    Everybody of one decile shares a rank, that of the middle of it.
    """
    people = by_decile["young"].to_numpy()
    came = np.concatenate(
        [
            np.repeat((1, 0), (row["came"], row["young"] - row["came"]))
            for _, row in by_decile.iterrows()
        ]
    )
    middle = np.cumsum(people) - people / 2
    rank = np.repeat(middle / people.sum(), people)
    return 2 * np.cov(came, rank, ddof=0)[0, 1] / came.mean()
