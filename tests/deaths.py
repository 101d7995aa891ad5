"""Real workers and a real door that die at named points: `python -m tests.deaths`, see `test_deaths`.

It reads lines of what to do (`door`, `work`, `work carelessly`), a point and a number. For each it
forks a process that does that work, and dies by SIGKILL when it passes the point for so many times;
it answers with `died` or `ended`. A point `-` is none. Nothing of this stands in the product: the
points are before and after calls of it.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from inspect import iscoroutinefunction
from unittest.mock import patch
from uuid import UUID, uuid4

from flask import Flask
from procrastinate.manager import JobManager
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from accounts.models import User
from app import clock, jobs
from app.db import unit_of_work
from notices import delivery
from notices.kinds import NoticeKind
from notices.mailer import SmtpMailer
from notices.service import tell
from participation import attendance
from participation import jobs as participation_jobs
from participation.models import Booking
from wsgi import create_app

#: What each point stands before or after: an object, the name of its call, and which of the two.
AT_THE_DOOR = {
    "attendance written": (attendance, "award", "before"),
    "badge given": (attendance, "award", "after"),
    "job taken on": (attendance, "defer", "after"),
    "door about to commit": (Session, "before_commit", "event"),
    "door committed": (Session, "after_commit", "event"),
}
#: What sends e-mail comes first: one job sends all of it, while others go on beside.
IN_THE_WORKER = {
    "e-mail claimed": (delivery, "_claimed", "after"),
    "e-mail written": (delivery, "written", "after"),
    "e-mail handed over": (SmtpMailer, "send", "after"),
    "e-mail about to be marked": (delivery.service, "mark_sent", "before"),
    "e-mail marked": (delivery.service, "mark_sent", "after"),
    "job fetched": (JobManager, "fetch_job", "after"),
    "job about to be told": (participation_jobs, "tell", "before"),
    "notice written": (participation_jobs, "tell", "after"),
    "badge told": (jobs.registry.tasks["participation.tell_of_badge"], "func", "after"),
    "worker about to commit": (Session, "before_commit", "event"),
    "worker committed": (Session, "after_commit", "event"),
    "job done": (JobManager, "finish_job", "before"),
    "job finished": (JobManager, "finish_job", "after"),
}
POINTS = AT_THE_DOOR | IN_THE_WORKER


class Death:
    """What comes at one passing of a point."""

    def __init__(self, passing: int) -> None:
        self.passings_left = passing

    def pass_by(self, *_given: object) -> None:
        self.passings_left -= 1
        if self.passings_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def waiting_at(point: str, passing: int) -> Iterator[None]:
    """Let death wait at a point."""
    if point == "-":
        yield
        return
    holder, name, when = POINTS[point]
    death = Death(passing)
    if when == "event":
        event.listen(holder, name, death.pass_by)
        yield
        return
    call = getattr(holder, name)
    wrap = _around_coroutine if iscoroutinefunction(call) else _around
    with patch.object(holder, name, wrap(call, death, when)):
        yield


def keep_door(session_id: int, officer_id: int) -> None:
    """Confirm everyone who booked, one by one, each with an e-mail to an officer.

    Whoever was confirmed before is confirmed again, as a phone does that had no answer.
    """
    with unit_of_work() as db:
        booked = select(Booking.uuid).filter_by(scheduled_session_id=session_id)
        uuids = db.scalars(booked.order_by(Booking.id)).all()
    for uuid in uuids:
        with unit_of_work() as db:
            _confirm(db, uuid, db.get_one(User, officer_id))


def _confirm(db: Session, uuid: UUID, officer: User) -> None:
    now, keeper = clock.now(), db.get_one(User, int(os.environ["KEEPER"]))
    attendance.confirm_attendance(db, booking_uuid=uuid, confirmed_by=keeper, now=now)
    tell(
        db,
        to=officer,
        # The one kind that comes at any hour.
        kind=NoticeKind.SAFETY_REPORTED,
        key=f"came:{uuid}",
        values={"title": str(uuid), "organisation": "Pot House"},
        now=now,
    )


def _around(call: Callable, death: Death, when: str) -> Callable:
    def around(*given, **more):
        if when == "before":
            death.pass_by()
        answer = call(*given, **more)
        if when == "after" and answer is not False:
            death.pass_by()
        return answer

    return around


def _around_coroutine(call: Callable, death: Death, when: str) -> Callable:
    async def around(*given, **more):
        if when == "before":
            death.pass_by()
        answer = await call(*given, **more)
        # Asked for a job when none waits, the queue answers with nothing.
        if when == "after" and (answer is not None or call.__name__ != "fetch_job"):
            death.pass_by()
        return answer

    return around


def _tell_carelessly(db: Session, *, key: str, **told) -> bool:
    """Tell without remembering what was told: the mistake that the drill must see."""
    return tell(db, key=f"{key}:{uuid4()}", **told)


def _live(app: Flask, what: str, point: str, passing: int) -> None:
    with ExitStack() as around:
        around.enter_context(waiting_at(point, passing))
        if what == "work carelessly":
            around.enter_context(patch.object(participation_jobs, "tell", _tell_carelessly))
        if what.startswith("work"):
            jobs.work(app, until_idle=True)
        else:
            around.enter_context(app.app_context())
            keep_door(int(os.environ["SESSION"]), int(os.environ["OFFICER"]))


def main() -> None:
    # Built once, before any connection is: each process opens its own.
    app = create_app()
    for line in sys.stdin:
        what, point, passing = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            _live(app, what, point, int(passing))
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print("died" if os.WIFSIGNALED(status) else f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
