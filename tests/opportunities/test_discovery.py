"""The pages of finding something to do."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from accounts.models import Role
from app.web import HEADERS
from geo.models import Postcode
from opportunities.models import (
    Category,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
)
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW, YORK

#: Each of these ran code, or broke the map, when it was given to folium.
HOSTILE_NAMES = [
    "Robot club ${window.P=99}",
    "Robot club `${window.P=99}`",
    "</script><script>window.P=99</script>",
    '"><img src=x onerror=window.P=99>',
    "Cost ${5 each",
]


@pytest.fixture
def client(client, db):
    """A browser that sees rows as the database has them, not as a factory wrote them."""

    def land():
        db.commit()
        db.expunge_all()

    before = client.application.before_request_funcs.setdefault(None, [])
    before.append(land)
    yield client
    before.remove(land)


@pytest.fixture
def city(db):
    return factories.city(name="Testford")


@pytest.fixture
def home(city):
    return factories.area(in_city=city, name="Testford 1A", ward_name="Minster Ward")


def sitting(title="Pottery", places=9, city=None, km=0.0, in_days=5, **given):
    given.setdefault("place", factories.place(lat=YORK[1] + km / 111.32))
    given.setdefault("provider", factories.provider(in_city=city))
    opportunity = factories.opportunity(title=title, **given)
    return factories.scheduled_session(
        opportunity=opportunity, places=places, starts_at=NOW + timedelta(days=in_days)
    )


def titles(page):
    found = re.findall(r'<h2 class="has-pin"><a [^>]*>(.*?)</a>', page.text)
    return [unescape(title) for title in found]


def test_the_front_page_says_what_is_on_soonest_first(client):
    sitting("Later", in_days=6)
    sitting("Sooner", in_days=5)
    sitting("Draft", status=OpportunityStatus.DRAFT)

    page = client.get("/")

    assert (page.status_code, titles(page)) == (200, ["Sooner", "Later"])
    assert "2 activities, soonest first" in page.text


def test_a_card_says_what_someone_needs_to_decide(client, home):
    sitting(
        places=2,
        kind=OpportunityKind.VOLUNTEERING,
        min_age=13,
        max_age=16,
        cost_pence=250,
        welcome=["travel_paid"],
        provider=factories.provider(name="Pot House"),
    )

    card = client.get(f"/?area={home.lsoa_code}").text.split('<li class="card"')[1]

    for words in (
        "Pottery",
        "Sat 6 Jun, 1pm",
        "Pot House",
        "0.1 miles",
        "Volunteering",
        "Age 13 to 16",
        "£2.50",
        "Travel paid",
        "2 places left",
        "Checked today",
        'data-n="1"',
        'data-lat="53.9623"',
    ):
        assert words in card


def test_a_card_warns_where_nobody_has_confirmed_it_for_long_and_then_it_is_gone(client):
    sitting("Fresh", checked_at=NOW - timedelta(days=12))
    sitting("Stale", checked_at=NOW - timedelta(days=95))
    sitting("Paused", checked_at=NOW - timedelta(days=181))

    page = client.get("/")

    assert sorted(titles(page)) == ["Fresh", "Stale"]
    assert "Checked 12 days ago" in page.text
    assert "Nobody has confirmed this for 95 days. Check before you go." in page.text


def test_places_left_are_said_only_when_few(client):
    sitting(places=5)

    assert "places left" not in client.get("/").text


def test_from_an_area_the_nearest_come_first(client, home):
    sitting("Far", km=3, in_days=1)
    sitting("Near", km=1)
    sitting("Out of reach", km=30)

    page = client.get(f"/?area={home.lsoa_code}")

    assert titles(page) == ["Near", "Far"]
    assert "2 activities within 3 miles" in page.text
    assert "Minster Ward" in page.text


def test_a_learner_starts_from_where_they_live(sign_in, home):
    sitting("Far", km=3, in_days=1)
    sitting("Near", km=1)

    page = sign_in(factories.learner(home=home)).get("/")

    assert titles(page) == ["Near", "Far"]


def test_an_adult_who_signed_in_sees_the_list(sign_in, home):
    sitting()

    assert titles(sign_in(factories.adult(Role.GUARDIAN)).get("/")) == ["Pottery"]


def test_filters_narrow_the_list_and_stay_filled_in(client):
    sitting("Kept", kind=OpportunityKind.VOLUNTEERING, category=Category.CIVIC)
    sitting("Paid", kind=OpportunityKind.VOLUNTEERING, category=Category.CIVIC, cost_pence=100)
    sitting("Work", kind=OpportunityKind.WORK_EXPERIENCE)

    page = client.get("/?kind=volunteering&category=civic&free=1&age=14&text=kept")

    assert titles(page) == ["Kept"]
    assert "(5 on)" in page.text
    assert 'id="kind-volunteering" name="kind" value="volunteering" checked' in page.text
    assert 'id="text" name="text" maxlength="100" value="kept"' in page.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("age=old", "Age: choose a number from 5 to 25."),
        ("age=99", "Age: choose a number from 5 to 25."),
        ("kind=juggling", "Kind: not one we know."),
        ("category=juggling", "Category: not one we know."),
        ("day=8", "Day: not one we know."),
        ("day=soon", "Day: not one we know."),
        ("free=perhaps", "Free: it is either on or off."),
        ("step_free=perhaps", "Step-free: it is either on or off."),
        ("within=4", "Distance: not one we know."),
        ("cursor=0", "Page: there is no such page."),
        ("cursor=WzEsMiwzLDQsNV0", "Page: there is no such page."),
        ("bbox=1,2,3", "Part of the map: not one we know."),
        ("bbox=2,50,1,51", "Part of the map: not one we know."),
        ("bbox=nan,50,1,51", "Part of the map: not one we know."),
        ("from=soon", "From: write a day like 2026-11-28."),
        ("to=9999-12-31", "To: write a day like 2026-11-28."),
        ("from=0001-01-01", "From: write a day like 2026-11-28."),
        ("to=31/31/2026", "To: write a day like 2026-11-28."),
        ("sort=best", "Order: not one we know."),
        ("skill=juggling", "Skill: not one we know."),
        ("welcome=juggling", "Welcome: not one we know."),
        ("provider=nobody", "Organisation: not one we know."),
        ("badge=none-such", "Badge: not one we know."),
        ("area=E01999999", "Area: not one we know."),
        ("area=York", "Area: not one we know."),
        ("text=" + "x" * 101, "Words: use fewer, please."),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_kept(client, query, sentence):
    sitting("Kept", category=Category.CIVIC)
    sitting("Other", category=Category.SPORT)

    page = client.get(f"/?category=civic&{query}")

    assert (page.status_code, titles(page)) == (200, ["Kept"])
    assert sentence in page.text


@pytest.mark.parametrize(
    "query",
    ["text=%00", "text=%27%22%3C", "area=%00", "age=%F0%9F%90%8D", "%00=1", "kind=&kind=", "page=500", "from=9999-12-31&to=0001-01-01", "sort=nearest", "day=1&day=1&day=1",
     "text=\ud83d".encode("utf-8", "surrogatepass").hex("%").join(["text=%", ""])],
)  # fmt: skip
def test_no_query_string_breaks_the_page(client, query):
    sitting()

    assert client.get(f"/?{query}").status_code == 200


def test_one_bad_value_of_a_list_leaves_the_others(client):
    sitting("Kept", kind=OpportunityKind.VOLUNTEERING)
    sitting("Other")

    page = client.get("/?kind=juggling&kind=volunteering")

    assert titles(page) == ["Kept"]


def test_nothing_near_says_how_far_to_look_and_names_the_nearest(client, home):
    sitting("Nearest", km=6)
    sitting("Next", km=7)

    page = client.get(f"/?area={home.lsoa_code}&within=1")

    assert "Nothing within 1 mile" in page.text
    assert "Look within 5 miles" in page.text
    assert titles(page) == ["Nearest", "Next"]


def test_nothing_that_matches_shows_what_there_is_without_filters(client):
    sitting("Pottery")

    page = client.get("/?text=unicycle")

    assert page.status_code == 200
    assert "Nothing matches" in page.text
    assert "Without filters" in page.text
    assert titles(page) == ["Pottery"]


def test_nothing_at_all_says_so(client):
    page = client.get("/")

    assert (page.status_code, titles(page)) == (200, [])
    assert "Nothing matches" in page.text


def test_a_page_beyond_the_last_leads_back_to_the_first(client, db):
    for number in range(21):
        last = sitting(f"Number {number}", in_days=number + 1)
    address = link_to_next(client.get("/"))
    fill(db, last)

    page = client.get(address)

    assert (page.status_code, titles(page)) == (200, [])
    assert "Back to the first page" in page.text


def test_a_page_has_twenty_and_the_next_one_goes_on(client):
    for number in range(22):
        sitting(f"Number {number}", in_days=number + 1)

    first = client.get("/?age=14")
    second = client.get(link_to_next(first))

    assert len(titles(first)) == 20
    assert "Next 2" in first.text
    assert titles(second) == ["Number 20", "Number 21"]
    assert 'data-n="21"' in second.text
    assert 'href="/?age=14"' in second.text


def test_what_comes_and_goes_meanwhile_moves_no_page(client, db):
    sittings = [sitting(f"Number {number}", in_days=number + 1) for number in range(22)]
    address = link_to_next(client.get("/"))
    fill(db, sittings[3])
    sitting("New", in_days=2)

    assert titles(client.get(address)) == ["Number 20", "Number 21"]


def fill(db, scheduled):
    """Leave no place on a session."""
    db.get(ScheduledSession, scheduled.id).remaining_capacity = 0
    db.flush()


def link_to_next(page):
    return unescape(re.search(r'rel="next" href="([^"]+)"', page.text)[1])


def test_a_city_shows_what_its_providers_offer(client, city):
    sitting("Here", city=city)
    sitting("Elsewhere")

    page = client.get(f"/c/{city.slug}")

    assert titles(page) == ["Here"]
    assert client.get("/c/nowhere").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_as_often_for_three_as_for_one(client, home, count_queries, rows):
    for _ in range(rows):
        badge = factories.achievement()
        sitting(achievement=badge, provider=badge.issuer)
    count_queries.clear()

    client.get(f"/?area={home.lsoa_code}")

    asked = [sent for sent in count_queries if sent.startswith(("SELECT", "WITH"))]
    assert len(asked) == 6


def test_a_postcode_leads_to_its_area_and_stays_out_of_the_address(client, db, home):
    db.add(Postcode(postcode="YO17HH", lsoa_code=home.lsoa_code, lon=YORK[0], lat=YORK[1]))

    page = client.post("/near", data={"where": "yo1 7hh", "free": "1"})

    assert (page.status_code, page.location) == (303, f"/?area={home.lsoa_code}&free=1")
    assert "Set-Cookie" not in page.headers


def test_filters_lead_to_an_address_that_can_be_shared(client, city):
    asked = {"text": "pottery", "kind": ["volunteering", "enrichment"], "free": "1", "age": ""}

    assert client.post("/filter", data=asked).location == (
        "/?text=pottery&kind=volunteering&kind=enrichment&free=1"
    )
    in_city = client.post("/filter", data=asked | {"city": city.slug})
    assert in_city.location.startswith(f"/c/{city.slug}?text=pottery")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("yo1 7hh", ""),
        ("pottery YO17HH please", "pottery+please"),
        ("yo1", ""),
        ("pottery yo1", "pottery"),
    ],
)
def test_a_postcode_among_the_words_says_where_and_stays_out_of_the_address(
    client, db, home, typed, words
):
    db.add(Postcode(postcode="YO17HH", lsoa_code=home.lsoa_code, lon=YORK[0], lat=YORK[1]))

    page = client.post("/filter", data={"text": typed, "free": "1"})

    text = f"&text={words}" if words else ""
    assert page.location == f"/?area={home.lsoa_code}{text}&free=1"


def test_an_unknown_postcode_among_the_words_is_said(client):
    page = client.post("/filter", data={"text": "pottery ZZ9 9ZZ"})

    assert page.status_code == 422
    assert "We could not find that." in page.text
    assert 'value="pottery"' in page.text


def test_a_position_leads_to_its_area(client, home):
    page = client.post("/near", data={"lon": str(YORK[0]), "lat": str(YORK[1])})

    assert page.location == f"/?area={home.lsoa_code}"


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"where": "Atlantis"}, "We could not find that."),
        ({"where": ""}, "Type a postcode, or the name of a place."),
        ({}, "Type a postcode, or the name of a place."),
        ({"lon": "0", "lat": "0"}, "We do not know that place yet."),
        ({"lon": "nan", "lat": "inf"}, "We do not know that place yet."),
        ({"lon": "east", "lat": "north"}, "We do not know that place yet."),
        ({"where": "\x00"}, "We could not find that."),
    ],
)
def test_an_unknown_place_is_said_and_what_was_typed_stands_in_the_box(
    client, home, posted, sentence
):
    sitting()

    page = client.post("/near", data=posted)

    assert page.status_code == 422
    assert sentence in page.text
    assert titles(page) == ["Pottery"]
    if posted.get("where") == "Atlantis":
        assert 'value="Atlantis"' in page.text


def test_only_the_search_page_may_ask_where_someone_is(client):
    assert "geolocation=(self)" in client.get("/").headers["Permissions-Policy"]
    assert client.get("/help").headers["Permissions-Policy"] == HEADERS["Permissions-Policy"]


def test_whoever_only_looks_is_given_no_cookie(client):
    slug = sitting().opportunity.slug

    for address in ("/", f"/a/{slug}", "/no-such-page"):
        assert "Set-Cookie" not in client.get(address).headers


def test_the_map_is_the_same_bytes_each_time_and_may_be_kept(client, city, home):
    first = client.get(f"/map/{city.slug}.js")
    again = client.get(f"/map/{city.slug}.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.mimetype) == (200, "text/javascript")
    assert "max-age=86400" in first.headers["Cache-Control"]
    assert "tirnod.attach(map_0" in first.text
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_that_people_wrote_reaches_the_map(client, city, home, name):
    provider = factories.provider(name=name, in_city=city)
    place = factories.place(name=name, within=home)
    scheduled = sitting(name, provider=provider, place=place, description=name)
    home.name = home.ward_name = name

    drawn = client.get(f"/map/{city.slug}.js").text
    pages = [client.get("/"), client.get(f"/a/{scheduled.opportunity.slug}")]

    assert name not in drawn
    assert "window.P" not in drawn
    for page in pages:
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "<script>window" not in page.text


def test_one_thing_says_what_when_where_and_who(client, home):
    badge = factories.achievement(name="Clay Hand")
    scheduled = sitting(achievement=badge, provider=badge.issuer, places=3)
    full = factories.scheduled_session(
        opportunity=scheduled.opportunity, places=0, starts_at=NOW + timedelta(days=12)
    )

    page = client.get(f"/a/{scheduled.opportunity.slug}?area={home.lsoa_code}")

    for words in (
        "Make a pot and take it home.",
        "Saturday 6 June",
        "3 places left",
        "Saturday 13 June",
        "Full",
        "Library",
        "0.1 miles",
        "Clay Hand",
        "Come once and make one thing.",
        "1 June 2026",
        "data-next",
    ):
        assert words in page.text
    assert str(scheduled.uuid) in page.text
    assert str(full.uuid) not in page.text


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status": OpportunityStatus.DRAFT}, 404),
        ({"status": OpportunityStatus.WITHDRAWN}, 410),
        ({"provider_status": ProviderStatus.SUSPENDED}, 410),
    ],
)
def test_what_is_not_on_offer_says_so_in_words(client, given, status):
    provider = factories.provider(status=given.pop("provider_status", ProviderStatus.VERIFIED))
    scheduled = sitting(provider=provider, **given)

    page = client.get(f"/a/{scheduled.opportunity.slug}")

    assert page.status_code == status
    assert "Find something to do" in page.text
    assert client.get("/a/never-was").status_code == 404


def test_search_engines_are_told_what_the_page_says(client):
    slug = sitting("Pots & </script> pans", cost_pence=250, places=0).opportunity.slug

    page = client.get(f"/a/{slug}").text
    (told,) = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert told["name"] == "Pots & </script> pans"
    assert told["url"] == f"http://localhost/a/{slug}"
    assert told["startDate"] == "2026-06-06T13:00:00+01:00"
    assert (told["offers"]["price"], told["offers"]["availability"]) == (
        "2.50",
        "https://schema.org/SoldOut",
    )


@pytest.mark.parametrize("address", ["/near", "/filter"])
def test_a_city_that_cannot_be_typed_is_no_city(client, db, address):
    answer = client.post(address, data={"city": "\0", "where": "nowhere", "text": "x"})

    assert answer.status_code < 500
