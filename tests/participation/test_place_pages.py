"""The pages on which learners ask, wait, take and move, and on which providers answer."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock
from participation.models import Answer, Booking, BookingStatus, CancelReason
from participation.service import book, cancel_booking
from tests import factories
from tests.factories import NOW


@pytest.fixture
def offer(db):
    return factories.opportunity(has_waiting_list=True)


@pytest.fixture
def full(offer):
    scheduled = factories.scheduled_session(
        opportunity=offer, places=1, starts_at=NOW + timedelta(days=9)
    )
    factories.booking(on=scheduled)
    return scheduled


def address(scheduled):
    return f"/a/{scheduled.opportunity.slug}/book?session={scheduled.uuid}"


def bookings_of(db, learner):
    db.expire_all()
    return db.scalars(select(Booking).filter_by(learner_id=learner.id).order_by(Booking.id)).all()


def waiting(db, scheduled, learner=None):
    return book(
        db,
        learner=learner or factories.learner(),
        scheduled_session_uuid=scheduled.uuid,
        now=NOW,
        may_wait=True,
    )


def test_a_double_tap_and_a_lost_reply_give_one_booking_and_the_same_answer(sign_in, db):
    scheduled, learner = factories.scheduled_session(), factories.learner()
    client = sign_in(learner)
    key = re.search(r'name="key" value="([^"]+)"', client.get(address(scheduled)).text)[1]

    answers = {client.post(address(scheduled), data={"key": key}).location for _ in range(5)}

    [booking] = bookings_of(db, learner)
    assert answers == {f"/me/bookings/{booking.uuid}"}


def test_a_key_with_another_form_is_refused(sign_in, db):
    scheduled, learner = factories.scheduled_session(), factories.learner()
    client, key = sign_in(learner), str(uuid4())
    client.post(address(scheduled), data={"key": key})

    answer = client.post(address(scheduled), data={"key": key, "access_needs": "A ramp"})

    assert (answer.status_code, len(bookings_of(db, learner))) in ((303, 1), (422, 1))
    assert bookings_of(db, learner)[0].access_needs == ""


@pytest.mark.parametrize("key", ["1", "' OR 1=1", "x" * 5000])
def test_a_key_that_is_none_books_nothing(sign_in, db, key):
    scheduled, learner = factories.scheduled_session(), factories.learner()

    answer = sign_in(learner).post(address(scheduled), data={"key": key})

    assert (answer.status_code, bookings_of(db, learner)) in ((422, []), (303, []))


def test_a_full_session_offers_the_line_and_says_nothing_of_how_long_it_is(sign_in, db, full):
    first = waiting(db, full)
    learner = factories.learner()
    client = sign_in(learner)

    page = client.get(address(full))
    assert (page.status_code, "Put me on the waiting list" in page.text) == (200, True)
    answer = client.post(address(full), data={"may_wait": "yes"})
    behind = client.get(answer.location).text

    assert ("There are people before you" in behind, "You are next" in behind) == (True, False)
    assert "You are next" in sign_in(first.learner).get(f"/me/bookings/{first.uuid}").text


def test_the_last_place_going_meanwhile_puts_nobody_in_line_unasked(sign_in, db, full):
    learner = factories.learner()

    answer = sign_in(learner).post(address(full))

    assert (answer.status_code, "Wait for a place" in answer.text) == (409, True)
    assert bookings_of(db, learner) == []


class TestAnOffer:
    @pytest.fixture
    def offered(self, db, full):
        booking = waiting(db, full)
        [held, _] = db.scalars(
            select(Booking).filter_by(scheduled_session_id=full.id).order_by(Booking.id)
        )
        cancel_booking(db, booking_uuid=held.uuid, learner=held.learner, now=NOW)
        return booking

    def test_says_until_when_and_is_taken_by_one_button(self, sign_in, db, offered):
        client = sign_in(offered.learner)
        page = client.get(f"/me/bookings/{offered.uuid}").text
        assert "kept for you until Tuesday 2 June, 1pm" in page

        client.post(f"/me/bookings/{offered.uuid}/take")

        assert bookings_of(db, offered.learner)[0].status is BookingStatus.CONFIRMED

    def test_ends_by_the_clock_of_the_database_whatever_ours_says(
        self, sign_in, offered, monkeypatch
    ):
        at = {"ours": NOW, "its": NOW}
        monkeypatch.setattr(clock, "now", lambda: at["ours"])
        monkeypatch.setattr(clock, "of_database", lambda _db: at["its"])
        client = sign_in(offered.learner)

        at["ours"] = NOW + timedelta(hours=26)
        assert "Take the place" in client.get(f"/me/bookings/{offered.uuid}").text
        at["ours"], at["its"] = NOW - timedelta(hours=26), NOW + timedelta(days=1)
        assert client.post(f"/me/bookings/{offered.uuid}/take").status_code == 409

    def test_is_nobody_elses(self, sign_in, offered):
        answer = sign_in(factories.learner()).post(f"/me/bookings/{offered.uuid}/take")

        assert answer.status_code == 404


def test_giving_back_keeps_the_reason_and_needs_none(sign_in, db):
    told, silent = factories.booking(), factories.booking()

    sign_in(told.learner).post(f"/me/bookings/{told.uuid}/cancel", data={"reason": "ill"})
    sign_in(silent.learner).post(f"/me/bookings/{silent.uuid}/cancel")

    assert bookings_of(db, told.learner)[0].cancel_reason is CancelReason.ILL
    assert bookings_of(db, silent.learner)[0].cancel_reason is None


def test_moving_shows_other_days_and_leads_to_the_new_place(sign_in, db, offer):
    booking = factories.booking(on=factories.scheduled_session(opportunity=offer))
    other = factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(days=4))
    client = sign_in(booking.learner)

    page = client.get(f"/me/bookings/{booking.uuid}/move").text
    assert str(other.uuid) in page
    nothing = client.post(f"/me/bookings/{booking.uuid}/move", data={})
    assert (nothing.status_code, "Choose a day." in nothing.text) == (422, True)
    moved = client.post(f"/me/bookings/{booking.uuid}/move", data={"to": str(other.uuid)})

    [old, new] = bookings_of(db, booking.learner)
    assert moved.location == f"/me/bookings/{new.uuid}"
    assert "You moved to another day" in client.get(f"/me/bookings/{old.uuid}").text


class TestAnswering:
    @pytest.fixture
    def ask(self, db):
        offer = factories.opportunity(is_instant=False)
        return book(
            db,
            learner=factories.learner(name="Seren Jones"),
            scheduled_session_uuid=factories.scheduled_session(opportunity=offer).uuid,
            now=NOW,
        )

    @pytest.fixture
    def keeper(self, ask):
        return factories.member(of=ask.scheduled_session.opportunity.provider)

    def test_the_list_leads_to_a_yes(self, sign_in, db, ask, keeper):
        client = sign_in(keeper)
        page = client.get("/provide/requests").text
        assert ("Seren" in page, "Jones" in page) == (True, False)

        answer = client.post(f"/provide/requests/{ask.uuid}", data={"says": "yes"})

        assert answer.location == "/provide/requests?done=yes"
        assert bookings_of(db, ask.learner)[0].status is BookingStatus.CONFIRMED
        assert "Nobody waits for an answer" in client.get(answer.location).text

    def test_a_no_needs_a_reason_and_the_learner_reads_it(self, sign_in, ask, keeper):
        client = sign_in(keeper)
        here = f"/provide/requests/{ask.uuid}"
        without = client.post(here, data={"says": "no"})
        assert (without.status_code, "Choose a reason." in without.text) == (422, True)

        client.post(here, data={"says": "no", "answer": Answer.FULL.value, "note": "Come to me."})

        page = sign_in(ask.learner).get(f"/me/bookings/{ask.uuid}").text
        assert "There are no places left" in page
        assert "Come to me" not in page

    def test_a_stranger_finds_nothing(self, sign_in, ask):
        client = sign_in(factories.member(of=factories.provider()))

        assert client.get(f"/provide/requests/{ask.uuid}").status_code == 404


def test_calling_off_tells_on_the_learners_page_what_else_there_is(sign_in, offer):
    booking = factories.booking(on=factories.scheduled_session(opportunity=offer))
    factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(days=4))
    factories.scheduled_session(opportunity=factories.opportunity(title="Chess by the river"))
    here = f"/provide/sessions/{booking.scheduled_session.uuid}/call-off"
    client = sign_in(factories.member(of=offer.provider))
    assert "Call this session off?" in client.get(here).text

    assert client.post(here).status_code == 303

    page = sign_in(booking.learner).get(f"/me/bookings/{booking.uuid}").text
    assert "This was called off" in page
    assert ("Friday 5 June" in page, "Chess by the river" in page) == (True, True)


def test_tidy_offers_what_came_free_and_says_what_it_did(app, client, db, full):
    first = waiting(db, full)
    full.remaining_capacity = full.maximum_capacity = 1
    [held, _] = db.scalars(
        select(Booking).filter_by(scheduled_session_id=full.id).order_by(Booking.id)
    )
    held.status = BookingStatus.CANCELLED
    db.commit()

    said = app.test_cli_runner().invoke(args=["participation", "tidy"])

    assert said.output == "1 sessions settled, 0 told, 0 old answers forgotten\n"
    assert bookings_of(db, first.learner)[0].status is BookingStatus.OFFERED


def test_why_places_were_given_back_names_only_what_many_said(db, offer):
    from participation.number_queries import why_given_back

    scheduled = factories.scheduled_session(opportunity=offer, places=20)
    for reason in [CancelReason.ILL] * 5 + [CancelReason.COST] * 4:
        given = factories.booking(on=scheduled)
        cancel_booking(db, booking_uuid=given.uuid, learner=given.learner, now=NOW, reason=reason)

    assert why_given_back(db, offer.provider, now=NOW) == [CancelReason.ILL]
    assert why_given_back(db, offer.provider, now=NOW + timedelta(days=366)) == []
