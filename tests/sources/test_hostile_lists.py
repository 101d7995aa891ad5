"""Hostile lists: each is refused or made harmless, with a message, and nothing is stored by halves."""

import csv
import gzip
import io
import json
import zipfile

import pytest

from app.errors import Refusal
from opportunities.models import Opportunity
from sources import export
from sources.models import ImportedRow, ImportRun, SourceItem
from sources.plain import plain
from tests import factories
from tests.factories import NOW, YORK
from tests.sources.lists import DEFAULTS, ROW, adds_up, as_json, bring, refusals, sums, table

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "${alert(1)}",
    "\u202egnp.exe",
    "a\0b",
)
TEXTS = ("title", "description", "place_name", "address", "town", "category")


@pytest.fixture
def provider(db):
    factories.area()
    return factories.provider()


@pytest.mark.parametrize("markup", HOSTILE)
@pytest.mark.parametrize("field", TEXTS)
def test_markup_in_every_field_is_words_and_nothing_else(client, db, provider, markup, field):
    if "\0" in markup:
        with pytest.raises(Refusal, match=r"not a text file|not text that we can read"):
            bring(db, table(ROW | {field: markup}), provider)
        db.rollback()
        assert db.query(Opportunity).count() == 0
        return
    run = bring(db, table(ROW | {field: "Pots " + markup}), provider)

    assert sums(run) == {"made": 1}
    opportunity = db.query(Opportunity).one()
    page = client.get(f"/a/{opportunity.slug}").text
    for part in ("<script>alert", "<img src=x", "<svg/onload", "<iframe", "javascript:", "\u202e"):
        assert part not in page.replace('<script type="application/ld+json">', "")
    stored = (opportunity.title, opportunity.description, opportunity.place.name)
    assert not any("\u202e" in each for each in stored)
    if not markup.startswith(("&", "<scr<")):
        assert not any("<script" in each or "onerror" in each for each in stored)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
        ("<ul><li>a<li>b</ul>", "• a\n• b"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("Fish &amp; chips", "Fish & chips"),
        ("&amp;amp; is an entity", "&amp; is an entity"),
        ("&lt;b&gt;", "<b>"),
        ("<style>p{}</style>x<script>y</script>z", "xz"),
        ("a\x07b\tc", "a b c"),
        ("Tom &copy 2026", "Tom © 2026"),
        ("R&D and Q&A", "R&D and Q&A"),
        (None, ""),
    ],
)
def test_markup_is_read_once(written, read):
    assert plain(written) == read


@pytest.mark.parametrize("sign", ["<", "<!--", "<a ", "&", "<![CDATA[", "<?", "</", "<a b='"])
def test_broken_markup_takes_no_time_to_speak_of(sign):
    # Were it read again for each sign, this would take minutes.
    assert len(plain(sign * (90_000 // len(sign)))) <= 200_000


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0"]
)
def test_a_formula_is_text_when_it_comes_and_harmless_when_it_goes(client, db, provider, formula):
    run = bring(db, table(ROW | {"title": formula, "id": formula}), provider)
    assert sums(run) == {"made": 1}
    assert db.query(Opportunity).one().title == formula.strip()

    rows = list(csv.reader(io.StringIO("".join(export.report(db.query(ImportedRow))))))

    assert rows[1][1] == rows[1][2] == "'" + formula.strip()
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_our_template_holds_no_formula():
    for row in csv.reader(io.StringIO(export.template())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_our_template_can_be_brought_in(db, provider):
    rows = list(csv.DictReader(io.StringIO(export.template())))
    for row in rows:
        row |= {"lat": str(YORK[1]), "lon": str(YORK[0])}

    assert sums(bring(db, table(*rows), provider)) == {"made": 1}


@pytest.mark.parametrize(
    "field", [*TEXTS, "id", "url", "cost", "date", "min_age", "postcode", "lat"]
)
def test_a_cell_of_ten_megabytes_refuses_the_table(db, provider, field):
    with pytest.raises(Refusal, match=r"Line 3 (has a cell of more than 100,000|is longer)"):
        bring(db, table(ROW, ROW | {"id": "8", field: "x" * 10_000_000}), provider)
    db.rollback()

    _nothing_is_stored(db)


def _event(**changed):
    return {
        "@type": "Event",
        "@id": "e1",
        "name": "Pots",
        "description": "Make one.",
        "startDate": "2026-06-06T10:00:00+01:00",
        "location": {
            "@type": "Place",
            "name": "Kiln",
            "address": {"streetAddress": "1 Lane", "postalCode": ""},
            "geo": {"longitude": YORK[0], "latitude": YORK[1]},
        },
    } | changed


def _feed(*items, **said):
    listed = [
        {"state": "updated", "kind": "Event", "id": str(number), "modified": number, "data": each}
        for number, each in enumerate(items)
    ]
    return as_json({"items": listed, "next": "", "license": "https://l.example/"} | said)


@pytest.mark.parametrize(
    "field", ["name", "description", "startDate", "duration", "genderRestriction"]
)
def test_ten_megabytes_in_a_property_refuse_its_row_and_keep_the_others(db, provider, field):
    run = bring(db, _feed(_event(), _event(**{"@id": "e2", field: "x" * 9_900_000})), provider)

    assert adds_up(db, run)
    assert run.made >= 1
    assert all(len(each.title) <= 80 for each in db.query(ImportedRow))
    assert all(len(each.description) <= 2000 for each in db.query(Opportunity))


@pytest.mark.parametrize("markup", HOSTILE)
def test_markup_in_a_feed_is_words_and_nothing_else(client, db, provider, markup):
    event = _event(name="Pots " + markup, description=markup, url=markup)
    event["location"]["name"] = "Kiln " + markup
    event["location"]["address"]["streetAddress"] = markup

    assert sums(bring(db, _feed(event), provider)) == {"made": 1}

    page = client.get(f"/a/{db.query(Opportunity).one().slug}").text
    for part in ("<script>alert", "<img src=x", "<svg/onload", "<iframe", "javascript:", "\u202e"):
        assert part not in page.replace('<script type="application/ld+json">', "")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://a b",
        'https://x"onclick=',
        "ftp://x",
    ],
)
def test_an_address_that_is_none_of_the_web_is_no_link(client, db, provider, address):
    bring(db, table(ROW | {"url": address}), provider)

    page = client.get(f"/a/{db.query(Opportunity).one().slug}").text
    assert "javascript:" not in page
    assert "onclick=" not in page
    assert "evil.example" not in page
    assert "Their list" in page


ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("xl/sheet.xml", "0" * 1_000_000)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b" \n \n", "The file is empty.", id="blank"),
        pytest.param(ZIP.getvalue(), "zip archive", id="zip"),
        pytest.param(gzip.compress(b"a,b"), "gzip", id="gzip"),
        pytest.param(b"%PDF-1.7", "PDF", id="pdf"),
        pytest.param(b"\x89PNG\r\n", "PNG", id="png"),
        pytest.param(b"title\n\0\0\0", "not a text file", id="binary"),
        pytest.param(b",,,\na,b,c,d", "no headings", id="no headings"),
        pytest.param(b"title\n" + b"x" * 3_000_000, "longer than any row|more than 100,000", id="long line"),
        pytest.param(b"a," * 400, "more than 300 columns", id="many columns"),
        pytest.param(b'title\n"' + b"x\n" * 100_000, "quotation mark", id="open quote"),
        pytest.param(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "XML", id="entities"),
        pytest.param(b"<html><body>nothing</body></html>", "no event", id="page without events"),
        pytest.param(b'<script type="application/ld+json">{"@type":"Person"}</script>', "no event", id="no events"),
        pytest.param(b"{", "no JSON", id="half an object"),
        pytest.param(b"[" * 100_000, "deeper|no JSON", id="deep arrays"),
        pytest.param(b'{"a":' * 100_000, "deeper|no JSON", id="deep objects"),
        pytest.param(b'[{"a": 1e999999}]', "It has no name", id="large number"),
        pytest.param(b'[{"a": ' + b"9" * 100_000 + b"}]", "A number in it is longer", id="long number"),
        pytest.param(b'[{"a": "' + b"x" * 65_300 + b'", "b": ' + b"9" * 5000 + b"}]", "A number in it is longer", id="long number between two reads"),
        pytest.param(b'[{"' + b"k" * 5000 + b'": 1}]', "A name in it is longer", id="long key"),
        pytest.param(b'{"items": [], "license": ""}', "no items|no list", id="no items"),
        pytest.param(b"BEGIN:VCALENDAR\nEND:VCALENDAR", "no event in this calendar", id="no event"),
        pytest.param(b"BEGIN:VCALENDAR\n" * 2000, "no event|no calendar", id="nested calendars"),
        pytest.param(b"BEGIN:VEVENT\nUID:1\nEND:VEVENT", "does not begin as one", id="no calendar"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(db, provider, content, words):
    try:
        run = bring(db, content, provider)
    except Refusal as refusal:
        db.rollback()
        said = str(refusal)
        assert said.endswith(".")
    else:
        said = " ".join(reason for _field, reason in refusals(db, run))
        assert run.made == 0
    assert any(each in said for each in words.split("|"))
    assert db.query(Opportunity).count() == 0


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17;BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2,4,6",
        "FREQ=NEVER",
        "nonsense",
    ],
)  # fmt: skip
def test_a_rule_that_never_ends_or_never_begins_is_refused(db, provider, rule):
    calendar = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Pots\r\nDTSTART:20000101T100000\r\n"
        f"LOCATION:Kiln\r\nGEO:{YORK[1]};{YORK[0]}\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()

    run = bring(db, calendar, provider)

    assert sums(run) == {"refused": 1}
    assert refusals(db, run)[0][1].endswith(".")


@pytest.mark.parametrize(
    "item",
    [
        None,
        1,
        "x",
        [],
        {},
        {"id": "1"},
        {"id": "1", "state": "updated"},
        {"id": "1", "state": "gone", "data": {}},
        {"id": "1", "state": "updated", "data": "x"},
        {"id": "1", "state": "updated", "data": []},
        {"id": {"a": 1}, "state": "updated", "data": {"@type": "Event"}},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(startDate={"a": 1})},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(location=[[[]]])},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(name=["", 2])},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(offers=[{"price": "a"}])},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(startDate="9999-99-99")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(startDate="0001-01-01")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(maximumAttendeeCapacity="x")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(maximumAttendeeCapacity=1e308)},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(duration="P99999999W")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(ageRange={"minValue": "x"})},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(eventSchedule={"repeatFrequency": "P0W", "startTime": "10:00"}, startDate="")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(eventSchedule=[{"repeatFrequency": "P1W", "startTime": "25:99"}], startDate="")},
        {"id": "1", "state": "updated", "kind": "Event", "data": _event(superEvent={"superEvent": {"superEvent": {"name": "x"}}})},
        {"id": "x" * 10_000, "state": "updated", "kind": "k" * 10_000, "data": _event()},
    ],
)  # fmt: skip
def test_an_item_of_any_shape_is_a_row_of_the_report(db, provider, item):
    content = as_json({"items": [item], "next": "https://f.example/2", "license": "l"})

    run = bring(db, content, provider)

    assert run.rows == 1
    assert adds_up(db, run)
    assert bring(db, content, provider).rows == 1


@pytest.mark.parametrize(
    "service",
    [
        {},
        {"id": "1"},
        {"id": "1", "name": "x", "schedules": [{"freq": "SOMETIMES", "opens_at": "10:00", "closes_at": "11:00"}]},
        {"id": "1", "name": "x", "schedules": [{"freq": "WEEKLY", "byday": "XX", "opens_at": "10:00", "closes_at": "11:00"}]},
        {"id": "1", "name": "x", "schedules": [{"freq": "WEEKLY", "interval": 10**9, "byday": "MO", "opens_at": "10:00", "closes_at": "11:00"}]},
        {"id": "1", "name": "x", "minimum_age": "old"},
        {"id": "1", "name": "x", "service_at_locations": [{"location": {"latitude": "x"}}]},
        {"id": "1", "name": "x", "cost_options": [{"amount": -5}]},
        {"id": ["1"], "name": {"a": 1}, "schedules": "x"},
    ],
)  # fmt: skip
def test_a_service_of_any_shape_is_a_row_of_the_report(db, provider, service):
    run = bring(db, as_json({"contents": [service], "total_items": 1}), provider)

    assert sums(run) == {"refused": 1}


def test_a_list_of_another_organisation_cannot_take_over_what_is_ours(db, provider):
    ours = bring(db, _feed(_event()), provider)
    theirs = bring(db, _feed(_event(name="Stolen")), factories.provider())

    assert (sums(ours), sums(theirs)) == ({"made": 1}, {"made": 1})
    titles = {each.provider_id: each.title for each in db.query(Opportunity)}
    assert titles[provider.id] == "Pots"


def _nothing_is_stored(db):
    for table_ in (Opportunity, SourceItem, ImportRun, ImportedRow):
        assert db.query(table_).count() == 0


def test_the_clock_and_the_defaults_of_these_tests_are_what_they_seem():
    assert json.dumps(DEFAULTS)
    assert NOW.year == 2026
