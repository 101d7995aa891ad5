"""The pages of bringing in a list: once happy, once for each answer they can give."""

import re
from datetime import timedelta

import pytest

from app.fetcher import Fetcher
from opportunities.models import Opportunity, OpportunityStatus
from providers.models import ProviderStatus
from sources.models import ImportedRow, ImportRun, Source, SourceState, Upload
from tests import factories
from tests.factories import NOW, YORK
from tests.sources.lists import ROW, as_json, table
from tests.test_fetcher import Answers, running

START = "/provide/activities/import"
SETTLED = {
    "name": "Our timetable",
    "takes": "activities",
    "kind": "enrichment",
    "category": "sport",
    "licence": "CC BY 4.0",
    "go": "try",
}


@pytest.fixture
def provider(db):
    factories.area()
    return factories.provider()


@pytest.fixture
def staff(sign_in, provider):
    return sign_in(factories.member(of=provider))


def send(client, content, name="list.csv"):
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    return client.post(START, data=body, content_type="multipart/form-data; boundary=x")


def columns_of(page):
    """Return what stands in each choice of a column."""
    chosen = {}
    for name, options in re.findall(
        r'<select[^>]* name="(column-\w+)".*?>(.*?)</select>', page, re.S
    ):
        found = re.search(r'<option value="([^"]+)" selected', options)
        chosen[name] = found[1] if found else ""
    return chosen


def test_what_the_council_looks_at_first_is_said(staff, db, provider):
    rows = table(ROW | {"places": "1"}, ROW | {"id": "8", "title": "Cup", "places": "9"})
    sent = send(staff, rows)
    settle = staff.get(sent.location).text
    tried = staff.post(sent.location, data=SETTLED | columns_of(settle))

    kept = staff.post(tried.location + "/keep")

    held = [each.title for each in db.query(Opportunity).filter_by(status=OpportunityStatus.REVIEW)]
    assert held == ["Make a pot"]
    assert "looks at 1 activity first" in staff.get(kept.location).text


def test_a_table_is_sent_settled_tried_and_kept(staff, db, provider):
    rows = table(ROW, ROW | {"id": "8", "title": "Cup", "date": ""})
    empty = staff.get(START).text

    sent = send(staff, rows)
    settle = staff.get(sent.location).text
    columns = columns_of(settle)
    tried = staff.post(sent.location, data=SETTLED | columns)

    assert "None yet." in empty
    assert sent.status_code == tried.status_code == 303
    assert columns["column-title"] == "title"
    assert columns["column-postcode"] == "postcode"
    assert "Make a pot" in settle
    report = staff.get(tried.location).text
    assert "Nothing has happened yet" in report
    assert "2 rows in all" in report
    assert "It does not say on which day." in report
    assert db.query(Opportunity).count() == 0

    kept = staff.post(tried.location + "/keep")
    page = staff.get(kept.location).text

    assert kept.status_code == 303
    assert "Kept." in page
    assert db.query(Opportunity).one().title == "Make a pot"
    assert db.query(Upload).count() == 0
    assert "Our timetable" in staff.get(START).text
    slug = db.query(Opportunity).one().slug
    public = staff.get(f"/a/{slug}").text
    assert "Our timetable" in public
    assert "CC BY 4.0" in public


def test_a_file_sent_again_updates(staff, db):
    for row in (ROW, ROW | {"description": "Better."}):
        sent = send(staff, table(row))
        columns = columns_of(staff.get(sent.location).text)
        tried = staff.post(sent.location, data=SETTLED | columns)
        staff.post(tried.location + "/keep")

    assert db.query(Opportunity).one().description == "Better."
    assert db.query(Source).count() == 1


def test_anyones_headings_are_guessed_and_can_be_changed(staff, db):
    theirs = {
        "Session name": "Kick about",
        "Start date": "06/06/2026",
        "Start time": "6pm",
        "Venue": "Park",
        "Lat": YORK[1],
        "Long": YORK[0],
        "Odd": "Chess night",
    }
    sent = send(staff, table(theirs, delimiter=";"))
    columns = columns_of(staff.get(sent.location).text)

    assert columns["column-date"] == "Start date"
    assert columns["column-start"] == "Start time"
    assert columns["column-place_name"] == "Venue"
    changed = SETTLED | columns | {"column-title": "Odd"}
    tried = staff.post(sent.location, data=changed)
    staff.post(tried.location + "/keep")
    assert db.query(Opportunity).one().title == "Chess night"


def test_a_table_of_places_has_other_columns(staff, db):
    sent = send(staff, table({"Name": "Central", "Lat": YORK[1], "Long": YORK[0]}))
    page = staff.post(sent.location, data=SETTLED | {"takes": "places", "go": "columns"}).text
    columns = columns_of(page)

    assert set(columns) == {
        "column-" + each
        for each in ("id", "place_name", "address", "town", "postcode", "lat", "lon", "step_free")
    }
    tried = staff.post(sent.location, data=SETTLED | columns | {"takes": "places"})
    assert "Central" in staff.get(tried.location).text


def test_a_windows_table_is_read_as_its_writer_wrote_it(staff):
    sent = send(staff, table(ROW | {"title": "Café Gwener: £2"}).decode().encode("cp1252"))

    assert "Café Gwener: £2" in staff.get(sent.location).text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"column-title": ""}, "Choose which column this is."),
        ({"min_age": "17", "max_age": "12"}, "The oldest age comes second."),
        ({"min_age": "5"}, "from 11 to 25"),
        ({"places": "many"}, "from 1 to 500"),
        ({"cost": "a lot"}, "Type a price"),
        ({"kind": "x"}, "Choose from the list."),
        ({"takes": "x"}, "Choose from the list."),
        ({"date": "06/06/2026"}, "when it starts and when it ends"),
        ({"date": "x"}, "Type a day"),
        ({"name": "x" * 81}, "80 characters or fewer"),
    ],
)
def test_settling_says_what_is_wrong_and_keeps_what_was_chosen(staff, db, changed, words):
    sent = send(staff, table(ROW))
    columns = columns_of(staff.get(sent.location).text)

    page = staff.post(sent.location, data=SETTLED | columns | changed)

    assert page.status_code == 422
    assert words in page.text
    assert "There is a problem" in page.text
    assert db.query(ImportRun).count() == 0


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "The file is empty."),
        (b"PK\x03\x04xx", "sheet.xlsx", "Save it as CSV"),
        (b"hello", "calendar.ics", "not what its name says"),
        (b"x,y\n" * 2_640_000, "large.csv", "larger than 10 megabytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_where_it_was_chosen(staff, db, content, name, words):
    page = send(staff, content, name)

    assert page.status_code == 422
    assert words in page.text
    assert 'href="#file"' in page.text
    assert db.query(Source).count() == 0


def test_nothing_sent_is_said(staff):
    page = staff.post(START, data={})

    assert page.status_code == 422
    assert "Choose a file, or type an address." in page.text


def test_a_form_of_eleven_megabytes_is_not_even_read(staff, db):
    page = send(staff, b"x" * 11_000_000)

    assert page.status_code == 413
    assert "too big" in page.text


def test_other_forms_stay_small(staff):
    page = staff.post("/provide/activities/new", data={"title": "x" * 3_000_000})

    assert page.status_code == 413


def test_an_address_that_is_forbidden_is_refused_where_it_was_typed(staff, db):
    page = staff.post(START, data={"address": "http://169.254.169.254/latest/"})

    assert page.status_code == 422
    assert "not on the public internet" in page.text
    assert 'value="http://169.254.169.254/latest/"' in page.text
    assert db.query(Source).count() == 0


class Feed(Answers):
    """Three pages of a feed; the last has no items."""

    def do_GET(self):  # noqa: N802 - as the library calls it
        number = int(self.path.rsplit("=", 1)[1]) if "=" in self.path else 1
        here = f"http://feed.example:{self.server.server_port}/feed?page="
        event = {
            "@type": "Event",
            "name": f"Pots {number}",
            "startDate": "2026-06-06T10:00:00Z",
            "location": {"name": "Kiln", "geo": {"longitude": YORK[0], "latitude": YORK[1]}},
        }
        item = {
            "id": number,
            "kind": "Event",
            "state": "updated",
            "modified": number,
            "data": event,
        }
        items = [item] if number < 3 else []
        page = {
            "items": items,
            "next": f"{here}{min(number + 1, 3)}",
            "license": "https://l.example",
        }
        self.answer(as_json(page), Content_Type="application/json")


@pytest.fixture
def feed(app, monkeypatch):
    with running(Feed) as server:
        fetcher = Fetcher(
            ports=frozenset({server.port}),
            let_in=frozenset({"127.0.0.1"}),
            resolve=lambda _host, _port: ["127.0.0.1"],
        )
        monkeypatch.setitem(app.extensions, "fetcher", fetcher)
        yield f"http://feed.example:{server.port}/feed"


def test_a_feed_is_tried_by_its_first_page_and_kept_to_its_end(staff, db, feed):
    sent = staff.post(START, data={"address": feed})
    tried = staff.post(sent.location, data=SETTLED)
    report = staff.get(tried.location).text
    kept = staff.post(tried.location + "/keep")

    assert "1 row in all" in report
    assert kept.status_code == 303
    page = staff.get(kept.location).text
    assert "2 rows in all" in page
    assert {each.title for each in db.query(Opportunity)} == {"Pots 1", "Pots 2"}
    source = db.query(Source).one()
    assert source.cursor.endswith("page=3")
    assert source.licence == "https://l.example"

    again = staff.post(tried.location + "/read")
    assert "0 rows in all" in staff.get(again.location).text
    from_start = staff.post(tried.location + "/read", data={"from": "start"})
    assert "1 row in all" in staff.get(from_start.location).text
    assert db.query(Opportunity).count() == 2


def test_the_report_is_filtered_and_downloaded(staff, db, provider):
    rows = [ROW | {"id": str(number), "title": f"Pot {number}"} for number in range(3)]
    sent = send(staff, table(*rows, ROW | {"id": "x", "title": "=Cup", "date": "never"}))
    columns = columns_of(staff.get(sent.location).text)
    tried = staff.post(sent.location, data=SETTLED | columns)

    refused = staff.get(tried.location + "?verdict=refused").text
    nonsense = staff.get(tried.location + "?verdict=x&page=x")
    run = db.query(ImportRun).one()
    sheet = staff.get(f"{START}/runs/{run.uuid}.csv")

    assert "=Cup" in refused
    assert "Pot 1" not in refused
    assert nonsense.status_code == 200
    assert sheet.mimetype == "text/csv"
    assert sheet.text.count("\r\n") == 5
    assert '"\'=Cup"' in sheet.text


def test_a_long_report_comes_in_pages(staff, db):
    rows = [ROW | {"id": str(number), "title": f"Pot {number:03}"} for number in range(150)]
    sent = send(staff, table(*rows))
    tried = staff.post(sent.location, data=SETTLED | columns_of(staff.get(sent.location).text))

    first, second = (staff.get(f"{tried.location}?page={page}").text for page in (1, 2))

    assert ("Pot 099" in first, "Pot 100" in first) == (True, False)
    assert ("Pot 099" in second, "Pot 100" in second) == (False, True)


@pytest.mark.parametrize(("go", "status"), [("withdraw", "withdrawn"), ("keep", "published")])
def test_stopping_asks_what_is_to_become_of_it(staff, db, go, status):
    sent = send(staff, table(ROW))
    tried = staff.post(sent.location, data=SETTLED | columns_of(staff.get(sent.location).text))
    staff.post(tried.location + "/keep")

    asked = staff.get(tried.location + "/stop").text
    done = staff.post(tried.location + "/stop", data={"go": go})

    assert "1 row of it is listed here." in asked
    assert "read that list no more" in staff.get(done.location).text
    assert db.query(Opportunity).one().status is OpportunityStatus(status)
    assert db.query(Source).one().state is SourceState.STOPPED


def test_a_file_waits_for_a_day_and_no_longer(staff, db):
    sent = send(staff, table(ROW))
    tried = staff.post(sent.location, data=SETTLED | columns_of(staff.get(sent.location).text))
    db.query(Upload).one().expires_at = NOW - timedelta(minutes=1)
    db.commit()

    late = staff.post(tried.location + "/keep")

    assert late.status_code == 404
    assert "we hold one for a day" in late.text
    assert db.query(Opportunity).count() == 0
    send(staff, table(ROW), "other.csv")
    assert db.query(Upload).count() == 1


def test_our_template_has_our_headings(staff):
    page = staff.get(START + "/template.csv")

    assert page.mimetype == "text/csv"
    assert page.text.startswith('"id","title","description"')


def test_a_list_of_another_organisation_is_not_there(staff, sign_in, db):
    sent = send(staff, table(ROW))
    tried = staff.post(sent.location, data=SETTLED | columns_of(staff.get(sent.location).text))
    run = db.query(ImportRun).one()
    factories.provider()
    other = sign_in(factories.member(of=factories.provider()))

    for path in (sent.location, tried.location, tried.location + "/stop"):
        assert other.get(path).status_code == 404
    for path in ("/keep", "/read", "/stop"):
        assert other.post(tried.location + path).status_code == 404
    assert other.get(f"{START}/runs/{run.uuid}.csv").status_code == 404
    assert db.query(ImportedRow).count() == 1


def test_it_is_for_organisations_that_are_not_paused(sign_in):
    assert sign_in(factories.learner()).get(START).status_code == 403
    paused = factories.provider(status=ProviderStatus.SUSPENDED)
    assert sign_in(factories.member(of=paused)).get(START).status_code == 403


@pytest.mark.parametrize("path", ["", "/template.csv"])
def test_whoever_has_not_signed_in_is_asked_to(client, path):
    assert client.get(START + path).status_code == 303
