"""Many people at once, on a database of its own, with real connections and real commits."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from accounts.models import User
from app.db import current_db
from app.errors import Conflict
from badges.models import AchievementCredential
from opportunities.models import ScheduledSession
from participation.attendance import confirm_attendance, confirm_everyone, withdraw_attendance
from participation.models import Attendance, Booking, BookingStatus
from participation.service import AlreadyBooked, book, cancel_booking
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW

CONNECTIONS = 20
STARTS_AT = NOW + timedelta(days=1)
AT_THE_DOOR = STARTS_AT + timedelta(minutes=5)


@pytest.fixture(scope="module")
def engine():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0)
        yield engine
        engine.dispose()


@pytest.fixture
def sessions(engine):
    return sessionmaker(engine, expire_on_commit=False)


@pytest.fixture
def rows(engine):
    """Let the factories make rows that are kept."""

    @contextmanager
    def rows():
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        yield
        current_db.commit()
        current_db.remove()

    yield rows
    current_db.remove()


@pytest.fixture
def all_at_once(sessions):
    """Run one act per argument, all let go at the same moment, each in a transaction of its own."""

    def all_at_once(act, arguments):
        arguments = list(arguments)
        gate = Barrier(len(arguments))

        def run(argument):
            gate.wait()
            try:
                with sessions.begin() as db:
                    act(db, argument)
            except Conflict as refusal:
                return type(refusal).__name__
            return "done"

        with ThreadPoolExecutor(len(arguments)) as threads:
            return Counter(threads.map(run, arguments))

    return all_at_once


def booking_by(now=NOW):
    def act(db, wanted):
        learner_id, uuid = wanted
        learner = db.get_one(User, learner_id)
        book(db, learner=learner, scheduled_session_uuid=uuid, now=now)

    return act


def live_places(db: Session, scheduled: ScheduledSession) -> int:
    live = select(func.count()).where(
        Booking.scheduled_session_id == scheduled.id, Booking.status == BookingStatus.CONFIRMED
    )
    return db.scalar(live) or 0


def how_many(db: Session, model, **given) -> int:
    return db.scalar(select(func.count()).select_from(model).filter_by(**given)) or 0


@pytest.mark.slow
def test_200_learners_at_once_get_the_5_places_there_are(rows, sessions, all_at_once):
    with rows():
        home, scheduled = factories.area(), factories.scheduled_session(places=5)
        learners = [factories.learner(home=home).id for _ in range(200)]

    answers = all_at_once(booking_by(), [(learner, scheduled.uuid) for learner in learners])

    assert answers == {"done": 5, "IsFull": 195}
    with sessions() as db:
        assert live_places(db, scheduled) == 5
        assert db.get_one(ScheduledSession, scheduled.id).remaining_capacity == 0


@pytest.mark.slow
def test_20_taps_of_one_learner_give_one_booking(rows, sessions, all_at_once):
    with rows():
        learner, scheduled = factories.learner(), factories.scheduled_session(places=5)

    answers = all_at_once(booking_by(), [(learner.id, scheduled.uuid)] * 20)

    assert answers == {"done": 1, "AlreadyBooked": 19}
    with sessions() as db:
        assert live_places(db, scheduled) == 1
        assert db.get_one(ScheduledSession, scheduled.id).remaining_capacity == 4


@pytest.mark.slow
def test_places_given_back_20_times_at_once_come_back_once(rows, sessions, all_at_once):
    with rows():
        booking = factories.booking(on=factories.scheduled_session(places=3))
        scheduled, learner_id = booking.scheduled_session, booking.learner_id

    def cancel(db, _):
        learner = db.get_one(User, learner_id)
        cancel_booking(db, booking_uuid=booking.uuid, learner=learner, now=NOW)

    assert all_at_once(cancel, range(20)) == {"done": 20}
    with sessions() as db:
        assert live_places(db, scheduled) == 0
        assert db.get_one(ScheduledSession, scheduled.id).remaining_capacity == 3


@pytest.mark.slow
def test_booking_and_cancelling_at_once_lose_no_place(rows, sessions, all_at_once):
    with rows():
        home, scheduled = factories.area(), factories.scheduled_session(places=8)
        leaving = [
            factories.booking(of=factories.learner(home=home), on=scheduled) for _ in "12345"
        ]
        coming = [factories.learner(home=home).id for _ in range(30)]

    def act(db, wanted):
        if isinstance(wanted, Booking):
            learner = db.get_one(User, wanted.learner_id)
            cancel_booking(db, booking_uuid=wanted.uuid, learner=learner, now=NOW)
        else:
            booking_by()(db, (wanted, scheduled.uuid))

    answers = all_at_once(act, [*coming[:15], *leaving, *coming[15:]])

    with sessions() as db:
        taken = live_places(db, scheduled)
        assert taken == answers["done"] - len(leaving)
        assert db.get_one(ScheduledSession, scheduled.id).remaining_capacity == 8 - taken


@pytest.mark.slow
def test_the_database_refuses_a_place_made_behind_our_back(rows, sessions):
    with rows():
        learner, scheduled = factories.learner(), factories.scheduled_session()
    with sessions() as other, ThreadPoolExecutor(1) as threads:
        other.add(Booking(learner_id=learner.id, scheduled_session_id=scheduled.id))
        other.flush()

        def attempt():
            with sessions.begin() as db:
                booking_by()(db, (learner.id, scheduled.uuid))

        waiting = threads.submit(attempt)
        other.commit()
        with pytest.raises(AlreadyBooked, match="already have a place"):
            waiting.result()
    with sessions() as db:
        assert live_places(db, scheduled) == 1


@pytest.fixture
def door(rows):
    """A learner with a place on each of two sessions that earn the same badge, and who confirms."""
    with rows():
        provider = factories.provider()
        offer = factories.opportunity(
            provider=provider, achievement=factories.achievement(issuer=provider)
        )
        learner, keeper = factories.learner(), factories.member(of=provider)
        bookings = [
            factories.booking(
                of=learner,
                on=factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT),
            )
            for _ in range(2)
        ]
        return bookings, keeper


def confirming(keeper):
    def act(db, booking):
        by = db.get_one(User, keeper.id)
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=by, now=AT_THE_DOOR)

    return act


def undoing(keeper):
    def act(db, booking):
        by = db.get_one(User, keeper.id)
        withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=by, now=AT_THE_DOOR)

    return act


@pytest.mark.slow
def test_confirming_one_attendance_20_times_at_once_gives_one_badge(door, sessions, all_at_once):
    (booking, _), keeper = door

    answers = all_at_once(confirming(keeper), [booking] * 20)

    assert answers == {"done": 20}
    with sessions() as db:
        assert how_many(db, Attendance, booking_id=booking.id) == 1
        assert how_many(db, AchievementCredential, recipient_id=booking.learner_id) == 1


@pytest.mark.slow
def test_two_doors_and_everyone_at_once_give_one_badge(door, sessions, all_at_once):
    bookings, keeper = door

    def act(db, booking):
        by = db.get_one(User, keeper.id)
        at = db.get_one(ScheduledSession, booking.scheduled_session_id)
        confirm_everyone(db, session=at, confirmed_by=by, now=AT_THE_DOOR)

    assert all_at_once(act, bookings * 10) == {"done": 20}
    with sessions() as db:
        held = db.scalars(
            select(AchievementCredential).filter_by(recipient_id=bookings[0].learner_id)
        ).all()
        assert [badge.revoked_at for badge in held] == [None]


@pytest.mark.slow
def test_undo_at_two_doors_at_once_leaves_no_badge_without_an_attendance(
    door, sessions, all_at_once
):
    bookings, keeper = door
    undo = undoing(keeper)

    def confirm_or_undo(db, wanted):
        wanted[0](db, wanted[1])

    for _ in range(10):
        all_at_once(confirming(keeper), bookings)
        all_at_once(undo, bookings)
        assert is_badge_earned(sessions, bookings[0].learner_id) == (0, False)
        all_at_once(confirming(keeper), bookings[:1])
        all_at_once(confirm_or_undo, [(undo, bookings[0]), (confirming(keeper), bookings[1])])
        assert is_badge_earned(sessions, bookings[0].learner_id) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("comes_first", ["undo", "confirm"])
def test_an_undo_and_a_confirmation_elsewhere_wait_for_each_other(door, sessions, comes_first):
    (first, second), keeper = door
    with sessions.begin() as db:
        confirming(keeper)(db, first)
    acts = [(undoing(keeper), first), (confirming(keeper), second)]
    (act, booking), (later_act, other) = acts if comes_first == "undo" else acts[::-1]
    with sessions() as db, ThreadPoolExecutor(1) as threads:
        act(db, booking)

        def act_later():
            with sessions.begin() as later_db:
                later_act(later_db, other)

        waiting = threads.submit(act_later)
        assert wait([waiting], timeout=0.5).not_done
        db.commit()
        waiting.result()

    assert is_badge_earned(sessions, first.learner_id) == (1, True)


def is_badge_earned(sessions, learner_id) -> tuple[int, bool]:
    """Return how many live attendances a learner has, and whether the badge stands."""
    with sessions() as db:
        live = select(func.count()).select_from(Attendance).join(Attendance.booking)
        live = live.where(Booking.learner_id == learner_id, Attendance.withdrawn_at.is_(None))
        standing = select(func.count()).select_from(AchievementCredential)
        standing = standing.filter_by(recipient_id=learner_id, revoked_at=None)
        return db.scalar(live) or 0, db.scalar(standing) == 1
