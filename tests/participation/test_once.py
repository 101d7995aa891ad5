"""A form that is sent twice is answered twice and acted on once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.errors import Conflict
from participation.models import Booking, KeptAnswer
from participation.once import KEPT, OtherQuestion, forget_old, once
from participation.service import IsFull, book, cancel_booking
from tests import factories
from tests.factories import NOW


@pytest.fixture
def scheduled(db):
    return factories.scheduled_session(places=1, starts_at=NOW + timedelta(days=9))


@pytest.fixture
def learner(db):
    return factories.learner()


@pytest.fixture
def ask(db, scheduled, learner):
    def ask(key, now=NOW, asked=("book",), by=learner):
        def act():
            return book(db, learner=by, scheduled_session_uuid=scheduled.uuid, now=now)

        return once(db, by=by, key=key, asked=asked, act=act, now=now)

    return ask


def how_many(db, model):
    return db.scalar(select(func.count()).select_from(model))


def test_the_same_key_gets_the_same_booking_and_makes_no_second(db, ask, scheduled):
    key = uuid4()

    answers = {ask(key).said().id for _ in range(3)}

    assert (len(answers), how_many(db, Booking), scheduled.remaining_capacity) == (1, 1, 0)


def test_a_booking_given_back_since_is_still_the_answer(db, ask, learner):
    key = uuid4()
    booking = ask(key).said()
    cancel_booking(db, booking_uuid=booking.uuid, learner=learner, now=NOW)

    assert ask(key).said() is booking
    assert how_many(db, Booking) == 1


def test_a_refusal_is_the_answer_even_when_a_place_came_free_since(db, ask, scheduled):
    other = factories.booking(on=scheduled)
    key = uuid4()
    first = ask(key)
    cancel_booking(db, booking_uuid=other.uuid, learner=other.learner, now=NOW)

    again = ask(key)

    assert (type(first.refusal), str(again.refusal)) == (Conflict, str(first.refusal))
    with pytest.raises(Conflict, match="places have gone"):
        again.said()
    assert ask(uuid4()).said().is_live


def test_without_a_key_a_refusal_is_simply_one(ask, scheduled):
    factories.booking(on=scheduled)

    with pytest.raises(IsFull):
        ask(None)


def test_a_key_cannot_ask_for_something_else(db, ask):
    key = uuid4()
    ask(key)

    with pytest.raises(OtherQuestion):
        ask(key, asked=("book", "with more"))

    assert how_many(db, Booking) == 1


def test_the_key_of_one_is_nothing_to_another(ask, scheduled):
    key = uuid4()
    scheduled.maximum_capacity = scheduled.remaining_capacity = 2
    mine = ask(key).said()

    assert ask(key, by=factories.learner()).said() is not mine


def test_an_answer_is_kept_for_two_days_and_then_forgotten(db, ask):
    key = uuid4()
    ask(key)

    assert forget_old(db, now=NOW + KEPT - timedelta(seconds=1)) == 0
    assert ask(key, now=NOW + KEPT).refusal is not None
    assert forget_old(db, now=NOW + 2 * KEPT) == 1
    assert how_many(db, KeptAnswer) == 0
