"""Booking a place and giving it back: every rule."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import AgeBand, Role
from app.errors import Conflict, NotAllowed, NotFound
from opportunities.freshness import PAUSED_AFTER
from opportunities.models import OpportunityStatus
from participation.attendance import confirm_attendance
from participation.models import Booking, BookingStatus
from participation.queries import Standing, booking_of, bookings_of
from participation.service import AlreadyBooked, book, cancel_booking
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

TOMORROW = NOW + timedelta(days=1)


def book_one(db, learner, scheduled, now=NOW):
    return book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=now)


def test_book_takes_one_place(db):
    learner, scheduled = factories.learner(), factories.scheduled_session(places=2)
    noise = factories.scheduled_session(places=2)

    booking = book_one(db, learner, scheduled)

    assert (booking.learner, booking.status) == (learner, BookingStatus.CONFIRMED)
    assert (scheduled.remaining_capacity, noise.remaining_capacity) == (1, 2)


def test_book_keeps_what_the_learner_asked_for(db):
    scheduled = factories.scheduled_session()

    booking = book(
        db,
        learner=factories.learner(),
        scheduled_session_uuid=scheduled.uuid,
        now=NOW,
        access_needs="A quiet corner",
    )

    assert booking.access_needs == "A quiet corner"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"places": 0}, "places have gone", id="full"),
        pytest.param({"starts_at": NOW}, "already started", id="started"),
    ],
)
def test_book_refuses_a_session_that_cannot_be_joined(db, given, reason):
    scheduled = factories.scheduled_session(**given)

    with pytest.raises(Conflict, match=reason):
        book_one(db, factories.learner(), scheduled)


@pytest.mark.parametrize("status", [OpportunityStatus.DRAFT, OpportunityStatus.WITHDRAWN])
def test_book_refuses_what_is_not_published(db, status):
    scheduled = factories.scheduled_session(opportunity=factories.opportunity(status=status))

    with pytest.raises(NotFound, match="not on offer"):
        book_one(db, factories.learner(), scheduled)


@pytest.mark.parametrize("status", [ProviderStatus.APPLIED, ProviderStatus.SUSPENDED])
def test_book_refuses_a_provider_that_is_not_verified(db, status):
    offer = factories.opportunity(provider=factories.provider(status=status))

    with pytest.raises(NotFound, match="not on offer"):
        book_one(db, factories.learner(), factories.scheduled_session(opportunity=offer))


def test_book_refuses_what_nobody_confirmed_for_half_a_year(db):
    offer = factories.opportunity(checked_at=NOW - PAUSED_AFTER)

    with pytest.raises(NotFound, match="not on offer"):
        book_one(db, factories.learner(), factories.scheduled_session(opportunity=offer))


def test_book_refuses_a_session_that_is_not_there(db):
    with pytest.raises(NotFound, match="cannot find that session"):
        book(db, learner=factories.learner(), scheduled_session_uuid=uuid4(), now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LEARNER])
def test_book_refuses_adults(db, role):
    with pytest.raises(NotAllowed, match="with a pass"):
        book_one(db, factories.adult(role), factories.scheduled_session())


@pytest.mark.parametrize(
    ("min_age", "max_age", "may_come"),
    [
        (11, 12, False),
        (11, 13, True),
        (13, 15, True),
        (14, 14, True),
        (15, 24, True),
        (16, 24, False),
    ],
)
def test_book_takes_whoever_may_be_of_the_right_age(db, min_age, max_age, may_come):
    learner = factories.learner(age_band=AgeBand.FROM_13_TO_15)
    offer = factories.opportunity(min_age=min_age, max_age=max_age)
    scheduled = factories.scheduled_session(opportunity=offer)

    if may_come:
        assert book_one(db, learner, scheduled).learner == learner
    else:
        reason = f"for ages {min_age} to {max_age}. Your pass says 13 to 15"
        with pytest.raises(NotAllowed, match=reason):
            book_one(db, learner, scheduled)


def test_book_refuses_a_second_place(db):
    learner, scheduled = factories.learner(), factories.scheduled_session()
    book_one(db, learner, scheduled)

    with pytest.raises(AlreadyBooked, match="already have a place"):
        book_one(db, learner, scheduled)

    assert scheduled.remaining_capacity == 2


def test_a_place_given_back_can_be_booked_again(db):
    learner, scheduled = factories.learner(), factories.scheduled_session()
    first = book_one(db, learner, scheduled)
    cancel_booking(db, booking_uuid=first.uuid, learner=learner, now=NOW)

    again = book_one(db, learner, scheduled)

    assert (again.id != first.id, scheduled.remaining_capacity) == (True, 2)


def test_the_database_refuses_what_was_made_without_the_lock(db, monkeypatch):
    learner, scheduled = factories.learner(), factories.scheduled_session()
    book_one(db, learner, scheduled)
    monkeypatch.setattr("participation.service.place_of", lambda *_: None)

    with pytest.raises(AlreadyBooked, match="already have a place"):
        book_one(db, learner, scheduled)


def test_cancel_gives_one_place_back_however_often_it_is_asked(db):
    learner, scheduled = factories.learner(), factories.scheduled_session(places=1)
    booking = book_one(db, learner, scheduled)

    for _ in range(2):
        cancel_booking(db, booking_uuid=booking.uuid, learner=learner, now=NOW)

    assert (booking.status, booking.cancelled_at) == (BookingStatus.CANCELLED, NOW)
    assert scheduled.remaining_capacity == 1


def test_cancel_refuses_someone_elses_booking(db):
    booking = factories.booking()

    with pytest.raises(NotFound):
        cancel_booking(db, booking_uuid=booking.uuid, learner=factories.learner(), now=NOW)

    assert booking.status is BookingStatus.CONFIRMED


def test_cancel_refuses_once_the_session_has_started(db):
    booking = factories.booking()

    with pytest.raises(Conflict, match="already started"):
        cancel_booking(
            db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW + timedelta(days=1)
        )


def test_a_booking_cancelled_in_time_stays_so_after_the_start(db):
    booking = factories.booking()
    cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)

    late = cancel_booking(
        db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW + timedelta(days=3)
    )

    assert late.cancelled_at == NOW


def test_cancel_refuses_who_is_marked_as_here(db):
    booking = factories.booking()
    provider = booking.scheduled_session.opportunity.provider
    early = TOMORROW - timedelta(minutes=30)
    keeper = factories.member(of=provider)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=early)

    with pytest.raises(Conflict, match="marked as here"):
        cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=early)


def test_bookings_are_told_to_their_learner_alone(db):
    mine, noise = factories.booking(), factories.booking()

    assert [place.booking for place in bookings_of(db, mine.learner, now=NOW)] == [mine]
    with pytest.raises(NotFound):
        booking_of(db, mine.learner, noise.uuid, now=NOW)


def test_a_booking_is_never_counted_as_having_come(db):
    booking = factories.booking()
    after = TOMORROW + timedelta(days=400)

    assert booking_of(db, booking.learner, booking.uuid, now=NOW).standing is Standing.COMING
    assert booking_of(db, booking.learner, booking.uuid, now=after).standing is Standing.UNCONFIRMED
    assert db.query(Booking).count() == 1
