"""Two clicks at once, on a database of its own, with real connections and real commits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from accounts.models import User
from app.db import current_db
from app.terms import PeriodKind
from reach.subscriptions import subscribe, wanted_by
from tests import factories
from tests.databases import fresh_database

ROUNDS, AT_ONCE = 5, 4


@pytest.fixture
def sessions():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=10, max_overflow=0)
        yield sessionmaker(engine, expire_on_commit=False)
        engine.dispose()


def test_a_choice_of_mail_sent_several_times_at_once_is_kept_once(sessions):
    current_db.remove()
    current_db.configure(bind=sessions.kw["bind"], join_transaction_mode="conditional_savepoint")
    reader = factories.officer(of=factories.city())
    current_db.commit()

    def choose(gate):
        gate.wait()
        with sessions.begin() as db:
            subscribe(db, reader=db.get_one(User, reader.id), kinds=set(PeriodKind))

    for _round in range(ROUNDS):
        gate = Barrier(AT_ONCE)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(choose, [gate] * AT_ONCE))

    with sessions() as db:
        assert wanted_by(db, reader) == set(PeriodKind)
    current_db.remove()
