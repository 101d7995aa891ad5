"""Questions asked the quick way, and connections that break."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db as database
from app import questions
from app.questions import ask
from opportunities.models import SearchWord


@pytest.fixture
def own_engine(engine):
    """An engine as the site has one, with connections of its own."""
    own = database._engine(engine.url.render_as_string(hide_password=False))
    yield own
    own.dispose()
    questions._own.cursors.pop(own).connection.close()


def test_a_question_sees_what_was_done_before_it_in_the_same_transaction(db):
    db.add(SearchWord(word="cardboard", stem="cardboard"))

    assert ask(db, "SELECT word FROM search_word WHERE word = :word", {"word": "cardboard"}) == [
        ("cardboard",)
    ]


def test_values_that_a_question_does_not_name_are_left_out(db):
    question = "SELECT CAST(:n AS int) + 1, '12:30', '100%'"

    assert ask(db, question, {"n": 1, "other": object()}) == [(2, "12:30", "100%")]


def test_by_itself_a_question_begins_no_transaction(own_engine):
    with Session(own_engine) as session:
        ask(session, "SELECT set_config('tirnod.told', 'yes', false)", {})

        assert not session.in_transaction()
        assert own_engine.pool.checkedout() == 0
        told = "SELECT current_setting('tirnod.told', true)"
        assert ask(session, told, {}) == [("yes",)], "it is the same connection"
        assert session.scalar(text(told)) is None
        # Now there is a transaction, and what it sees is asked for.
        assert ask(session, told, {}) == [(None,)]


def test_each_thread_asks_by_a_connection_of_its_own(own_engine):
    def pid():
        with Session(own_engine) as session:
            [[pid]] = ask(session, "SELECT pg_backend_pid()", {})
        return pid, questions._own.cursors[own_engine].connection

    with ThreadPoolExecutor(1) as other:
        theirs, connection = other.submit(pid).result()
    connection.close()

    assert theirs != pid()[0]


def test_what_broke_off_is_asked_again_over_a_new_connection(own_engine):
    with Session(own_engine) as session:
        [[first]] = ask(session, "SELECT pg_backend_pid()", {})
        _break_off(own_engine, first)

        [[second]] = ask(session, "SELECT pg_backend_pid()", {})

    assert second != first


def test_a_question_that_the_database_refuses_is_not_asked_again(own_engine, count_queries):
    with Session(own_engine) as session:
        ask(session, "SELECT set_config('statement_timeout', '20', false)", {})
        with pytest.raises(psycopg.errors.QueryCanceled):
            ask(session, "SELECT pg_sleep(5)", {})

    assert len(count_queries) == 2


def test_an_idle_connection_of_a_session_that_broke_is_never_handed_out(own_engine, monkeypatch):
    monkeypatch.setattr(database, "_SURELY_THERE_S", 0)
    with Session(own_engine) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
        session.rollback()
        _break_off(own_engine, first)

        assert session.scalar(text("SELECT pg_backend_pid()")) != first
    with Session(own_engine) as session:
        ask(session, "SELECT 1", {})


def _break_off(engine, pid):
    with psycopg.connect(
        engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)
