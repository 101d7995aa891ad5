"""Asking for a place, and what a provider may answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import Role
from app.errors import Conflict, NotAllowed, NotFound
from notices.models import Notice
from participation.asking import accept, asks_of, decline
from participation.models import Answer, BookingStatus
from participation.queries import Standing, booking_of
from participation.service import IsFull, book, cancel_booking
from providers.models import MemberRole, ProviderStatus
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(days=3)


@pytest.fixture
def offer(db):
    return factories.opportunity(is_instant=False, has_waiting_list=True)


@pytest.fixture
def scheduled(offer):
    return factories.scheduled_session(
        opportunity=offer, places=1, starts_at=NOW + timedelta(days=9)
    )


@pytest.fixture
def keeper(offer):
    return factories.member(of=offer.provider)


@pytest.fixture
def ask(db, scheduled, keeper):
    factories.booking()
    return book(
        db,
        learner=factories.learner(name="Seren Jones"),
        scheduled_session_uuid=scheduled.uuid,
        now=NOW,
        access_needs="A ramp",
    )


def told(db, user):
    return list(db.scalars(select(Notice.kind).filter_by(user_id=user.id).order_by(Notice.id)))


def say_yes(db, ask, by, now=NOW):
    return accept(db, booking_uuid=ask.uuid, by=by, now=now)


def say_no(db, ask, by, now=NOW, answer=Answer.FULL):
    return decline(db, booking_uuid=ask.uuid, by=by, now=now, answer=answer)


def test_an_ask_holds_a_place_for_three_days(db, ask, scheduled):
    assert (ask.status, ask.held_until) == (BookingStatus.ASKED, LATER)
    assert scheduled.remaining_capacity == 0
    with pytest.raises(IsFull):
        book(db, learner=factories.learner(), scheduled_session_uuid=scheduled.uuid, now=NOW)


def test_the_provider_sees_no_more_than_it_takes_to_answer(db, ask, offer, keeper):
    [shown] = asks_of(db, keeper, offer.provider, now=NOW)

    assert (shown.first_name, shown.access_needs) == ("Seren", "A ramp")
    assert told(db, keeper) == ["place_asked"]
    assert asks_of(db, keeper, offer.provider, now=LATER) == []


def test_yes_makes_it_their_place_and_is_signed(db, ask, keeper, scheduled):
    for _ in range(2):
        say_yes(db, ask, keeper)

    assert (ask.status, ask.held_until) == (BookingStatus.CONFIRMED, None)
    assert (ask.answered_by_id, ask.answered_at) == (keeper.id, NOW)
    assert scheduled.remaining_capacity == 0
    assert told(db, ask.learner) == ["place_answered"]


def test_no_frees_the_place_and_says_why(db, ask, keeper, scheduled):
    for _ in range(2):
        say_no(db, ask, keeper)

    assert (ask.status, ask.answer) == (BookingStatus.DECLINED, Answer.FULL)
    assert scheduled.remaining_capacity == 1
    place = booking_of(db, ask.learner, ask.uuid, now=NOW)
    assert (place.standing, told(db, ask.learner)) == (Standing.DECLINED, ["place_answered"])


def test_who_waits_is_offered_what_a_no_frees_and_asks_by_taking_it(db, ask, keeper, scheduled):
    from participation.service import take_offer

    waiting = book(
        db,
        learner=factories.learner(),
        scheduled_session_uuid=scheduled.uuid,
        now=NOW,
        may_wait=True,
    )
    say_no(db, ask, keeper)
    assert waiting.status is BookingStatus.OFFERED

    take_offer(db, booking_uuid=waiting.uuid, learner=waiting.learner, now=NOW)

    assert (waiting.status, waiting.held_until) == (BookingStatus.ASKED, LATER)


@pytest.mark.parametrize("answer", [say_yes, say_no])
class TestEitherWay:
    def test_a_late_answer_is_none(self, db, ask, keeper, answer):
        with pytest.raises(Conflict, match="Nobody waits for an answer"):
            answer(db, ask, keeper, now=LATER)

        place = booking_of(db, ask.learner, ask.uuid, now=LATER)
        assert place.standing is Standing.UNANSWERED

    def test_nothing_is_left_to_answer_once_it_is_taken_back(self, db, ask, keeper, answer):
        cancel_booking(db, booking_uuid=ask.uuid, learner=ask.learner, now=NOW)

        with pytest.raises(Conflict, match="Nobody waits for an answer"):
            answer(db, ask, keeper)

    def test_a_stranger_finds_nothing_to_answer(self, db, ask, answer):
        for stranger in (
            factories.member(of=factories.provider()),
            factories.adult(Role.PROVIDER_ADMIN),
            factories.officer(),
        ):
            with pytest.raises(NotFound):
                answer(db, ask, stranger)

    def test_who_only_keeps_the_door_does_not_answer(self, db, ask, offer, answer):
        helper = factories.member(of=offer.provider, role=Role.PROVIDER_STAFF, does=MemberRole.DOOR)

        with pytest.raises(NotFound):
            answer(db, ask, helper)

    def test_a_body_above_sees_and_answers_nobody(self, db, ask, offer, answer):
        offer.provider.umbrella = factories.provider()
        db.flush()
        above = factories.member(of=offer.provider.umbrella)

        with pytest.raises(NotFound):
            answer(db, ask, above)
        with pytest.raises(NotFound):
            asks_of(db, above, offer.provider, now=NOW)

    def test_nobody_answers_for_who_is_not_trusted(self, db, ask, offer, keeper, answer):
        offer.provider.status = ProviderStatus.SUSPENDED

        with pytest.raises((NotAllowed, NotFound)):
            answer(db, ask, keeper)
