"""What anybody may have: public tables alone, on a page, in a file, in a frame and by the API."""

import re
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from accounts.models import Role
from app.terms import period_named
from cube.budget import set_budget
from cube.service import correct
from cube.tables import LATTICE
from geo.models import City
from reach.asked import PUBLIC
from tests import factories
from tests.conftest import PUBLIC_URL
from tests.cube.builders import TODAY, city_with_areas, released

SPRING = period_named("2026-spring")
#: What no public answer may say.
SECRET = re.compile(r"decile|degradd|\bfifth|E01\d{6}", re.I)


@pytest.fixture
def york(app, db):
    """A city with two released terms, and its releases, the older first."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 2, 5, 9, 10))
        came = dict(zip(areas, (0, 14, 20, 30, 41), strict=True))
        city_with_areas(name="Elsewhere")
        made = [released(city, period=SPRING, seed=3, came=came), released(city, seed=5, came=came)]
        db.commit()
    return city, made


def named(db, name):
    return db.scalar(select(City).filter_by(name=name))


def addresses(city, release):
    return {
        "page": f"/public/reach/{city.slug}",
        "twin": f"/cy/public/reach/{city.slug}",
        "sheet": f"/public/reach/{city.slug}/table.csv",
        "metadata": f"/public/reach/{city.slug}/table.csv-metadata.json",
        "frame": f"/embed/reach/{city.slug}",
        "list": f"/api/v1/reach/cities/{city.slug}/releases",
        "release": f"/api/v1/reach/releases/{release.uuid}",
    }


def test_no_public_answer_says_how_deprived_an_area_is(york, client):
    city, (_spring, summer) = york

    for name, address in addresses(city, summer).items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        assert SECRET.findall(answer.text) == [], name
        assert city.name in answer.text or city.slug in answer.text, name


def test_what_anybody_may_ask_reads_no_table_that_only_officers_see(york, client, count_queries):
    city, (_spring, summer) = york

    for name, address in addresses(city, summer).items():
        count_queries.clear()
        client.get(address)
        cells = [sent for sent in count_queries if "FROM reach_cell" in sent]
        assert cells or name == "list", name
        # Areas are tens of thousands of cells in a country, and this costs nobody anything to ask.
        assert [sent for sent in cells if 'reach_cell."table" IN' not in sent] == [], name


def test_programs_get_the_public_tables_and_officers_of_the_city_all(york, client, sign_in, db):
    city, (_spring, summer) = york
    address = addresses(city, summer)["release"]
    elsewhere = named(db, "Elsewhere")

    anybody = client.get(address)
    assert set(anybody.json["tables"]) == {"city", "age", "ward"}
    assert anybody.headers["Access-Control-Allow-Origin"] == "*"
    assert "Cookie" in anybody.headers["Vary"]
    assert set(anybody.json["links"]) == {"page", "public_table"}
    for stranger in (factories.learner(), factories.officer(of=elsewhere)):
        assert sign_in(stranger).get(address).json == anybody.json

    whole = sign_in(factories.officer(of=city)).get(address)
    assert set(whole.json["tables"]) == {table.table for table in summer.tables}
    # It was released where no secret was at hand: there is no signature to lead to.
    assert "document" in whole.json["links"]
    assert "signature" not in whole.json["links"]
    assert "Access-Control-Allow-Origin" not in whole.headers
    assert whole.headers["Cache-Control"] == "no-store"
    assert sign_in(factories.adult(Role.PLATFORM_ADMIN)).get(address).json == whole.json
    for link in whole.json["links"].values():
        assert client.get(link.removeprefix(PUBLIC_URL)).status_code == 200, link


def test_every_version_is_listed_the_newest_first(york, client, app, db):
    city, (spring, summer) = york
    with app.test_request_context():
        set_budget(db(), city=city, rho=3.0, today=TODAY)
        again = correct(db(), city=city, period=SPRING, reason="A register came late.", today=TODAY)
        db.commit()

    told = client.get(f"/api/v1/reach/cities/{city.slug}/releases").json["releases"]

    assert [one["id"] for one in told] == [str(made.uuid) for made in (summer, again, spring)]
    assert [(one["version"], one["reason"]) for one in told] == [
        (1, ""),
        (2, "A register came late."),
        (1, ""),
    ]
    assert told[0]["made"]["rho"] == summer.rho
    # What was corrected is still to be had, as it was.
    kept = client.get(f"/public/reach/{city.slug}/table.csv?release={spring.uuid}").text
    assert '"A register' not in kept
    assert '"2026-spring"' in kept
    page = client.get(f"/public/reach/{city.slug}?period=2026-spring").text
    assert "These numbers were corrected. A register came late." in page


def test_what_is_the_same_for_everyone_is_kept_a_minute_by_every_cache(york, client, sign_in):
    city, (_spring, summer) = york
    for client_now in (client, sign_in(factories.officer(of=city))):
        for address in (
            f"/embed/reach/{city.slug}",
            f"/public/reach/{city.slug}/table.csv",
            f"/public/reach/{city.slug}/table.csv-metadata.json?release={summer.uuid}",
        ):
            kept = client_now.get(address).headers["Cache-Control"]
            assert kept.startswith("public, max-age=60,"), address
    # A page has the name of whoever is signed in.
    assert client_now.get(f"/public/reach/{city.slug}").headers["Cache-Control"] == "no-store"


def test_answers_are_as_described(york, client, sign_in):
    city, (_spring, summer) = york
    described = client.get("/api/v1/openapi.json").json
    for client_now in (client, sign_in(factories.officer(of=city))):
        for path, address in (
            ("/api/v1/reach/cities/{slug}/releases", addresses(city, summer)["list"]),
            ("/api/v1/reach/releases/{id}", addresses(city, summer)["release"]),
        ):
            said = described["paths"][path]["get"]["responses"]["200"]
            schema = described | said["content"]["application/json"]["schema"]
            told = client_now.get(address).json
            assert [str(error) for error in Draft202012Validator(schema).iter_errors(told)] == []
            name = schema["$ref"].rpartition("/")[2]
            assert set(told) == set(described["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize("part", ["document", "signature"])
def test_what_was_signed_is_for_officers_of_the_city(york, client, sign_in, db, part):
    city, (_spring, summer) = york
    elsewhere = named(db, "Elsewhere")
    address = f"/api/v1/reach/releases/{summer.uuid}/{part}"

    assert client.get(address).location.startswith("/sign-in")
    assert sign_in(factories.learner()).get(address).status_code == 403
    stranger = sign_in(factories.officer(of=elsewhere))
    nothing = stranger.get(f"/api/v1/reach/releases/{uuid4()}/{part}")
    theirs = stranger.get(address)
    assert (theirs.status_code, theirs.json) == (nothing.status_code, nothing.json)
    assert theirs.status_code == 404
    # This one was released where no secret was at hand.
    officer = sign_in(factories.officer(of=city))
    assert officer.get(address).status_code == (200 if part == "document" else 404)


@pytest.mark.parametrize(
    "path",
    [
        "/reach/table.csv-metadata.json",
        "/reach/areas.geojson",
        "/reach/areas.gpkg",
        "/reach/areas.parquet",
    ],
)
def test_whole_files_are_for_officers_of_the_city(york, client, sign_in, path, db):
    city, (_spring, summer) = york
    elsewhere = named(db, "Elsewhere")

    assert client.get(path).location.startswith("/sign-in")
    assert sign_in(factories.learner()).get(path).status_code == 403
    stranger = sign_in(factories.officer(of=elsewhere))
    for name in (summer.uuid, uuid4(), "nonsense"):
        assert stranger.get(f"{path}?release={name}").status_code == 404
    assert stranger.get(f"{path}?city={city.slug}").status_code == 404
    admin = sign_in(factories.adult(Role.PLATFORM_ADMIN))
    assert admin.get(f"{path}?city={city.slug}").status_code == 200
    assert admin.get(path).status_code == 404


def test_a_month_has_no_files_of_areas(york, app, db, sign_in):
    city, _made = york
    with app.test_request_context():
        month = released(city, period=period_named("2026-06"))
        db.commit()
    officer = sign_in(factories.officer(of=city))

    answer = officer.get(f"/reach/areas.geojson?release={month.uuid}")
    assert answer.status_code == 404
    assert "ask for a term or a year" in answer.text
    assert officer.get(f"/reach/table.csv?release={month.uuid}").status_code == 200
    links = officer.get(f"/api/v1/reach/releases/{month.uuid}").json["links"]
    assert not [name for name in links if name.startswith("areas")]
    page = officer.get(f"/public/reach/{city.slug}?period=2026-06")
    assert page.status_code == 200
    assert "By ward" not in page.text


def test_the_page_says_what_the_file_says_and_leads_on(york, client):
    city, (_spring, summer) = york
    page = client.get(f"/public/reach/{city.slug}").text

    told = client.get(addresses(city, summer)["release"]).json["tables"]["ward"]["cells"]
    wards = {cell["label"]: cell["learners"] for cell in told}
    assert set(wards) == {"Abbey", "Brook"}
    for name, learners in wards.items():
        assert learners
        assert f'<th scope="row">{name}</th><td class="n">{learners}</td>' in page
    assert len(page.encode()) < 30_000
    assert "noindex" not in page
    assert f"/public/reach/{city.slug}/table.csv?release={summer.uuid}" in page
    assert f"{PUBLIC_URL}/embed/reach/{city.slug}" in page
    assert f'href="/c/{city.slug}"' in page
    assert f'href="/public/reach/{city.slug}"' in client.get("/public/reach").text


def test_the_frame_may_be_framed_and_needs_neither_script_nor_cookie(york, client):
    city, _made = york

    answer = client.get(f"/embed/reach/{city.slug}")

    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert "noindex" in answer.text
    assert len(answer.data) < 20_000


def test_before_a_release_public_pages_say_so(db, client):
    city, _areas = city_with_areas()
    db.commit()

    assert "Nothing has been released yet" in client.get(f"/public/reach/{city.slug}").text
    assert "Nothing has been released yet" in client.get(f"/embed/reach/{city.slug}").text
    assert f"/public/reach/{city.slug}" not in client.get("/public/reach").text
    assert client.get(f"/api/v1/reach/cities/{city.slug}/releases").json["releases"] == []
    for path in ("table.csv", "table.csv-metadata.json"):
        assert client.get(f"/public/reach/{city.slug}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/public/reach/nowhere",
        "/public/reach/%00",
        "/embed/reach/nowhere",
        "/api/v1/reach/cities/nowhere/releases",
        "/public/reach/nowhere/table.csv",
    ],
)
def test_a_city_that_is_not_there_is_not_found(db, client, path):
    assert client.get(path).status_code == 404


def test_a_release_is_only_had_under_its_own_city(york, client, db):
    _city, (_spring, summer) = york
    elsewhere = named(db, "Elsewhere")
    db.commit()

    for name in (summer.uuid, uuid4(), "nonsense"):
        path = f"/public/reach/{elsewhere.slug}/table.csv?release={name}"
        assert client.get(path).status_code == 404


def test_public_tables_are_declared_and_none_speaks_of_deprivation_or_answers():
    declared = {table.name for table in LATTICE}
    assert set(PUBLIC) <= declared
    assert not [name for name in PUBLIC if re.search("decile|fifth|told|index|area", name)]


def test_the_page_for_developers_tells_how_a_signature_is_checked(york, client):
    page = client.get("/developers").text

    assert "/api/v1/reach/releases/{id}/signature" in page
    assert "/.well-known/did.json" in page
    assert 'href="/public/reach"' in page
