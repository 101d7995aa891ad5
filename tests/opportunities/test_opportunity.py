"""The page of one thing: how to get there, how fresh it is, and its dates for a calendar."""

import json
from datetime import timedelta

import pytest
from icalendar import Calendar

from badges.models import Skill
from geo.queries import wards_beside
from listings.service import schedule_session
from opportunities.freshness import PAUSED_AFTER, STALE_AFTER
from opportunities.models import AttendanceMode, Opportunity, OpportunityStatus
from opportunities.wording import way_from
from tests import factories
from tests.factories import NOW, YORK

KM = 1 / 111.32
SECOND = timedelta(seconds=1)


def on(title="Pottery", days=(5,), **given):
    opportunity = factories.opportunity(title=title, **given)
    for day in days:
        factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=day))
    return opportunity


def fresh_for(age):
    return {"checked_at": NOW - age, "published_at": NOW - age}


@pytest.fixture
def page_of(client, db):
    """Return the page of an opportunity, from rows as the database has them."""

    def page_of(opportunity, query="", address="/a/{}"):
        db.commit()
        db.expunge_all()
        return client.get(address.format(opportunity.slug) + query)

    return page_of


def events_in(answer):
    return Calendar.from_ical(answer.data).walk("VEVENT")


@pytest.mark.parametrize(
    ("bearing", "direction"),
    [(0, "north"), (44, "north-east"), (90, "east"), (200, "south"), (203, "south-west"),
     (270, "west"), (337, "north-west"), (338, "north"), (359.9, "north")],
)  # fmt: skip
def test_a_way_is_said_by_its_direction(app, bearing, direction):
    with app.test_request_context("/"):
        assert way_from("Castle", 1931, bearing) == f"1.2 miles {direction} of Castle"


def test_very_near_has_no_direction(app):
    with app.test_request_context("/"):
        assert way_from("Castle", 20, 90) == "0.1 miles from the middle of Castle"


@pytest.mark.parametrize(
    ("east_km", "north_km", "words"),
    [
        (0, 2, "1.2 miles north of Minster Ward, about 35 minutes on foot."),
        (0.9, 0.9, "0.8 miles north-east of Minster Ward, about 20 minutes on foot."),
        (-2, 0, "1.2 miles west of Minster Ward, about 35 minutes on foot."),
        (0, -5, "3.1 miles south of Minster Ward. That is far to walk"),
    ],
)
def test_the_way_there_is_said_in_words(page_of, db, east_km, north_km, words):
    home = factories.area(ward_name="Minster Ward")
    # A degree of longitude is shorter at York: cos(53.96°) of one of latitude.
    place = factories.place(
        lon=YORK[0] + east_km * KM / 0.5883, lat=YORK[1] + north_km * KM, within=home
    )

    assert words in page_of(on(place=place), f"?area={home.lsoa_code}").text


def test_the_wards_around_are_named_nearest_first(page_of, db):
    own = factories.area(ward_name="Castle")
    factories.area(ward_name="Castle", lat=YORK[1] + KM)
    factories.area(ward_name="Splott", lat=YORK[1] + 3 * KM)
    factories.area(ward_name="Roath", lat=YORK[1] - 2 * KM)
    factories.area(ward_name="Far", lat=YORK[1] + 9 * KM)
    factories.area(ward_name=None, lat=YORK[1] + KM)
    place = factories.place(within=own)

    assert wards_beside(db, place) == ["Roath", "Splott"]
    assert "It is in Castle. Close by: Roath, Splott." in page_of(on(place=place)).text


def test_a_place_without_wards_names_none(page_of, db):
    place = factories.place()

    assert wards_beside(db, place) == []
    assert "It is in" not in page_of(on(place=place)).text


@pytest.mark.parametrize(
    ("age", "is_marked"), [(STALE_AFTER - SECOND, False), (STALE_AFTER, True)], ids=str
)
def test_a_listing_that_nobody_confirmed_says_so(page_of, db, age, is_marked):
    page = page_of(on(**fresh_for(age)))

    assert page.status_code == 200
    assert ("Nobody has confirmed this for 90 days. Check before you go." in page.text) is is_marked


def test_a_paused_listing_is_neither_shown_nor_found(page_of, client, db):
    paused = on("Paused", **fresh_for(PAUSED_AFTER))
    on("Just in time", **fresh_for(PAUSED_AFTER - SECOND))

    page = page_of(paused)
    found = client.get("/").text

    assert page.status_code == 410
    assert "Nobody has confirmed it for a long time." in page.text
    assert page_of(paused, address="/a/{}/calendar.ics").status_code == 410
    assert "Just in time" in found
    assert "Paused" not in found


def test_giving_it_a_date_confirms_it(page_of, db):
    opportunity = on(**fresh_for(PAUSED_AFTER))
    schedule_session(
        db,
        opportunity=opportunity,
        scheduled_by=factories.member(opportunity.provider),
        now=NOW,
        starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=9, hours=1),
        maximum_capacity=5,
    )

    page = page_of(opportunity)

    assert page.status_code == 200
    assert "Nobody has confirmed" not in page.text


def test_the_calendar_has_every_date_to_come_and_parses_cleanly(page_of, db):
    place = factories.place(name="Sblot; Makerspace", address="1 Splott Road, Cardiff")
    opportunity = on("Clai, a môr 🎨 " * 9, days=(-2, 5, 12), place=place)
    full = factories.scheduled_session(
        opportunity=opportunity, places=0, starts_at=NOW + timedelta(days=19)
    )
    on("Noise")

    answer = page_of(opportunity, address="/a/{}/calendar.ics")

    events = events_in(answer)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert [event.start for event in events] == [NOW + timedelta(days=day) for day in (5, 12, 19)]
    assert [str(event["UID"]) for event in events][-1] == str(full.uuid)
    assert all(event.errors == [] for event in events)
    first = events[0]
    assert first.end - first.start == timedelta(hours=2)
    assert b"\r\nDTSTART:20260606T120000Z\r\n" in answer.data
    assert str(first["SUMMARY"]) == opportunity.title
    assert str(first["LOCATION"]) == "Sblot; Makerspace, 1 Splott Road, Cardiff"
    assert str(first["URL"]) == f"http://localhost/a/{opportunity.slug}"
    assert first["DTSTAMP"].dt == opportunity.checked_at
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75


def test_a_change_keeps_the_uid_and_raises_the_sequence(page_of, db):
    opportunity = on(**fresh_for(timedelta(days=3)))
    (before,) = events_in(page_of(opportunity, address="/a/{}/calendar.ics"))
    again = page_of(opportunity, address="/a/{}/calendar.ics")

    opportunity = db.get(Opportunity, opportunity.id)
    opportunity.checked_at, opportunity.title = NOW, "Clay"
    (after,) = events_in(page_of(opportunity, address="/a/{}/calendar.ics"))

    assert before == events_in(again)[0]
    assert (str(after["UID"]), str(after["SUMMARY"])) == (str(before["UID"]), "Clay")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_calendar_that_has_not_changed_is_not_sent_again(page_of, client, db):
    opportunity = on()
    first = page_of(opportunity, address="/a/{}/calendar.ics")

    again = client.get(
        f"/a/{opportunity.slug}/calendar.ics", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status": OpportunityStatus.DRAFT}, 404),
        ({"status": OpportunityStatus.WITHDRAWN}, 410),
    ],
)
def test_what_is_not_on_offer_has_no_calendar(page_of, db, given, status):
    assert page_of(on(**given), address="/a/{}/calendar.ics").status_code == status


def test_without_dates_there_is_no_calendar_to_put_them_in(page_of, db):
    assert "calendar.ics" in page_of(on()).text
    assert "calendar.ics" not in page_of(on(days=())).text


def test_the_page_can_be_passed_on_and_reported_without_script(page_of, db):
    opportunity = on()

    page = page_of(opportunity).text

    assert f'value="http://localhost/a/{opportunity.slug}" readonly' in page
    assert f'href="/a/{opportunity.slug}/report"' in page
    assert 'id="share-now" type="button" hidden' in page


def test_who_runs_it_says_what_the_check_means(page_of, db):
    opportunity = on()

    page = page_of(opportunity).text

    assert f'href="/p/{opportunity.provider.slug}"' in page
    assert "Testford Council" in page
    assert "the council spoke with them" in page


@pytest.mark.parametrize(
    ("days", "start"),
    [(5, "2026-06-06T13:00:00+01:00"), (200, "2026-12-18T12:00:00+00:00")],
    ids=["summer", "winter"],
)
def test_search_engines_get_all_that_they_ask_of_an_event(page_of, db, days, start):
    place = factories.place(name="Hall", address="1 Splott Road", step_free=True)
    opportunity = on(days=(days,), place=place, min_age=13, max_age=16)

    page = page_of(opportunity).text
    (told,) = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert told["@type"] == "Event"
    assert (told["startDate"], told["duration"]) == (start, "PT120M")
    assert told["eventStatus"] == "https://schema.org/EventScheduled"
    assert (told["typicalAgeRange"], told["isAccessibleForFree"]) == ("13-16", True)
    assert told["location"]["name"] == "Hall"
    assert told["location"]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "1 Splott Road",
        "addressLocality": "Testford",
        "addressCountry": "GB",
    }
    assert told["location"]["amenityFeature"]["value"] is True
    assert told["organizer"]["url"] == f"http://localhost/p/{opportunity.provider.slug}"
    assert told["offers"]["validFrom"] == "2026-06-01T13:00:00+01:00"
    assert (told["offers"]["price"], told["offers"]["priceCurrency"]) == ("0.00", "GBP")


@pytest.mark.parametrize(
    ("mode", "said", "where"),
    [
        (AttendanceMode.IN_PERSON, "Offline", "Place"),
        (AttendanceMode.ONLINE, "Online", "VirtualLocation"),
        (AttendanceMode.MIXED, "Mixed", ["Place", "VirtualLocation"]),
    ],
)
def test_search_engines_are_told_where_one_takes_part(page_of, db, mode, said, where):
    page = page_of(on(mode=mode)).text
    (told,) = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    location = told["location"]
    kinds = [each["@type"] for each in location] if mode == "mixed" else location["@type"]
    assert told["eventAttendanceMode"] == f"https://schema.org/{said}EventAttendanceMode"
    assert kinds == where


@pytest.mark.parametrize(
    ("mode", "tag", "sentence", "has_way"),
    [
        (AttendanceMode.IN_PERSON, None, None, True),
        (AttendanceMode.ONLINE, "<li>Online</li>", "you take part from where you are", False),
        (AttendanceMode.MIXED, "<li>Here or online</li>", "or take part online", True),
    ],
)
def test_page_and_card_say_where_one_takes_part(page_of, client, db, mode, tag, sentence, has_way):
    opportunity = on(mode=mode)
    on()
    page, cards = page_of(opportunity).text, client.get("/").text

    assert (tag is None) == ("nline</li>" not in page)
    if tag:
        assert tag in page
        assert cards.count(tag) == 1
        assert sentence in page
    else:
        assert "nline</li>" not in cards
        assert "Come here, or" not in page
    assert ("OpenStreetMap" in page) is has_way


@pytest.mark.parametrize(
    ("suits", "said"),
    [
        ((None, None), "<dd>11 to 18</dd>"),
        ((11, 18), "<dd>11 to 18</dd>"),
        ((13, 15), "<dd>For 11 to 18, meant for 13 to 15</dd>"),
        ((None, 15), "<dd>For 11 to 18, meant for 11 to 15</dd>"),
    ],
)
def test_ages_it_is_meant_for_are_said_where_they_are_fewer(page_of, db, suits, said):
    youngest, oldest = suits
    opportunity = on(min_age=11, max_age=18, suits_min_age=youngest, suits_max_age=oldest)

    assert said in page_of(opportunity).text


def test_the_skills_of_the_badge_are_said_in_words(page_of, db):
    badge = factories.achievement(skills=[Skill.PROBLEM_SOLVING, Skill.LISTENING])
    page = page_of(on(achievement=badge)).text
    without = page_of(on(achievement=factories.achievement())).text

    assert "Skills to practise: Listening, Solving problems" in page
    assert "Skills to practise" not in without
