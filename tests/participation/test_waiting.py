"""The line for places that come free: who is offered one, until when, and what is over by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotFound
from notices.models import Notice
from opportunities.models import OpportunityStatus
from participation.models import BookingStatus, CancelReason
from participation.queries import Standing, booking_of
from participation.service import (
    AlreadyBooked,
    IsFull,
    book,
    call_off,
    cancel_booking,
    give_everything_up,
    move_booking,
    take_offer,
)
from participation.telling import tell_changes
from participation.waiting import free_places, unsettled
from tests import factories
from tests.factories import NOW

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def words(app):
    """Refusals say days and times, in the words of a request."""
    with app.test_request_context():
        yield


@pytest.fixture
def offer(db):
    return factories.opportunity(has_waiting_list=True)


@pytest.fixture
def full(offer):
    """A session of one place, which someone has."""
    scheduled = factories.scheduled_session(
        opportunity=offer, places=1, starts_at=NOW + timedelta(days=9)
    )
    factories.scheduled_session(opportunity=offer, places=1)
    factories.booking(on=scheduled)
    return scheduled


@pytest.fixture
def holder(db, full):
    return booking_on(db, full)[0]


def booking_on(db, scheduled):
    from participation.models import Booking

    found = select(Booking).filter_by(scheduled_session_id=scheduled.id).order_by(Booking.id)
    return db.scalars(found.execution_options(populate_existing=True)).all()


def wait(db, scheduled, learner=None, now=NOW):
    return book(
        db,
        learner=learner or factories.learner(),
        scheduled_session_uuid=scheduled.uuid,
        now=now,
        may_wait=True,
    )


def cancel(db, booking, now=NOW, **why):
    return cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=now, **why)


def take(db, booking, now=NOW):
    return take_offer(db, booking_uuid=booking.uuid, learner=booking.learner, now=now)


def told(db, learner):
    return list(db.scalars(select(Notice.kind).filter_by(user_id=learner.id).order_by(Notice.id)))


def test_nobody_waits_who_did_not_say_so(db, full):
    with pytest.raises(IsFull, match="places have gone"):
        book(db, learner=factories.learner(), scheduled_session_uuid=full.uuid, now=NOW)

    assert len(booking_on(db, full)) == 1


def test_nobody_waits_where_no_list_is_kept(db, full, offer):
    offer.has_waiting_list = False

    with pytest.raises(IsFull):
        wait(db, full)


def test_a_place_that_comes_free_is_offered_to_who_came_first(db, full, holder):
    first, second = wait(db, full), wait(db, full)

    cancel(db, holder)

    assert (first.status, second.status) == (BookingStatus.OFFERED, BookingStatus.WAITING)
    assert (first.held_until, full.remaining_capacity) == (NOW + timedelta(days=1), 0)
    assert (told(db, first.learner), told(db, second.learner)) == (["place_offered"], [])


def test_an_offer_shortly_before_leaves_half_of_the_time(db, full, holder):
    first = wait(db, full)

    cancel(db, holder, now=full.starts_at - 4 * HOUR)

    assert first.held_until == full.starts_at - 2 * HOUR


def test_an_offer_is_taken_once_however_often_it_is_tapped(db, full, holder):
    first = wait(db, full)
    cancel(db, holder)

    for _ in range(2):
        take(db, first)

    assert (first.status, first.held_until) == (BookingStatus.CONFIRMED, None)
    assert full.remaining_capacity == 0
    assert told(db, first.learner) == ["place_offered", "place_confirmed"]


def test_an_offer_that_ran_out_goes_to_the_next_without_any_job(db, full, holder):
    first, second = wait(db, full), wait(db, full)
    cancel(db, holder)
    later = NOW + timedelta(days=1)

    with pytest.raises(Conflict, match="not kept for you"):
        take(db, first, now=later)
    assert booking_of(db, first.learner, first.uuid, now=later).standing is Standing.NOT_TAKEN
    with pytest.raises(IsFull):
        book(db, learner=factories.learner(), scheduled_session_uuid=full.uuid, now=later)
    newcomer = wait(db, full, now=later)

    assert [first.status, second.status, newcomer.status] == ["lapsed", "offered", "waiting"]


def test_with_nobody_in_line_a_hold_that_ran_out_is_a_free_place(db, full, holder):
    first = wait(db, full)
    cancel(db, holder)
    later = NOW + timedelta(days=1)

    other = factories.learner()
    assert [free_places(db, full, at, other) for at in (NOW, later)] == [0, 1]
    assert unsettled(db, now=NOW) == []
    assert unsettled(db, now=later) == [full.id]
    assert wait(db, full, now=later).status is BookingStatus.CONFIRMED
    assert first.status is BookingStatus.LAPSED


def test_who_lets_an_offer_go_may_stand_in_line_again_at_its_end(db, full, holder):
    first, second = wait(db, full), wait(db, full)
    cancel(db, holder)

    cancel(db, first)
    again = wait(db, full, first.learner)

    assert (second.status, again.status) == (BookingStatus.OFFERED, BookingStatus.WAITING)


def test_nobody_stands_in_line_twice(db, full):
    first = wait(db, full)

    with pytest.raises(AlreadyBooked):
        wait(db, full, first.learner)


@pytest.mark.parametrize("status", [OpportunityStatus.PAUSED, OpportunityStatus.WITHDRAWN])
def test_what_is_not_on_offer_is_offered_to_nobody(db, full, holder, offer, status):
    first = wait(db, full)
    offer.status = status

    cancel(db, holder)

    assert (first.status, full.remaining_capacity) == (BookingStatus.WAITING, 1)


def test_nothing_is_offered_once_booking_has_closed(db, full, holder, offer):
    offer.booking_closes_hours = 24
    first = wait(db, full)

    cancel(db, holder, now=full.starts_at - 24 * HOUR)

    assert first.status is BookingStatus.WAITING


def test_why_a_place_was_given_back_is_kept(db, full, holder):
    cancel(db, holder, reason=CancelReason.ILL)

    assert holder.cancel_reason is CancelReason.ILL


def test_the_database_keeps_no_hold_without_an_end(db, holder):
    holder.status = BookingStatus.OFFERED

    with pytest.raises(IntegrityError, match="held_until_a_time"):
        db.flush()


def test_a_learner_cannot_be_in_two_places_at_once(db):
    starts_at = NOW + timedelta(days=2)
    pottery = factories.scheduled_session(starts_at=starts_at)
    learner = factories.booking(on=pottery).learner
    during = factories.scheduled_session(starts_at=starts_at + HOUR)
    after = factories.scheduled_session(starts_at=starts_at + 2 * HOUR)

    with pytest.raises(Conflict, match=r"place on Pottery then: Wed 3 Jun, 1pm"):
        book(db, learner=learner, scheduled_session_uuid=during.uuid, now=NOW)
    assert book(db, learner=learner, scheduled_session_uuid=after.uuid, now=NOW).is_live


def test_a_place_that_is_called_off_is_in_nobodys_way(db):
    booking = factories.booking()
    booking.scheduled_session.cancelled_at = NOW
    other = factories.scheduled_session(starts_at=booking.scheduled_session.starts_at)

    assert book(db, learner=booking.learner, scheduled_session_uuid=other.uuid, now=NOW).is_live


def test_nobody_collects_places(db, monkeypatch):
    monkeypatch.setattr("participation.fairness.MOST_TO_COME", 2)
    learner = factories.learner()
    days = [factories.scheduled_session(starts_at=NOW + timedelta(days=day)) for day in (1, 2, 3)]
    for scheduled in days[:2]:
        book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=NOW)

    with pytest.raises(Conflict, match="2 places to come already"):
        book(db, learner=learner, scheduled_session_uuid=days[2].uuid, now=NOW)
    # What is over does not count.
    after = NOW + timedelta(days=1)
    assert book(db, learner=learner, scheduled_session_uuid=days[2].uuid, now=after).is_live


class TestMoving:
    def move(self, db, booking, to, now=NOW):
        return move_booking(
            db,
            booking_uuid=booking.uuid,
            learner=booking.learner,
            to_session_uuid=to.uuid,
            now=now,
        )

    def test_one_place_for_the_other(self, db, full, holder, offer):
        first = wait(db, full)
        other = factories.scheduled_session(opportunity=offer, places=2)

        moved = self.move(db, holder, other)

        assert (moved.status, other.remaining_capacity) == (BookingStatus.CONFIRMED, 1)
        assert (holder.status, holder.cancel_reason) == ("cancelled", CancelReason.MOVED)
        assert (holder.moved_to, first.status) == (moved, BookingStatus.OFFERED)

    def test_to_a_full_session_changes_nothing(self, db, full, holder, offer):
        other = factories.scheduled_session(opportunity=offer, places=0)

        with pytest.raises(IsFull):
            self.move(db, holder, other)

        assert (holder.status, full.remaining_capacity) == (BookingStatus.CONFIRMED, 0)

    def test_to_something_else_is_no_move(self, db, holder):
        with pytest.raises(NotFound):
            self.move(db, holder, factories.scheduled_session())

    def test_to_a_session_at_the_same_time_as_the_old_one(self, db, full, holder, offer):
        other = factories.scheduled_session(opportunity=offer, starts_at=full.starts_at + HOUR)

        assert self.move(db, holder, other).is_live

    def test_who_only_waits_has_nothing_to_move(self, db, full, offer):
        first = wait(db, full)
        other = factories.scheduled_session(opportunity=offer)

        with pytest.raises(Conflict, match="not a place that you can move"):
            self.move(db, first, other)


class TestCallingOff:
    def test_everyone_with_a_place_or_a_wish_is_told_once(self, db, full, holder, offer):
        first = wait(db, full)
        keeper = factories.member(of=offer.provider)

        for _ in range(2):
            call_off(db, session_uuid=full.uuid, by=keeper, now=NOW)

        for booking in (holder, first):
            assert told(db, booking.learner) == ["session_called_off"]
            place = booking_of(db, booking.learner, booking.uuid, now=NOW)
            assert place.standing is Standing.CALLED_OFF
        [notice] = db.scalars(select(Notice).filter_by(user_id=holder.learner_id))
        assert [each["title"] for each in notice.details["alternatives"]] == ["Pottery"]

    def test_a_stranger_cannot(self, db, full):
        with pytest.raises(NotFound):
            call_off(db, session_uuid=full.uuid, by=factories.member(factories.provider()), now=NOW)

        assert full.cancelled_at is None

    def test_what_has_begun_is_not_called_off(self, db, full, offer):
        keeper = factories.member(of=offer.provider)

        with pytest.raises(Conflict, match="already started"):
            call_off(db, session_uuid=full.uuid, by=keeper, now=full.starts_at)

    def test_what_others_called_off_or_moved_is_told_too(self, db, full, holder, offer):
        moved = factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(days=3))
        booking = book(db, learner=factories.learner(), scheduled_session_uuid=moved.uuid, now=NOW)
        moved.ends_at += HOUR
        moved.starts_at += HOUR
        full.cancelled_at = NOW
        db.flush()

        assert [tell_changes(db, now=NOW) for _ in range(2)] == [2, 0]
        assert told(db, holder.learner) == ["session_called_off"]
        assert told(db, booking.learner) == ["place_confirmed", "session_moved"]


def test_who_is_about_to_be_forgotten_leaves_every_place_and_line(db, full, holder, offer):
    first, second = wait(db, full), wait(db, full)
    other = factories.scheduled_session(opportunity=offer, places=3)
    book(db, learner=holder.learner, scheduled_session_uuid=other.uuid, now=NOW)

    for learner in (first.learner, holder.learner):
        give_everything_up(db, learner, now=NOW)

    assert (full.remaining_capacity, other.remaining_capacity) == (0, 3)
    assert second.status is BookingStatus.OFFERED
