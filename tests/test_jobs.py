"""Background work: there with what causes it, done once to the eye, and taken up again after a death."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from time import sleep

import pytest
from procrastinate import RetryStrategy
from sqlalchemy import create_engine, text

from app import jobs
from app.cli import do_work
from app.db import current_db, unit_of_work
from app.jobs import SILENCE, defer, registry, standing
from tests.conftest import settings_for
from tests.databases import ROOT, fresh_database
from tests.working import work_until_idle
from wsgi import create_app

done: list[str] = []


def note(words: str) -> None:
    done.append(words)


def stumble() -> None:
    done.append("stumbled")
    raise ValueError("no")


def turn() -> None:
    done.append("turned")


for each in (note, stumble):
    jobs.job(each)
jobs.regularly("0 0 29 2 *")(turn)


@pytest.fixture
def site():
    """An application on a database of its own, whose transactions land."""
    done.clear()
    with fresh_database() as url:
        app = create_app(settings_for(url), TESTING=True)
        with app.app_context():
            yield app
            current_db.remove()
            current_db.get_bind().dispose()


def _defer(name, **values):
    with unit_of_work() as db:
        defer(db, name, **values)


def _jobs():
    rows = current_db.execute(
        text("SELECT task_name, status, attempts FROM procrastinate_jobs ORDER BY id")
    )
    found = [tuple(row) for row in rows]
    current_db.rollback()
    return [row for row in found if row[0].startswith("tests.")]


def _run(sql, **values):
    with unit_of_work() as db:
        db.execute(text(sql), values)


def _left_by_a_dead_worker(name, *, heard_ago=SILENCE * 2):
    """Make a job look as one does whose worker died over it."""
    _run(
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - :ago) RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
        " WHERE task_name = :name AND status = 'todo'",
        name=name,
        ago=heard_ago,
    )


def test_a_job_is_done_and_gone(site):
    _defer("tests.note", words="hello")

    work_until_idle(site)

    assert (done, _jobs()) == (["hello"], [])


def test_a_job_is_there_with_what_causes_it_or_not_at_all(site):
    engine = create_engine(current_db.get_bind().url)
    defer(current_db(), "tests.note", words="never")
    current_db.rollback()
    defer(current_db(), "tests.note", words="soon")
    with engine.connect() as other:
        seen = other.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
    before = _count_own()
    current_db.commit()

    assert (seen, before, _jobs()) == (0, 1, [("tests.note", "todo", 0)])
    engine.dispose()


def _count_own():
    return current_db.scalar(text("SELECT count(*) FROM procrastinate_jobs"))


def test_a_job_that_no_room_has_is_refused(site):
    with pytest.raises(LookupError, match=r"tests\.nothing"):
        defer(current_db(), "tests.nothing")


def test_what_fails_waits_for_another_try_and_holds_up_nothing(site, caplog, monkeypatch):
    # However slow the machine is, the next try does not come while this one is looked at.
    later = RetryStrategy(max_attempts=8, wait=3600)
    monkeypatch.setattr(registry.tasks["tests.stumble"], "retry_strategy", later)
    _defer("tests.stumble")
    _defer("tests.note", words="after")

    work_until_idle(site)

    assert sorted(done) == ["after", "stumbled"]
    assert _jobs() == [("tests.stumble", "todo", 1)]
    # A regular job may come due at any minute, so only the difference is ours.
    before = _waiting()
    _run("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'tests.stumble'")
    assert _waiting() == before + 1


def _waiting():
    with unit_of_work() as db:
        return standing(db).waiting


def test_what_fails_every_time_is_given_up_and_counted(site, caplog):
    _defer("tests.stumble")
    _run("UPDATE procrastinate_jobs SET attempts = 8")

    work_until_idle(site)

    assert _jobs() == [("tests.stumble", "failed", 9)]
    assert "Jobs that failed: 1." in _check(site)


def test_what_a_dead_worker_left_is_done_by_the_next(site):
    _defer("tests.note", words="again")
    _left_by_a_dead_worker("tests.note")

    work_until_idle(site)

    assert (done, _jobs()) == (["again"], [])


def test_what_a_living_worker_does_is_left_to_it(site):
    _defer("tests.note", words="mine")
    _left_by_a_dead_worker("tests.note", heard_ago=SILENCE / 3)

    work_until_idle(site)

    assert (done, _jobs()) == ([], [("tests.note", "doing", 0)])


def test_a_turn_that_died_gives_way_to_its_next_which_waits(site):
    """Both have the same lock and the same place in the queue: neither may hold the other for good."""
    _defer("tests.turn", timestamp=1)
    _run("UPDATE procrastinate_jobs SET lock = 'tests.turn', queueing_lock = 'tests.turn'")
    _left_by_a_dead_worker("tests.turn")
    _defer("tests.turn", timestamp=2)
    _run(
        "UPDATE procrastinate_jobs SET lock = 'tests.turn', queueing_lock = 'tests.turn'"
        " WHERE status = 'todo'"
    )

    work_until_idle(site)

    assert (done, _jobs()) == (["turned"], [])


def test_each_regular_job_has_a_turn_and_keeps_to_itself(app):
    turns = {task.name: task for task in registry.tasks.values() if task.lock}
    regular = {name for name, _id in registry.periodic_registry.periodic_tasks}

    assert regular - {"tests.turn"} == {
        *("app.take_up_again", "app.forget_failed"),
        *("notices.send_what_waited", "notices.tidy"),
        "portable.tidy_bundles",
        *("listings.ask", "listings.extend", "opportunities.tidy"),
        *("providers.remind", "sources.read_again"),
        *("badges.sign_what_is_left", "badges.take_back_unsigned"),
        *("permission.follow_up", "participation.tidy", "participation.forget"),
        "cube.release_what_closed",
        *("wallet.forget_old_leave", "supporters.tidy", "evidence.tidy", "evidence.sweep"),
    }
    assert all(task.lock == task.queueing_lock == name for name, task in turns.items())


def test_each_regular_job_runs_on_an_empty_city(site):
    names = {name for name, _id in registry.periodic_registry.periodic_tasks}
    for name in names:
        _defer(name, timestamp=0)

    work_until_idle(site)

    # Others may have come meanwhile: it is their time.
    left = current_db.scalar(
        text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'timestamp' = '0'")
    )
    assert (left, done, len(names)) == (0, ["turned"], 21)


def _check(site):
    with unit_of_work() as db:
        db.connection()
    return site.test_cli_runner().invoke(args=["check"]).stdout


def test_the_check_says_whether_a_worker_is_alive_and_how_long_the_oldest_job_has_waited(site):
    none = _check(site)
    _defer("tests.note", words="waits")
    _run("UPDATE procrastinate_events SET at = now() - interval '100 minutes'")
    _run(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - :ago)", ago=SILENCE * 2
    )
    silent = _check(site)
    _run("UPDATE procrastinate_workers SET last_heartbeat = now()")
    alive = _check(site)

    assert "No worker is alive: let script/worker run beside the site. Jobs that wait: 0." in none
    assert "No worker is alive" in silent
    assert "A worker is alive. Jobs that wait: 1, the oldest for 60" in alive


def test_a_job_for_later_does_not_wait_yet(site):
    _defer("tests.note", words="later")
    _run("UPDATE procrastinate_jobs SET scheduled_at = now() + :in_", in_=timedelta(hours=1))

    assert standing(current_db()).waiting == 0


def test_the_check_answers_without_a_database(tmp_path):
    url = create_engine(f"postgresql+psycopg://nobody@/none?host={tmp_path}").url
    app = create_app(settings_for(url))

    said = app.test_cli_runner().invoke(args=["check"])

    assert (said.exit_code, "The database does not answer" in said.stdout) == (0, True)


def _is_heard():
    with unit_of_work() as db:
        return standing(db).heard_at is not None


def test_a_worker_that_is_asked_to_stop_finishes_what_it_does_and_ends_cleanly(site):
    environment = os.environ | settings_for(current_db.get_bind().url)
    worker = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "work"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not _is_heard():
            assert worker.poll() is None
            sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        said, wrong = worker.communicate(timeout=60)
    finally:
        worker.kill()
        worker.wait()

    assert (worker.returncode, wrong) == (0, "")
    assert said == "Doing what waits in the background. Ctrl-C stops it.\n"
    assert "No worker is alive" in _check(site)


def test_the_worker_explains_itself():
    assert "SIGTERM or Ctrl-C ends it" in (do_work.help or "")
