"""Badges that come by themselves: who did enough gets them, also from before, and nobody else."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from awards import jobs
from awards.models import RuleKind
from awards.rules import (
    NOT_ENOUGH_NOW,
    end_rule,
    learners_with_enough,
    make_rule,
    may_matter_to,
    rule_of,
    settle,
)
from badges.models import Strand
from badges.queries import badges_of, credential_of
from badges.service import award, make_next_version, revoke
from participation.attendance import confirm_attendance, withdraw_attendance
from tests import factories
from tests.awards.there import came, jobs_waiting, opportunity_of
from tests.factories import NOW


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def badge(provider):
    return factories.achievement(issuer=provider, name="Regular")


@pytest.fixture
def activity(provider):
    return opportunity_of(provider)


@pytest.fixture
def learner(db):
    return factories.learner()


def _rule(db, badge, keeper, kind=RuleKind.SESSIONS, needed=2, **given):
    return make_rule(
        db, achievement=badge, made_by=keeper, kind=kind, needed=needed, now=NOW, **given
    )


def _give(db, achievement, learner, days_ago=1):
    at = NOW - timedelta(days=days_ago)
    return award(
        db,
        achievement=achievement,
        recipient=learner,
        evidence="Came.",
        activity_started_at=at,
        activity_ended_at=at,
        now=at,
    )


def _held(db, learner):
    return [each.achievement.name for each in badges_of(db, learner)]


def test_coming_often_enough_earns_it_once(db, badge, keeper, activity, learner):
    _rule(db, badge, keeper)
    came(db, learner, activity, keeper, days_ago=3)
    assert settle(db, learner=learner, now=NOW) == []
    came(db, learner, activity, keeper, days_ago=2)

    [given] = settle(db, learner=learner, now=NOW)

    assert given.evidence == "Came to 2 sessions or more, says Pot House."
    assert given.activity_started_at == NOW - timedelta(days=3)
    assert given.activity_ended_at == NOW - timedelta(days=2) + timedelta(minutes=120)
    assert settle(db, learner=learner, now=NOW) == []
    assert _held(db, learner) == ["Regular"]


def test_a_new_rule_looks_back_and_passes_over_who_has_it(db, badge, keeper, activity, learner):
    holder, newcomer = factories.learner(), factories.learner()
    for person, times in ((learner, 2), (holder, 3), (newcomer, 1)):
        for day in range(times):
            came(db, person, activity, keeper, days_ago=day + 1)
    held = _give(db, badge, holder)

    rule = _rule(db, badge, keeper)

    assert jobs_waiting(db, "awards.look_back") == [{"rule_id": rule.id}]
    jobs.look_back(rule.id)
    jobs.look_back(rule.id)
    assert [_held(db, each) for each in (learner, holder, newcomer)] == [["Regular"]] * 2 + [[]]
    assert credential_of(db, holder, badge) is held
    told = [each["credential_id"] for each in jobs_waiting(db, "participation.tell_of_badge")]
    assert told == [credential_of(db, learner, badge).id]


def test_only_the_chosen_activities_and_the_organisations_own_count(
    db, badge, keeper, activity, provider, learner
):
    other = opportunity_of(provider, title="Other")
    elsewhere = factories.provider(name="Elsewhere")
    foreign = opportunity_of(elsewhere)
    for day, each in enumerate((other, other), start=1):
        came(db, learner, each, keeper, days_ago=day)
    came(db, learner, foreign, factories.member(of=elsewhere), days_ago=4)
    chosen = _rule(db, badge, keeper, opportunities=[activity])

    assert learners_with_enough(db, chosen) == []
    any_of_ours = _rule(db, factories.achievement(issuer=provider), keeper)
    assert learners_with_enough(db, any_of_ours) == [learner.id]
    three = _rule(db, factories.achievement(issuer=provider), keeper, needed=3)
    assert learners_with_enough(db, three) == []


@pytest.mark.parametrize(
    ("minutes", "enough"), [((59, 60), False), ((60, 60), True), ((150,), True)]
)
def test_hours_are_whole_hours_of_confirmed_sessions(
    db, badge, keeper, activity, learner, minutes, enough
):
    rule = _rule(db, badge, keeper, kind=RuleKind.HOURS)
    for day, length in enumerate(minutes, start=1):
        came(db, learner, activity, keeper, days_ago=day, minutes=length)

    assert bool(learners_with_enough(db, rule)) is enough


def test_badges_count_once_each_in_whichever_version_and_not_taken_back(
    db, badge, keeper, provider, learner
):
    first, second, third = (
        factories.achievement(issuer=provider, name=name) for name in ("A", "B", "C")
    )
    rule = _rule(db, badge, keeper, kind=RuleKind.BADGES, badges=[first, second, third])
    _give(db, first, learner)
    newer = make_next_version(
        db,
        earlier=first,
        made_by=keeper,
        name="A2",
        description="x",
        criteria="Make it.",
        strand=Strand.CREATE,
    )
    assert learners_with_enough(db, rule) == []
    revoke(db, credential=_give(db, second, learner), reason="Undone.", now=NOW)
    assert learners_with_enough(db, rule) == []
    _give(db, third, learner)
    assert learners_with_enough(db, rule) == [learner.id]
    other = factories.learner()
    _give(db, newer, other)
    _give(db, second, other)
    assert set(learners_with_enough(db, rule)) == {learner.id, other.id}


def test_one_badge_can_lead_to_the_next_and_both_go_when_it_goes(
    db, badge, keeper, activity, provider, learner
):
    top = factories.achievement(issuer=provider, name="Top")
    _rule(db, badge, keeper, needed=1)
    _rule(db, top, keeper, kind=RuleKind.BADGES, needed=1, badges=[badge])
    booking = came(db, learner, activity, keeper)

    assert {each.achievement.name for each in settle(db, learner=learner, now=NOW)} == {
        "Regular",
        "Top",
    }
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)
    assert settle(db, learner=learner, now=NOW) == []
    assert _held(db, learner) == []
    assert credential_of(db, learner, top).revocation_reason == NOT_ENOUGH_NOW
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    settle(db, learner=learner, now=NOW)
    assert sorted(_held(db, learner)) == ["Regular", "Top"]


def test_what_an_activity_gives_too_is_not_taken_back(db, badge, keeper, provider, learner):
    giving = opportunity_of(provider, achievement=badge)
    other = opportunity_of(provider, title="Other")
    _rule(db, badge, keeper, opportunities=[other], needed=1)
    booking = came(db, learner, other, keeper, days_ago=2)
    settle(db, learner=learner, now=NOW)
    came(db, learner, giving, keeper)
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)

    assert settle(db, learner=learner, now=NOW) == []
    assert _held(db, learner) == ["Regular"]


def test_what_was_taken_back_for_another_reason_is_not_given_again(
    db, badge, keeper, activity, learner
):
    _rule(db, badge, keeper, needed=1)
    came(db, learner, activity, keeper)
    [given] = settle(db, learner=learner, now=NOW)
    revoke(db, credential=given, reason="Somebody else's.", now=NOW)

    assert settle(db, learner=learner, now=NOW) == []
    assert given.revocation_reason == "Somebody else's."


def test_a_stopped_rule_gives_nothing_more_and_another_may_follow(
    db, badge, keeper, activity, learner
):
    early = factories.learner()
    _rule(db, badge, keeper, needed=1)
    booking = came(db, early, activity, keeper)
    settle(db, learner=early, now=NOW)
    with pytest.raises(Conflict, match="Stop that one first"):
        _rule(db, badge, keeper)
    end_rule(db, achievement=badge, now=NOW)
    came(db, learner, activity, keeper)

    assert settle(db, learner=learner, now=NOW) == []
    assert _held(db, early) == ["Regular"]
    assert rule_of(db, badge) is None
    _rule(db, badge, keeper, needed=1, opportunities=[activity])
    settle(db, learner=early, now=NOW)
    # It stands by the first rule, whose ground is gone, and is not enough for the second either.
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)
    settle(db, learner=early, now=NOW)
    assert _held(db, early) == []


def test_a_rule_follows_its_badge_to_the_next_version(db, badge, keeper, activity, learner):
    _rule(db, badge, keeper, needed=1)
    _give(db, badge, factories.learner())
    newer = make_next_version(
        db,
        earlier=badge,
        made_by=keeper,
        name="Regular still",
        description="x",
        criteria="Come.",
        strand=Strand.CREATE,
    )
    came(db, learner, activity, keeper)

    [given] = settle(db, learner=learner, now=NOW)

    assert given.achievement is newer
    assert rule_of(db, newer) is rule_of(db, badge)


def test_impossible_rules_are_refused(db, badge, keeper, provider):
    other = factories.achievement(issuer=provider)
    with pytest.raises(Conflict, match="count for itself"):
        _rule(db, badge, keeper, kind=RuleKind.BADGES, badges=[badge, other])
    with pytest.raises(Conflict, match="more badges than you chose"):
        _rule(db, badge, keeper, kind=RuleKind.BADGES, badges=[other])
    _rule(db, badge, keeper)
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(
            text(
                "INSERT INTO award_rule (uuid, achievement_id, kind, needed, made_by_id, made_at) "
                "SELECT gen_random_uuid(), achievement_id, kind, needed, made_by_id, made_at "
                "FROM award_rule"
            )
        )


def test_a_worker_is_told_only_where_a_rule_counts_it(db, badge, keeper, activity, learner):
    elsewhere = factories.provider(name="Elsewhere")
    came(db, learner, activity, keeper, days_ago=5)
    assert not may_matter_to(db, learner)
    assert jobs_waiting(db, "awards.look_again") == []

    _rule(db, badge, keeper)
    stranger = factories.learner()
    came(db, stranger, opportunity_of(elsewhere), factories.member(of=elsewhere))
    assert jobs_waiting(db, "awards.look_again") == []
    came(db, learner, activity, keeper, days_ago=4)
    assert {"learner_id": learner.id} in jobs_waiting(db, "awards.look_again")
    jobs.look_again(learner.id)
    assert _held(db, learner) == ["Regular"]
    jobs.look_again(0)  # erased meanwhile


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sessions=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(20, 200), st.booleans()),
        max_size=8,
    ),
    kind=st.sampled_from([RuleKind.SESSIONS, RuleKind.HOURS]),
    needed=st.integers(1, 4),
    chosen=st.sets(st.integers(0, 2)),
)
def test_whatever_happened_the_rule_gives_what_counting_by_hand_gives(
    db, sessions, kind, needed, chosen
):
    outer = db.begin_nested()
    provider = factories.provider()
    keeper, people = factories.member(of=provider), [factories.learner() for _ in range(3)]
    activities = [opportunity_of(provider) for _ in range(3)]
    rule = _rule(
        db,
        factories.achievement(issuer=provider),
        keeper,
        kind=kind,
        needed=needed,
        opportunities=[activities[each] for each in chosen],
    )
    counted = [0, 0, 0]
    for day, (person, activity, minutes, stands) in enumerate(sessions, start=1):
        booking = came(
            db, people[person], activities[activity], keeper, days_ago=day, minutes=minutes
        )
        if not stands:
            withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)
        elif not chosen or activity in chosen:
            counted[person] += 1 if kind is RuleKind.SESSIONS else minutes
    enough = needed if kind is RuleKind.SESSIONS else needed * 60

    expected = [person.id for person, done in zip(people, counted, strict=True) if done >= enough]
    assert sorted(learners_with_enough(db, rule)) == sorted(expected)
    for person in people:
        settle(db, learner=person, now=NOW)
        assert bool(badges_of(db, person)) is (person.id in expected)
    outer.rollback()


def test_a_badge_stays_while_anything_that_earned_it_stays(db, badge, keeper, provider, learner):
    giving = opportunity_of(provider, achievement=badge)
    booking = came(db, learner, giving, keeper)
    _give(db, badge, learner)  # somebody gave it by hand as well
    held = credential_of(db, learner, badge)
    assert held.grounds == ["attendance", "given"]

    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)
    assert (held.grounds, held.revoked_at) == (["given"], None)
    rule = _rule(db, badge, keeper, needed=1)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    assert settle(db, learner=learner, now=NOW) == []  # no news: they have it
    assert sorted(held.grounds) == sorted(["given", "attendance", f"rule:{rule.id}"])
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)
    settle(db, learner=learner, now=NOW)
    assert (held.grounds, held.revoked_at) == (["given"], None)
