"""A learner's pages: each answer they can give."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from accounts.models import AgeBand, Role
from app import clock
from opportunities.models import OpportunityStatus, ScheduledSession
from participation.attendance import confirm_attendance
from participation.models import Booking, BookingStatus
from participation.service import cancel_booking
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW


def to_book(scheduled) -> str:
    return f"/a/{scheduled.opportunity.slug}/book?session={scheduled.uuid}"


def at(booking) -> str:
    return f"/me/bookings/{booking.uuid}"


@pytest.fixture
def later(monkeypatch):
    """Set the clock to so long after `NOW`."""

    def later(**given):
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(**given))

    return later


def confirmed(db, booking):
    """Let the provider say that the learner of a booking came."""
    keeper = factories.member(of=booking.scheduled_session.opportunity.provider)
    starts_at = booking.scheduled_session.starts_at
    return confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=starts_at)


def test_a_learner_is_asked_once_and_then_has_a_place(sign_in, db):
    scheduled = factories.scheduled_session()
    client = sign_in(factories.learner())

    asked = client.get(to_book(scheduled))
    done = client.post(to_book(scheduled), data={"access_needs": " A ramp "})
    page = client.get(done.location)

    assert (asked.status_code, done.status_code, page.status_code) == (200, 303, 200)
    assert "Only the people who run this session see it" in asked.text
    assert "You have a place" in page.text
    assert "A ramp" in page.text
    assert db.get_one(ScheduledSession, scheduled.id).remaining_capacity == 2


def test_a_double_tap_leads_to_the_same_booking(sign_in, db):
    scheduled = factories.scheduled_session()
    client = sign_in(factories.learner())

    taps = [client.post(to_book(scheduled)) for _ in range(2)]
    back = client.get(to_book(scheduled))

    assert len({answer.location for answer in (*taps, back)}) == 1
    assert [answer.status_code for answer in (*taps, back)] == [303, 303, 303]
    assert db.scalar(select(func.count()).select_from(Booking)) == 1


def test_asking_for_too_much_gives_the_words_back(sign_in):
    scheduled = factories.scheduled_session()

    page = sign_in(factories.learner()).post(to_book(scheduled), data={"access_needs": "x" * 501})

    assert page.status_code == 422
    assert "Use 500 characters or fewer." in page.text
    assert "x" * 501 in page.text


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        pytest.param({"places": 0}, 409, "All the places have gone.", id="full"),
        pytest.param({"starts_at": NOW}, 409, "This has already started.", id="started"),
        pytest.param({"min_age": 16}, 403, "This is for ages 16 to 24.", id="age"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_cannot_be_booked_says_why_and_what_can_be_done(
    sign_in, method, given, status, reason
):
    offer = factories.opportunity(min_age=given.get("min_age", 11))
    sitting = {name: value for name, value in given.items() if name != "min_age"}
    scheduled = factories.scheduled_session(opportunity=offer, **sitting)
    learner = factories.learner(age_band=AgeBand.FROM_13_TO_15)

    page = getattr(sign_in(learner), method)(to_book(scheduled))

    assert (page.status_code, reason in page.text) == (200 if method == "get" else status, True)
    assert "Find something else near you" in page.text


def test_a_full_session_offers_another_with_a_place(sign_in):
    offer = factories.opportunity()
    full, also_full, free = (
        factories.scheduled_session(
            opportunity=offer, places=places, starts_at=NOW + timedelta(days=day)
        )
        for day, places in ((1, 0), (2, 0), (3, 4))
    )

    page = sign_in(factories.learner()).get(to_book(full))

    assert str(free.uuid) in page.text
    assert str(also_full.uuid) not in page.text


def test_what_is_not_there_or_not_on_offer_is_not_found(sign_in):
    scheduled, other = factories.scheduled_session(), factories.opportunity()
    withdrawn = factories.scheduled_session(
        opportunity=factories.opportunity(status=OpportunityStatus.WITHDRAWN)
    )
    client = sign_in(factories.learner())

    answers = [
        client.get(address).status_code
        for address in (
            f"/a/{other.slug}/book?session={scheduled.uuid}",
            f"/a/{other.slug}/book?session={uuid4()}",
            f"/a/{other.slug}/book?session=none",
            to_book(withdrawn),
        )
    ]

    assert answers == [404] * 4


def test_without_a_session_the_learner_chooses_one(sign_in):
    offer = factories.opportunity()

    answer = sign_in(factories.learner()).get(f"/a/{offer.slug}/book")

    assert (answer.status_code, answer.location) == (303, f"/a/{offer.slug}")


def test_a_stranger_signs_in_and_comes_back(client, db):
    scheduled = factories.scheduled_session()

    answer = client.get(to_book(scheduled))

    assert answer.status_code == 303
    assert answer.location == f"/sign-in?{urlencode({'next': to_book(scheduled)}, safe='/?')}"


def test_adults_book_nothing(sign_in):
    scheduled = factories.scheduled_session()

    assert sign_in(factories.adult(Role.PROVIDER_STAFF)).post(to_book(scheduled)).status_code == 403


def test_a_booking_is_its_learners_alone(sign_in, db):
    booking = factories.booking()
    client = sign_in(factories.learner())

    answers = [
        client.get(at(booking)),
        client.get(f"{at(booking)}.ics"),
        client.get(f"{at(booking)}/cancel"),
        client.post(f"{at(booking)}/cancel"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert db.get_one(Booking, booking.id).status is BookingStatus.CONFIRMED


def test_a_place_is_given_back_in_two_steps(sign_in, db):
    booking = factories.booking()
    client = sign_in(booking.learner)

    asked = client.get(f"{at(booking)}/cancel")
    done = client.post(f"{at(booking)}/cancel", follow_redirects=True)
    again = client.post(f"{at(booking)}/cancel", follow_redirects=True)
    late_look = client.get(f"{at(booking)}/cancel")

    assert "Give your place back?" in asked.text
    assert ["You gave your place back" in page.text for page in (done, again)] == [True, True]
    assert late_look.status_code == 303
    assert db.get_one(ScheduledSession, booking.scheduled_session_id).remaining_capacity == 3


def test_a_place_cannot_be_given_back_after_the_start(sign_in, later):
    booking = factories.booking()
    client = sign_in(booking.learner)
    later(days=1)

    answer = client.post(f"{at(booking)}/cancel")

    assert (answer.status_code, "already started" in answer.text) == (409, True)
    assert "I cannot come" not in client.get(at(booking)).text


def test_a_past_booking_says_came_only_when_someone_said_so(sign_in, db, later):
    learner = factories.learner()
    came, did_not_hear = factories.booking(of=learner), factories.booking(of=learner)
    confirmed(db, came)
    client = sign_in(learner)
    later(days=2)

    assert "You came" in client.get(at(came)).text
    page = client.get(at(did_not_hear)).text
    assert ("You came" in page, "Not confirmed yet" in page) == (False, True)
    assert client.get("/me/bookings").text.count("You came") == 1


def test_what_was_earned_stands_with_what_was_done(sign_in, db, later):
    provider = factories.provider()
    badge = factories.achievement(issuer=provider, name="Robot Maker")
    offer = factories.opportunity(provider=provider, achievement=badge)
    soon = factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(hours=1))
    booking = factories.booking(on=soon)
    client = sign_in(booking.learner)
    before = client.get(at(booking)).text

    confirmed(db, db.get_one(Booking, booking.id))
    db.commit()
    later(hours=4)
    after = client.get(at(booking)).text

    assert ("A badge you can earn" in before, "You earned a badge" in before) == (True, False)
    assert ("A badge you can earn" in after, "You earned a badge" in after) == (False, True)
    assert after.count("Robot Maker") == 1


def test_a_place_given_back_is_neither_coming_nor_past(sign_in, db):
    booking = factories.booking()
    cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)

    page = sign_in(booking.learner).get("/me/bookings").text

    assert ("Nothing yet." in page, "Before now" in page) == (True, False)
    assert "Places you no longer have" in page


def test_a_calendar_can_take_a_booking(sign_in):
    booking = factories.booking()

    file = sign_in(booking.learner).get(f"{at(booking)}.ics")

    assert file.content_type == "text/calendar; charset=utf-8"
    assert f"URL:http://localhost{at(booking)}" in file.text.replace("\r\n ", "")


def test_with_no_bookings_the_page_says_what_to_do(sign_in):
    page = sign_in(factories.learner()).get("/me/bookings")

    assert "Nothing yet." in page.text
    assert "Find something to do near you" in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_bookings_cost_the_same_however_many(sign_in, db, count_queries, rows):
    learner = factories.learner()
    for _ in range(rows):
        factories.booking(of=learner)
        cancelled = factories.booking(of=learner)
        cancel_booking(db, booking_uuid=cancelled.uuid, learner=learner, now=NOW)
    client = sign_in(learner)
    db.remove()
    count_queries.clear()

    page = client.get("/me/bookings")

    asked = [sql for sql in count_queries if sql.startswith("SELECT")]
    # Who it is, the bookings, and whether something is new in the inbox.
    assert (page.status_code, len(asked)) == (200, 3)


class TestOfAProviderThatIsNotTrusted:
    """What a learner is told who has a place, from the moment that their provider loses trust."""

    WORDS = "This is paused for now."

    @pytest.fixture
    def booking(self, db):
        """A place on a session whose provider's papers lapse at midnight before."""
        provider = factories.provider()
        provider.assured_until = NOW + timedelta(hours=11)
        db.flush()
        offer = factories.opportunity(provider=provider)
        return factories.booking(on=factories.scheduled_session(opportunity=offer))

    def test_it_says_nothing_while_all_is_well(self, sign_in, booking, later):
        later(hours=10, minutes=59)
        client = sign_in(booking.learner)

        for page in ("/me/bookings", at(booking)):
            assert self.WORDS not in client.get(page).text
        assert "STATUS:CONFIRMED" in client.get(f"{at(booking)}.ics").text

    def test_from_midnight_each_page_says_that_it_is_paused(self, sign_in, booking, later):
        factories.booking(of=booking.learner)
        later(hours=11)
        client = sign_in(booking.learner)

        assert client.get("/me/bookings").text.count(self.WORDS) == 1
        page = client.get(at(booking)).text
        assert self.WORDS in page
        assert "Do not go until it is back." in page
        assert "know that you are coming" not in page
        assert f"/a/{booking.scheduled_session.opportunity.slug}" not in page

    def test_so_it_does_when_an_officer_pauses_them(self, sign_in, db, booking):
        booking.scheduled_session.opportunity.provider.status = ProviderStatus.SUSPENDED
        client = sign_in(booking.learner)

        for page in ("/me/bookings", at(booking)):
            assert self.WORDS in client.get(page).text

    def test_in_welsh(self, sign_in, booking, later):
        later(hours=11)
        client = sign_in(booking.learner)

        for page in ("/cy/me/bookings", f"/cy{at(booking)}"):
            assert "wedi&#39;i oedi am y tro." in client.get(page).text

    def test_the_calendar_entry_is_not_certain_any_more(self, sign_in, booking, later):
        later(hours=11)

        file = sign_in(booking.learner).get(f"{at(booking)}.ics").text

        assert "STATUS:TENTATIVE" in file
        assert self.WORDS in file

    def test_a_place_given_back_stays_cancelled(self, sign_in, db, booking, later):
        cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)
        later(hours=11)
        client = sign_in(booking.learner)

        assert self.WORDS not in client.get(at(booking)).text
        file = client.get(f"{at(booking)}.ics").text
        assert ("STATUS:CANCELLED" in file, self.WORDS in file) == (True, False)

    def test_the_place_can_still_be_given_back(self, sign_in, db, booking, later):
        later(hours=11)

        sign_in(booking.learner).post(f"{at(booking)}/cancel")

        assert db.get_one(Booking, booking.id).status is BookingStatus.CANCELLED

    def test_afterwards_nobody_is_sent_to_ask_them(self, sign_in, booking, later):
        later(days=2)

        page = sign_in(booking.learner).get(at(booking)).text

        assert "They cannot, while the council is looking" in page
        assert "ask them to" not in page

    def test_what_was_confirmed_before_stays(self, sign_in, db, booking, later):
        db.get_one(Booking, booking.id).scheduled_session.starts_at = NOW + timedelta(minutes=30)
        confirmed(db, booking)
        later(days=2)

        page = sign_in(booking.learner).get(at(booking)).text

        assert "You came" in page
        assert self.WORDS not in page
