"""Two at once, on a database of its own, with real connections and real commits."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import sessionmaker

from accounts.models import User
from app.db import current_db
from app.errors import Conflict
from badges.models import AchievementCredential
from participation.attendance import confirm_attendance, withdraw_attendance
from pathways.awarding import settle
from pathways.keeping import change, make_next, plan_of
from pathways.models import Pathway, PathwayStart
from pathways.service import set_out
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW
from tests.pathways.ways import Club, do, plan, starts, went, words

ROUNDS = 8


@pytest.fixture(scope="module")
def engine():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=10, max_overflow=0)
        yield engine
        engine.dispose()


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
def at_once(engine):
    """Let go of several acts at one moment, each in a transaction of its own."""
    sessions = sessionmaker(engine, expire_on_commit=False)

    def at_once(*acts):
        gate = Barrier(len(acts))

        def run(act):
            gate.wait()
            try:
                with sessions.begin() as db:
                    act(db)
            except Conflict:
                return "refused"
            return "done"

        with ThreadPoolExecutor(len(acts)) as threads:
            return Counter(threads.map(run, acts))

    return at_once


@pytest.fixture
def asked(engine):
    def asked(question):
        with sessionmaker(engine)() as db:
            return db.scalar(question)

    return asked


def settles(learner_id):
    return lambda db: settle(db, learner_id=learner_id, now=NOW)


def test_workers_who_look_at_the_same_moment_give_one_badge(rows, at_once, asked):
    for _round in range(ROUNDS):
        with rows():
            club, learner = Club(), factories.learner()
            offer = club.offers()
            starts(learner, club.publishes(do(offer)))
            went(learner, offer)

        assert at_once(*[settles(learner.id)] * 4) == {"done": 4}

        held = select(func.count()).select_from(AchievementCredential)
        assert asked(held.filter_by(recipient_id=learner.id)) == 1
        told = text(
            "SELECT count(*) FROM procrastinate_jobs j JOIN achievement_credential c"
            " ON c.id = (args->>'credential_id')::bigint"
            f" WHERE task_name = 'participation.tell_of_badge' AND c.recipient_id = {learner.id}"
        )
        assert asked(told) == 1


def test_a_badge_that_is_earned_at_the_door_while_it_is_taken_back_stays(rows, at_once, asked):
    for _round in range(ROUNDS):
        with rows():
            club, learner = Club(), factories.learner()
            counts, earns = club.offers("Counts"), club.offers("Earns", achievement=club.badge)
            starts(learner, club.publishes(do(counts)))
            counted = went(learner, counts)
            settle(current_db(), learner_id=learner.id, now=NOW)
            withdraw_attendance(
                current_db(), booking_uuid=counted.uuid, withdrawn_by=club.keeper, now=NOW
            )
            session = factories.scheduled_session(opportunity=earns, starts_at=NOW)
            earned = factories.booking(of=learner, on=session)
            keeper_id, uuid = club.keeper.id, earned.uuid

        def come(db, keeper_id=keeper_id, uuid=uuid):
            keeper = db.get_one(User, keeper_id)
            confirm_attendance(db, booking_uuid=uuid, confirmed_by=keeper, now=NOW)

        at_once(settles(learner.id), come)
        # What the door deferred is done afterwards, whatever came first.
        at_once(settles(learner.id))

        revoked = select(AchievementCredential.revoked_at)
        assert asked(revoked.filter_by(recipient_id=learner.id)) is None


def test_a_pathway_is_started_as_it_was_or_changed_before(rows, at_once, asked):
    for _round in range(ROUNDS):
        with rows():
            club, learner = Club(), factories.learner()
            pathway = club.publishes(words(), title="As it was")
            ids = pathway.id, learner.id, club.keeper.id

        def start(db, ids=ids):
            way, who = db.get_one(Pathway, ids[0]), db.get_one(User, ids[1])
            set_out(db, learner=who, pathway=way, now=NOW)

        def alter(db, ids=ids):
            way, who = db.get_one(Pathway, ids[0]), db.get_one(User, ids[2])
            change(db, pathway=way, changed_by=who, plan=plan(words(), title="Changed"))

        outcome = at_once(start, alter)

        changed = asked(select(Pathway.title).filter_by(id=ids[0])) == "Changed"
        assert outcome == ({"done": 2} if changed else {"done": 1, "refused": 1})
        assert asked(select(func.count()).select_from(PathwayStart).filter_by(pathway_id=ids[0]))


def test_a_learner_who_presses_twice_starts_once_and_a_next_version_is_made_once(
    rows, at_once, asked
):
    with rows():
        club, learner = Club(), factories.learner()
        pathway = club.publishes(words())
        ids = pathway.id, learner.id, club.keeper.id

    def start(db):
        set_out(db, learner=db.get_one(User, ids[1]), pathway=db.get_one(Pathway, ids[0]), now=NOW)

    def following(db):
        make_next(db, pathway=db.get_one(Pathway, ids[0]), made_by=db.get_one(User, ids[2]))

    assert at_once(start, start, start) == {"done": 3}
    assert at_once(following, following) == {"done": 1, "refused": 1}
    assert asked(select(func.count()).select_from(PathwayStart).filter_by(pathway_id=ids[0])) == 1
    with rows():
        second = current_db.scalar(select(Pathway).filter_by(earlier_id=ids[0]))
        assert plan_of(second).title == "Into the arts"
