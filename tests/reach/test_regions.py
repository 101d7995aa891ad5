"""The pages of a region: who sees which of its cities, and the sum."""

import csv
from io import StringIO

import html5lib
import pytest
from sqlalchemy import func, select

from accounts.models import Role
from app.terms import period_named
from cube.models import PrivacyBudget, ReachCorrection, ReachRelease
from geo.service import add_region
from notices.models import Notice
from reach.asked import PUBLIC
from reach.jobs import send_report
from tests import factories
from tests.cube.builders import city_with_areas, no_chance, released

SPRING = period_named("2026-spring")


@pytest.fixture
def north(app, db):
    """A region of three cities, of which Hull has released nothing; and a city beside it."""
    with app.test_request_context():
        cities = [city_with_areas(deciles=(1, 9), young_people=1000, name=name) for name in NAMES]
        for (city, areas), came in zip(cities[:2], ((20, 50), (30, 70)), strict=True):
            planted = dict(zip(areas, came, strict=True))
            released(city, came=planted, draw=no_chance())
        york = cities[0][0]
        released(
            york, SPRING, came=dict(zip(cities[0][1], (11, 12), strict=True)), draw=no_chance()
        )
        beside, _areas = city_with_areas(name="Beside")
        released(beside)
        members = [city for city, _areas in cities]
        region = add_region(db, slug="north", name="North", name_cy="Gogledd", cities=members)
        db.commit()
    return region, {city.name: city for city in (*members, beside)}


NAMES = ("York", "Leeds", "Hull")


@pytest.fixture
def officer(north, sign_in):
    return sign_in(factories.adult(Role.AUTHORITY_OFFICER, region_id=north[0].id))


def rows_of(page, caption):
    """Return the rows of the table under that caption, as texts."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    for table in document.iter("table"):
        if "".join(table.find("caption").itertext()) == caption:
            return [
                ["".join(cell.itertext()).strip() for cell in row]
                for row in table.find("tbody").iter("tr")
            ]
    return None


BY_CITY = "Young people who took part, by city"
BY_FIFTH = "Young people who took part in all of these cities, by fifths of areas"
# 70 of 2,000, 100 of 2,000; 50 of 2,000 in decile 1 against 120 of 2,000 in decile 9.
LEEDS = ["Leeds", "2,000", "100", "50", "0.43"]
YORK = ["York", "2,000", "70", "35", "0.40"]
SUM = ["The sum", "4,000", "170", "42", "0.42"]


def test_an_officer_of_the_region_sees_each_city_and_the_sum(officer):
    page = officer.get("/reach/region").text

    assert rows_of(page, BY_CITY) == [LEEDS, YORK, SUM]
    assert rows_of(page, BY_FIFTH) == [
        ["Deciles 1 and 2 most deprived", "2,000", "50", "25"],
        ["Deciles 9 and 10 least deprived", "2,000", "120", "60"],
    ]
    assert "2 of 3" in page
    assert "<li>Hull</li>" in page
    assert "take part about half as often (25 in 1,000)" in page


def test_a_term_that_one_city_has_released_is_the_sum_of_that_one(officer):
    page = officer.get("/reach/region?period=2026-spring").text

    assert [row[0] for row in rows_of(page, BY_CITY)] == ["York", "The sum"]
    assert "1 of 3" in page
    assert officer.get("/reach/region?period=2020-spring").status_code == 404
    assert officer.get("/reach/region?period=%00").status_code == 404


def test_a_sum_of_one_city_alone_is_for_whoever_may_open_it(north, sign_in):
    cities = north[1]
    at = "/reach/region?period=2026-spring"

    assert sign_in(factories.officer(of=cities["York"])).get(at).status_code == 200
    other = sign_in(factories.officer(of=cities["Leeds"]))
    assert other.get(at).status_code == 404
    assert other.get("/reach/region/table.csv?period=2026-spring").status_code == 404
    assert "2026-spring" not in other.get("/reach/region").text


def test_an_officer_of_the_region_opens_its_cities_and_no_other(officer, north):
    cities = north[1]

    assert "York" in officer.get(f"/reach?city={cities['York'].slug}").text
    assert "Nothing has been released" in officer.get(f"/reach?city={cities['Hull'].slug}").text
    assert officer.get("/reach").location == "/reach/region"
    beside = officer.get(f"/reach?city={cities['Beside'].slug}")
    nowhere = officer.get("/reach?city=nowhere")
    assert (beside.status_code, nowhere.status_code) == (404, 404)
    assert beside.text.replace(cities["Beside"].slug, "") == nowhere.text.replace("nowhere", "")


def test_an_officer_of_a_city_sees_it_and_the_sum_but_not_the_others(north, sign_in):
    cities = north[1]
    client = sign_in(factories.officer(of=cities["York"]))

    page = client.get("/reach/region").text

    assert [row[0] for row in rows_of(page, BY_CITY)] == ["York", "The sum"]
    assert f"/public/reach/{cities['Leeds'].slug}?period=2026-summer" in page
    others = client.get(f"/reach?city={cities['Leeds'].slug}").text
    assert ("York" in others, "Leeds" in others) == (True, False)
    told = {(row["what"], row["name"]) for row in table(client)}
    assert ("city", "Leeds") not in told
    assert {("city", "York"), ("sum", "North"), ("missing", "Hull")} <= told


def test_the_page_of_a_city_leads_to_its_region_where_it_has_one(officer, north, sign_in):
    cities = north[1]
    of_region = officer.get(f"/reach?city={cities['York'].slug}").text
    of_york = sign_in(factories.officer(of=cities["York"])).get("/reach").text
    of_beside = sign_in(factories.officer(of=cities["Beside"])).get("/reach").text

    assert 'href="/reach/region"' in of_york
    assert 'href="/reach/region"' in of_region
    assert 'href="/reach/region"' not in of_beside


def test_the_file_says_what_the_page_says(officer):
    file = officer.get("/reach/region/table.csv")
    rows = table(officer)

    assert file.mimetype == "text/csv"
    assert "reach-north-2026-summer.csv" in file.headers["Content-Disposition"]
    shown = [
        (row["what"], row["name"], row["took_part"], row["per_1000"], row["hidden"]) for row in rows
    ]
    assert shown == [
        ("city", "Leeds", "100", "50", "no"),
        ("city", "York", "70", "35", "no"),
        ("missing", "Hull", "", "", ""),
        ("sum", "North", "170", "42", "no"),
        ("decile", "North", "50", "25", "no"),
        ("decile", "North", "120", "60", "no"),
        ("fifth", "deciles 1 and 2", "50", "25", "no"),
        ("fifth", "deciles 9 and 10", "120", "60", "no"),
    ]


def test_a_hidden_part_hides_the_sum_alike_in_page_and_file(north, app, db, sign_in):
    region, cities = north
    with app.test_request_context():
        areas = factories.area(in_city=cities["Hull"], decile=2, young_people=1000)
        released(cities["Hull"], came={areas: 1}, draw=no_chance())
        db.commit()
    client = sign_in(factories.adult(Role.CITY_ADMIN, region_id=region.id))

    page = client.get("/reach/region").text

    assert rows_of(page, BY_CITY)[-1] == ["The sum", "7,000", "Hidden", "Hidden", "Not known"]
    assert rows_of(page, BY_FIFTH)[0][2:] == ["Hidden", "Hidden"]
    (sum_,) = [row for row in table(client) if row["what"] == "sum"]
    assert (sum_["took_part"], sum_["per_1000"], sum_["hidden"]) == ("", "", "yes")


def test_pages_of_a_region_ask_for_nobody_and_not_once_for_each_term(officer, count_queries):
    count_queries.clear()
    officer.get("/reach/region")

    assert not [sent for sent in count_queries if "attendance" in sent or "booking" in sent]
    of_the_cube = [sent for sent in count_queries if "FROM reach_" in sent]
    assert len(of_the_cube) == 2 * len(NAMES)


def test_a_city_of_no_region_is_told_so_and_a_platform_admin_chooses(north, sign_in):
    alone = sign_in(factories.officer(of=north[1]["Beside"])).get("/reach/region")
    client = sign_in(factories.adult(Role.PLATFORM_ADMIN))

    assert (alone.status_code, "part of no region" in alone.text) == (404, True)
    assert "/reach/region?region=north" in client.get("/reach/region").text
    page = client.get("/reach/region?region=north").text
    assert [row[0] for row in rows_of(page, BY_CITY)] == ["Leeds", "York", "The sum"]
    assert "/reach/region/table.csv?region=north" in page
    assert client.get("/reach/region?region=nowhere").status_code == 404
    assert client.get("/reach/region/table.csv").status_code == 404


def test_before_any_release_the_page_says_so(db, sign_in):
    cities = [factories.city(name="York"), factories.city(name="Leeds")]
    region = add_region(db, slug="north", name="North", name_cy="Gogledd", cities=cities)
    client = sign_in(factories.adult(Role.AUTHORITY_OFFICER, region_id=region.id))

    assert "Nothing has been released yet" in client.get("/reach/region").text
    assert client.get("/reach/region/table.csv").status_code == 404


@pytest.mark.parametrize("path", ["/reach/region", "/reach/region/table.csv", "/reach/indices"])
@pytest.mark.parametrize("role", [Role.LEARNER, Role.GUARDIAN, Role.PROVIDER_ADMIN, None])
def test_nobody_else_may_come(db, client, sign_in, role, path):
    if role is None:
        assert client.get(path).location.startswith("/sign-in")
        return
    user = factories.learner() if role is Role.LEARNER else factories.adult(role)

    assert sign_in(user).get(path).status_code == 403


def test_who_works_for_a_region_has_no_queue_of_a_city(officer):
    page = officer.get("/reach/region").text

    assert "/authority/" not in page
    assert officer.get("/authority/providers").status_code in (200, 404)
    assert officer.get("/authority/concerns").status_code in (200, 404)


def table(client):
    text = client.get("/reach/region/table.csv").text
    return list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))


FILES = (
    *("table.csv", "table.csv-metadata.json", "areas.geojson", "areas.gpkg", "areas.parquet"),
    "report.pdf",
)


@pytest.mark.parametrize("file", FILES)
def test_an_officer_of_the_region_takes_the_files_of_its_cities_and_no_other(officer, north, file):
    cities = north[1]

    assert officer.get(f"/reach/{file}?city={cities['York'].slug}").status_code == 200
    assert officer.get(f"/reach/{file}?city={cities['Beside'].slug}").status_code == 404


def test_a_release_of_another_region_is_not_there_for_one_of_this(officer, north, db):
    own, other = (_last(db, north[1][name]) for name in ("York", "Beside"))

    assert officer.get(f"/reach/table.csv?release={own}").status_code == 200
    assert officer.get(f"/reach/table.csv?release={other}").status_code == 404
    assert officer.get(f"/api/v1/reach/releases/{other}/document").status_code == 404
    assert set(officer.get(f"/api/v1/reach/releases/{other}").json["tables"]) == set(PUBLIC)


def test_who_works_for_a_region_decides_nothing_for_a_city(north, sign_in, db):
    region, cities = north
    client = sign_in(factories.adult(Role.CITY_ADMIN, region_id=region.id))
    at = f"?city={cities['York'].slug}"
    before = db.get_one(PrivacyBudget, cities["York"].id).rho

    budget = client.post(f"/reach/reports/budget{at}", data={"rho": "4"})
    asked = {"of_period": "2026-summer", "reason": "Somebody came late."}
    correction = client.post(f"/reach/reports/corrections{at}", data=asked)

    assert (budget.status_code, correction.status_code) == (403, 403)
    assert db.get_one(PrivacyBudget, cities["York"].id).rho == before
    assert db.scalar(select(func.count()).select_from(ReachCorrection)) == 0
    page = client.get(f"/reach/reports{at}").text
    assert ("Set the budget" in page, "Count a period again" in page) == (False, False)


def test_who_works_for_a_region_is_told_of_its_cities_and_finds_the_report(north, app, db, sign_in):
    region, cities = north
    reader = factories.adult(Role.AUTHORITY_OFFICER, region_id=region.id)
    client = sign_in(reader)
    chosen = client.post(
        f"/reach/reports/mail?city={cities['York'].slug}", data={"kinds": ["term"]}
    )
    released_ones = [_id(db, cities[name]) for name in ("York", "Beside")]

    with app.app_context():
        for release_id in released_ones * 2:
            send_report(release_id)

    assert chosen.status_code == 303
    told = db.scalars(select(Notice).filter_by(user_id=reader.id)).all()
    assert len(told) == 1
    path = told[0].details["path"]
    assert cities["York"].slug in path
    assert client.get(path).status_code == 200


def _last(db, city):
    return _newest(db, city).uuid


def _id(db, city):
    return _newest(db, city).id


def _newest(db, city):
    made = select(ReachRelease).filter_by(city_id=city.id)
    return db.scalar(made.order_by(ReachRelease.starts_on.desc()).limit(1))
