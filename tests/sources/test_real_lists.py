"""The real lists: each row is made, or refused with its reason, and the second time is the same.

They are read where they are there. On another machine these tests are skipped.
"""

import gzip
import json
import os
import tarfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import Refusal
from geo.models import Postcode
from opportunities.models import Opportunity, ScheduledSession
from sources.models import Takes
from tests import factories
from tests.databases import ROOT
from tests.sources.lists import DEFAULTS, adds_up, bring, refusals, sums

DATA = Path(os.environ.get("TIRNOD_SHARED", ROOT.parent / "shared")) / "data"
HALL = {"where": {"name": "Hall", "postcode": "YO1 7HH"}}

pytestmark = pytest.mark.skipif(
    not (DATA / "openactive").is_dir(), reason="The real lists are not on this machine."
)


@pytest.fixture
def provider(db):
    """An organisation in a country of one area."""
    area = factories.area()
    area.boundary = "SRID=4326;MULTIPOLYGON(((-9 49,3 49,3 62,-9 62,-9 49)))"
    factories._saved(
        Postcode(postcode="YO17HH", lsoa_code=area.lsoa_code, lon=-1.0819, lat=53.9623)
    )
    provider = factories.provider()
    db.commit()
    return provider


def twice(db, name, content, provider, now, **given):
    """Bring a list in two times, and return the sums and reasons of the first."""
    try:
        first = bring(db, content, provider, now=now, file_name=name, **given)
    except Refusal as refusal:
        db.rollback()
        return _refused_whole(str(refusal))
    before = _counted(db)
    second = bring(db, content, provider, now=now, file_name=name, **given)
    assert adds_up(db, first)
    assert adds_up(db, second)
    again = sums(first)
    again["unchanged"] = again.pop("made", 0) + again.pop("unchanged", 0)
    assert sums(second) == {key: value for key, value in again.items() if value}, name
    assert refusals(db, second) == refusals(db, first)
    assert all(reason for _field, reason in refusals(db, first))
    assert _counted(db) == before
    return sums(first), Counter(reason for _field, reason in refusals(db, first))


def _refused_whole(reason):
    assert reason.endswith("."), "it is said in a sentence"
    return {"whole": 1}, Counter({reason: 1})


def _counted(db):
    return db.query(Opportunity).count(), db.query(ScheduledSession).count()


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC)


def test_every_example_page_of_openactive(db, provider):
    found = {
        file.name.removesuffix(".json").removesuffix("_example_1"): twice(
            db, file.name, file.read_bytes(), provider, year(2016)
        )
        for file in sorted((DATA / "openactive" / "examples_mod2").glob("*_example_1.json"))
    }

    made, refused = {"made": 1}, {"refused": 1}
    assert {name: counts for name, (counts, _reasons) in found.items()} == {
        "courseinstance": refused,
        "courseinstance_event": made,
        "event": made,
        "event_eventseries": made,
        "facilityuse": refused,
        "ondemandevent": refused,
        "place": refused,
        "scheduledsession": made,
        "scheduledsession-split": refused,
        "scheduledsession-split-virtual": refused,
        "sessionseries": made,
        "sessionseries-eventseries-split": made,
        "sessionseries-split": made,
        "sessionseries-split-virtual": refused,
        "slot": refused,
    }


def test_the_sessions_of_a_feed_find_the_series_of_another(db, provider):
    examples = DATA / "openactive" / "examples_mod2"
    series = json.loads((examples / "sessionseries-split_example_1.json").read_text())
    dates = json.loads((examples / "scheduledsession-split_example_1.json").read_text())
    dates["items"][0]["data"]["startDate"] = "2018-10-20T18:15:00Z"
    dates["items"][0]["data"]["endDate"] = "2018-10-20T19:15:00Z"
    now = datetime(2018, 9, 1, tzinfo=UTC)

    one, _ = twice(db, "series", json.dumps(series).encode(), provider, now)
    other, _ = twice(db, "sessions", json.dumps(dates).encode(), provider, now)

    assert (one, other) == ({"made": 1}, {"made": 1})
    opportunity = db.query(Opportunity).one()
    starts = [
        each.starts_at for each in db.query(ScheduledSession).filter_by(opportunity=opportunity)
    ]
    assert datetime(2018, 10, 20, 18, 15, tzinfo=UTC) in starts


def test_the_real_page_of_2019_and_the_controls(db, provider):
    real = DATA / "openactive" / "real_rpde_page_everyoneactive_2019_pre_mod2.json"
    assert twice(db, real.name, real.read_bytes(), provider, year(2019))[0] == {"made": 5}

    for name, reasons in (
        ("neg_control_ok", {}),
        ("neg_no_name", {"It has no name.": 1}),
        (
            "neg_no_location",
            {"We do not know where “Everyone Active” is: it has no postcode.": 1},
        ),
    ):
        file = DATA / "openactive" / "negative_controls" / f"{name}.json"
        counts, why = twice(db, name, file.read_bytes(), provider, year(2016))
        assert counts == ({"refused": 1} if reasons else {"made": 1})
        assert why == reasons


def test_every_file_of_both_collections_of_calendars(db, provider):
    totals: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    files = 0
    for archive in sorted((DATA / "events").glob("ics_corpus_*.tar.gz")):
        with tarfile.open(archive) as packed:
            for member in packed:
                if not member.isfile():
                    continue
                content = packed.extractfile(member).read()
                files += 1
                counts, why = twice(
                    db,
                    f"{archive.name}/{member.name}",
                    content,
                    provider,
                    year(2019),
                    defaults=DEFAULTS | HALL,
                )
                totals.update(counts)
                reasons.update(why)

    assert files == 247
    assert totals == Counter(CALENDARS)
    assert sum(reasons.values()) == totals["refused"] + totals["whole"]


#: Of 247 files, most of them made to break readers of calendars.
CALENDARS = {"made": 676, "refused": 327, "whole": 73}


def test_every_volunteering_role(db, provider):
    file = DATA / "events" / "doit_volunteering_opportunities_harrow_2018.json.gz"
    columns = {
        "id": "id",
        "title": "title",
        "description": "description",
        "lat": "lat",
        "lon": "lng",
        "postcode": "postcode",
        "place_name": "location_name",
    }
    first_meeting = ["2018-02-01T10:00:00+00:00", "2018-02-01T11:00:00+00:00"]
    said = DEFAULTS | {"kind": "volunteering", "category": "civic", "sitting": first_meeting} | HALL

    counts, reasons = twice(
        db,
        "roles",
        gzip.decompress(file.read_bytes()),
        provider,
        year(2018),
        defaults=said,
        columns=columns,
    )

    assert counts == {"made": 45, "refused": 2}
    # Two roles have the name, the place and now the time of another.
    assert reasons == {"It runs at this time already.": 2}
    assert {each.kind for each in db.query(Opportunity)} == {"volunteering"}


def test_a_role_that_runs_for_months_has_no_date_to_book(db, provider):
    file = DATA / "events" / "doit_volunteering_opportunities_harrow_2018.json.gz"
    counts, reasons = twice(db, "roles", gzip.decompress(file.read_bytes()), provider, year(2018))

    assert counts == {"refused": 47}
    assert reasons == {"It lasts longer than a day. Give each day its own date.": 47}


def test_every_example_of_linked_data(db, provider):
    examples = json.loads(
        (DATA / "events" / "schemaorg_event_course_jsonld_examples.json").read_text()
    )
    totals: Counter[str] = Counter()
    for number, example in enumerate(examples):
        counts, _reasons = twice(
            db,
            f"page {number}",
            json.dumps(example["jsonld"]).encode(),
            provider,
            year(2010),
            defaults=DEFAULTS | HALL,
        )
        totals.update(counts)

    assert len(examples) == 38
    assert totals == Counter(LINKED)


LINKED = {"made": 5, "refused": 42}


def test_every_example_of_open_referral(db, provider):
    folder = DATA / "open_referral_uk"
    files = sorted(
        [*(folder / "examples").glob("*"), *(folder / "validator_mocks").rglob("*.json")]
    )
    totals: Counter[str] = Counter()
    for file in files:
        counts, _reasons = twice(
            db, str(file.relative_to(folder)), file.read_bytes(), provider, year(2004)
        )
        totals.update(counts)

    assert len(files) == 55
    assert totals == Counter(REFERRAL)


REFERRAL = {"refused": 312, "whole": 9}


def test_services_of_the_test_feed_with_times_and_a_place_on_earth(db, provider):
    """The published examples lie at 100 degrees north; with a place that exists they are made."""
    service = json.loads((DATA / "open_referral_uk" / "examples" / "service_full.json").read_text())
    service["service_at_locations"][0]["location"] |= {"latitude": 53.9623, "longitude": -1.0819}
    service["schedules"][0] |= {"valid_to": "2005-06-01", "bymonthday": ""}

    counts, _reasons = twice(db, "one", json.dumps(service).encode(), provider, year(2005))

    assert counts == {"made": 1}
    days = {each.starts_at.strftime("%a") for each in db.query(ScheduledSession)}
    assert days == {"Thu", "Fri"}


@pytest.mark.parametrize(
    ("file", "rows", "counts"),
    [
        ("libraries_england_2023_ace_enhanced.csv.gz", 300, {"made": 299}),
        ("museums_uk_mapping_museums.csv.gz", 300, {"made": 299}),
        ("warm_spaces_four_places_2026.csv.gz", 400, {"made": 204, "refused": 32}),
    ],
)
def test_tables_of_venues(db, provider, file, rows, counts):
    with gzip.open(DATA / "providers" / file, "rt", encoding="utf-8-sig", newline="") as lines:
        content = "".join(line for line, _number in zip(lines, range(rows), strict=False)).encode()

    found, why = twice(db, file, content, provider, year(2026), takes=Takes.PLACES)
    assert found == counts, why


def test_a_real_spreadsheet_is_refused_in_a_sentence(db, provider):
    file = DATA / "openactive" / "openactive_clubs_example.xlsx"
    counts, reasons = twice(db, file.name, file.read_bytes(), provider, year(2026))

    assert counts == {"whole": 1}
    assert list(reasons) == [
        "This is a spreadsheet or a zip archive. Save it as CSV, and send that."
    ]
