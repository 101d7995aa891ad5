"""The last kept place and the last free one, and a code, wanted by many at once; real commits."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import User
from opportunities.models import ScheduledSession
from participation.groups import (
    end_group,
    join_group,
    keep_none,
    keep_places,
    make_code,
    name_group,
)
from participation.models import Booking, BookingStatus, Group, GroupCode, GroupMember
from participation.service import book, cancel_booking
from tests import factories
from tests.factories import NOW
from tests.participation.test_races import (  # noqa: F401 - fixtures
    all_at_once,
    engine,
    how_many,
    live_places,
    rows,
    sessions,
)

SECRET = "a secret that only tests know"
STARTS_AT = NOW + timedelta(days=9)


@pytest.fixture
def stage(rows):  # noqa: F811
    """A session with so many places, some kept; learners of the group, and others."""

    def stage(places, kept, members, others):
        with rows():
            city = factories.city()
            officer, provider = factories.officer(of=city), factories.provider(in_city=city)
            keeper, home = factories.member(of=provider), factories.area()
            offer = factories.opportunity(provider=provider, has_waiting_list=True)
            scheduled = factories.scheduled_session(
                opportunity=offer, places=places, starts_at=STARTS_AT
            )
            db = factories.current_db
            group = name_group(db, officer=officer, name="G", name_cy="G", now=NOW)
            keep_places(
                db,
                opportunity=offer,
                by=keeper,
                group_uuid=group.uuid,
                places=kept,
                hours_before=48,
                now=NOW,
            )
            inside = [factories.learner(home=home).id for _ in range(members)]
            outside = [factories.learner(home=home).id for _ in range(others)]
            db.add_all(GroupMember(learner_id=each, group_id=group.id) for each in inside)
            return officer, keeper, group, scheduled, inside, outside

    return stage


def books(scheduled, may_wait=False):
    def act(db, learner_id):
        book(
            db,
            learner=db.get_one(User, learner_id),
            scheduled_session_uuid=scheduled.uuid,
            now=NOW,
            may_wait=may_wait,
        )

    return act


def who_has_one(db, scheduled) -> list[int]:
    return list(
        db.scalars(
            select(Booking.learner_id).filter_by(
                scheduled_session_id=scheduled.id, status=BookingStatus.CONFIRMED
            )
        )
    )


@pytest.mark.slow
def test_the_last_kept_and_the_last_free_place_go_once_each(stage, sessions, all_at_once):  # noqa: F811
    for _ in range(5):
        *_who, scheduled, inside, outside = stage(places=2, kept=1, members=6, others=12)
        mixed = [*outside[:6], *inside, *outside[6:]]

        answers = all_at_once(books(scheduled), mixed)

        assert answers == {"done": 2, "IsFull": 16}
        with sessions() as db:
            has_one = who_has_one(db, scheduled)
            assert len(has_one) == 2
            # The kept one never went to a stranger.
            assert len(set(has_one) & set(outside)) <= 1
            row = db.get_one(ScheduledSession, scheduled.id)
            assert (row.remaining_capacity, row.kept_capacity) == (0, 0)


@pytest.mark.slow
def test_without_anyone_of_the_group_the_kept_places_stay(stage, sessions, all_at_once):  # noqa: F811
    *_who, scheduled, _inside, outside = stage(places=4, kept=2, members=1, others=18)

    answers = all_at_once(books(scheduled), outside)

    assert answers == {"done": 2, "IsFull": 16}
    with sessions() as db:
        row = db.get_one(ScheduledSession, scheduled.id)
        assert (row.remaining_capacity, row.kept_capacity) == (0, 2)


@pytest.mark.slow
def test_a_code_lets_in_as_many_as_it_may_however_many_type_it(stage, sessions, all_at_once):  # noqa: F811
    officer, _keeper, group, *_rest, outside = stage(places=2, kept=1, members=1, others=15)
    code = coded(sessions, officer, group, most=4)

    def act(db, learner_id):
        learner = db.get_one(User, learner_id)
        join_group(db, learner=learner, code=code, secret=SECRET, now=NOW)

    assert all_at_once(act, outside) == {"done": 4, "NoSuchCode": 11}
    with sessions() as db:
        assert how_many(db, GroupMember, group_id=group.id) == 5
        assert db.scalar(select(GroupCode.used).filter_by(group_id=group.id)) == 4


def coded(sessions, officer, group, most) -> str:  # noqa: F811
    with sessions.begin() as db:
        by = db.get_one(User, officer.id)
        return make_code(db, officer=by, uuid=group.uuid, most=most, days=7, secret=SECRET, now=NOW)


@pytest.mark.slow
def test_joining_booking_and_ending_all_at_once_block_nobody(app, stage, sessions, all_at_once):  # noqa: F811
    """Each takes its locks in the same order: none is refused by the database, and no place is lost."""
    for _ in range(5):
        officer, keeper, group, scheduled, inside, outside = stage(
            places=4, kept=2, members=4, others=8
        )
        code = coded(sessions, officer, group, most=10)
        with sessions.begin() as db:
            for each in outside[:2]:
                books(scheduled)(db, each)
            held = list(db.scalars(select(Booking).filter_by(scheduled_session_id=scheduled.id)))
            for each in outside[2:5]:
                books(scheduled, may_wait=True)(db, each)
        acts = [
            *((joins, (code, each)) for each in outside[2:8]),
            *((waits, (scheduled, each)) for each in inside),
            *((gives_back, each) for each in held),
            (ends, (officer, group)),
            (keeps_none, (keeper, scheduled)),
        ]

        def act(db, wanted):
            with app.test_request_context():
                wanted[0](db, wanted[1])

        answers = all_at_once(act, acts)

        assert answers.keys() <= {"done", "NoSuchCode", "AlreadyBooked"}
        with sessions() as db:
            row = db.get_one(ScheduledSession, scheduled.id)
            states = Counter(
                db.scalars(select(Booking.status).filter_by(scheduled_session_id=scheduled.id))
            )
            taken = states[BookingStatus.CONFIRMED] + states[BookingStatus.OFFERED]
            assert (row.remaining_capacity, row.kept_capacity) == (4 - taken, 0)
            # Nobody waits beside a free place.
            assert not (row.remaining_capacity and states[BookingStatus.WAITING])
            assert how_many(db, Group, id=group.id) == 0
            assert live_places(db, scheduled) == states[BookingStatus.CONFIRMED]


def joins(db, wanted):
    code, learner_id = wanted
    learner = db.get_one(User, learner_id)
    join_group(db, learner=learner, code=code, secret=SECRET, now=NOW)


def waits(db, wanted):
    scheduled, learner_id = wanted
    books(scheduled, may_wait=True)(db, learner_id)


def gives_back(db, booking):
    learner = db.get_one(User, booking.learner_id)
    cancel_booking(db, booking_uuid=booking.uuid, learner=learner, now=NOW)


def ends(db, wanted):
    officer, group = wanted
    end_group(db, officer=db.get_one(User, officer.id), uuid=group.uuid, now=NOW)


def keeps_none(db, wanted):
    keeper, scheduled = wanted
    row = db.get_one(ScheduledSession, scheduled.id)
    keep_none(db, opportunity=row.opportunity, by=db.get_one(User, keeper.id), now=NOW)
