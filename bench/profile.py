"""A profile of 5,000 lines: how long its pages take on the server, beside one of fifty, and its PDF.

`script/bench profile` runs this. Each page is asked for in turn, warm, by a client inside the process:
what is timed is the view, its questions to the database, and the template.
"""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from app.db import current_db, unit_of_work
from badges.models import Achievement, AchievementCredential, Skill, Strand
from bench.gauge.progress import console
from bench.gauge.report import Bar, Verdict, heading
from bench.importing import LAT, LON, prepare
from geo.models import Place
from logbook.models import LoggedActivity, LoggedKind
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
)
from participation.models import Attendance, Booking
from providers.models import Provider
from tests.databases import fresh_database
from wsgi import create_app

#: Of issue 7: a profile of 5,000 lines opens in so long.
PAGE_MS = 300.0
#: Of issue 7: the whole profile on paper, in seconds and in bytes.
PAPER_MS, PAPER_BYTES = 3_000.0, 300_000
NOW = datetime.now(UTC).replace(microsecond=0)
PAGES = (
    "/me",
    "/me/story",
    "/me/story?before={deep}",
    "/me/story?skill=teamwork",
    "/me/skills",
    "/me/skills/teamwork",
)
_KINDS, _SKILLS = list(LoggedKind), list(Skill)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with fresh_database() as url:
        where = url.render_as_string(hide_password=False)
        prepare(where)
        app = create_app(os.environ | {"DATABASE_URL": where}, TESTING=True, WTF_CSRF_ENABLED=False)
        with app.app_context():
            console.print(f"writing {asked.lines} lines")
            with unit_of_work() as db:
                long, short = _live(db, asked.lines), _live(db, 50)
            current_db.remove()
        # Outside, so that each request has a context of its own, and its own reader in it.
        verdicts = [_measure(app, page, long, short, asked.rounds) for page in PAGES]
        verdicts += _measure_paper(app, long, asked.rounds)
    heading("Each page: with all lines, the most allowed; and what one of fifty takes")
    for verdict in verdicts:
        print(verdict)
    return int(any(verdict.is_missed for verdict in verdicts))


def _measure(app: Flask, page: str, long: User, short: User, rounds: int) -> Verdict:
    console.print(f"opening {page}")
    deep = f"{(NOW - timedelta(days=900)).timestamp():.6f}_{long.uuid}"
    address = page.format(deep=deep)
    ours, small = [], []
    for _ in range(rounds):
        small.append(_opened(_signed_in(app, short), address))
        ours.append(_opened(_signed_in(app, long), address))
    print(f"{page}: one of fifty lines takes {median(small):.0f} ms")
    ratios = [each / PAGE_MS for each in ours]
    return Verdict(
        "8", page, Bar(1.0, None), ours=median(ours), theirs=PAGE_MS, unit="ms", ratios=ratios
    )


def _measure_paper(app: Flask, long: User, rounds: int) -> list[Verdict]:
    """Print the whole profile: how long it takes, and how large it is."""
    console.print("printing /me/pdf")
    client = _signed_in(app, long)
    times = [_opened(client, "/me/pdf") for _ in range(rounds)]
    size = len(client.get("/me/pdf").data)
    return [
        Verdict(
            "6",
            "/me/pdf",
            Bar(1.0, None),
            ours=median(times),
            theirs=PAPER_MS,
            unit="ms",
            ratios=[each / PAPER_MS for each in times],
        ),
        Verdict(
            "6",
            "/me/pdf, its size",
            Bar(1.0, None),
            ours=size,
            theirs=PAPER_BYTES,
            unit="bytes",
            ratios=[size / PAPER_BYTES],
        ),
    ]


def _opened(client: FlaskClient, address: str) -> float:
    """Return the middle of five openings, in ms by the clock, after one that warms."""
    times = []
    for _ in range(6):
        started = perf_counter()
        answer = client.get(address)
        times.append((perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
    return median(times[1:])


def _signed_in(app: Flask, learner: User) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = learner.get_id()
        cookie["_fresh"] = True
    return client


def _live(db: Session, lines: int) -> User:
    """Write down a life of so many lines: three in five confirmed, the rest what they say."""
    learner = _learner(db, lines)
    opportunities = [_opportunity(db, number) for number in range(40)]
    staff = db.query(User).filter_by(role=Role.AUTHORITY_OFFICER).limit(1).one()
    confirmed = lines * 3 // 5
    for number in range(confirmed):
        _came(db, learner, opportunities[number % 40], staff, number)
    logged = [_said(learner, number) for number in range(lines - confirmed)]
    db.execute(insert(LoggedActivity), logged)
    db.flush()
    return learner


def _learner(db: Session, lines: int) -> User:
    learner = User(
        role=Role.LEARNER,
        name="Seren",
        age_band=AgeBand.FROM_16_TO_17,
        home_lsoa_code="E01000001",
        pass_code=f"BENCH{lines:05}",
        pin_hash="none",
    )
    db.add(learner)
    db.flush()
    return learner


def _opportunity(db: Session, number: int) -> Opportunity:
    provider = db.query(Provider).first()
    achievement = Achievement(
        slug=f"bench-{db.query(Achievement).count()}",
        issuer=provider,
        name=f"Badge {number}",
        description="Made something of clay, and fired it.",
        criteria="Come once and make one thing.",
        strand=list(Strand)[number % 4],
        skills=[_SKILLS[number % 12], _SKILLS[(number + 5) % 12]],
    )
    opportunity = Opportunity(
        slug=f"bench-{db.query(Opportunity).count()}",
        title=f"Pottery {number}",
        description="Make a pot and take it home.",
        kind=list(OpportunityKind)[number % 3],
        category=list(Category)[number % 5],
        min_age=11,
        max_age=24,
        provider=provider,
        place=Place(name="Hall", point=f"SRID=4326;POINT({LON} {LAT})", lsoa_code="E01000001"),
        achievement=achievement,
        status=OpportunityStatus.PUBLISHED,
        published_at=NOW,
        checked_at=NOW,
    )
    db.add(opportunity)
    db.flush()
    return opportunity


def _came(db: Session, learner: User, to: Opportunity, staff: User, number: int) -> None:
    starts_at = NOW - timedelta(hours=10 * (number + 1))
    scheduled = ScheduledSession(
        opportunity=to,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        maximum_capacity=9,
        remaining_capacity=8,
    )
    booking = Booking(learner=learner, scheduled_session=scheduled)
    db.add_all(
        [
            scheduled,
            booking,
            Attendance(
                booking=booking,
                confirmed_by=staff,
                confirmed_at=starts_at,
                minutes=120,
                home_lsoa_code="E01000001",
            ),
        ]
    )
    if number < 40 and to.achievement:
        db.add(_badge(to.achievement, learner, starts_at, number))


def _badge(achievement: Achievement, learner: User, at: datetime, number: int):
    return AchievementCredential(
        achievement=achievement,
        issuer=achievement.issuer,
        recipient=learner,
        evidence="Came.",
        grounds=["attendance"],
        activity_started_at=at,
        activity_ended_at=at,
        awarded_at=at,
        status_index=learner.id * 100 + number,
    )


def _said(learner: User, number: int) -> dict:
    return {
        "learner_id": learner.id,
        "kind": _KINDS[number % 5],
        "title": f"Sorted tins {number}",
        "place": f"The food bank {number % 9}",
        "done_on": (NOW - timedelta(days=number % 1_000)).date(),
        "minutes": 60,
        "skills": [_SKILLS[number % 12]],
        "logged_at": NOW,
    }


if __name__ == "__main__":
    sys.exit(main())
