"""Background work: taken on in the transaction of what causes it, done by a worker beside the site.

The jobs stand in our own database, so one is there exactly when what caused it is. A job may be done
twice, since a worker may die after its last commit and before it says so: each room writes its jobs
so that the second time changes nothing.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FunctionType
from typing import Any

from flask import Flask
from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.middleware import SyncTaskMiddleware
from procrastinate.tasks import configure_task
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from app.config import Settings

#: How many jobs one worker does at a time: a long one must not hold up what somebody waits for.
AT_A_TIME = 3
#: A worker that says nothing for so long is taken for dead, and what it was doing is begun again.
SILENCE = timedelta(seconds=30)
#: A worker that is asked to stop has so long to finish what it does.
GRACE = timedelta(seconds=25)
#: What failed for good stays so long for somebody to look at.
FAILED_KEPT = timedelta(days=30)
_HOUR = timedelta(hours=1)
#: What of a session remembers which jobs its transaction has asked for.
_ASKED = "jobs asked for"
#: Three seconds after the first time, nine after the second, and so on: the last after two hours.
_LATER = RetryStrategy(max_attempts=8, exponential_wait=3)

_STANDING = """
SELECT (SELECT max(last_heartbeat) FROM procrastinate_workers),
       min(greatest(job.scheduled_at, deferred.at)),
       count(*),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed')
FROM procrastinate_jobs job
JOIN procrastinate_events deferred ON deferred.job_id = job.id AND deferred.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""

#: Has no pool of its own: it writes through the connection that it is handed.
_with_our_connection = JobManager(SyncPsycopgConnector())
#: Every job that a worker knows. It reaches the database once a worker runs.
registry = App(connector=SyncPsycopgConnector())


@dataclass(frozen=True)
class Standing:
    """How it stands with background work."""

    #: When a worker was last heard of, if any is known.
    heard_at: datetime | None
    #: Since when the job that has waited longest could have been done.
    waits_since: datetime | None
    waiting: int
    failed: int


def defer(db: Session, name: str, **values: int | str) -> None:
    """Have a job done by a worker once the caller's transaction lands, or never.

    :param name: as the room registered it: `room.function`.
    :param values: what the job is called with. They stand in logs: ids, and nothing personal.
    """
    _defer(db, name, values)


def defer_once(db: Session, name: str, **values: int | str) -> None:
    """Have a job done as `defer` does, and once however often one transaction asks for it.

    For jobs that look for themselves what there is to do.
    """
    connection = db.connection()
    transaction = connection.get_nested_transaction() or connection.get_transaction()
    known, asked = db.info.get(_ASKED, (None, set()))
    if known is not transaction:
        # A savepoint that is rolled back takes its jobs along, so what it asked for is not known here.
        asked = set()
    what = (name, *sorted(values.items()))
    if what not in asked:
        defer(db, name, **values)
        db.info[_ASKED] = transaction, {*asked, what}


def defer_unless_waiting(db: Session, name: str, **values: int | str) -> None:
    """Have a job done as `defer` does, unless the same waits already to be begun.

    For what many may ask for at once and each would ask for again. Whoever asks while another
    transaction does waits for that one, so ask in a short one.
    """
    lock = " ".join([name, *map(str, values.values())])
    # The index that refuses a second one would end the transaction.
    with suppress(AlreadyEnqueued), db.begin_nested():
        _defer(db, name, values, queueing_lock=lock)


def defer_in_turn(db: Session, name: str, **values: int | str) -> None:
    """Have a job done as `defer` does, and one of its name at a time: see `job_in_turn`."""
    _defer(db, name, values, lock=name)


def take_over(db: Session, name: str, **values: int | str) -> None:
    """Forget the jobs of this name and these values that wait: whoever calls this does their work.

    What caused them has landed, so what is asked afterwards shows it. One that is just being begun
    stays. Should the caller fail, it has to be tried again itself.
    """
    db.execute(
        text(
            "DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM procrastinate_jobs "
            "WHERE task_name = :name AND args = CAST(:values AS jsonb) AND status = 'todo' "
            "FOR UPDATE SKIP LOCKED)"
        ),
        {"name": name, "values": json.dumps(values)},
    )


def job(function: FunctionType) -> FunctionType:
    """Register a function as the job `room.function`, to be deferred by that name.

    It is tried again when it fails, each time later, and given up after three hours.
    """
    registry.task(name=_name_of(function), retry=_LATER)(function)
    return function


def job_in_turn(function: FunctionType) -> FunctionType:
    """Register a function as `job` does, for `defer_in_turn`: for what takes long or much memory.

    It is not tried again by itself, since one that waits for another try holds up those behind it:
    a regular job of the room asks again for what is still to be done.
    """
    registry.task(name=_name_of(function))(function)
    return function


def regularly(cron: str) -> Callable[[FunctionType], FunctionType]:
    """Have a function done again and again, by one worker at a time. What fails waits for its next turn.

    :param cron: minute, hour, day, month, day of the week, in UTC.
    """

    def register(function: FunctionType) -> FunctionType:
        def at_its_time(timestamp: int) -> None:
            function()

        name = _name_of(function)
        task = registry.task(name=name, lock=name, queueing_lock=name)(at_its_time)
        registry.periodic(cron=cron)(task)
        return function

    return register


def work(app: Flask, *, until_idle: bool = False) -> None:
    """Do what waits, until asked to stop; or until nothing is left that could be done now.

    Asked to stop by SIGTERM or SIGINT it takes up nothing new, and finishes what it does.
    """
    settings: Settings = app.extensions["settings"]
    # Straight to the database, and through no pooler of transactions: it listens for new jobs.
    url = make_url(settings.database_url).set(drivername="postgresql")
    connector = PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=AT_A_TIME + 2
    )
    with registry.replace_connector(connector):
        asyncio.run(_work(app, until_idle))


async def _work(app: Flask, until_idle: bool) -> None:
    async with registry.open_async():
        await _take_up_again()
        await registry.run_worker_async(
            concurrency=AT_A_TIME,
            wait=not until_idle,
            delete_jobs="successful",
            stalled_worker_timeout=SILENCE.total_seconds(),
            shutdown_graceful_timeout=GRACE.total_seconds(),
            task_middleware=[_inside(app)],
        )


def _inside(app: Flask) -> SyncTaskMiddleware:
    """Return what gives each job the application, and with it a session of its own."""

    def run(call: Callable[[], Any], *_about: Any) -> Any:
        with app.app_context():
            return call()

    return run


@registry.periodic(cron="* * * * *")
@registry.task(name="app.take_up_again", queueing_lock="app.take_up_again")
async def take_up_again(timestamp: int) -> None:
    """Have done what dead workers were doing."""
    await _take_up_again()


@registry.periodic(cron="40 1 * * *")
@registry.task(name="app.forget_failed", queueing_lock="app.forget_failed")
async def forget_failed(timestamp: int) -> None:
    """Delete what failed long ago."""
    kept_h = FAILED_KEPT // _HOUR
    await registry.job_manager.delete_old_jobs(kept_h, include_failed=True, include_aborted=True)


async def _take_up_again() -> None:
    silence_s = SILENCE.total_seconds()
    for left in await registry.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence_s):
        await _put_back(left)


async def _put_back(left: Job) -> None:
    try:
        await registry.job_manager.retry_job(left)
    except UniqueViolation:
        # Its next turn waits already, and waits for this one to end.
        await registry.job_manager.finish_job(left, Status.ABORTED, delete_job=True)


def standing(db: Session) -> Standing:
    """Return how it stands with background work: who works, and what waits."""
    return Standing(*db.execute(text(_STANDING)).one())


def _defer(
    db: Session,
    name: str,
    values: dict[str, Any],
    queueing_lock: str | None = None,
    lock: str | None = None,
) -> None:
    if name not in registry.tasks:
        raise LookupError(f"No room has a job {name}.")
    connection = db.connection().connection.driver_connection
    taken_on = configure_task(
        name=name,
        job_manager=_with_our_connection,
        connection=connection,
        queueing_lock=queueing_lock,
        lock=lock,
    )
    taken_on.defer(**values)


def _name_of(function: FunctionType) -> str:
    return f"{function.__module__.partition('.')[0]}.{function.__qualname__}"
