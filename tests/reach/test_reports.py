"""Reports: on paper and sound, the same for good, sent to who asked, and paid for out of a budget."""

import re
from functools import partial
from html import unescape
from io import BytesIO
from time import perf_counter

import page
import pikepdf
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from accounts.models import Role
from app.terms import PeriodKind, period_named
from badges.signing import signing_host
from cube import due, jobs
from cube.budget import USUAL_BUDGET
from cube.models import PrivacyBudget, ReachCorrection, ReachRelease
from cube.service import correct
from geo.drawing import Drawing
from notices.models import Notice
from reach import jobs as reach_jobs
from reach import reading
from reach.models import ReportSubscription
from reach.paper import digest_of, sheet_of
from tests import factories
from tests.cube.builders import TODAY, city_admin, city_with_areas, released

SPRING, SUMMER = period_named("2026-spring"), period_named("2026-summer")


@pytest.fixture
def york(app, db):
    """A city with two released terms, hidden areas, cold spots and an area without population; and another."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 1, 2, 3, 5, 9, 10), young_people=200)
        factories.area(in_city=city, decile=5)
        came = dict(zip(areas, (0, 14, 9, 12, 20, 30, 41), strict=True))
        released(city, period=SPRING, seed=3, came=came)
        released(city, seed=5, came=came, host=signing_host())
        leeds, others = city_with_areas(deciles=(1, 10), name="Leeds")
        released(leeds, seed=7, came=dict.fromkeys(others, 50))
        db.commit()
    return city, areas, came


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


@pytest.fixture
def admin(york, sign_in):
    return sign_in(city_admin(york[0]))


def _latest(db, city, period="2026-summer"):
    return db.scalar(
        select(ReachRelease)
        .filter_by(city_id=city.id, period=period)
        .order_by(ReachRelease.version.desc())
    )


def _corrected(city, came, times=3, reason="A provider confirmed late."):
    """The summer counted again, with as many times the learners as before."""
    return released(
        city,
        period=SUMMER,
        seed=11,
        came={area: count * times for area, count in came.items()},
        publish=partial(correct, reason=reason),
    )


# On paper.


def _sound(pdf: bytes) -> list[str]:
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


@pytest.mark.parametrize(("before", "language"), [("", "en"), ("/cy", "cy")])
def test_a_report_on_paper_is_sound_small_and_quick_in_either_language(officer, before, language):
    started = perf_counter()
    answer = officer.get(f"{before}/reach/report.pdf")
    took = perf_counter() - started

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert _sound(answer.data) == []
    assert len(answer.data) <= 300_000
    assert took < 3
    with pikepdf.open(BytesIO(answer.data)) as document:
        assert str(document.Root.Lang) == language
        assert "/StructTreeRoot" in document.Root
        kinds = {str(each.get("/S")) for each in document.objects if _is_element(each)}
        told = [str(each.Alt) for each in document.objects if _is_element(each) and "/Alt" in each]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= kinds
    assert len(told) == 1, "the map, and nothing else, is told in other words"


def _is_element(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Dictionary)


def test_a_report_on_paper_says_what_the_page_says(officer, york, app):
    city, _areas, _came = york
    reach = reading.report_of(city.id)
    assert reach is not None
    with app.test_request_context():
        sheet = sheet_of(reach, city_name="Testford", drawn=None)
    shown = officer.get("/reach").text

    assert sheet.lead in " ".join(shown.split())
    for words, number in sheet.figures:
        assert f"<small>{words}</small><b>{number}</b>" in shown
    tables = {part.title: part.table for part in sheet.parts if part.table}
    assert {"By deprivation", "By age", "Over time", "Ward by ward"} <= set(tables)
    read = " ".join(unescape(re.sub("<[^>]+>", "", shown)).split())
    for table in tables.values():
        assert [row[0] for row in table.rows if row[0].split(". ")[-1] not in read] == []
        assert {len(row) for row in table.rows} == {len(table.heads)}
    said = " ".join(words for part in sheet.sections for _name, words in part.lines)
    assert "the database refuses it" in said
    assert sheet.foot.endswith(f"version 1 · signature {digest_of(reach.term)}")


def test_the_map_on_paper_has_a_weave_for_each_class_and_a_hatch_for_what_is_hidden(york, app, db):
    city, __areas, _came = york
    reach = reading.report_of(city.id)
    assert reach is not None
    square = "M0 0l9 0 0 9z"
    drawn = Drawing(
        100,
        100,
        {area.code: square for area in reach.areas},
        {area.code: (5, 5) for area in reach.areas},
    )
    with app.test_request_context():
        picture = sheet_of(reach, city_name="Testford", drawn=drawn).parts[0].picture
    assert picture is not None

    hidden = sum(area.is_hidden for area in reach.areas)
    groups = re.findall(r'<g fill="url\(#([a-z0-9-]+)\)".*?</g>', picture.svg, re.DOTALL)
    within = dict(re.findall(r'<g fill="url\(#([a-z0-9-]+)\)"(.*?)</g>', picture.svg, re.DOTALL))
    assert len(groups) == len(set(groups)) >= 4
    assert within["hatch"].count("<path") == hidden > 0
    assert within["dots"].count("<path") == 1
    assert [words for _svg, words in picture.legend] == [
        *("0 to 19", "20 to 39", "40 to 59", "60 to 99", "100 or more"),
        *("Hidden: fewer than 5", "No rate: young people not known"),
    ]
    assert f"Hidden: fewer than 5: {hidden}" in picture.words
    assert "<circle" in picture.svg, "a cold spot"


def test_a_frozen_copy_is_the_same_whatever_comes_later(officer, york, db):
    city, _areas, came = york
    first = _latest(db, city)
    address = f"/reach/report.pdf?release={first.uuid}"
    before = officer.get(address).data

    _corrected(city, came)
    released(city, period=period_named("2025-autumn"), seed=4, came=came)
    db.commit()
    after = officer.get(address).data
    now = officer.get("/reach/report.pdf?period=2026-summer").data

    assert after == before
    assert now != before
    reach = reading.report_of(city.id, release=first.uuid)
    assert reach is not None
    assert [term.period for term in reach.terms] == ["2026-spring", "2026-summer"]
    assert [term.version for term in reach.terms] == [1, 1]


@pytest.mark.parametrize("asked", ["period=2020-summer", "release=nonsense", "release={leeds}"])
def test_nobody_reads_a_report_that_is_not_there_or_not_theirs(officer, york, db, asked):
    leeds = db.scalar(select(ReachRelease.uuid).where(ReachRelease.city_id != york[0].id))

    assert officer.get("/reach/report.pdf?" + asked.format(leeds=leeds)).status_code == 404


def test_a_learner_reads_no_report(york, sign_in):
    learner = sign_in(factories.learner())

    assert [learner.get(path).status_code for path in ("/reach/report.pdf", "/reach/reports")] == [
        403,
        403,
    ]


# The page.


def test_the_page_lists_every_version_with_why_and_what_it_spent(officer, york, db):
    city, _areas, came = york
    made = _corrected(city, came, reason="A provider <b>confirmed</b> late.")
    db.commit()

    shown = officer.get("/reach/reports").text

    rows = re.findall(r'<tr><th scope="row">(Summer|Spring) 2026', shown)
    assert rows == ["Summer", "Summer", "Spring"]
    assert "Corrected, because: A provider &lt;b&gt;confirmed&lt;/b&gt; late." in shown
    assert f"/reach/report.pdf?release={made.uuid}" in shown
    assert digest_of(reading.report_of(city.id, period="2026-spring").term) == ""
    assert shown.count("Not signed") == 2
    assert "A newer version stands above." in shown
    assert "Autumn 2026" in shown, "what comes next"


def test_an_officer_decides_nothing_and_a_city_admin_does(officer, york, db, sign_in):
    assert "Set the budget" not in officer.get("/reach/reports").text
    for address in ("budget", "corrections"):
        assert officer.post(f"/reach/reports/{address}", data={"rho": "2"}).status_code == 403

    admin = sign_in(city_admin(york[0]))
    answer = admin.post("/reach/reports/budget", data={"rho": "2"}, follow_redirects=True)

    assert "The budget is set." in answer.text
    budgets = dict(db.execute(select(PrivacyBudget.city_id, PrivacyBudget.rho)).all())
    assert budgets.pop(york[0].id) == 2
    assert set(budgets.values()) == {USUAL_BUDGET}, "another city keeps its own"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type a number from 0.1 to 4"),
        ("nan", "Type a number from 0.1 to 4"),
        ("5", "Type a number from 0.1 to 4"),
        ("0.11", "has spent 0.321 already: no less can be set"),
    ],
)
def test_a_budget_that_cannot_be_is_refused_in_words_and_what_was_typed_stays(
    admin, db, york, typed, said
):
    answer = admin.post("/reach/reports/budget", data={"rho": typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert db.get(PrivacyBudget, york[0].id).rho == USUAL_BUDGET


def test_the_database_refuses_a_budget_below_what_is_spent(york, db):
    with pytest.raises(DBAPIError, match="has spent more"), db.begin_nested():
        db.execute(text("UPDATE privacy_budget SET rho = 0.1"))


# A period counted again.


def _ask(admin, reason="A provider confirmed late.", period="2026-summer"):
    return admin.post("/reach/reports/corrections", data={"of_period": period, "reason": reason})


def test_a_correction_is_asked_for_on_the_page_and_done_by_a_worker(admin, york, db, app):
    city = york[0]
    assert _ask(admin).status_code == 303
    assert "On its way" in admin.get("/reach/reports").text
    [asked] = db.scalars(select(ReachCorrection)).all()
    assert _jobs(db, "cube.correct_period") == [{"correction_id": asked.id}]
    again = _ask(admin)

    with app.app_context():
        jobs.correct_period(asked.id)
        jobs.correct_period(asked.id)

    assert (again.status_code, "is being corrected already" in again.text) == (422, True)
    made = _latest(db, db.merge(city))
    assert (made.version, made.reason, bool(made.signature)) == (
        2,
        "A provider confirmed late.",
        True,
    )
    assert _jobs(db, "reach.send_report") == [{"release_id": made.id}]
    assert "On its way" not in admin.get("/reach/reports").text


def _jobs(db, name):
    waiting = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")
    return list(db.scalars(waiting, {"name": name}))


@pytest.mark.parametrize(
    ("period", "reason", "said"),
    [
        ("2026-summer", "", "Say why it is corrected"),
        ("2026-summer", "x" * 301, "Use 300 characters or fewer."),
        ("", "Late.", "Choose which period"),
        ("nonsense", "Late.", "Choose which period"),
        ("2024-summer", "Late.", "This was never released: Summer 2024."),
    ],
)
def test_a_correction_that_cannot_be_is_refused_before_it_is_deferred(
    admin, db, period, reason, said
):
    answer = _ask(admin, reason, period)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert db.scalar(select(func.count()).select_from(ReachCorrection)) == 0
    assert _jobs(db, "cube.correct_period") == []


def test_a_correction_whose_worker_failed_for_good_is_asked_for_again_each_night(
    admin, york, db, app
):
    _ask(admin)
    [asked] = db.scalars(select(ReachCorrection)).all()
    db.execute(text("DELETE FROM procrastinate_jobs"))
    db.commit()

    with app.app_context():
        jobs.release_what_closed()
        waiting = _jobs(db, "cube.correct_period")
        jobs.correct_period(asked.id)
        jobs.release_what_closed()

    assert waiting == [{"correction_id": asked.id}]
    assert _jobs(db, "cube.correct_period") == waiting, "what is done is not asked for again"


def test_what_the_budget_does_not_allow_is_said_at_once_or_once_a_worker_finds_it(
    admin, york, db, app
):
    city = york[0]
    _ask(admin)
    [asked] = db.scalars(select(ReachCorrection)).all()
    admin.post("/reach/reports/budget", data={"rho": "0.35"})
    refused = _ask(admin, period="2026-spring")
    with app.app_context():
        jobs.correct_period(asked.id)

    assert "has 0.029 left, and this needs 0.161" in refused.text
    assert _latest(db, db.merge(city)).version == 1
    assert "we could not count it again" in admin.get("/reach/reports").text


# What comes next.


def test_what_comes_next_is_said_with_its_day_and_nothing_before_the_first(york, db):
    city = york[0]
    other = factories.city()

    found = due.coming(db, city.id, TODAY)

    assert [(each.period.code, each.on.isoformat()) for each in found] == [
        ("2026-07", "2026-08-22"),
        ("2025-to-2026", "2026-09-22"),
        ("2026-08", "2026-09-22"),
        ("2026-autumn", "2027-01-22"),
    ]
    assert due.coming(db, other.id, TODAY) == []


# Those who are told.


def _told(db):
    return {
        notice.user_id: notice
        for notice in db.scalars(select(Notice).where(Notice.kind == "report_released"))
    }


def test_who_asked_for_terms_is_told_of_a_term_once_and_nobody_else(officer, york, db, app):
    city = york[0]
    in_welsh, of_months, elsewhere, gone = (
        factories.adult(Role.AUTHORITY_OFFICER, city_id=city.id, language="cy"),
        factories.adult(Role.AUTHORITY_OFFICER, city_id=city.id),
        factories.officer(of=factories.city()),
        factories.adult(Role.AUTHORITY_OFFICER, city_id=city.id, disabled_at=factories.NOW),
    )
    for reader, kind in (
        *((in_welsh, PeriodKind.TERM), (of_months, PeriodKind.MONTH)),
        *((elsewhere, PeriodKind.TERM), (gone, PeriodKind.TERM)),
    ):
        db.add(ReportSubscription(user_id=reader.id, kind=kind))
    kept = officer.post("/reach/reports/mail", data={"kinds": ["term", "year"]})
    release = _latest(db, db.merge(city))

    with app.app_context():
        reach_jobs.send_report(release.id)
        reach_jobs.send_report(release.id)

    assert kept.status_code == 303
    told = _told(db)
    reader = db.scalar(select(ReportSubscription.user_id).filter_by(kind=PeriodKind.YEAR))
    assert set(told) == {reader, in_welsh.id}
    said = told[reader].details["said"]
    shown = reading.report_of(city.id)
    assert said["en"]["numbers"][0] == f"Took part at least once: {shown.term.city.learners}"
    assert said["en"]["about"] == "Testford: Summer 2026"
    assert said["cy"]["about"] == "Testford: Haf 2026"
    assert told[reader].details["path"] == f"/reach/report.pdf?release={release.uuid}"
    inbox = officer.get("/account/notices").text
    assert said["en"]["headline"].strip() in inbox
    assert f'href="/reach/report.pdf?release={release.uuid}"' in inbox


def test_what_is_released_by_night_is_told_of_and_what_cannot_be_is_not(york, db, app, client):
    city, other = york[0], factories.city()
    with app.app_context():
        jobs.release_period(city.id, "2025-autumn")
        jobs.release_period(city.id, "2026-04")
        jobs.release_period(other.id, "2026-04")

    made = _latest(db, db.merge(city), period="2026-04")
    assert _latest(db, db.merge(city), period="2025-autumn") is None, "it came before the last"
    assert _jobs(db, "reach.send_report") == [{"release_id": made.id}]


def test_to_want_nothing_any_more_is_kept_too(officer, db):
    officer.post("/reach/reports/mail", data={"kinds": ["month"]})
    assert 'value="month" checked' in officer.get("/reach/reports").text

    officer.post("/reach/reports/mail", data={})

    assert db.scalar(select(func.count()).select_from(ReportSubscription)) == 0


def test_a_release_that_is_not_there_tells_nobody(app, db):
    with app.app_context():
        reach_jobs.send_report(0)

    assert _told(db) == {}
