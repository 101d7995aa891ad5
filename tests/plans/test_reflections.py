"""How it went: one tap is enough, of anything that is one's own, and nobody else reads it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotFound
from badges.models import AchievementCredential
from badges.service import award
from plans.about import Kind
from plans.models import Reflection, Stem
from plans.queries import reflections_for
from plans.reflecting import delete_reflection, reflect
from plans.service import add_goal
from tests import factories
from tests.factories import NOW
from tests.logbook.test_activities import add as logged
from tests.plans.tries import item_of


def things_of(db, learner):
    """One thing of each sort, by kind: its address, and by which name it is asked for."""
    began = factories.scheduled_session(starts_at=NOW - timedelta(hours=1))
    booking = factories.booking(of=learner, on=began)
    activity = logged(db, learner)
    badge = given(db, learner)
    item, goal = item_of(learner), add_goal(db, learner=learner, words="Speak up", now=NOW)
    return {
        Kind.BOOKING: ("bookings", booking),
        Kind.ADDED: ("logged", activity),
        Kind.BADGE: ("badges", badge),
        Kind.PLAN: ("items", item),
        Kind.GOAL: ("goals", goal),
    }


def given(db, learner) -> AchievementCredential:
    return award(
        db,
        achievement=factories.achievement(),
        recipient=learner,
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


def test_each_thing_keeps_what_was_said_of_it_and_nothing_else(db):
    learner, other = factories.learner(), factories.learner()
    mine, theirs = things_of(db, learner), things_of(db, other)

    for kind, (_group, thing) in mine.items():
        reflect(db, learner=learner, kind=kind, uuid=thing.uuid, stem=Stem.PROUD, now=NOW)
        with pytest.raises(NotFound):
            reflect(db, learner=learner, kind=kind, uuid=theirs[kind][1].uuid, words="Hm.", now=NOW)

    for kind, (group, thing) in mine.items():
        said = reflections_for(db, learner, **{group: [thing.id]})
        assert [(each.stem, each.words) for each in said] == [(Stem.PROUD, "")], kind
        assert reflections_for(db, other, **{group: [thing.id]}) == []
    everything = {group: [thing.id] for group, thing in mine.values()}
    assert len(reflections_for(db, learner, **everything)) == 5
    assert reflections_for(db, learner) == []


def test_a_double_tap_says_it_once_and_another_day_says_it_again(db):
    learner = factories.learner()
    item = item_of(learner)

    def tap(now):
        return reflect(db, learner=learner, kind=Kind.PLAN, uuid=item.uuid, stem=Stem.NEW, now=now)

    first = tap(NOW)
    assert tap(NOW + timedelta(seconds=5)) is first
    second = tap(NOW + timedelta(days=1))
    assert reflections_for(db, learner, items=[item.id]) == [first, second]

    delete_reflection(db, learner=factories.learner(), uuid=first.uuid)
    delete_reflection(db, learner=learner, uuid=second.uuid)
    assert reflections_for(db, learner, items=[item.id]) == [first]


def test_nothing_is_said_of_what_has_not_begun_and_nothing_says_nothing(db):
    learner = factories.learner()
    coming = factories.booking(of=learner)

    with pytest.raises(NotFound):
        reflect(db, learner=learner, kind=Kind.BOOKING, uuid=coming.uuid, stem=Stem.NEW, now=NOW)
    with pytest.raises(Conflict, match="Tap a sentence"):
        reflect(db, learner=learner, kind=Kind.PLAN, uuid=item_of(learner).uuid, now=NOW)


@pytest.mark.parametrize("kind", Kind)
def test_the_database_refuses_what_is_said_of_another_learners(db, kind):
    learner, other = factories.learner(), factories.learner()
    _group, thing = things_of(db, other)[kind]
    column = {
        Kind.BOOKING: "booking_id",
        Kind.ADDED: "logged_activity_id",
        Kind.BADGE: "credential_id",
        Kind.PLAN: "plan_item_id",
        Kind.GOAL: "goal_id",
    }[kind]
    db.add(Reflection(learner=learner, words="Hm.", said_at=NOW, **{column: thing.id}))

    with pytest.raises(IntegrityError, match="their own"):
        db.flush()


@pytest.mark.parametrize(
    "values", ["NULL, '', NULL", "'proud', '', 1"], ids=["says nothing", "about two things"]
)
def test_the_database_refuses_what_is_no_reflection(db, values):
    learner = factories.learner()
    goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
    db.flush()

    with pytest.raises(IntegrityError, match=r"says_something|about_one_thing"):
        db.execute(
            text(
                "INSERT INTO reflection (uuid, learner_id, goal_id, said_at, stem, words,"
                f" plan_item_id) VALUES (gen_random_uuid(), {learner.id}, {goal.id}, now(), {values})"
            )
        )
