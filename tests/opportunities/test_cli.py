"""The command that deletes what visitors said once it has been kept long enough."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from opportunities import jobs
from opportunities.models import Category, ListingReport, ReportReason, Wish
from opportunities.report_service import forget_closed_reports
from opportunities.wish_service import forget_old_wishes
from tests import factories
from tests.factories import NOW


@pytest.fixture
def run(app, client, db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    runner = app.test_cli_runner()

    def run(*arguments):
        db.commit()
        return runner.invoke(args=["opportunities", "tidy", *arguments])

    return run


def wishes(db, city, *months):
    for month in months:
        db.add(Wish(city_id=city.id, category=Category.SPORT, month=month))
    db.flush()


def report(db, closed_days_ago=None, made_days_ago=900):
    closed_at = None if closed_days_ago is None else NOW - timedelta(days=closed_days_ago)
    made = ListingReport(
        opportunity=factories.opportunity(),
        reason=ReportReason.OTHER,
        made_at=NOW - timedelta(days=made_days_ago),
        closed_at=closed_at,
    )
    db.add(made)
    db.flush()
    return made.id


def months_kept(db):
    return sorted(db.scalars(select(Wish.month)))


def month(back):
    """Return the first day of the month so many months before this one."""
    years, index = divmod(NOW.year * 12 + NOW.month - 1 - back, 12)
    return NOW.date().replace(year=years, month=index + 1, day=1)


def test_a_wish_goes_two_years_after_its_month(run, db):
    wishes(db, factories.city(), month(0), month(24), month(25), month(40))

    done = run()

    assert (done.exit_code, done.stdout) == (0, "Wishes deleted: 2. Reports deleted: 0.\n")
    assert months_kept(db) == [month(24), month(0)]


def test_a_report_goes_a_year_after_it_was_closed_and_never_while_it_is_open(run, db):
    stays = {report(db), report(db, closed_days_ago=364), report(db, closed_days_ago=365)}
    report(db, closed_days_ago=366)

    done = run("--json")

    assert json.loads(done.stdout) == {"wishes": 0, "reports": 1}
    assert set(db.scalars(select(ListingReport.id))) == stays


def test_run_again_it_finds_nothing_to_do(run, db):
    wishes(db, factories.city(), month(25))
    report(db, closed_days_ago=500)

    assert run().stdout == "Wishes deleted: 1. Reports deleted: 1.\n"
    assert run().stdout == "Wishes deleted: 0. Reports deleted: 0.\n"


def test_many_are_deleted_step_by_step(run, db, monkeypatch):
    wishes(db, factories.city(), *(month(back) for back in range(25, 30)))
    for _ in range(3):
        report(db, closed_days_ago=500)
    for name, forget in (
        ("forget_old_wishes", forget_old_wishes),
        ("forget_closed_reports", forget_closed_reports),
    ):
        monkeypatch.setattr(jobs, name, lambda db, now, forget=forget: forget(db, now=now, most=2))

    assert run().stdout == "Wishes deleted: 5. Reports deleted: 3.\n"
    assert months_kept(db) == []


def test_what_is_deleted_when_it_is_interrupted_stays_deleted(run, db, monkeypatch):
    wishes(db, factories.city(), *(month(back) for back in range(25, 30)))
    steps = iter([2, 1])

    def interrupted(db, now):
        most = next(steps)
        gone = forget_old_wishes(db, now=now, most=most)
        if most == 1:
            raise RuntimeError("interrupted")
        return gone

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "forget_old_wishes", interrupted)
        assert run().exit_code == 1

    assert len(months_kept(db)) == 3
    assert run().stdout == "Wishes deleted: 3. Reports deleted: 0.\n"
