"""Saying that a listing is wrong, and the officers' page of listings."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from accounts.models import Role, SignInAttempt
from accounts.throttle import REPORTS_PER_DEVICE
from app.errors import NotAllowed, NotFound
from opportunities.models import ListingReport, OpportunityStatus, ReportReason
from opportunities.report_queries import open_reports, stale_listings
from opportunities.report_service import OPEN_FOR_ONE_REASON, close_report, report_listing
from tests import factories
from tests.factories import NOW


@pytest.fixture
def city(db):
    return factories.city()


def listing(in_city=None, *, in_days=5, **given):
    given.setdefault("provider", factories.provider(in_city=in_city))
    opportunity = factories.opportunity(**given)
    factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=in_days))
    return opportunity


def reported(db, opportunity=None, reason=ReportReason.CLOSED, days_ago=0, words=""):
    return report_listing(
        db,
        opportunity=opportunity or listing(),
        reason=reason,
        words=words,
        now=NOW - timedelta(days=days_ago),
    )


def test_a_report_keeps_what_is_wrong_and_nothing_of_who_said_it(client, db):
    opportunity = listing()
    noise = listing()
    db.commit()

    page = client.post(
        f"/a/{opportunity.slug}/report",
        data={"reason": "closed", "words": "It shut\r\nlast week", "name": "Seren"},
    )

    (kept,) = db.scalars(select(ListingReport)).all()
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "Thank you for telling us" in page.text
    assert (kept.opportunity_id, kept.reason) == (opportunity.id, ReportReason.CLOSED)
    assert (kept.words, kept.made_at, kept.closed_at) == ("It shut\nlast week", NOW, None)
    assert noise.id != kept.opportunity_id
    assert set(ListingReport.__table__.columns.keys()) == {
        *("id", "uuid", "opportunity_id", "reason", "words", "made_at", "closed_at")
    }


def test_a_report_of_someone_signed_in_looks_like_any_other(sign_in, db):
    opportunity = listing()
    learner = factories.learner(name="Nia")

    sign_in(learner).post(f"/a/{opportunity.slug}/report", data={"reason": "time"})

    kept = db.execute(select(ListingReport.__table__)).mappings().one()
    assert "Nia" not in str(dict(kept))
    assert (kept["reason"], kept["words"]) == ("time", "")


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({}, "Choose what is wrong."),
        ({"reason": "boring"}, "Choose what is wrong."),
        ({"reason": "closed", "words": "x" * 301}, "Use 300 characters or fewer."),
    ],
)
def test_a_report_that_cannot_be_read_comes_back_with_what_was_typed(client, db, posted, sentence):
    opportunity = listing()
    db.commit()

    page = client.post(f"/a/{opportunity.slug}/report", data={"words": "typed"} | posted)

    assert page.status_code == 422
    assert sentence in page.text
    assert (posted.get("words") or "typed") in page.text
    assert db.scalar(select(func.count(ListingReport.id))) == 0


def test_line_ends_count_once(client, db):
    opportunity = listing()
    db.commit()

    words = "x" * 149 + "\r\n" + "y" * 150
    page = client.post(f"/a/{opportunity.slug}/report", data={"reason": "other", "words": words})

    assert page.status_code == 200
    assert len(db.scalar(select(ListingReport.words))) == 300


def test_a_worry_about_safety_is_handed_over_as_it_was_sent_and_not_kept_here(client, db):
    opportunity = listing()
    db.commit()

    page = client.post(f"/a/{opportunity.slug}/report", data={"reason": "safety", "words": "Gate"})

    # 307: the browser sends the same form on. A worry stands in no address, so in no history.
    assert (page.status_code, page.location) == (307, f"/a/{opportunity.slug}/concern")
    assert db.scalar(select(func.count(ListingReport.id))) == 0


def test_the_form_says_whom_to_call_and_needs_no_script(client, db):
    opportunity = listing()
    db.commit()

    page = client.get(f"/a/{opportunity.slug}/report").text

    main = page.split("<main")[1]
    assert main.index("999") < main.index('type="radio"')
    assert re.findall(r'name="reason" type="radio" value="(\w+)"', main) == list(ReportReason)
    assert 'maxlength="300"' in main


def test_the_form_carries_a_token_and_nothing_is_kept_without_one(app, client, db, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    address, said = f"/a/{listing().slug}/report", {"reason": "closed"}
    db.commit()

    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)[1]

    assert client.post(address, data=said).status_code == 400
    assert db.scalar(select(func.count(ListingReport.id))) == 0
    assert client.post(address, data=said | {"csrf_token": token}).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status": OpportunityStatus.DRAFT}, 404),
        ({"status": OpportunityStatus.WITHDRAWN}, 410),
    ],
)
def test_what_is_not_on_offer_cannot_be_reported(client, db, given, status):
    opportunity = listing(**given)
    db.commit()

    page = client.post(f"/a/{opportunity.slug}/report", data={"reason": "closed"})

    assert page.status_code == status
    assert client.get("/a/never-was/report").status_code == 404
    assert db.scalar(select(func.count(ListingReport.id))) == 0


def test_one_device_may_not_go_on_reporting(client, db):
    opportunity = listing()
    db.commit()
    address, said = f"/a/{opportunity.slug}/report", {"reason": "place"}

    answers = [
        client.post(address, data=said).status_code for _each in range(REPORTS_PER_DEVICE + 1)
    ]

    assert answers == [200] * REPORTS_PER_DEVICE + [429]
    (counted,) = db.scalars(select(SignInAttempt.key)).all()
    assert "127.0.0.1" not in counted


def test_what_enough_people_said_already_is_not_kept_again(db):
    opportunity = listing()
    for _each in range(OPEN_FOR_ONE_REASON):
        assert reported(db, opportunity) is not None

    assert reported(db, opportunity) is None
    assert reported(db, opportunity, ReportReason.SAFETY) is not None
    assert reported(db) is not None


def test_what_was_dealt_with_may_be_said_again(db, city):
    opportunity = listing(city)
    reports = [reported(db, opportunity) for _each in range(OPEN_FOR_ONE_REASON)]

    close_report(db, report_uuid=reports[0].uuid, closed_by=factories.officer(of=city), now=NOW)

    assert reported(db, opportunity) is not None


def test_the_database_keeps_no_long_words(db):
    db.add(
        ListingReport(
            opportunity=listing(), reason=ReportReason.OTHER, words="x" * 301, made_at=NOW
        )
    )

    with pytest.raises(IntegrityError, match="ck_listing_report_words_short"):
        db.flush()


def test_officers_see_the_open_reports_of_their_city_safety_first(db, city):
    mine = listing(city)
    newer = reported(db, mine, ReportReason.TIME, days_ago=1)
    older = reported(db, mine, ReportReason.PLACE, days_ago=4)
    safety = reported(db, mine, ReportReason.SAFETY)
    closed = reported(db, mine, days_ago=9)
    reported(db, days_ago=2)
    officer = factories.officer(of=city)
    close_report(db, report_uuid=closed.uuid, closed_by=officer, now=NOW)

    assert open_reports(db, officer) == [safety, older, newer]


def test_closing_twice_keeps_the_first_time(db, city):
    report, officer = reported(db, listing(city)), factories.officer(of=city)
    noise = reported(db, listing(city))

    for later in (timedelta(0), timedelta(hours=1)):
        close_report(db, report_uuid=report.uuid, closed_by=officer, now=NOW + later)

    assert (report.closed_at, noise.closed_at) == (NOW, None)


def test_nobody_closes_a_report_of_another_city(db, city):
    report = reported(db, listing(city))
    member = factories.member(report.opportunity.provider)

    with pytest.raises(NotFound):
        close_report(db, report_uuid=report.uuid, closed_by=factories.officer(), now=NOW)
    with pytest.raises(NotAllowed):
        close_report(db, report_uuid=report.uuid, closed_by=member, now=NOW)
    assert report.closed_at is None


def test_stale_listings_are_those_with_dates_that_nobody_confirmed(db, city):
    def checked(days_ago, **given):
        return listing(city, checked_at=NOW - timedelta(days=days_ago), **given)

    stale, paused = checked(90), checked(200)
    checked(89)
    checked(95, in_days=-3)
    checked(95, status=OpportunityStatus.WITHDRAWN)
    listing(checked_at=NOW - timedelta(days=95))

    assert stale_listings(db, factories.officer(of=city), NOW) == [paused, stale]


def test_an_officer_reads_a_report_and_deals_with_it(sign_in, db, city):
    report = reported(db, listing(city, title="Pots"), days_ago=3, words="Shut <b>now</b>")
    elsewhere = reported(db, listing(title="Elsewhere"))
    listing(city, title="Dusty", checked_at=NOW - timedelta(days=95))
    listing(city, title="Asleep", checked_at=NOW - timedelta(days=190))
    officer = sign_in(factories.officer(of=city))

    page = officer.get("/authority/listings").text
    answer = officer.post(f"/authority/listings/{report.uuid}/close")
    after = officer.get("/authority/listings").text

    for words in ("Pots", "Shut &lt;b&gt;now&lt;/b&gt;", "Sent 3 days ago", "95 days", "Paused"):
        assert words in page
    assert f'href="/a/{report.opportunity.slug}"' in page
    assert "Elsewhere" not in page
    assert (answer.status_code, answer.location) == (303, "/authority/listings")
    assert "Nobody says that a listing is wrong." in after
    assert "Dusty" in after
    assert officer.post(f"/authority/listings/{elsewhere.uuid}/close").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_officers_page_asks_as_often_for_three_as_for_one(
    sign_in, db, city, count_queries, rows
):
    for _each in range(rows):
        reported(db, listing(city, checked_at=NOW - timedelta(days=95)))
    officer = sign_in(factories.officer(of=city))
    db.expunge_all()
    count_queries.clear()

    officer.get("/authority/listings")

    assert len([sent for sent in count_queries if sent.startswith("SELECT")]) == 5


def test_only_officers_look_after_listings(client, sign_in, db, city):
    report = reported(db, listing(city))
    db.commit()
    address = f"/authority/listings/{report.uuid}/close"

    assert client.get("/authority/listings").status_code == 303
    for who in (factories.learner(), factories.adult(Role.PROVIDER_ADMIN)):
        assert sign_in(who).get("/authority/listings").status_code == 403
        assert sign_in(who).post(address).status_code == 403
    assert db.scalar(select(ListingReport.closed_at)) is None
