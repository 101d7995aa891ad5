"""Where to try it: real sessions near home that practise the skill, each with its reasons."""

from datetime import timedelta

import pytest

from badges.models import Skill
from plans.fitting import sessions_that_fit
from tests import factories
from tests.factories import NOW
from tests.plans.tries import SOON, Club, item_of

SPEAKING = (Skill.PLANNING, Skill.SPEAKING)


@pytest.fixture(autouse=True)
def speaking_english(app):
    """Say the reasons, and why something cannot be booked, in some language."""
    with app.test_request_context():
        yield


@pytest.fixture
def learner(db):
    return factories.learner(home=factories.area())


@pytest.fixture
def club(db):
    return Club()


def found(db, learner):
    fits = sessions_that_fit(db, learner, item_of(learner), now=NOW)
    return [fit.scheduled.opportunity.title for fit in fits]


def test_the_nearest_three_that_practise_the_skill_and_can_be_booked(db, learner, club):
    for number in (4, 2, 3, 1):
        club.offers(f"Speaking {number}", east=number, skills=SPEAKING)
    club.offers("Another skill", skills=[Skill.TEAMWORK])
    club.offers("No skill")
    club.offers("Full", skills=SPEAKING, places=0)
    club.offers("Too old", skills=SPEAKING, min_age=18)
    next_week = NOW + timedelta(days=9)
    club.offers("Not open", skills=SPEAKING, starts_at=next_week, booking_opens_days=2)
    db.flush()

    assert found(db, learner) == ["Speaking 1", "Speaking 2", "Speaking 3"]


def test_where_there_are_too_few_near_it_looks_farther_and_no_farther_than_that(db, learner, club):
    club.offers("Near", skills=SPEAKING)
    club.offers("Ten miles", east=24, skills=SPEAKING)
    club.offers("Thirty miles", east=74, skills=SPEAKING)

    assert found(db, learner) == ["Near", "Ten miles"]


def test_what_one_went_to_or_has_a_place_on_is_left_out_and_what_one_missed_is_not(
    db, learner, club
):
    went, booked, missed = (
        club.offers(title, skills=SPEAKING, starts_at=at)
        for title, at in (
            ("Went", NOW - timedelta(hours=3)),
            ("Booked", NOW + timedelta(days=1)),
            ("Missed", NOW - timedelta(days=9)),
        )
    )
    club.confirms(factories.booking(of=learner, on=went))
    factories.booking(of=learner, on=booked)
    factories.booking(of=learner, on=missed)
    for scheduled in (went, missed):
        factories.scheduled_session(
            opportunity=scheduled.opportunity, starts_at=SOON + timedelta(days=2)
        )

    assert found(db, learner) == ["Missed"]


def test_each_says_why(db, learner, club):
    club.offers(skills=SPEAKING)

    [fit] = sessions_that_fit(db, learner, item_of(learner), now=NOW)

    assert list(fit.reasons) == [
        "You practise this skill there: Speaking.",
        "It is near you: 0.1 miles.",
        "You have not done it before.",
    ]


def test_it_asks_no_more_of_the_database_than_it_shows(db, learner, club, count_queries):
    item = item_of(learner)
    for number in range(20):
        club.offers(f"Speaking {number}", skills=SPEAKING, east=number / 10)
    db.flush()
    db.expire_all()
    count_queries.clear()

    assert len(sessions_that_fit(db, learner, item, now=NOW)) == 3
    assert len(count_queries) <= 40
