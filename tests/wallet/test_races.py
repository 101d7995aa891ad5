"""Two who bring the same thing at the same moment: real connections, real commits."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import sessionmaker

from accounts.models import User
from app.db import current_db
from app.links import token_hash
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW
from wallet import programs
from wallet.models import Connection, ConnectionToken, Program
from wallet.scopes import Scope

BACK = "https://program.example/back"


@pytest.fixture(scope="module")
def sessions():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=8, max_overflow=0)
        yield sessionmaker(engine, expire_on_commit=False)
        engine.dispose()


@pytest.fixture
def connection(sessions):
    """A learner's yes to a program: the keys of both, and of the yes."""
    current_db.remove()
    current_db.configure(bind=sessions.kw["bind"], join_transaction_mode="conditional_savepoint")
    learner = factories.learner()
    program = programs.register_program(
        current_db(),
        client_id=f"client {uuid4()}",
        secret="secret",
        name="Badge Shelf",
        redirect_uris=[BACK],
        scopes=list(Scope),
        now=NOW,
    )
    connection = say_yes(current_db(), learner, program)
    current_db.commit()
    yield connection
    current_db.remove()


def say_yes(db, learner, program):
    return programs.connect(
        db, learner=learner, program=program, scopes=list(Scope), redirect_uri=BACK, now=NOW
    )


def at_once(sessions, act, times=4) -> Counter:
    gate = Barrier(times)

    def run(_number):
        gate.wait()
        with sessions.begin() as db:
            return bool(act(db))

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(run, range(times)))


def test_a_code_is_spent_by_one(sessions, connection):
    with sessions.begin() as db:
        yes = db.get_one(Connection, connection.id)
        programs.give_code(
            db, connection=yes, code="code", redirect_uri=BACK, challenge="c", now=NOW
        )

    def spend(db):
        program = db.get_one(Program, connection.program_id)
        return programs.spend_code(db, program=program, code="code", now=NOW)

    assert at_once(sessions, spend) == {True: 1, False: 3}


def test_a_refresh_token_is_spent_by_one_and_then_all_of_it_is_over(sessions, connection):
    family = uuid4()

    def give(db, access, refresh):
        programs.give_token(
            db,
            connection=db.get_one(Connection, connection.id),
            family=family,
            access=access,
            refresh=refresh,
            scopes=list(Scope),
            now=NOW,
        )

    with sessions.begin() as db:
        give(db, "access", "refresh")

    def refresh(db):
        program = db.get_one(Program, connection.program_id)
        found = programs.find_refresh_token(db, program=program, refresh="refresh", now=NOW)
        if found:
            give(db, "newer", "newer refresh")
            programs.replace_token(db, token=found, now=NOW)
        return found

    assert at_once(sessions, refresh) == {True: 1, False: 3}
    with sessions() as db:
        newer = select(ConnectionToken).filter_by(access_hash=token_hash("newer"))
        assert db.scalar(newer).revoked_at is not None


def test_a_yes_that_is_said_twice_is_one(sessions, connection):
    def say_it_again(db):
        learner = db.get_one(User, connection.learner_id)
        return say_yes(db, learner, db.get_one(Program, connection.program_id))

    assert at_once(sessions, say_it_again) == {True: 4}
    with sessions() as db:
        live = select(func.count()).select_from(Connection)
        assert db.scalar(live.filter_by(learner_id=connection.learner_id, stopped_at=None)) == 1
