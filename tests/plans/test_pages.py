"""The pages of goals and plans: a learner's own, kept when refused, and nobody else's."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Role
from badges.models import Skill
from plans.models import ItemState, Stem
from plans.queries import goals_of, open_items, reflections_for
from plans.reflecting import reflect
from plans.service import add_goal, end_item
from tests import factories
from tests.factories import NOW
from tests.plans.test_reflections import given, things_of
from tests.plans.tries import IN_A_MONTH, Club, item_of, said_to

TYPED = {
    "words": "Ask one question out loud",
    "skill": "speaking",
    "look_again_on": IN_A_MONTH.isoformat(),
}


@pytest.fixture
def learner(db):
    return factories.learner(home=factories.area())


@pytest.fixture
def page(sign_in, learner):
    return sign_in(learner)


def test_with_nothing_planned_the_page_says_how_to_begin(page):
    shown = page.get("/me/goals").text

    assert "Start small" in shown
    assert "What has ended" not in shown


def test_a_goal_is_set_and_reached(page, db, learner):
    answer = page.post(
        "/me/goals/new",
        data={"words": "Speak up", "where_now": "I whisper.", "by": "2026-12-01"},
    )

    [goal] = goals_of(db, learner)
    assert answer.location == f"/me/goals/{goal.uuid}"
    page.post(f"{answer.location}/end", data={"ending": "reached", "because": "They hear me."})
    shown = page.get(answer.location).text
    for words in ("I whisper.", "They hear me.", "Reached", "1 December 2026"):
        assert words in shown


@pytest.mark.parametrize(
    ("address", "typed", "says"),
    [
        ("/me/goals/new", {"why": "It matters"}, "Say what you want to reach."),
        ("/me/goals/new", {"words": "Speak up", "by": "2020-01-01"}, "That day has gone by."),
        ("/me/plan/new", TYPED | {"skill": ""}, "Choose one skill."),
        ("/me/plan/new", TYPED | {"look_again_on": "2020-01-01"}, "That day has gone by."),
        ("/me/plan/new", TYPED | {"words": "long " * 121}, "Use 600 characters or fewer."),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(page, db, learner, address, typed, says):
    answer = page.post(address, data=typed)

    assert answer.status_code == 422
    assert says in answer.text
    for words in typed.values():
        assert words[:40] in answer.text
    assert (goals_of(db, learner), open_items(db, learner)) == ([], [])


def test_something_to_try_is_added_for_a_goal_and_changed(page, db, learner):
    goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
    db.commit()
    assert f'value="{goal.uuid}" selected' in page.get(f"/me/plan/new?goal={goal.uuid}").text

    added = page.post("/me/plan/new", data=TYPED | {"goal": str(goal.uuid)}).location
    assert "Speak up" in page.get(added).text
    changed = TYPED | {"words": "Ask two", "skill": "planning", "goal": ""}
    page.post(f"{added}/change", data=changed)

    [item] = open_items(db, learner)
    assert (item.words, item.skill, item.goal_id) == ("Ask two", Skill.PLANNING, None)
    assert "Ask two" in page.get("/me/goals").text


def test_one_tap_makes_feedback_an_item_and_asks_only_for_what_nothing_tells(page, db, learner):
    told, untold = said_to(learner), said_to(learner, skills=[], try_next="Slow down.")
    db.commit()

    at_once = page.post(f"/me/plan/from/{told.uuid}").location
    asked = page.post(f"/me/plan/from/{untold.uuid}").location

    assert "What Sam said" in page.get(at_once).text
    assert "Slow down." in page.get(asked).text
    page.post("/me/plan/new", data=TYPED | {"words": "Slow down.", "feedback": str(untold.uuid)})
    assert {item.feedback_id for item in open_items(db, learner)} == {told.id, untold.id}


def test_a_session_is_picked_on_the_way_to_booking_it(page, db, learner):
    scheduled = Club().offers(skills=[Skill.SPEAKING], starts_at=NOW + timedelta(days=2))
    item = item_of(learner)
    slug = scheduled.opportunity.slug
    db.commit()
    at = f"/me/plan/{item.uuid}"

    shown = page.get(at).text
    pick = f"{at}/sessions/{scheduled.uuid}"
    assert f'action="{pick}"' in shown
    assert "You practise this skill there: Speaking." in shown
    to_book = page.post(pick).location

    assert to_book == f"/a/{slug}/book?session={scheduled.uuid}"
    page.post(to_book, data={})
    shown = page.get(at).text
    assert "What you booked for it" in shown
    assert pick not in shown


def test_having_been_it_asks_and_one_tap_answers(page, db, learner):
    club, item = Club(), item_of(learner)
    booking = factories.booking(of=learner, on=club.offers("Debating", skills=[Skill.SPEAKING]))
    club.confirms(booking)
    db.commit()
    at = f"/me/plan/{item.uuid}"
    assert "You went to Debating on Monday 1 June." in page.get(at).text

    answer = page.post(
        f"/me/reflect/plan/{item.uuid}", data={"stem": "kept_going", "words": "I shook."}
    )

    assert answer.location == f"{at}#how"
    shown = page.get(at).text
    for words in ("It was hard and I kept going", "I shook."):
        assert words in shown
    [said] = reflections_for(db, learner, items=[item.id])
    page.post(f"/me/reflect/plan/{item.uuid}/{said.uuid}/delete")
    assert "I shook." not in page.get(at).text


def test_saying_nothing_is_no_answer_and_what_was_typed_stays(page, db, learner):
    at = f"/me/reflect/plan/{item_of(learner).uuid}"
    db.commit()

    nothing = page.post(at, data={})
    too_long = page.post(at, data={"words": "much " * 121})

    assert (nothing.status_code, too_long.status_code) == (422, 422)
    assert "Tap a sentence, or write your own." in nothing.text
    assert "much much" in too_long.text


def test_dropping_it_wants_a_reason_and_still_working_leads_to_what_follows(page, db, learner):
    dropped = f"/me/plan/{item_of(learner).uuid}"
    worked_on = f"/me/plan/{item_of(learner, 'Plan it', Skill.PLANNING).uuid}"
    db.commit()

    refused = page.post(f"{dropped}/end", data={"ending": "dropped"})
    assert refused.status_code == 422
    assert "Say why you drop it." in refused.text
    page.post(f"{dropped}/end", data={"ending": "dropped", "because": "Not now"})
    follows = page.post(f"{worked_on}/end", data={"ending": "still_working"})

    [follower] = open_items(db, learner)
    assert follows.location == f"/me/plan/{follower.uuid}"
    assert worked_on in page.get(follows.location).text
    ended = page.get(dropped).text
    assert "Not now" in ended
    assert "How does it end?" not in ended
    assert page.get(f"{dropped}/change").status_code == 409
    assert "What has ended" in page.get("/me/goals").text


@pytest.mark.parametrize("kind", ["booking", "added", "badge", "plan", "goal"])
def test_each_thing_has_a_way_to_say_how_it_went(page, db, learner, kind):
    _group, thing = things_of(db, learner)[kind]
    db.commit()
    at = f"/me/reflect/{kind}/{thing.uuid}"

    assert "How did it go?" in page.get(at).text
    back = page.post(at, data={"stem": "proud"}).location
    assert "I am proud of this" in page.get(back.split("#")[0]).text


def test_how_it_went_with_a_badge_stands_on_its_page(sign_in, db, learner):
    badge = given(db, learner).uuid
    reflect(db, learner=learner, kind="badge", uuid=badge, words="Loud!", now=NOW)

    shown = sign_in(learner).get(f"/me/badges/{badge}").text

    assert "Loud!" in shown
    assert f'action="/me/reflect/badge/{badge}"' in shown
    assert all(f'value="{stem.value}"' in shown for stem in Stem)


def test_what_is_another_learners_looks_as_if_it_were_not_there(page, db):
    other = factories.learner()
    theirs = {kind: thing.uuid for kind, (_group, thing) in things_of(db, other).items()}
    item, session = theirs["plan"], factories.scheduled_session().uuid
    db.commit()

    def answers(which):
        get = [
            *(f"/me/goals/{which}", f"/me/plan/{which}", f"/me/plan/{which}/change"),
            *(f"/me/reflect/{kind}/{which}" for kind in theirs),
        ]
        post = [
            *(f"/me/plan/{which}/end", f"/me/plan/{which}/sessions/{session}"),
            *(f"/me/goals/{which}/end", f"/me/plan/from/{which}"),
        ]
        return [page.get(at).status_code for at in get] + [
            page.post(at, data={"ending": "done" if "plan" in at else "reached"}).status_code
            for at in post
        ]

    for which in (*theirs.values(), uuid4()):
        assert set(answers(which)) == {404}, which
    page.post(f"/me/plan/{item}/delete")
    assert [each.uuid for each in open_items(db, other)] == [item]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LEARNER])
def test_no_adult_comes_here(sign_in, learner, role):
    item = item_of(learner)
    adult = sign_in(factories.adult(role))

    for at in ("/me/goals", f"/me/plan/{item.uuid}", f"/me/reflect/plan/{item.uuid}"):
        assert adult.get(at).status_code == 403


def test_the_list_asks_as_often_for_one_as_for_many(page, db, learner, count_queries):
    def questions():
        db.commit()
        count_queries.clear()
        assert page.get("/me/goals").status_code == 200
        return len(count_queries)

    goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
    item_of(learner, goal_uuid=goal.uuid)
    with_one = questions()
    for number in range(4):
        another = add_goal(db, learner=learner, words=f"Goal {number}", now=NOW)
        item_of(learner, f"Try {number}", goal_uuid=another.uuid)
        done = item_of(learner, f"Done {number}")
        end_item(db, learner=learner, uuid=done.uuid, ending=ItemState.DONE, now=NOW)

    assert questions() == with_one


def test_no_page_counts_or_ranks(page, db, learner):
    goal = add_goal(db, learner=learner, words="Speak up", now=NOW)
    item = item_of(learner, goal_uuid=goal.uuid)
    db.commit()

    for at in ("/me/goals", f"/me/goals/{goal.uuid}", f"/me/plan/{item.uuid}"):
        shown = re.sub("<[^>]+>", " ", page.get(at).text.split("<main")[1].split("</main")[0])
        assert not re.search(r"%|\bof \d|\bstreak|\bscore|\blevel|\bpoints\b", shown, re.I), at
