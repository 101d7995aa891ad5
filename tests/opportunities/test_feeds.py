"""Feeds of any search, as their own formats are read."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from tests import factories
from tests.conftest import PUBLIC_URL
from tests.factories import NOW

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def get(client, db):
    def get(address, **given):
        db.commit()
        return client.get(address, **given)

    return get


def sitting(title, in_days=1, **given):
    opportunity = factories.opportunity(title, **given)
    return factories.scheduled_session(
        opportunity=opportunity, starts_at=NOW + timedelta(days=in_days)
    )


def test_a_search_as_atom_says_what_when_where_and_by_whom(get):
    kept = sitting(
        "Pots & \x01pans <b>", min_age=11, max_age=14, checked_at=NOW - timedelta(days=3)
    )
    sitting("For adults", min_age=18)

    answer = get("/feeds/opportunities.atom?age=12")

    assert answer.content_type == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{kept.opportunity.uuid}"
    assert entry.findtext(f"{ATOM}title") == "Pots & pans <b>"
    assert entry.findtext(f"{ATOM}published") == "2026-06-01T12:00:00Z"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Pot House"
    assert entry.find(f"{ATOM}link").get("href") == f"{PUBLIC_URL}/a/{kept.opportunity.slug}"
    assert entry.findtext(f"{ATOM}content").splitlines() == [
        "Tue 2 Jun, 1pm",
        "Pot House · Library",
        "Age 11 to 14 · Free",
        "",
        "Make a pot and take it home.",
    ]
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": f"{PUBLIC_URL}/feeds/opportunities.atom?age=12",
        "alternate": f"{PUBLIC_URL}/?age=12",
    }
    assert root.findtext(f"{ATOM}id") == links["self"]
    assert root.findtext(f"{ATOM}updated") == "2026-06-01T12:00:00Z"


def test_a_search_as_json_feed_holds_the_same(get):
    kept = sitting("Pottery")

    told = get("/feeds/opportunities.json?free=1").json

    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["feed_url"] == f"{PUBLIC_URL}/feeds/opportunities.json?free=1"
    assert told["home_page_url"] == f"{PUBLIC_URL}/?free=1"
    [item] = told["items"]
    assert item["id"] == f"urn:uuid:{kept.opportunity.uuid}"
    assert item["url"] == f"{PUBLIC_URL}/a/{kept.opportunity.slug}"
    assert item["tags"] == ["Enrichment", "Arts and culture"]
    assert "next_url" not in told


def test_a_search_as_a_calendar_can_be_subscribed_to(get):
    kept = sitting("Pottery", in_days=2, checked_at=NOW + timedelta(hours=1))
    kept.opportunity.place.address = "1 High Street"

    answer = get("/feeds/opportunities.ics")

    assert answer.content_type == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["uid"] == str(kept.uuid)
    assert event["sequence"] == 3600
    assert event.decoded("dtstart") == kept.starts_at
    assert event["location"] == "Library, 1 High Street"
    assert event["url"] == f"{PUBLIC_URL}/a/{kept.opportunity.slug}"
    assert answer.data == get("/feeds/opportunities.ics").data


@pytest.mark.parametrize("form", ["atom", "json"])
def test_pages_of_a_feed_follow_each_other_fifty_at_a_time(get, form):
    provider, place = factories.provider(), factories.place()
    for number in range(51):
        sitting(f"{number}", number + 1, provider=provider, place=place)

    def titles_and_next(address):
        answer = get(address)
        if form == "json":
            return [each["title"] for each in answer.json["items"]], answer.json.get("next_url")
        root = ElementTree.fromstring(answer.data)
        following = root.find(f"{ATOM}link[@rel='next']")
        titles = [each.text for each in root.iterfind(f"{ATOM}entry/{ATOM}title")]
        return titles, None if following is None else following.get("href")

    first, following = titles_and_next(f"/feeds/opportunities.{form}")
    assert following.startswith(f"{PUBLIC_URL}/feeds/opportunities.{form}?cursor=")
    rest, end = titles_and_next(following)

    assert [*first, *rest] == [f"{number}" for number in range(51)]
    assert (len(first), end) == (50, None)


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
def test_a_feed_of_a_city_holds_what_is_on_there(get, form):
    city = factories.city("Testford")
    sitting("Here", provider=factories.provider(in_city=city))
    sitting("Elsewhere")

    answer = get(f"/feeds/{city.slug}.{form}")

    assert "Here" in answer.text
    assert "Testford" in answer.text
    assert "Elsewhere" not in answer.text
    assert get(f"/feeds/nowhere.{form}").status_code == 404


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
def test_a_feed_says_what_it_could_not_read_and_holds_the_rest(get, form):
    sitting("Pottery")

    answer = get(f"/feeds/opportunities.{form}?age=200&cursor=%00&bbox=here")

    assert answer.status_code == 200
    assert "Pottery" in answer.text
    assert "choose a number from 5 to 25" in answer.text.replace("\r\n ", "")


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
def test_a_feed_is_the_same_for_everyone_and_is_asked_again_cheaply(
    get, sign_in, count_queries, form
):
    sitting("Pottery")
    sign_in(factories.learner())

    answer = get(f"/feeds/opportunities.{form}")
    count_queries.clear()
    again = get(f"/feeds/opportunities.{form}", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")
    assert "miles" not in answer.text
    assert (again.status_code, count_queries) == (304, [])


def test_a_page_of_the_search_names_its_feeds_and_not_where_a_learner_lives(db, sign_in, get):
    home = factories.area()
    sitting("Pottery")
    sign_in(factories.learner(home))

    page = get("/?age=12").text

    assert 'type="application/atom+xml" href="/feeds/opportunities.atom?age=12"' in page
    assert 'href="/feeds/opportunities.ics?age=12"' in page
    [line] = [line for line in page.splitlines() if "feed+json" in line]
    assert home.lsoa_code not in line
