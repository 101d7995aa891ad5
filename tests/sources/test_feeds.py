"""Feeds of OpenActive: the order of their pages, what they say beside their items, and their dates."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Refusal
from app.fetcher import Fetcher
from opportunities.models import AttendanceMode, Opportunity, OpportunityStatus, ScheduledSession
from sources import following
from sources.models import ImportRun, Source
from tests import factories
from tests.factories import NOW, YORK
from tests.sources.lists import DEFAULTS, as_json, bring, refusals, source, sums
from tests.test_fetcher import Answers, running

PLACE = {"@type": "Place", "name": "Kiln", "geo": {"longitude": YORK[0], "latitude": YORK[1]}}


@pytest.fixture
def provider(db):
    factories.area()
    provider = factories.provider()
    db.commit()
    return provider


def event(number=1, **changed):
    return {
        "@type": "Event",
        "@id": f"https://f.example/{number}",
        "name": f"Pots {number}",
        "startDate": "2026-06-06T10:00:00+01:00",
        "duration": "PT2H",
        "location": PLACE,
    } | changed


def item(number, data=None, **changed):
    return {
        "id": number,
        "kind": "Event",
        "state": "updated",
        "modified": number,
        "data": event(number) if data is None else data,
    } | changed


def page(*items, **said):
    return as_json(
        {"items": list(items), "next": "https://f.example/2", "license": "https://l.example"} | said
    )


AT = {"at": "https://f.example/1"}


def test_an_item_is_made_left_alone_updated_and_withdrawn(db, provider):
    readings = [
        bring(db, content, provider, **AT)
        for content in (
            page(item(1)),
            page(item(1)),
            page(item(1, event(1, name="Cups"))),
            page({"id": 1, "kind": "Event", "state": "deleted", "modified": 4}),
            page({"id": 1, "kind": "Event", "state": "deleted", "modified": 4}),
            page(item(1, event(1, name="Cups"))),
        )
    ]

    assert [sums(each) for each in readings] == [
        {"made": 1},
        {"unchanged": 1},
        {"updated": 1},
        {"withdrawn": 1},
        {"unchanged": 1},
        {"updated": 1},
    ]
    assert db.query(Opportunity).one().status is OpportunityStatus.PUBLISHED


def test_a_page_withdraws_nothing_that_it_does_not_hold(db, provider):
    bring(db, page(item(1)), provider, **AT)

    assert sums(bring(db, page(item(2)), provider, **AT)) == {"made": 1}


def test_what_is_called_off_is_withdrawn(db, provider):
    off = event(1, eventStatus="https://schema.org/EventCancelled")
    never = bring(db, page(item(1, off)), provider, **AT)
    bring(db, page(item(1)), provider, **AT)
    then = bring(db, page(item(1, off)), provider, **AT)

    assert refusals(db, never) == [("", "It is cancelled or postponed.")]
    assert sums(then) == {"withdrawn": 1}
    assert db.query(ScheduledSession).count() == 0


def test_a_series_and_its_sessions_come_in_feeds_of_their_own(db, provider):
    series = {key: value for key, value in event(1).items() if key not in ("startDate", "duration")}
    series |= {"@type": "SessionSeries"}
    session = {
        "@type": "ScheduledSession",
        "@id": "https://f.example/1/s",
        "superEvent": "https://f.example/1",
        "startDate": "2026-06-06T10:00:00Z",
        "endDate": "2026-06-06T11:00:00Z",
        "maximumAttendeeCapacity": 20,
        "remainingAttendeeCapacity": 3,
    }
    early = bring(db, page(item(5, session)), provider, file_name="sessions", **AT)
    made = bring(db, page(item(1, series)), provider, file_name="series", **AT)
    dated = bring(db, page(item(5, session)), provider, file_name="sessions", **AT)

    assert sums(early) == {"refused": 1}
    assert (sums(made), sums(dated)) == ({"made": 1}, {"made": 1})
    scheduled = db.query(ScheduledSession).one()
    # What others have booked at the source, nobody can book here.
    assert (scheduled.opportunity.title, scheduled.maximum_capacity) == ("Pots 1", 3)

    moved = session | {"startDate": "2026-06-06T12:00:00Z", "endDate": "2026-06-06T13:00:00Z"}
    assert sums(bring(db, page(item(5, moved)), provider, file_name="sessions", **AT)) == {
        "updated": 1
    }
    assert db.query(ScheduledSession).one().starts_at.hour == 12
    gone = {"id": 1, "kind": "Event", "state": "deleted", "modified": 9}
    assert sums(bring(db, page(gone), provider, file_name="series", **AT)) == {"withdrawn": 1}
    assert db.query(Opportunity).one().status is OpportunityStatus.WITHDRAWN


def test_ages_that_are_enforced_and_ages_that_are_meant_are_kept_apart(db, provider):
    data = event(
        1,
        ageRestriction={"@type": "QuantitativeValue", "minValue": 12, "maxValue": 20},
        ageRange={"@type": "QuantitativeValue", "minValue": 14, "maxValue": 16},
    )
    bring(db, page(item(1, data)), provider, **AT)

    made = db.query(Opportunity).one()
    assert (made.min_age, made.max_age) == (12, 20)
    assert (made.suits_min_age, made.suits_max_age) == (14, 16)


@pytest.mark.parametrize(
    ("ages", "kept"),
    [
        ({"minValue": 0}, (11, 24)),
        ({"minValue": 16}, (11, 24)),
        ({"minValue": 50}, None),
        ({"minValue": 4, "maxValue": 10}, None),
    ],
)
def test_for_whom_it_is_meant_decides_whether_it_is_for_young_people(db, provider, ages, kept):
    bring(db, page(item(1, event(1, ageRange=ages))), provider, **AT)

    found = [(each.min_age, each.max_age) for each in db.query(Opportunity)]
    assert found == ([kept] if kept else [])


def test_the_lowest_price_for_a_young_person_counts(db, provider):
    offers = [
        {"price": 5.95, "priceCurrency": "GBP"},
        {"price": 2.6, "ageRange": {"maxValue": 15}},
        {"price": 1, "ageRestriction": {"minValue": 60}},
    ]
    bring(db, page(item(1, event(1, offers=offers))), provider, **AT)

    assert db.query(Opportunity).one().cost_pence == 260


def test_a_schedule_is_worked_out_half_a_year_ahead(db, provider):
    data = event(
        1,
        startDate="",
        duration="",
        eventSchedule=[
            {
                "repeatFrequency": "P1W",
                "startDate": "2026-10-01",
                "endDate": "2026-11-05",
                "startTime": "18:00",
                "endTime": "19:30",
                "byDay": ["https://schema.org/Thursday"],
            }
        ],
    )
    bring(db, page(item(1, data)), provider, **AT)

    starts = [each.starts_at for each in db.query(ScheduledSession).order_by("starts_at")]
    assert [f"{each:%d %b %H}" for each in starts] == [
        *("01 Oct 17", "08 Oct 17", "15 Oct 17", "22 Oct 17"),
        *("29 Oct 18", "05 Nov 18"),
    ]


def test_what_is_online_says_so(db, provider):
    data = event(1, eventAttendanceMode="https://schema.org/OnlineEventAttendanceMode")
    data |= {"location": {"@type": "VirtualLocation"}}
    where = {"where": {"name": "Kiln", "postcode": "YO1 7HH"}}
    from geo.models import Postcode

    factories._saved(
        Postcode(postcode="YO17HH", lsoa_code=factories.area().lsoa_code, lon=YORK[0], lat=YORK[1])
    )

    bring(db, page(item(1, data)), provider, defaults=DEFAULTS | where, **AT)

    assert db.query(Opportunity).one().mode is AttendanceMode.ONLINE


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        (page(item(2), item(1)), "not in the order of their change, from item 2 on"),
        (page(item(1, modified=1), item(1, modified=1)), "not in the order"),
        (page(item(1), license=None), "under which licence"),
        (page(item(1), next="/2"), "is not absolute"),
        (page(item(1), next=None), "does not say which page comes next"),
        (page(item(1), next=AT["at"]), "points to itself"),
        (page(), "An empty page points on"),
    ],
)
def test_what_a_feed_does_wrong_is_said_and_its_items_are_taken(db, provider, content, remark):
    run = bring(db, content, provider, **AT)

    assert any(remark in each for each in run.remarks), run.remarks
    assert run.refused == 0


def test_a_feed_in_order_is_told_nothing(db, provider):
    assert bring(db, page(item(9), item(10), item(11)), provider, **AT).remarks == []


class Circle(Answers):
    """Pages that lead on: to each other, to another host, to nothing, or without end."""

    def do_GET(self):  # noqa: N802 - as the library calls it
        path, _question, number = self.path.partition("?")
        number = int(number or 1)
        here = f"http://feed.example:{self.server.server_port}"
        following = {
            "/circle": f"{here}/circle?{3 - number}",
            "/away": "http://other.example/2",
            "/inside": "http://127.0.0.1:1/2",
            "/breaks": f"{here}/{'nowhere' if number == 2 else 'breaks?2'}",
            "/empty": f"{here}/empty?{number + 1}",
            "/long": f"{here}/long?{min(number + 1, 30)}",
        }.get(path)
        if following is None:
            self.answer(b"no", 404)
        elif path == "/empty" or (path == "/long" and number == 30):
            self.answer(page(next=following))
        else:
            self.answer(page(item(number), next=following))


@pytest.fixture
def host():
    with running(Circle) as server:
        server.fetcher = Fetcher(
            ports=frozenset({server.port}),
            let_in=frozenset({"127.0.0.1"}),
            resolve=lambda _host, _port: ["127.0.0.1"],
        )
        yield server


def read(db, provider, host, path, **given):
    address = f"http://feed.example:{host.port}/{path}"
    known = db.query(Source).filter_by(address=address).one_or_none()
    of = known or source(db, provider, kind="rpde", address=address)
    db.commit()
    run_id = following.follow(host.fetcher, of.id, {"defaults": DEFAULTS}, NOW, **given)
    return db.get(ImportRun, run_id)


@pytest.mark.parametrize(
    ("path", "rows", "remark"),
    [
        ("circle", 3, "lead in a circle"),
        ("away", 1, "on another host"),
        ("inside", 1, "on another host"),
        ("breaks", 2, "We stopped at page 3: That host answered with a refusal (404)."),
        ("empty", 0, "Too many empty pages"),
    ],
)
def test_pages_that_lead_astray_are_left_and_what_was_read_is_kept(
    db, provider, host, path, rows, remark
):
    run = read(db, provider, host, path)

    assert run.rows == rows
    assert db.query(Opportunity).count() == run.made
    assert any(remark in each for each in run.remarks), run.remarks


def test_a_reading_that_was_interrupted_goes_on_from_its_page(db, provider, host):
    first = read(db, provider, host, "long", most_pages=4)
    host.asked.clear()

    class Interrupted(Exception):
        pass

    def stop(told):
        if told.number and db.query(Opportunity).count() > 10:
            raise Interrupted

    with pytest.raises(Interrupted):
        read(db, provider, host, "long", tell=stop)
    count = db.query(Opportunity).count()
    last = read(db, provider, host, "long")

    assert first.rows == 4
    assert 4 < count < 29
    assert db.query(Opportunity).count() == 29
    assert last.rows == 29 - count


def test_a_feed_that_gives_no_first_page_is_refused(db, provider, host):
    with pytest.raises(Refusal, match="404"):
        read(db, provider, host, "nothing")

    assert db.query(ImportRun).count() == 0


def test_what_a_page_says_of_yesterday_is_over(db, provider):
    run = bring(
        db, page(item(1)), provider, now=datetime(2026, 6, 6, 9, tzinfo=UTC) + timedelta(1), **AT
    )

    assert refusals(db, run) == [("date", "It is over.")]
