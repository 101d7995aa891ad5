"""What programs are told: the same search, as JSON and GeoJSON, without what is nobody's business."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from accounts.models import Role
from app import clock
from opportunities.freshness import PAUSED_AFTER
from opportunities.models import AttendanceMode, OpportunityStatus, Welcome
from providers.models import ProviderStatus
from tests import factories
from tests.conftest import PUBLIC_URL
from tests.factories import NOW, YORK

API = "/api/v1/opportunities"
NEAR = f"{API}?lon={YORK[0]}&lat={YORK[1]}"


@pytest.fixture
def get(client, db):
    """Return a function that asks as a program does: of what is committed."""

    def get(address, **given):
        db.commit()
        return client.get(address, **given)

    return get


@pytest.fixture
def pottery(db):
    """One thing to do with everything that can be said of it, and its next session."""
    provider = factories.provider('Pot "House"')
    place = factories.place(name="Hall\\Barn", address="1 High Street\nYork", step_free=True)
    opportunity = factories.opportunity(
        "Pottery </script> \u2028 gwneud pôt",
        provider=provider,
        place=place,
        achievement=factories.achievement(provider, skills=["creativity", "planning"]),
        suits_min_age=12,
        suits_max_age=16,
        cost_pence=250,
        welcome=[Welcome.FOOD, Welcome.TRAVEL_PAID],
        mode=AttendanceMode.MIXED,
    )
    factories.scheduled_session(opportunity=opportunity, places=0)
    return factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=2))


def told_of(scheduled):
    """What a list tells of the fixture above, asked from York Minster."""
    opportunity = scheduled.opportunity
    return {
        "id": str(opportunity.uuid),
        "title": opportunity.title,
        "url": f"{PUBLIC_URL}/a/{opportunity.slug}",
        "kind": "enrichment",
        "category": "arts_and_culture",
        "mode": "mixed",
        "provider": {
            "name": opportunity.provider.name,
            "slug": opportunity.provider.slug,
            "url": f"{PUBLIC_URL}/p/{opportunity.provider.slug}",
        },
        "place": {
            "name": opportunity.place.name,
            "address": opportunity.place.address,
            "lon": YORK[0],
            "lat": YORK[1],
            "step_free": True,
        },
        "min_age": 11,
        "max_age": 24,
        "suits_min_age": 12,
        "suits_max_age": 16,
        "cost_pence": 250,
        "is_free": False,
        "welcome": ["food", "travel_paid"],
        "skills": ["creativity", "planning"],
        "checked_at": "2026-06-01T12:00:00Z",
        "badge": {
            "name": opportunity.achievement.name,
            "url": f"{PUBLIC_URL}/achievements/{opportunity.achievement.slug}/v1",
        },
        "next_session": {
            "id": str(scheduled.uuid),
            "starts_at": "2026-06-03T12:00:00Z",
            "ends_at": "2026-06-03T14:00:00Z",
            "remaining": "few",
        },
        "distance_m": pytest.approx(0, abs=100),
    }


def test_a_list_tells_all_of_an_opportunity_and_of_its_next_session(get, pottery):
    answer = get(NEAR)

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json == {
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "problems": [],
        "opportunities": [told_of(pottery)],
    }


def test_a_map_is_told_less_of_the_same_as_geojson(get, pottery):
    answer = get(NEAR, headers={"Accept": "application/geo+json"})

    told = told_of(pottery)
    assert answer.mimetype == "application/geo+json"
    assert answer.json["type"] == "FeatureCollection"
    assert answer.json["features"] == [
        {
            "type": "Feature",
            "id": told["id"],
            "geometry": {"type": "Point", "coordinates": list(YORK)},
            "properties": {
                **{name: told[name] for name in ("title", "kind", "category")},
                "path": urlsplit(told["url"]).path,
                "provider": told["provider"]["name"],
                "place": told["place"]["name"],
                **{name: told[name] for name in ("min_age", "max_age", "cost_pence")},
                "next_start": told["next_session"]["starts_at"],
            },
        }
    ]
    assert get(f"{NEAR}&format=geojson").json == answer.json
    assert "features" not in get(f"{NEAR}&format=json").json


def test_where_nothing_is_asked_and_no_badge_is_earned_nothing_is_made_up(get):
    factories.scheduled_session(places=5)

    [told] = get(API).json["opportunities"]

    assert (told["badge"], told["distance_m"]) == (None, None)
    assert (told["suits_min_age"], told["suits_max_age"]) == (11, 24)
    assert told["next_session"]["remaining"] == "yes"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda one: setattr(one, "title", "Clay"), id="title"),
        pytest.param(lambda one: setattr(one.place, "address", "2 Low Row"), id="address"),
        pytest.param(lambda one: setattr(one.provider, "slug", "moved"), id="provider"),
        pytest.param(lambda one: setattr(one.achievement, "slug", "moved"), id="badge"),
    ],
)
def test_what_is_told_changes_with_what_it_tells_of(db, get, pottery, changed):
    changed(pottery.opportunity)
    db.flush()

    assert get(NEAR).json["opportunities"] == [told_of(pottery)]


def test_pages_follow_each_other_by_the_address_of_the_next(get):
    titles = [f"Pottery {number}" for number in range(5)]
    for number, title in enumerate(titles):
        factories.scheduled_session(
            opportunity=factories.opportunity(title), starts_at=NOW + timedelta(days=number + 1)
        )

    address, found = f"{API}?limit=2&age=14&format=json", []
    while address:
        page = get(address).json
        found.append([each["title"] for each in page["opportunities"]])
        address = page.get("next")
        assert address is None or address.startswith(f"{PUBLIC_URL}{API}?")
        assert address is None or "age=14" in address

    assert found == [titles[:2], titles[2:4], titles[4:]]


def test_what_cannot_be_read_is_said_and_the_rest_is_answered(get):
    factories.scheduled_session(opportunity=factories.opportunity("For all", max_age=24))
    factories.scheduled_session(opportunity=factories.opportunity("For children", max_age=12))

    answer = get(f"{API}?age=14&kind=party&lon=x&limit=9999&cursor=x&format=xml")

    assert answer.status_code == 200
    assert [each["title"] for each in answer.json["opportunities"]] == ["For all"]
    assert len(answer.json["problems"]) == 5


def test_it_may_be_read_by_pages_of_other_sites_and_kept_for_a_minute(get, pottery):
    answer = get(API)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert "Accept" in answer.headers["Vary"]
    # Other pages of the site stay its own.
    assert "Access-Control-Allow-Origin" not in get("/").headers


def test_the_same_again_costs_no_question_for_half_a_minute(
    db, get, pottery, count_queries, monkeypatch
):
    etag = get(API).headers["ETag"]
    db.add(pottery)
    pottery.opportunity.title = "Clay"
    db.commit()
    count_queries.clear()

    again = get(API, headers={"If-None-Match": etag})
    assert (again.status_code, again.data, count_queries) == (304, b"", [])
    assert again.headers["ETag"] == etag
    assert get(API).json["opportunities"][0]["title"] == "Clay"

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=31))
    assert get(API, headers={"If-None-Match": etag}).status_code == 200


def test_what_did_not_change_is_said_so_compressed_or_not(get, pottery, monkeypatch):
    for squeezed in ({}, {"Accept-Encoding": "gzip"}):
        address = f"{API}?limit={len(squeezed) + 1}"
        etag = get(address, headers=squeezed).headers["ETag"]
        for later in (0, 31):
            monkeypatch.setattr(clock, "now", lambda later=later: NOW + timedelta(seconds=later))
            held = squeezed | {"If-None-Match": etag}
            assert get(address, headers=held).status_code == 304


def test_nobodys_session_travels_with_what_everyone_is_told(sign_in, pottery):
    client = sign_in(factories.learner())
    get = client.get
    with client.session_transaction() as session:
        session.permanent = True

    answer = get(API)

    assert "Set-Cookie" not in answer.headers
    assert answer.json["opportunities"][0]["distance_m"] is None
    assert "Set-Cookie" in get("/").headers


def test_a_list_is_one_question_however_long_it_is(get, count_queries):
    factories.scheduled_session()
    get(API)
    for number, rows in enumerate((1, 3)):
        for _ in range(rows - 1):
            factories.scheduled_session()
        count_queries.clear()
        assert len(get(f"{NEAR}&limit={number + 5}").json["opportunities"]) == rows
        assert len([each for each in count_queries if "opportunity" in each]) == 1


def test_one_opportunity_is_told_with_its_words_and_every_session_to_come(get, pottery):
    answered = get(f"{API}/{pottery.opportunity.uuid}").json

    told = told_of(pottery)
    del told["next_session"], told["distance_m"]
    sessions = answered.pop("sessions")
    assert answered == told | {
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "description": "Make a pot and take it home.",
    }
    assert [each["remaining"] for each in sessions] == ["none", "few"]
    assert sessions[1] == told_of(pottery)["next_session"]


def test_one_session_is_told_with_what_it_is_a_session_of(get, pottery):
    told = get(f"/api/v1/sessions/{pottery.uuid}").json

    assert told["starts_at"] == "2026-06-03T12:00:00Z"
    assert told["opportunity"]["id"] == str(pottery.opportunity.uuid)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"status": OpportunityStatus.DRAFT}, 404, id="draft"),
        pytest.param({"status": OpportunityStatus.WITHDRAWN}, 410, id="withdrawn"),
        pytest.param({"checked_at": NOW - PAUSED_AFTER}, 410, id="paused"),
    ],
)
def test_what_is_not_on_offer_is_not_told(get, given, status):
    scheduled = factories.scheduled_session(opportunity=factories.opportunity(**given))

    assert get(f"{API}/{scheduled.opportunity.uuid}").status_code == status
    assert get(f"/api/v1/sessions/{scheduled.uuid}").status_code == status
    assert get(API).json["opportunities"] == []


def test_a_session_that_is_over_is_gone(get):
    scheduled = factories.scheduled_session(starts_at=NOW)

    assert get(f"/api/v1/sessions/{scheduled.uuid}").status_code == 410


def test_an_organisation_is_told_once_it_was_checked_and_nobody_of_it_is_named(get):
    provider = factories.provider("Pot House", safeguarding_lead="Anwen Hughes")
    other = factories.provider("Applied", status=ProviderStatus.APPLIED)
    factories.member(provider, Role.PROVIDER_ADMIN)

    answer = get(f"/api/v1/providers/{provider.slug}")

    assert answer.json["name"] == "Pot House"
    assert answer.json["city"] == provider.city.slug
    assert "Anwen" not in answer.text
    assert "@" not in answer.text
    assert get(f"/api/v1/providers/{other.slug}").status_code == 404


def test_cities_and_areas_are_told_by_name_and_without_deprivation(get):
    city = factories.city("Testford")
    area = factories.area(in_city=city, decile=1, ward_code="E05000001", ward_name="Bridge")

    assert [each["name"] for each in get("/api/v1/cities").json["cities"]] == ["Testford"]
    assert get(f"/api/v1/areas/{area.lsoa_code}").json == {
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "code": area.lsoa_code,
        "name": area.name,
        "ward": {"code": "E05000001", "name": "Bridge"},
        "district": {"code": area.district_code, "name": "Testford"},
        "city": city.slug,
    }
    assert get("/api/v1/areas/E01999999").status_code == 404
