"""Many at once, on a database of its own, with real connections and real commits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import current_db
from awards.claiming import NoSuchCode, claim, make_code
from awards.models import ClaimCode, RuleKind
from awards.rules import make_rule, settle
from badges.models import AchievementCredential
from participation.attendance import withdraw_attendance
from tests import factories
from tests.awards.there import came, opportunity_of
from tests.databases import fresh_database
from tests.factories import NOW

AT_ONCE = 20
SECRET = "only tests know"


@pytest.fixture(scope="module")
def engine():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=AT_ONCE, max_overflow=0)
        yield engine
        engine.dispose()


@pytest.fixture
def rows(engine):
    """Let the factories make rows that are kept."""
    current_db.remove()
    current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
    yield current_db
    current_db.remove()


@pytest.fixture
def all_at_once(engine):
    """Do things at the same moment, each in a session of its own; say what each came to."""

    def all_at_once(*things):
        barrier = Barrier(len(things))

        def do(thing):
            with Session(engine) as db:
                barrier.wait()
                try:
                    done = thing(db)
                    db.commit()
                except NoSuchCode:
                    return None
                return done

        with ThreadPoolExecutor(len(things)) as threads:
            return list(threads.map(do, things))

    return all_at_once


def test_of_twenty_who_type_a_code_five_get_the_badge(rows, engine, all_at_once):
    badge = factories.achievement()
    code = make_code(
        rows,
        achievement=badge,
        made_by=factories.member(of=badge.issuer),
        most=5,
        opens_at=NOW,
        closes_at=NOW + timedelta(hours=1),
        secret=SECRET,
        now=NOW,
    )
    people, badge_id = [factories.learner().id for _ in range(AT_ONCE)], badge.id
    rows.commit()

    def walk_up(learner_id):
        def do(db):
            learner = db.get_one(User, learner_id)
            return claim(db, learner=learner, code=code, secret=SECRET, now=NOW).id

        return do

    got = all_at_once(*map(walk_up, people))

    assert sum(each is not None for each in got) == 5
    with Session(engine) as db:
        assert db.scalars(select(ClaimCode.used)).all() == [5]
        held = select(func.count(AchievementCredential.id)).filter_by(achievement_id=badge_id)
        assert db.scalar(held) == 5


def test_ten_workers_give_one_badge_and_the_last_word_stands(rows, engine, all_at_once):
    provider = factories.provider()
    keeper, learner = factories.member(of=provider), factories.learner()
    badge = factories.achievement(issuer=provider)
    make_rule(rows, achievement=badge, made_by=keeper, kind=RuleKind.SESSIONS, needed=1, now=NOW)
    booking = came(rows, learner, opportunity_of(provider), keeper)
    ids, booking_uuid = (learner.id, keeper.id, badge.id), booking.uuid
    rows.commit()

    def look(db):
        settle(db, learner=db.get_one(User, ids[0]), now=NOW)

    all_at_once(*[look] * 10)
    with Session(engine) as db:
        mine = select(AchievementCredential).filter_by(achievement_id=ids[2])
        [given] = db.scalars(mine).all()
        assert given.revoked_at is None
        assert len(given.grounds) == 1

    def undo(db):
        keeper = db.get_one(User, ids[1])
        withdraw_attendance(db, booking_uuid=booking_uuid, withdrawn_by=keeper, now=NOW)

    # Whatever the order, the look that the undoing itself asks for comes after it.
    all_at_once(undo, *[look] * 5)
    all_at_once(look)
    with Session(engine) as db:
        assert db.scalars(mine).one().revoked_at is not None
