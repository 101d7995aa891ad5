"""Questions asked the quick way, and connections that break."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db as database
from app.questions import ask
from opportunities.models import SearchWord


@pytest.fixture
def own_engine(engine):
    """An engine as the site has one, with connections of its own."""
    own = database._engine(engine.url.render_as_string(hide_password=False))
    yield own
    own.dispose()
    database.asking_engine(own).dispose()


def test_a_question_sees_what_was_done_before_it_in_the_same_transaction(db):
    db.add(SearchWord(word="cardboard", stem="cardboard"))

    assert ask(db, "SELECT word FROM search_word WHERE word = :word", {"word": "cardboard"}) == [
        ("cardboard",)
    ]


def test_values_that_a_question_does_not_name_are_left_out(db):
    question = "SELECT CAST(:n AS int) + 1, '12:30', '100%'"

    assert ask(db, question, {"n": 1, "other": object()}) == [(2, "12:30", "100%")]


def test_by_itself_a_question_leaves_no_transaction_and_no_connection_behind(own_engine):
    with Session(own_engine) as session:
        ask(session, "SELECT set_config('tirnod.told', 'yes', false)", {})

        assert not session.in_transaction()
        assert own_engine.pool.checkedout() == 0
        asking = database.asking_engine(own_engine)
        assert asking.pool.checkedout() == 0
        # Kept at once, by a connection that no transaction ever has.
        told = "SELECT current_setting('tirnod.told', true)"
        assert ask(session, told, {}) == [("yes",)]
        assert session.scalar(text(told)) is None


def test_a_connection_that_broke_while_it_lay_idle_is_never_handed_out(own_engine, monkeypatch):
    monkeypatch.setattr(database, "_SURELY_THERE_S", 0)
    with Session(own_engine) as session:
        [[first]] = ask(session, "SELECT pg_backend_pid()", {})
        _break_off(own_engine, first)

        [[second]] = ask(session, "SELECT pg_backend_pid()", {})

    assert second != first


def test_one_that_broke_a_moment_ago_fails_once(own_engine):
    with Session(own_engine) as session:
        [[first]] = ask(session, "SELECT pg_backend_pid()", {})
        _break_off(own_engine, first)

        with pytest.raises(psycopg.OperationalError):
            ask(session, "SELECT 1", {})
        assert ask(session, "SELECT 1", {}) == [(1,)]


def _break_off(engine, pid):
    with psycopg.connect(
        engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)
