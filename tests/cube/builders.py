"""A small city with areas, and learners who came, for the tests of this room."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from random import Random
from unittest.mock import patch

from sqlalchemy import select

from accounts.models import AgeBand, Role
from app.db import current_db
from app.terms import period_named
from cube import service
from cube.tables import Learners
from opportunities.models import ScheduledSession
from participation.models import Attendance
from tests import factories

SUMMER = period_named("2026-summer")
#: A day on which the summer term is over.
TODAY = date(2026, 9, 1)
IN_SUMMER = datetime(2026, 6, 1, 12, tzinfo=UTC)


def city_with_areas(deciles=(1, 2, 9, 10), young_people=200, **given):
    """A city with one area for each of `deciles`, side by side, in two wards."""
    city = factories.city(**given)
    areas = [
        factories.area(
            in_city=city,
            decile=decile,
            young_people=young_people,
            lon=factories.YORK[0] + 0.014 * place,
            ward_code=f"E0500000{place % 2}",
            ward_name=("Abbey", "Brook")[place % 2],
        )
        for place, decile in enumerate(deciles)
    ]
    return city, areas


def attended(home, *, times=1, at=IN_SUMMER, withdrawn=False, learner=None):
    """A learner of `home` whom a provider says came, so many times."""
    learner = learner or factories.learner(home=home)
    for number in range(times):
        scheduled = _session(at + timedelta(minutes=number))
        row = Attendance(
            booking=factories.booking(of=learner, on=scheduled),
            confirmed_by_id=learner.id,  # who said so does not matter here
            confirmed_at=at + timedelta(hours=2),
            minutes=120,
            home_lsoa_code=home.lsoa_code,
            withdrawn_at=at + timedelta(hours=3) if withdrawn else None,
        )
        current_db.add(row)
    current_db.flush()
    return learner


def released(city, period=SUMMER, today=TODAY, seed=1, came=None, publish=service.release, **given):
    """A release whose noise is the same in each run.

    :param publish: `service.correct` in place of a first version.
    :param came: how many learners came from each area, `{area: count}`, in place of rows of people.
    """
    stated = [
        Learners(area.lsoa_code, AgeBand.FROM_13_TO_15, count)
        for area, count in (came or {}).items()
    ]
    given.setdefault("draw", Random(seed).randrange)
    counted = patch.object(service, "learners_of", lambda *_: stated) if came else nullcontext()
    with counted:
        return publish(current_db(), city=city, period=period, today=today, **given)


def no_chance():
    """A source of chance that draws no noise at all: the sampler asks six times for each number."""
    answers = cycle((0, 0, 0, 1, 0, -1))
    return lambda most: next(answers) % most


def published(release, table):
    """Return a table of a release: `{cell: learners}`."""
    return {cell.cell: cell.learners for cell in release.cells if cell.table == table}


def city_admin(of):
    return factories.adult(Role.CITY_ADMIN, city_id=of.id)


def _session(at):
    """One session for all who come at the same time: a class of a hundred costs a row each."""
    known = current_db.scalar(select(ScheduledSession).filter_by(starts_at=at))
    return known or factories.scheduled_session(places=1000, starts_at=at)
