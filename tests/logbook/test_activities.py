"""What learners did elsewhere: theirs to say, and an adult's to say that it was so."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from logbook.models import LoggedActivity, LoggedKind, Witness
from logbook.queries import best_witness, logged_by, open_witness, own_logged
from logbook.service import (
    ASKED_FOR,
    LINK_KIND,
    answer_as_adult,
    answer_as_friend,
    ask_witness,
    delete_logged,
    log_activity,
    stop_asking,
)
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
DAY = date(2026, 5, 30)
HELPED = {
    "title": "Sorted tins",
    "place": "The food bank",
    "description": "We filled forty boxes.",
    "done_on": DAY,
    "minutes": 120,
}
SAYS_YES = {"was_so": True, "name": "Sam Lewis", "role": "runs the food bank"}
TYPED = HELPED | {"kind": "volunteering", "done_on": "30/05/2026", "minutes": "120"}
ANSWER = {"answer": "yes", "name": "Sam Lewis", "role": "runs the food bank", "is_adult": "yes"}


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren Jones")


def add(db, learner, **given):
    return log_activity(db, learner=learner, now=NOW, **HELPED | given)


def ask(db, learner, activity, now=NOW, friend=False):
    return ask_witness(
        db, learner=learner, uuid=activity.uuid, friend=friend, secret=SECRET, now=now
    )


def answer(db, word, now=NOW, **given):
    token = token_of(word.uuid, secret=SECRET, kind=LINK_KIND)
    return answer_as_adult(db, token_hash=hash_token(token), now=now, **SAYS_YES | given)


def answer_yes(db, word, now=NOW):
    token = token_of(word.uuid, secret=SECRET, kind=LINK_KIND)
    return answer_as_friend(db, token_hash=hash_token(token), was_so=True, now=now)


class TestAdding:
    def test_it_is_what_they_say_and_only_theirs(self, db, learner):
        other = factories.learner()
        add(db, other, title="Noise")

        activity = add(db, learner)

        assert list(logged_by(db, learner)) == [activity]
        assert best_witness(activity) is None
        assert own_logged(db, other, activity.uuid) is None

    @pytest.mark.parametrize(
        ("day", "is_kept"),
        [
            (date(2026, 6, 1), True),
            (date(2026, 6, 2), False),
            (date(2023, 6, 3), True),
            (date(2023, 6, 1), False),
        ],
    )
    def test_the_day_is_past_and_not_long_ago(self, db, learner, day, is_kept):
        assert NOW.date() == date(2026, 6, 1)
        if is_kept:
            add(db, learner, done_on=day)
        else:
            with pytest.raises(Conflict):
                add(db, learner, done_on=day)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(parts=st.lists(st.sampled_from([5, 60, 300, 480, 720, 1440]), min_size=1, max_size=8))
    def test_a_day_has_24_hours(self, db, learner, parts):
        with db.begin_nested() as undone:
            kept = 0
            for minutes in parts:
                if kept + minutes <= 1440:
                    add(db, learner, minutes=minutes)
                    kept += minutes
                else:
                    with pytest.raises(Conflict):
                        add(db, learner, minutes=minutes)
            add(db, learner, minutes=1440, done_on=DAY - timedelta(days=1))
            add(db, factories.learner(), minutes=1440)
            assert sum(each.minutes for each in logged_by(db, learner)) == kept + 1440
            undone.rollback()

    def test_what_is_deleted_is_gone_with_what_was_said_of_it(self, db, learner):
        activity, kept = add(db, learner), add(db, learner, title="Kept")
        answer(db, ask(db, learner, activity))

        delete_logged(db, learner=factories.learner(), uuid=activity.uuid)
        assert db.query(LoggedActivity).count() == 2
        delete_logged(db, learner=learner, uuid=activity.uuid)
        delete_logged(db, learner=learner, uuid=activity.uuid)

        assert db.query(LoggedActivity).one() is kept
        assert db.query(Witness).count() == 0


class TestWitness:
    def test_an_adults_yes_is_named_and_stands_for_good(self, db, learner):
        activity, noise = add(db, learner), add(db, learner, title="Noise")
        word = ask(db, learner, activity)

        answer(db, word)

        assert (best_witness(activity).name, best_witness(activity).role) == (
            "Sam Lewis",
            "runs the food bank",
        )
        assert best_witness(noise) is None
        with pytest.raises(NotFound):
            answer(db, word, was_so=False)
        with pytest.raises(Conflict):
            ask(db, learner, activity)
        assert best_witness(activity).was_so is True

    def test_asking_twice_gives_the_same_link(self, db, learner):
        activity = add(db, learner)

        assert ask(db, learner, activity) is ask(db, learner, activity)
        assert db.query(Witness).count() == 1

    def test_a_no_leaves_it_as_what_they_say_and_another_can_be_asked(self, db, learner):
        activity = add(db, learner)
        answer(db, ask(db, learner, activity), was_so=False)

        assert best_witness(activity) is None
        answer(db, ask(db, learner, activity), name="Alex Brook")

        db.refresh(activity)
        assert best_witness(activity).name == "Alex Brook"

    def test_a_link_ends_by_itself_and_a_new_one_can_be_made(self, db, learner):
        activity = add(db, learner)
        word, late = ask(db, learner, activity), NOW + ASKED_FOR

        with pytest.raises(NotFound):
            answer(db, word, now=late)
        newer = ask(db, learner, activity, now=late)

        assert open_witness(activity, NOW + ASKED_FOR, friend=False) is newer
        with pytest.raises(NotFound):
            answer(db, word, now=late)
        answer(db, newer, now=late + ASKED_FOR - timedelta(seconds=1))

    def test_a_link_that_was_taken_back_takes_no_answer(self, db, learner):
        activity = add(db, learner)
        word = ask(db, learner, activity)

        stop_asking(db, learner=learner, uuid=activity.uuid, friend=False, now=NOW)

        with pytest.raises(NotFound):
            answer(db, word)

    def test_nobody_else_can_ask_or_stop(self, db, learner):
        activity, other = add(db, learner), factories.learner()

        with pytest.raises(NotFound):
            ask(db, other, activity)
        with pytest.raises(NotFound):
            stop_asking(db, learner=other, uuid=activity.uuid, friend=False, now=NOW)

    @pytest.mark.parametrize(
        "words", ["ring me on 07700 900123", "@sam_lewis", "sam@club.example", "www.club.example"]
    )
    def test_an_adult_cannot_leave_a_way_to_be_reached(self, db, learner, words):
        word = ask(db, learner, add(db, learner))

        for field in ("name", "role"):
            with pytest.raises(Conflict):
                answer(db, word, **{field: words})

        db.refresh(word)
        assert word.answered_at is None

    def test_a_link_that_shows_a_record_confirms_nothing(self, db, learner):
        word = ask(db, learner, add(db, learner))
        token = token_of(word.uuid, secret=SECRET, kind="share")

        with pytest.raises(NotFound):
            answer_as_adult(db, token_hash=hash_token(token), now=NOW, **SAYS_YES)

    def test_a_course_has_a_level_and_nothing_else_has(self, db, learner):
        course = add(db, learner, kind=LoggedKind.COURSE, qualification_level=2)
        other = add(db, learner, kind=LoggedKind.WORK, qualification_level=2)

        assert (course.qualification_level, other.qualification_level) == (2, None)


class TestFriend:
    def test_a_friends_yes_names_nobody_and_gives_way_to_an_adults(self, db, learner):
        activity = add(db, learner)
        answer_yes(db, ask(db, learner, activity, friend=True))

        friend = best_witness(activity)
        assert (friend.is_friend, friend.name, friend.role) == (True, None, None)
        with pytest.raises(Conflict):
            ask(db, learner, activity, friend=True)
        answer(db, ask(db, learner, activity))
        assert best_witness(activity).name == "Sam Lewis"

    def test_a_friend_cannot_answer_for_an_adult_nor_an_adult_for_a_friend(self, db, learner):
        activity = add(db, learner)
        adult, friend = ask(db, learner, activity), ask(db, learner, activity, friend=True)

        with pytest.raises(NotFound):
            answer_yes(db, adult)
        with pytest.raises(NotFound):
            answer(db, friend)

        assert best_witness(activity) is None

    def test_nobody_is_asked_who_would_say_less_than_was_said(self, db, learner):
        activity = add(db, learner)
        answer(db, ask(db, learner, activity))

        with pytest.raises(Conflict):
            ask(db, learner, activity, friend=True)


class TestPages:
    def test_from_adding_to_a_friends_yes(self, client, sign_in, learner):
        me = sign_in(learner)
        added = me.post("/me/add", data=TYPED | {"skills": ["teamwork", "oracy"]})
        asked = me.post(added.location + "/ask/friend", follow_redirects=True).text
        path = re.search(r"/confirm/[\w-]+", asked)[0]

        page = client.get(path).text
        client.post(path, data={"answer": "yes"})

        assert "A friend asks" in page
        assert "Your name" not in page
        mine = me.get(added.location).text
        assert "A friend saw it" in mine
        assert "Talking to a group, Teamwork" in mine

    def test_a_second_tap_adds_nothing_and_another_length_does(self, sign_in, learner):
        me = sign_in(learner)
        first, again, other = (
            me.post("/me/add", data=TYPED | {"minutes": minutes}).location
            for minutes in ("60", "60", "90")
        )

        assert first == again != other

    def test_more_than_three_skills_are_none_practised(self, sign_in, learner):
        many = ["teamwork", "oracy", "listening", "planning"]

        page = sign_in(learner).post("/me/add", data=TYPED | {"skills": many})

        assert page.status_code == 422
        assert "Choose three at most." in page.text

    def test_from_adding_to_an_adults_yes(self, client, sign_in, learner, db):
        me = sign_in(learner)
        added = me.post("/me/add", data=TYPED)
        asked = me.post(added.location + "/ask/adult", follow_redirects=True).text
        path = re.search(r"/confirm/[\w-]+", asked)[0]

        page = client.get(path)
        answered = client.post(path, data=ANSWER)

        assert "Sorted tins" in page.text
        assert "Seren" in page.text
        assert "Jones" not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page.headers["Cache-Control"]
        assert answered.status_code == 303
        assert "Your answer is kept" in client.get(path).text
        assert "Sorted tins" not in client.get(path).text
        assert "Seen by Sam Lewis, runs the food bank" in me.get("/me").text
        assert "Confirmed by Sam Lewis" in me.get(added.location).text

    def test_what_is_missing_is_said_and_nothing_typed_is_lost(self, sign_in, learner):
        page = sign_in(learner).post("/me/add", data=TYPED | {"title": "", "minutes": "7"})

        assert page.status_code == 422
        assert "Say what you did." in page.text
        assert "Choose how long it took." in page.text
        assert "We filled forty boxes." in page.text

    def test_a_day_to_come_is_refused_beside_its_box(self, sign_in, learner):
        page = sign_in(learner).post("/me/add", data=TYPED | {"done_on": "02/06/2026"})

        assert page.status_code == 422
        assert "still to come" in page.text

    @pytest.mark.parametrize("missing", ["answer", "name", "role", "is_adult"])
    def test_an_adult_says_all_of_it(self, client, sign_in, learner, db, missing):
        me = sign_in(learner)
        added = me.post("/me/add", data=TYPED)
        path = re.search(
            r"/confirm/[\w-]+", me.post(added.location + "/ask/adult", follow_redirects=True).text
        )[0]
        given = {name: value for name, value in ANSWER.items() if name != missing}

        page = client.post(path, data=given)

        assert page.status_code == 422
        assert db.query(Witness).one().answered_at is None

    def test_a_link_that_was_never_there_says_so(self, client):
        page = client.get("/confirm/nothing")

        assert page.status_code == 200
        assert "does not work any more" in page.text

    def test_somebody_elses_looks_as_if_it_were_not_there(self, sign_in, learner, db):
        activity = add(db, factories.learner())
        db.commit()
        me = sign_in(learner)

        assert me.get(f"/me/added/{activity.uuid}").status_code == 404
        for act in ("ask/adult", "ask/friend", "stop/adult"):
            assert me.post(f"/me/added/{activity.uuid}/{act}").status_code == 404
        me.post(f"/me/added/{activity.uuid}/delete")
        assert db.query(LoggedActivity).count() == 1

    def test_it_can_be_deleted(self, sign_in, learner, db):
        me = sign_in(learner)
        added = me.post("/me/add", data=TYPED)

        me.post(added.location + "/delete")

        assert "Sorted tins" not in me.get("/me").text
