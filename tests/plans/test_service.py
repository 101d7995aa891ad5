"""Goals and what to try: a learner's own to set, and to end in one of three ways and no other."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotFound, Refusal
from badges.models import Skill
from enquiries.models import MessageState
from participation.models import BookingStatus
from participation.service import book, cancel_booking, move_booking
from plans import jobs
from plans.looking import settle, visits_for
from plans.models import ENDINGS, UNENDED, Goal, GoalState, ItemState, PlanItem, PlanItemSession
from plans.queries import (
    due_items,
    follower_of,
    goals_of,
    items_of_goal,
    open_items,
    own_item,
    places_for,
    plan_of,
    reflections_for,
)
from plans.reflecting import reflect
from plans.service import (
    MOST_GOALS,
    MOST_ITEMS,
    add_goal,
    change_item,
    delete_goal,
    delete_item,
    end_goal,
    end_item,
    from_feedback,
    pick_session,
)
from tests import factories
from tests.awards.there import jobs_waiting
from tests.factories import NOW
from tests.plans.tries import IN_A_MONTH, SOON, TODAY, Club, item_of, said_to

LATER = NOW + timedelta(days=1)


@pytest.fixture
def learner(db):
    item_of(factories.learner(name="Noise"))
    return factories.learner(home=factories.area())


@pytest.fixture
def club(db):
    return Club()


def ended(db, item, ending, because="", now=NOW):
    return end_item(
        db, learner=item.learner, uuid=item.uuid, ending=ending, because=because, now=now
    )


def goes(db, learner, scheduled, club):
    booking = book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=NOW)
    club.confirms(booking)
    return booking


class TestEnding:
    def test_done_is_done_and_says_what_changed(self, db, learner):
        item = item_of(learner)

        ended(db, item, ItemState.DONE, "I asked two.", now=LATER)

        assert (item.state, item.because, item.closed_at) == (
            ItemState.DONE,
            "I asked two.",
            LATER,
        )
        assert open_items(db, learner) == []

    def test_what_is_still_worked_on_is_followed_by_one_item_with_a_new_day(self, db, learner):
        goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
        item = item_of(learner, goal_uuid=goal.uuid)

        follower = ended(db, item, ItemState.STILL_WORKING, now=LATER)
        again = ended(db, item, ItemState.STILL_WORKING, now=LATER)

        assert again is follower
        assert open_items(db, learner) == [follower]
        assert (follower.follows, follower.words, follower.skill, follower.goal_id) == (
            item,
            item.words,
            item.skill,
            goal.id,
        )
        assert follower.look_again_on == IN_A_MONTH + timedelta(days=1)

    def test_of_one_thing_lists_show_the_latest_try(self, db, learner):
        goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
        first = item_of(learner, goal_uuid=goal.uuid)
        second = ended(db, first, ItemState.STILL_WORKING)
        assert items_of_goal(db, goal) == [second]

        ended(db, second, ItemState.DONE)

        assert plan_of(db, learner).ended_items == [second]

    def test_it_is_dropped_because(self, db, learner):
        item = item_of(learner)

        with pytest.raises(Conflict, match="Say why"):
            ended(db, item, ItemState.DROPPED)
        assert item.state is ItemState.OPEN

        ended(db, item, ItemState.DROPPED, "Not now")
        assert (item.state, item.because) == (ItemState.DROPPED, "Not now")

    def test_it_ends_once(self, db, learner):
        item = item_of(learner)
        ended(db, item, ItemState.DONE)

        assert ended(db, item, ItemState.DONE) is item
        with pytest.raises(Conflict, match="ended already"):
            ended(db, item, ItemState.DROPPED, "No")
        with pytest.raises(Conflict, match="ended already"):
            change_item(
                db,
                learner=learner,
                uuid=item.uuid,
                words="Other",
                skill=Skill.PLANNING,
                look_again_on=IN_A_MONTH,
                now=NOW,
            )

    def test_nobody_ends_what_is_another_learners(self, db, learner):
        item = item_of(learner)

        with pytest.raises(NotFound):
            end_item(
                db, learner=factories.learner(), uuid=item.uuid, ending=ItemState.DONE, now=NOW
            )

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param({"state": "dropped", "closed_at": NOW}, id="dropped for no reason"),
            pytest.param({"state": "done"}, id="done at no time"),
            pytest.param({"closed_at": NOW}, id="closed and open"),
            pytest.param({"because": "Why"}, id="because of no end"),
            pytest.param({"state": "given_up", "closed_at": NOW}, id="a fourth way"),
        ],
    )
    def test_the_database_knows_no_other_end(self, db, learner, values):
        item = item_of(learner)
        sets = ", ".join(f"{column} = :{column}" for column in values)

        with pytest.raises(IntegrityError):
            db.execute(text(f"UPDATE plan_item SET {sets} WHERE id = {item.id}"), values)

    def test_the_database_lets_nothing_that_ended_change(self, db, learner):
        item = item_of(learner)
        ended(db, item, ItemState.DONE)

        with pytest.raises(IntegrityError, match="stays as it ended"):
            db.execute(
                update(PlanItem).where(PlanItem.id == item.id).values(state="open", closed_at=None)
            )

    def test_the_database_wants_an_item_to_follow_what_is_still_worked_on(self, db, learner):
        item = item_of(learner)
        db.execute(
            update(PlanItem)
            .where(PlanItem.id == item.id)
            .values(state="still_working", closed_at=NOW)
        )

        with pytest.raises(IntegrityError, match="follows what is still worked on"):
            db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    def test_the_database_lets_nothing_follow_what_is_done(self, db, learner):
        item = item_of(learner)
        ended(db, item, ItemState.DONE)
        item_of(learner, "Another").follows_id = item.id
        db.flush()

        with pytest.raises(IntegrityError, match="follows what is still worked on"):
            db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


class TestAdding:
    def test_a_double_tap_adds_one(self, db, learner):
        assert item_of(learner) is item_of(learner)
        assert item_of(learner, skill=Skill.PLANNING) is not item_of(learner)

    @pytest.mark.parametrize(
        ("day", "why"),
        [
            (TODAY - timedelta(days=1), "gone by"),
            (TODAY + timedelta(days=2000), "three years"),
        ],
    )
    def test_a_day_that_makes_no_sense_is_refused(self, db, learner, day, why):
        with pytest.raises(Conflict, match=why):
            item_of(learner, look_again_on=day)
        with pytest.raises(Conflict, match=why):
            add_goal(db, learner=learner, words="Speak up", by=day, now=NOW)

    def test_a_plan_stays_small_enough_to_be_looked_at(self, db, learner):
        for number in range(MOST_ITEMS):
            item_of(learner, f"Try {number}")
        with pytest.raises(Conflict, match="End one"):
            item_of(learner, "One more")
        for number in range(MOST_GOALS):
            add_goal(db, learner=learner, words=f"Goal {number}", now=NOW)
        with pytest.raises(Conflict, match="End one"):
            add_goal(db, learner=learner, words="One more", now=NOW)

    def test_it_hangs_on_an_open_goal_of_ones_own_and_no_other(self, db, learner):
        theirs = add_goal(db, learner=factories.learner(), words="Theirs", now=NOW)
        over = add_goal(db, learner=learner, words="Over", now=NOW)
        end_goal(db, learner=learner, uuid=over.uuid, ending=GoalState.LET_GO, now=NOW)

        with pytest.raises(NotFound):
            item_of(learner, goal_uuid=theirs.uuid)
        with pytest.raises(Conflict, match="goal has ended"):
            item_of(learner, goal_uuid=over.uuid)
        item = item_of(learner)
        item.goal_id = theirs.id
        with pytest.raises(IntegrityError, match="anybody else"):
            db.flush()

    def test_an_item_of_an_ended_goal_can_still_be_changed(self, db, learner):
        goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
        item = item_of(learner, goal_uuid=goal.uuid)
        end_goal(db, learner=learner, uuid=goal.uuid, ending=GoalState.REACHED, now=NOW)

        change_item(
            db,
            learner=learner,
            uuid=item.uuid,
            words="Ask twice",
            skill=Skill.PLANNING,
            look_again_on=TODAY,
            goal_uuid=goal.uuid,
            now=NOW,
        )

        assert (item.words, item.skill, item.look_again_on) == ("Ask twice", Skill.PLANNING, TODAY)
        plan = plan_of(db, learner)
        assert (plan.goals, plan.ended_goals, plan.items_for(None)) == ([], [goal], [item])


class TestFromFeedback:
    def test_one_tap_makes_it_an_item_once_until_it_has_ended(self, db, learner):
        said = said_to(learner)

        item = from_feedback(db, learner=learner, feedback_uuid=said.uuid, now=NOW)
        again = from_feedback(db, learner=learner, feedback_uuid=said.uuid, now=NOW)

        assert again is item
        assert (item.words, item.skill, item.look_again_on, item.feedback) == (
            said.try_next,
            Skill.SPEAKING,
            IN_A_MONTH,
            said,
        )
        ended(db, item, ItemState.DROPPED, "Too soon")
        anew = from_feedback(db, learner=learner, feedback_uuid=said.uuid, now=NOW)
        assert open_items(db, learner) == [anew]

    def test_the_skill_is_that_of_what_it_was_said_of_or_the_learner_is_asked(
        self, db, learner, club
    ):
        scheduled = club.offers(skills=[Skill.TEAMWORK, Skill.SPEAKING])
        of_session = said_to(
            learner, skills=[], booking=factories.booking(of=learner, on=scheduled)
        )
        of_nothing = said_to(learner, skills=[])

        item = from_feedback(db, learner=learner, feedback_uuid=of_session.uuid, now=NOW)

        assert item.skill is Skill.TEAMWORK
        assert from_feedback(db, learner=learner, feedback_uuid=of_nothing.uuid, now=NOW) is None
        assert (
            item_of(learner, "Say it slowly", feedback_uuid=of_nothing.uuid).feedback is of_nothing
        )

    @pytest.mark.parametrize(
        "given", [{"state": MessageState.HELD}, {"of_another": True}], ids=["held", "not theirs"]
    )
    def test_what_did_not_reach_the_learner_is_not_there(self, db, learner, given):
        to = factories.learner() if given.pop("of_another", False) else learner
        said = said_to(to, **given)

        with pytest.raises(NotFound):
            from_feedback(db, learner=learner, feedback_uuid=said.uuid, now=NOW)
        with pytest.raises(NotFound):
            item_of(learner, feedback_uuid=said.uuid)

    def test_where_there_is_nothing_to_try_nothing_is_made(self, db, learner):
        said = said_to(learner, try_next="", what_went_well="You listened.")

        with pytest.raises(Conflict, match="what to try"):
            from_feedback(db, learner=learner, feedback_uuid=said.uuid, now=NOW)


class TestHavingBeen:
    def test_the_skill_was_practised_so_the_item_asks_until_it_is_withdrawn(
        self, db, learner, club
    ):
        item, other = item_of(learner), item_of(learner, "Plan it", Skill.PLANNING)
        booking = goes(db, learner, club.offers(skills=[Skill.SPEAKING]), club)

        assert jobs_waiting(db, "plans.look_again") == [{"learner_id": learner.id}]
        jobs.look_again(learner.id)
        assert (item.state, other.state) == (ItemState.TRIED, ItemState.OPEN)
        assert [visit for visit, _session in visits_for(db, [item])[item.id]] == [booking]
        assert due_items(db, learner, TODAY) == [item]

        club.withdraws(booking)
        jobs.look_again(learner.id)
        assert item.state is ItemState.OPEN
        assert due_items(db, learner, TODAY) == []
        assert due_items(db, learner, IN_A_MONTH) == [item, other]

    def test_what_was_picked_counts_whatever_it_practises_and_on_whichever_day(
        self, db, learner, club
    ):
        item = item_of(learner)
        scheduled = club.offers()
        next_week = factories.scheduled_session(
            opportunity=scheduled.opportunity, starts_at=SOON + timedelta(hours=3)
        )
        pick_session(db, learner=learner, uuid=item.uuid, session_uuid=scheduled.uuid, now=NOW)
        booking = book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=NOW)
        assert places_for(db, item) == [booking]

        moved = move_booking(
            db,
            booking_uuid=booking.uuid,
            learner=learner,
            to_session_uuid=next_week.uuid,
            now=NOW,
        )
        assert places_for(db, item) == [moved]
        club.confirms(moved, now=next_week.starts_at)
        settle(db, learner_id=learner.id)
        assert item.state is ItemState.TRIED

    def test_what_began_before_the_item_or_is_not_confirmed_says_nothing(self, db, learner, club):
        earlier = club.offers(skills=[Skill.SPEAKING], starts_at=NOW - timedelta(hours=1))
        club.confirms(factories.booking(of=learner, on=earlier))
        factories.booking(of=learner, on=club.offers(skills=[Skill.SPEAKING]))

        item = item_of(learner)

        settle(db, learner_id=learner.id)
        assert item.state is ItemState.OPEN

    def test_nobody_with_nothing_to_try_is_looked_at(self, db, club):
        goes(db, factories.learner(), club.offers(skills=[Skill.SPEAKING]), club)

        assert jobs_waiting(db, "plans.look_again") == []

    def test_only_what_is_on_offer_and_to_come_is_picked(self, db, learner, club):
        item = item_of(learner)
        begun = club.offers(starts_at=NOW - timedelta(minutes=5))
        withdrawn = club.offers(status="draft")

        for scheduled in (begun, withdrawn):
            with pytest.raises(NotFound):
                pick_session(
                    db, learner=learner, uuid=item.uuid, session_uuid=scheduled.uuid, now=NOW
                )


def _attempt(act):
    """Do what may be refused; a refusal changes nothing."""
    with suppress(Refusal):
        act()


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    acts=st.lists(
        st.one_of(
            st.tuples(
                st.sampled_from(["pick", "book", "cancel", "confirm", "withdraw"]),
                st.integers(0, 2),
            ),
            st.tuples(st.just("end"), st.sampled_from(ENDINGS)),
        ),
        max_size=14,
    )
)
def test_whatever_happens_an_item_is_tried_when_somebody_saw_it_and_ends_once_in_one_way(db, acts):
    outer = db.begin_nested()
    club, learner = Club(), factories.learner(home=factories.area())
    item = item_of(learner)
    # One practises the skill, one counts only where it is picked, and one began before the item.
    sessions = [
        club.offers("Skill", skills=[Skill.SPEAKING]),
        club.offers("Picked", starts_at=SOON + timedelta(minutes=20)),
        club.offers("Before", skills=[Skill.SPEAKING], starts_at=NOW - timedelta(hours=1)),
    ]
    for scheduled in sessions:
        scheduled.ends_at = scheduled.starts_at + timedelta(minutes=15)
    places = {2: factories.booking(of=learner, on=sessions[2])}
    picked, here, ending = set(), set(), None

    for act, which in acts:
        place = places.get(which) if act != "end" else None
        match act:
            case "pick":
                if ending is None and which != 2:
                    picked.add(which)
                _attempt(
                    lambda which=which: pick_session(
                        db,
                        learner=learner,
                        uuid=item.uuid,
                        session_uuid=sessions[which].uuid,
                        now=NOW,
                    )
                )
            case "book" if place is None:
                places[which] = book(
                    db, learner=learner, scheduled_session_uuid=sessions[which].uuid, now=NOW
                )
            case "cancel" if place:
                _attempt(
                    lambda place=place: cancel_booking(
                        db, booking_uuid=place.uuid, learner=learner, now=NOW
                    )
                )
                if place.status is BookingStatus.CANCELLED:
                    assert which not in here
                    del places[which]
            case "confirm" if place:
                club.confirms(place)
                here.add(which)
            case "withdraw" if place:
                club.withdraws(place)
                here.discard(which)
            case "end":
                _attempt(lambda which=which: ended(db, item, which, "Because"))
                ending = ending or which
        settle(db, learner_id=learner.id)

        has_been = 0 in here or (1 in here and 1 in picked)
        expected = ending or (ItemState.TRIED if has_been else ItemState.OPEN)
        assert item.state is expected
        assert (item.closed_at is None) is (item.state in UNENDED)
        assert (follower_of(db, item) is not None) is (item.state is ItemState.STILL_WORKING)
    db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    outer.rollback()


class TestGoals:
    def test_a_goal_ends_once_and_keeps_where_it_began(self, db, learner):
        goal = add_goal(
            db, learner=learner, words="Speak up", where_now="I whisper.", now=NOW, by=IN_A_MONTH
        )
        assert add_goal(db, learner=learner, words="Speak up", now=NOW) is goal

        end_goal(
            db,
            learner=learner,
            uuid=goal.uuid,
            ending=GoalState.REACHED,
            because="They hear me.",
            now=LATER,
        )

        assert (goal.where_now, goal.because, goal.state) == (
            "I whisper.",
            "They hear me.",
            GoalState.REACHED,
        )
        with pytest.raises(Conflict, match="ended already"):
            end_goal(db, learner=learner, uuid=goal.uuid, ending=GoalState.LET_GO, now=LATER)
        with pytest.raises(IntegrityError, match="stays as it ended"):
            db.execute(update(Goal).where(Goal.id == goal.id).values(because="No."))

    def test_what_ended_can_be_deleted_and_nothing_else_goes_with_it(self, db, learner):
        goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
        item = item_of(learner, goal_uuid=goal.uuid)
        with pytest.raises(Conflict, match="End it"):
            delete_goal(db, learner=learner, uuid=goal.uuid)
        with pytest.raises(Conflict, match="End it"):
            delete_item(db, learner=learner, uuid=item.uuid)
        follower = ended(db, item, ItemState.STILL_WORKING)
        end_goal(db, learner=learner, uuid=goal.uuid, ending=GoalState.LET_GO, now=NOW)
        reflect(db, learner=learner, kind="plan", uuid=item.uuid, words="Hm.", now=NOW)

        delete_goal(db, learner=learner, uuid=goal.uuid)
        delete_item(db, learner=factories.learner(), uuid=item.uuid)
        assert own_item(db, learner, item.uuid) is item
        delete_item(db, learner=learner, uuid=item.uuid)
        delete_item(db, learner=learner, uuid=item.uuid)

        db.expire_all()
        assert goals_of(db, learner) == []
        assert open_items(db, learner) == [follower]
        assert (follower.goal_id, follower.follows_id) == (None, None)
        assert reflections_for(db, learner, items=[item.id]) == []
        db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    def test_all_of_it_goes_with_its_learner(self, db, learner, club):
        goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
        item = item_of(learner, goal_uuid=goal.uuid)
        ended(db, item, ItemState.STILL_WORKING)
        new = open_items(db, learner)[0]
        pick_session(db, learner=learner, uuid=new.uuid, session_uuid=club.offers().uuid, now=NOW)
        reflect(db, learner=learner, kind="goal", uuid=goal.uuid, words="Hm.", now=NOW)

        db.execute(text(f"DELETE FROM user_account WHERE id = {learner.id}"))

        assert db.scalars(select(Goal.words)).all() == []
        assert len(db.scalars(select(PlanItem.id)).all()) == 1  # the noise
        assert db.scalars(select(PlanItemSession.plan_item_id)).all() == []
