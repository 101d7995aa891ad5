"""Whatever dies, and where: one valid badge and one notice for each who came, and each e-mail goes.

The workers are real processes and die by SIGKILL; see `deaths`. `DEATHS=all` lets death come again
and again at each point, over a hundred attendances for each.
"""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import make_url, select, text

from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.jobs import AT_A_TIME, standing
from badges.models import AchievementCredential
from badges.resolver import check_document
from badges.service import IssuingHost
from badges.signing import signed_document
from notices.models import Notice
from participation.models import Attendance
from tests import factories
from tests.conftest import PUBLIC_URL, settings_for
from tests.databases import ROOT, fresh_database
from tests.deaths import AT_THE_DOOR, IN_THE_WORKER, POINTS
from tests.notices.conftest import Inbox, listening
from wsgi import create_app

LEARNERS = 100
KEYS_SECRET = settings_for(make_url("postgresql+psycopg://"))["KEYS_SECRET"]
EVERYTHING = os.environ.get("DEATHS") == "all"
#: Dying here, it has handed an e-mail over and not yet kept that it did.
MAY_HAND_OVER_TWICE = {
    *("e-mail handed over", "e-mail about to be marked", "e-mail marked"),
    *("worker about to commit",),
}
TIMES_PASS = (
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'",
    "UPDATE notice SET claimed_at = claimed_at - interval '1 hour' WHERE claimed_at IS NOT NULL",
    "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '1 hour'",
)


class Drill:
    """A session that a hundred booked, and processes that keep its door and do what follows."""

    def __init__(self, environment, smtp_url, inbox, learners):
        self.inbox, self.deaths, self.learners = inbox, Counter(), learners
        self.ids = self._prepare()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.deaths"],
            cwd=ROOT,
            env=os.environ
            | environment
            | {"SMTP_URL": smtp_url, "MAIL_FROM": "Tirnod <post@tirnod.example>"}
            | {name: str(id) for name, id in self.ids.items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _prepare(self):
        with unit_of_work():
            provider, home = factories.provider(), factories.area()
            offer = factories.opportunity(
                provider=provider, achievement=factories.achievement(issuer=provider)
            )
            scheduled = factories.scheduled_session(
                places=self.learners,
                starts_at=clock.now() - timedelta(minutes=30),
                opportunity=offer,
            )
            for _number in range(self.learners):
                factories.booking(of=factories.learner(home=home), on=scheduled)
            keeper, officer = factories.member(of=provider), factories.adult(Role.CITY_ADMIN)
            return {"SESSION": scheduled.id, "KEEPER": keeper.id, "OFFICER": officer.id}

    def live(self, what, point="-", passing=1):
        """Run one process to its death or its end; return which it was."""
        print(what, point, passing, sep="\t", file=self.process.stdin, flush=True)
        end = self.process.stdout.readline().strip()
        self.deaths[point] += end == "died"
        self.let_time_pass()
        return end

    def let_time_pass(self):
        """Let so much of it pass that a dead worker is missed, and what it had claimed is free."""
        with unit_of_work() as db:
            for statement in TIMES_PASS:
                db.execute(text(statement))

    def die_at(self, point, times):
        """Let death come at a point, now earlier and now later, as often as said or as work is left."""
        what = "door" if point in AT_THE_DOOR else "work"
        for number in range(times):
            if self.live(what, point, 1 + number % 3) != "died":
                return

    def finish(self):
        """Let everything come to its end."""
        assert self.live("door") == "ended 0"
        for _sweep in range(2):
            with unit_of_work() as db:
                db.execute(
                    text(
                        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'notices.send', 0,"
                        " NULL, NULL, '{}', NULL)::procrastinate_job_to_defer_v1])"
                    )
                )
            assert self.live("work") == "ended 0"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def drill(request):
    inbox = Inbox()
    with fresh_database() as url, listening(inbox) as smtp_url:
        environment = settings_for(url)
        app = create_app(environment)
        with app.app_context():
            learners = getattr(request, "param", LEARNERS)
            drill = Drill(environment, smtp_url, inbox, learners)
            yield drill
            drill.close()
            current_db.remove()
            current_db.get_bind().dispose()


def _all_is_well(drill):
    with unit_of_work() as db:
        badges = db.scalars(select(AchievementCredential)).all()
        # To sign and check one takes a tenth of a second.
        some = badges if EVERYTHING else badges[::10]
        invalid = [badge.uuid for badge in some if not _is_valid(db, badge)]
        came = len(db.scalars(select(Attendance)).all())
        told = Counter(db.scalars(select(Notice.user_id).where(Notice.kind == "badge_given")))
        mailed = db.scalars(select(Notice).where(Notice.is_mailed)).all()
        left = standing(db)
    assert (came, len(badges), invalid) == (drill.learners, drill.learners, [])
    assert told == Counter({badge.recipient_id: 1 for badge in badges})
    assert (len(mailed), [each for each in mailed if each.sent_at is None]) == (drill.learners, [])
    assert (left.waiting, left.failed) == (0, 0)
    _each_e_mail_went(drill, mailed)


def _is_valid(db, badge):
    host = IssuingHost(PUBLIC_URL, KEYS_SECRET)
    document = signed_document(db, badge, host=host)
    return check_document(db, document, host=host, now=clock.now()).is_valid


def _each_e_mail_went(drill, mailed):
    ids = [message_from_bytes(raw)["Message-ID"] for raw in drill.inbox.messages]
    doubled = len(ids) - len(set(ids))
    # No database can know which of the two it was; the double has the same name.
    assert set(ids) == {f"<notice-{each.uuid}@localhost>" for each in mailed}
    # With a worker die the others of its threads, wherever they are.
    at_it = sum(drill.deaths[point] for point in MAY_HAND_OVER_TWICE)
    assert doubled <= at_it + (AT_A_TIME - 1) * sum(drill.deaths[point] for point in IN_THE_WORKER)


@pytest.mark.slow
def test_deaths_at_each_point_leave_one_badge_and_one_notice_for_each(drill):
    for point in POINTS:
        drill.die_at(point, times=1)
        if point == "door committed":
            drill.live("door")
    drill.finish()

    _all_is_well(drill)
    assert {point for point, deaths in drill.deaths.items() if deaths} == set(POINTS)
    assert len(POINTS) == 18


@pytest.mark.slow
@pytest.mark.parametrize("drill", [4], indirect=True)
def test_the_drill_sees_a_worker_that_forgets_whom_it_told(drill):
    drill.live("door")
    assert drill.live("work carelessly", "badge told") == "died"
    assert drill.live("work carelessly") == "ended 0"
    drill.finish()

    with pytest.raises(AssertionError, match="Counter"):
        _all_is_well(drill)


@pytest.mark.skipif(not EVERYTHING, reason="takes minutes: DEATHS=all")
@pytest.mark.parametrize("point", POINTS)
def test_deaths_again_and_again_at_one_point_leave_one_badge_and_one_notice_for_each(drill, point):
    if point in IN_THE_WORKER:
        drill.live("door")
    drill.die_at(point, times=25)
    drill.finish()

    _all_is_well(drill)
    assert drill.deaths[point] >= 20
