"""Posting something that repeats, and changing how it does: what people type, and what they are told."""

from datetime import UTC, datetime

import pytest

from app.clock import LONDON
from listings.schedules import schedule_of
from opportunities.models import Opportunity, ScheduledSession
from participation.service import book
from tests import factories
from tests.factories import NOW
from tests.listings.test_pages import NEW, WHAT, WHEN

THURSDAY = {
    "date": "2026-06-04",
    "start": "16:00",
    "end": "18:00",
    "places": "12",
    "repeats": "weekly",
    "until": "2026-07-02",
}
DAYS = ["04 Jun 16:00", "11 Jun 16:00", "18 Jun 16:00", "25 Jun 16:00", "02 Jul 16:00"]


def sessions(db, opportunity):
    found = db.query(ScheduledSession).filter_by(opportunity_id=opportunity.id, cancelled_at=None)
    return found.order_by(ScheduledSession.starts_at).all()


def said(db, opportunity):
    return [
        f"{each.starts_at.astimezone(LONDON):%d %b %H:%M}" for each in sessions(db, opportunity)
    ]


@pytest.fixture
def club(db, provider):
    opportunity = factories.opportunity(provider=provider)
    factories.scheduled_session(
        opportunity=opportunity, starts_at=datetime(2026, 6, 4, 15, tzinfo=UTC)
    )
    db.commit()
    return opportunity


def test_a_club_of_every_thursday_is_posted_at_one_go(staff, db):
    uuid = staff.get(NEW).location.rpartition("=")[2]
    staff.post(NEW, data=WHAT | {"go": "when", "uuid": uuid})
    check = staff.post(
        NEW, data=WHEN | THURSDAY | {"go": "check", "uuid": uuid}, follow_redirects=True
    )
    posted = staff.post(NEW, data={"go": "post", "uuid": uuid})

    assert "Every week: Thursday" in check.text
    assert "Last day: 2 Jul 2026" in check.text
    assert "5 days: Thu 4 Jun, Thu 11 Jun, Thu 18 Jun, Thu 25 Jun" in check.text
    assert posted.status_code == 303
    opportunity = db.query(Opportunity).one()
    assert said(db, opportunity) == DAYS
    assert "Every week: Thursday" in staff.get(posted.location).text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"until": "2026-06-03"}, "The last day comes after the first."),
        ({"left_out": "tomorrow"}, "Type days like 28/05/2026"),
        ({"left_out": ", ".join(["28/05/2026"] * 61)}, "Type days like 28/05/2026"),
        ({"days": ["friday"]}, "The first day has to be one of those"),
        ({"school": "holidays"}, "The first day has to be one of those"),
        ({"repeats": "hourly"}, "Choose from the list."),
        ({"days": ["doomsday"]}, "Choose from the list."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(staff, db, given, why):
    uuid = staff.get(NEW).location.rpartition("=")[2]
    staff.post(NEW, data=WHAT | {"go": "when", "uuid": uuid})
    sent = WHEN | THURSDAY | given | {"go": "check", "uuid": uuid}

    page = staff.post(NEW, data=sent)

    assert page.status_code == 422
    assert why in page.text
    assert "Kiln Yard" in page.text
    assert db.query(Opportunity).count() == 0


def test_a_listing_that_was_single_begins_to_repeat(staff, db, club):
    uuid = club.uuid
    address = f"/provide/activities/{uuid}/repeat"
    first = staff.get(address)
    assert 'value="2026-06-04"' in first.text
    assert 'value="16:00"' in first.text

    shown = staff.post(address, data=THURSDAY | {"go": "look"})

    assert "What this would change" in shown.text
    assert said(db, club) == DAYS[:1]
    changed = staff.post(address, data=THURSDAY | {"go": "change", "plan": digest_in(shown)})
    assert (changed.status_code, changed.location) == (
        303,
        f"/provide/activities/{uuid}?done=saved",
    )
    assert said(db, club) == DAYS


def digest_in(page) -> str:
    return page.text.partition('name="plan" value="')[2].partition('"')[0]


class TestWithBookings:
    @pytest.fixture
    def repeating(self, staff, db, club):
        address = f"/provide/activities/{club.uuid}/repeat"
        shown = staff.post(address, data=THURSDAY | {"go": "look"})
        staff.post(address, data=THURSDAY | {"go": "change", "plan": digest_in(shown)})
        self.book(db, club, 1)
        return address

    def book(self, db, club, number):
        session = sessions(db, club)[number]
        book(db, learner=factories.learner(), scheduled_session_uuid=session.uuid, now=NOW)
        db.commit()

    def test_the_page_says_what_stays_before_anything_changes(self, staff, db, club, repeating):
        later = THURSDAY | {"start": "17:00", "end": "19:00"}

        shown = staff.post(repeating, data=later | {"go": "look"})

        assert "Stay as they are, because people have booked" in shown.text
        assert "Thu 11 Jun 2026, 4pm" in shown.text
        assert said(db, club) == DAYS
        staff.post(repeating, data=later | {"go": "change", "plan": digest_in(shown)})
        assert said(db, club) == [
            *("04 Jun 17:00", "11 Jun 16:00", "18 Jun 17:00", "25 Jun 17:00", "02 Jul 17:00")
        ]

    def test_a_booking_in_between_asks_to_look_again(self, staff, db, club, repeating):
        later = THURSDAY | {"start": "17:00", "end": "19:00"}
        shown = staff.post(repeating, data=later | {"go": "look"})
        self.book(db, club, 3)

        again = staff.post(repeating, data=later | {"go": "change", "plan": digest_in(shown)})

        assert again.status_code == 422
        assert "Look again at what would change" in again.text
        assert said(db, club) == DAYS
        assert digest_in(again) not in ("", digest_in(shown))

    @pytest.mark.parametrize("digest", ["", "0" * 32, "<script>"])
    def test_a_change_that_nobody_looked_at_is_not_made(self, staff, db, club, repeating, digest):
        sent = THURSDAY | {"start": "17:00", "end": "19:00", "go": "change", "plan": digest}

        assert staff.post(repeating, data=sent).status_code == 422
        assert said(db, club) == DAYS

    def test_the_same_again_says_so(self, staff, db, club, repeating):
        page = staff.post(repeating, data=THURSDAY | {"start": "16:00", "go": "look"})

        assert page.status_code == 422
        assert "nothing would change" in page.text

    def test_once_stops_it_and_keeps_the_dates(self, staff, db, club, repeating):
        assert staff.post(repeating, data=THURSDAY | {"repeats": "once"}).status_code == 303
        assert schedule_of(db, club) is None
        assert said(db, club) == DAYS

    def test_the_form_shows_the_rule_as_it_is(self, staff, repeating):
        page = staff.get(repeating).text

        assert '<option value="weekly" selected>' in page
        assert 'value="2026-07-02"' in page
        assert (
            '<input class="govuk-checkboxes__input" id="days-4" name="days" type="checkbox" value="thursday" checked'
            in page
        )


def test_another_organisations_rule_is_not_there(staff, db):
    other = factories.opportunity()
    db.commit()
    address = f"/provide/activities/{other.uuid}/repeat"

    assert staff.get(address).status_code == 404
    assert staff.post(address, data=THURSDAY | {"go": "change", "plan": "x"}).status_code == 404


def test_in_welsh_no_english_is_left(staff, club):
    page = staff.post(f"/cy/provide/activities/{club.uuid}/repeat", data=THURSDAY | {"go": "look"})

    assert "Bob wythnos: Dydd Iau" in page.text
    assert "Thursday" not in page.text


def test_the_command_makes_what_has_come_within_sight(app, db, club, provider, staff, monkeypatch):
    from app import clock

    address = f"/provide/activities/{club.uuid}/repeat"
    forever = THURSDAY | {"until": ""}
    shown = staff.post(address, data=forever | {"go": "look"})
    staff.post(address, data=forever | {"go": "change", "plan": digest_in(shown)})
    before = len(sessions(db, club))
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(day=15))

    run = app.test_cli_runner().invoke(args=["listings", "extend", "--json"])
    again = app.test_cli_runner().invoke(args=["listings", "extend"])

    assert run.output.splitlines()[-1] == '{"listings": 1, "sessions": 2}'
    assert again.output.splitlines()[-1] == "Listings that repeat: 1. New sessions: 0."
    assert len(sessions(db, club)) == before + 2
