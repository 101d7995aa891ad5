"""Two at once, on a database of its own, with real connections and real commits."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from accounts.models import User
from app.db import current_db
from app.errors import Conflict
from plans.looking import settle
from plans.models import ENDINGS, ItemState, PlanItem
from plans.service import end_item, from_feedback
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW
from tests.plans.tries import item_of, said_to

ROUNDS = 5


@pytest.fixture(scope="module")
def sessions():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=10, max_overflow=0)
        yield sessionmaker(engine, expire_on_commit=False)
        engine.dispose()


@pytest.fixture
def learner(sessions):
    """A learner whose rows are kept."""
    current_db.remove()
    current_db.configure(bind=sessions.kw["bind"], join_transaction_mode="conditional_savepoint")
    yield factories.learner()
    current_db.remove()


def at_once(sessions, *acts):
    """Let go of several acts at one moment, each in a transaction of its own; count how they ended."""
    current_db.commit()
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


def items_of(sessions, learner):
    with sessions() as db:
        return db.scalars(select(PlanItem).filter_by(learner_id=learner.id)).all()


def test_of_three_endings_at_once_one_counts(sessions, learner):
    for number in range(ROUNDS):
        item = item_of(learner, f"Try {number}")

        def ends(ending, item=item):
            return lambda db: end_item(
                db,
                learner=db.get_one(User, learner.id),
                uuid=item.uuid,
                ending=ending,
                because="Because",
                now=NOW,
            )

        looks = [lambda db: settle(db, learner_id=learner.id)] * 2
        ended = at_once(sessions, *[ends(each) for each in ENDINGS], *looks)

        assert ended == {"done": 3, "refused": 2}
        of_it = [each for each in items_of(sessions, learner) if each.words == item.words]
        [state] = {each.state for each in of_it} - {ItemState.OPEN}
        assert state in ENDINGS
        assert len(of_it) == (2 if state is ItemState.STILL_WORKING else 1)


def test_two_taps_at_once_make_one_item(sessions, learner):
    for number in range(ROUNDS):
        said = said_to(learner, try_next=f"Ask {number} questions.")

        def tap(db, uuid=said.uuid):
            from_feedback(db, learner=db.get_one(User, learner.id), feedback_uuid=uuid, now=NOW)

        assert at_once(sessions, tap, tap, tap) == {"done": 3}
        made = [each for each in items_of(sessions, learner) if each.feedback_id == said.id]
        assert len(made) == 1
