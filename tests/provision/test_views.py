"""The officers' pages of what is within reach."""

import csv
import re
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.models import Role
from geo.models import Postcode
from opportunities.models import Category
from provision.lens import Lens, Mode
from provision.queries import access_of
from tests import factories
from tests.factories import NOW, YORK
from tests.provision.builders import city_with_areas, club


@pytest.fixture
def york(app, db):
    """Four areas a kilometre apart, with sport in the first and nothing near the last."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(9, 2, 3, 1), apart_km=1.2)
        club(db, at=areas[0], category=Category.SPORT, starts_at=NOW + timedelta(days=1))
        db.commit()
    return city, areas


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


def test_cold_spots_say_how_many_young_people_have_nothing(officer, york):
    _city, areas = york

    page = officer.get("/reach/cold-spots")

    assert page.status_code == 200
    # On foot the last two have nothing; the one with more young people comes first.
    order = [page.text.index(f"{area.name}, {area.ward_name}</h3>") for area in areas[:1:-1]]
    assert order == sorted(order)
    assert f"{areas[1].name}, {areas[1].ward_name}</h3>" not in page.text
    assert "400 young people here have none of this within 1 mile: all that is on." in page.text
    assert "/reach/what-if?" in page.text
    assert page.text.count("<h1>") == 1


def test_a_lens_keeps_what_it_asks_in_the_link_to_try_it(officer, york):
    page = officer.get("/reach/cold-spots?mode=bus&category=arts_and_culture&when=weekend&free=1")

    assert (
        "400 young people here have none of this within 5 miles: Arts and culture, free, Weekends."
        in page.text
    )
    link = re.search(r'href="(/reach/what-if\?area=[^"]+)"', page.text)
    asked = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
    assert asked == {
        "area": [york[1][3].lsoa_code],
        "mode": ["bus"],
        "category": ["arts_and_culture"],
        "when": ["weekend"],
        "free": ["1"],
    }
    assert "Who would gain" in officer.get(link[1].replace("&amp;", "&")).text


def test_where_nobody_is_short_the_page_says_so(app, db, sign_in):
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 2), young_people=(100, 100), apart_km=0.1)
        club(db, at=areas[0])
        db.commit()
    page = sign_in(factories.officer(of=city)).get("/reach/cold-spots")

    assert "No area in deciles 1 to 3 has little or nothing of this within reach." in page.text


@pytest.mark.parametrize("path", ["cold-spots", "what-if", "supply.csv"])
@pytest.mark.parametrize("asked", ["", "?mode=teleport&category=x&age=25%2B&when=&free=maybe%00"])
def test_a_lens_that_means_nothing_asks_nothing(officer, path, asked):
    assert officer.get(f"/reach/{path}{asked}").status_code == 200


def test_what_if_shows_who_gains_at_two_places_beside_each_other(officer, york):
    _city, areas = york
    far, near = areas[3], areas[1]

    page = officer.get(f"/reach/what-if?area={far.lsoa_code}&second={near.lsoa_code}&places=30")

    # At the far end: its own 400 and the 300 beside them; 400 of them in deciles 1 and 2.
    assert "700 young people would have more within reach. Of them in deciles 1 and 2: 400." in (
        page.text
    )
    assert "600 young people would have more within reach. Of them in deciles 1 and 2: 200." in (
        page.text
    )
    better = page.text.index("More young people in the most deprived areas gain here:")
    assert far.name in page.text[better : better + 120]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("area=", "Choose an area."),
        ("area=E01999999", "Choose an area of this city."),
        ("area=HERE&places=none", "Type how many can come, from 1 to 1,000."),
        ("area=HERE&hours=nan", "Type how many hours, like 2 or 1.5."),
        ("area=HERE&youngest=20&oldest=12", "The oldest cannot be younger than the youngest."),
        ("area=HERE&youngest=5&oldest=9", "Some of them must be 11 to 24."),
        ("area=HERE&often=9", "Choose how often."),
    ],
)
def test_a_proposal_that_makes_no_sense_comes_back_with_what_was_typed(officer, york, asked, said):
    page = officer.get("/reach/what-if?" + asked.replace("HERE", york[1][0].lsoa_code))

    assert page.status_code == 422
    assert page.text.count(said) >= 2
    assert "Who would gain" not in page.text


def test_a_postcode_becomes_an_area_and_is_in_no_address(officer, york, db):
    _city, areas = york
    there = Postcode(postcode="YO17HH", lsoa_code=areas[2].lsoa_code, lon=YORK[0], lat=YORK[1])
    db.add(there)
    db.commit()

    answer = officer.post(
        "/reach/what-if/place",
        data={"where": "yo1 7hh", "into": "second", "area": areas[0].lsoa_code, "places": "12"},
    )

    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.location).query) == {
        "area": [areas[0].lsoa_code],
        "second": [areas[2].lsoa_code],
        "places": ["12"],
    }
    assert "Who would gain" in officer.get(answer.location).text


@pytest.mark.parametrize("where", ["", "ZZ99 9ZZ", "Elsewhere", "x" * 81])
def test_a_place_that_is_none_of_the_city_is_refused(officer, york, db, where):
    elsewhere = factories.area(in_city=factories.city(), lon=-1.5)
    db.add(Postcode(postcode="ZZ999ZZ", lsoa_code=elsewhere.lsoa_code, lon=-1.5, lat=YORK[1]))
    db.commit()

    answer = officer.post("/reach/what-if/place", data={"where": where, "places": "12"})

    assert answer.status_code == 422
    assert '<input type="hidden" name="places" value="12">' in answer.text
    assert "There is a problem" in answer.text


def test_the_file_has_the_numbers_of_the_page_and_says_what_they_are(officer, york, db):
    city, _areas = york
    answer = officer.get("/reach/supply.csv?mode=bus&category=sport")

    rows = list(csv.DictReader(StringIO(answer.text.lstrip("\ufeff"))))

    lens = Lens(mode=Mode.BUS, category=Category.SPORT)
    known = access_of(db, city, lens, now=NOW)
    assert [row["code"] for row in rows] == [area.code for area in known]
    assert [float(row["place_hours_per_young_person"]) for row in rows] == [
        area.access for area in known
    ]
    assert {row["metres"] for row in rows} == {"8000"}
    assert "two-step floating catchment" in rows[0]["note"]
    assert (rows[0]["first_day"], rows[0]["last_day"]) == ("2026-04-20", "2026-07-12")


def test_only_an_authority_reads_them_and_only_its_own_city(officer, york, sign_in, app, db):
    with app.test_request_context():
        other, areas = city_with_areas()
        provider = factories.member(factories.provider())
        db.commit()
    for path in ("cold-spots", "what-if", "supply.csv"):
        page = officer.get(f"/reach/{path}?city={other.slug}").text
        assert york[1][3].name in page
        assert areas[0].name not in page
    for path in ("cold-spots", "what-if", "supply.csv"):
        assert sign_in(provider).get(f"/reach/{path}").status_code == 403


def test_whoever_runs_all_cities_names_one(york, sign_in, app):
    city, areas = york
    with app.test_request_context():
        admin = sign_in(factories.adult(Role.PLATFORM_ADMIN))

    assert f"/reach/cold-spots?city={city.slug}" in admin.get("/reach/cold-spots").text
    assert f"/reach/what-if?city={city.slug}" in admin.get("/reach/what-if").text
    assert admin.get("/reach/supply.csv").status_code == 404
    page = admin.get(f"/reach/cold-spots?city={city.slug}")
    assert f"area={areas[3].lsoa_code}&amp;mode=walk&amp;city={city.slug}" in page.text


def test_a_page_asks_as_often_for_many_areas_as_for_few(officer, york, count_queries, app, db):
    city, areas = york
    asked = []
    for _round in range(2):
        officer.get("/reach/what-if")
        count_queries.clear()
        officer.get("/reach/what-if")
        asked.append(len(count_queries))
        with app.test_request_context():
            for number in range(3):
                factories.area(in_city=city, decile=1, young_people=90, lon=YORK[0] - number / 50)
                club(db, at=areas[0])
            db.commit()

    assert asked[0] == asked[1]


def test_pages_ask_for_nobody(officer, york, count_queries):
    officer.get("/reach/cold-spots")
    officer.get(f"/reach/what-if?area={york[1][3].lsoa_code}")

    people = ("attendance", "booking", "attendance_trace", "saved_search")
    assert [sql for sql in count_queries if any(f" {name} " in sql for name in people)] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--city", "CITY", "--mode", "walk", "--metres", "1200"], "walk: 1,200 metres."),
        (["--city", "none-such", "--mode", "walk", "--metres", "1200"], "There is no city"),
        (["--city", "CITY", "--mode", "bus", "--metres", "1"], "Give a distance from 200"),
    ],
)
def test_an_operator_says_how_far(york, app, given, said):
    city, _areas = york
    command = [city.slug if word == "CITY" else word for word in given]

    assert said in app.test_cli_runner().invoke(args=["provision", "set-distance", *command]).output
