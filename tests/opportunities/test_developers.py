"""The description of the interface says what the interface does, and the page says it in words."""

import html

import pytest
from jsonschema import Draft202012Validator

from opportunities.openapi import document
from tests import factories
from tests.conftest import PUBLIC_URL


@pytest.fixture
def described(client):
    return client.get("/api/v1/openapi.json").json


def schema_of(described, path, kind="application/json"):
    answer = described["paths"][path]["get"]["responses"]["200"]
    return described | answer["content"][kind]["schema"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        pytest.param("/api/v1/opportunities", lambda one: {}, id="list"),
        pytest.param(
            "/api/v1/opportunities/{id}", lambda one: {"id": one.opportunity.uuid}, id="opportunity"
        ),
        pytest.param("/api/v1/sessions/{id}", lambda one: {"id": one.uuid}, id="session"),
        pytest.param(
            "/api/v1/providers/{slug}",
            lambda one: {"slug": one.opportunity.provider.slug},
            id="provider",
        ),
        pytest.param("/api/v1/cities", lambda one: {}, id="cities"),
        pytest.param(
            "/api/v1/areas/{code}",
            lambda one: {"code": one.opportunity.place.lsoa_code},
            id="area",
        ),
    ],
)
@pytest.mark.parametrize("has_badge", [True, False])
def test_answers_are_as_described(db, client, path, named, has_badge):
    badge = factories.achievement(skills=["planning"]) if has_badge else None
    scheduled = factories.scheduled_session(opportunity=factories.opportunity(achievement=badge))
    db.commit()
    address = path.format(**named(scheduled))

    answer = client.get(address)

    described = client.get("/api/v1/openapi.json").json
    schema = schema_of(described, path)
    assert answer.status_code == 200
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json)] == []
    # Nothing is told that is not described.
    name = schema["$ref"].rpartition("/")[2]
    assert set(answer.json) <= set(described["components"]["schemas"][name]["properties"])


def test_the_list_is_as_described_as_geojson_too(db, client, described):
    scheduled = factories.scheduled_session()
    db.commit()

    answer = client.get("/api/v1/opportunities?format=geojson")

    schema = schema_of(described, "/api/v1/opportunities", answer.mimetype)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json)] == []
    [feature] = answer.json["features"]
    assert feature["properties"]["title"] == scheduled.opportunity.title
    described_of = described["components"]["schemas"]["Properties"]["properties"]
    assert set(feature["properties"]) == set(described_of)


def test_every_filter_of_the_search_is_described(described):
    asked = described["paths"]["/api/v1/opportunities"]["get"]["parameters"]

    assert described["openapi"] == "3.1.0"
    assert described["servers"] == [{"url": PUBLIC_URL}]
    assert described["info"]["license"]["name"] == "CC BY 4.0"
    assert {"area", "bbox", "from", "to", "lon", "limit", "cursor", "format"} <= {
        one["name"] for one in asked
    }
    assert all(one["description"] for one in asked)
    [kind] = [one for one in asked if one["name"] == "kind"]
    assert kind["schema"]["items"]["enum"] == ["enrichment", "work_experience", "volunteering"]


def test_every_call_described_is_one_that_is_there(app):
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    with app.test_request_context():
        paths = document(PUBLIC_URL)["paths"]

    assert {
        path.replace("{id}", "<uuid:uuid>").replace("{", "<").replace("}", ">") for path in paths
    } == {rule for rule in routes if rule not in ("/api/v1/openapi.json", "/api/v1/verify")}


def test_the_page_shows_each_call_with_a_line_to_try(db, client):
    city = factories.city("Testford")
    db.commit()

    page = html.unescape(client.get("/developers").text)

    assert f'curl "{PUBLIC_URL}/api/v1/opportunities?age=14&free=1"' in page
    assert f'curl "{PUBLIC_URL}/api/v1/areas/{{code}}"' in page
    assert f'<iframe src="{PUBLIC_URL}/embed/list?age=14' in page
    assert f'href="/feeds/{city.slug}.atom"' in page
    assert "enrichment, work_experience, volunteering" in page
    assert "https://creativecommons.org/licenses/by/4.0/" in page
    assert client.get("/cy/developers").status_code == 200
