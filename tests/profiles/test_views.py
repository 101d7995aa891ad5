"""A learner's own pages."""

import json

import pytest

from app import clock
from badges.models import Skill
from badges.service import award
from plans.service import add_goal
from supporters.models import SupportScope
from supporters.service import end_own
from tests import factories
from tests.factories import NOW
from tests.plans.tries import item_of, said_to
from tests.record.there import badge as giving
from tests.record.there import logged, seen, went
from tests.signing import sign_what_waits
from tests.supporters.people import helped, supporter


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren")


def _badge_of(db, learner, name="Clay Hand"):
    return award(
        db,
        achievement=factories.achievement(name=name),
        recipient=learner,
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


def test_a_new_learner_sees_an_empty_profile_with_a_next_step(sign_in, learner):
    page = sign_in(learner).get("/me")

    assert page.status_code == 200
    assert "data-next" in page.text
    assert "It starts with the first thing you go to" in page.text


def test_goals_and_the_newest_words_of_an_adult_stand_on_the_profile(db, sign_in, learner):
    for of, words in ((learner, "Speak up"), (factories.learner(), "Not mine to read")):
        add_goal(db, learner=of, words=words, now=NOW)
        item_of(of, f"{words} once")
        said_to(of, what_went_well=f"{words}: you asked first.")
    said_to(learner, what_went_well="Put away.", hidden_at=NOW)

    page = sign_in(learner).get("/me").text

    for words in ("Speak up</b>", "Speak up once", "Speak up: you asked first."):
        assert words in page
    assert "Not mine" not in page
    assert "Put away." not in page


def test_a_profile_says_by_name_who_can_see_something_of_it(db, sign_in, learner):
    def seen_by():
        return sign_in(learner).get("/me").text.partition('id="seen-by"')[2].partition("<a ")[0]

    assert "Only you." in seen_by()

    helped(
        db, learner, supporter(name="Ceri Hughes"), scopes=[SupportScope.COMMENT], now=clock.now()
    )
    assert "Only you." in seen_by()

    link = helped(
        db, learner, supporter(name="Ann Rees"), scopes=[SupportScope.SEE_PLANS], now=clock.now()
    )
    assert "Ann Rees" in seen_by()
    assert "Ceri" not in seen_by()
    assert "Only you." not in seen_by()

    end_own(db, learner=learner, uuid=link.uuid, now=clock.now())
    assert "Only you." in seen_by()


def test_every_badge_can_be_reached_however_many_there_are(db, sign_in, learner):
    names = [f"Badge {number}" for number in range(8)]
    badges = [_badge_of(db, learner, name=name) for name in names]
    client = sign_in(learner)

    assert "All my badges</a>" in client.get("/me").text
    listed = client.get("/me/record").text
    assert all(f'/me/badges/{badge.uuid}"' in listed for badge in badges)


def test_a_profile_shows_badges_and_no_badge_of_anyone_else(db, sign_in, learner):
    _badge_of(db, learner)
    _badge_of(db, factories.learner(), name="Not mine")

    page = sign_in(learner).get("/me")

    assert "Clay Hand" in page.text
    assert "Not mine" not in page.text


@pytest.mark.parametrize("path", ["/me", "/me/sharing"])
def test_a_stranger_is_asked_to_sign_in_and_a_provider_is_refused(client, db, sign_in, path):
    assert client.get(path).status_code == 303

    staff = factories.member(of=factories.provider())
    assert sign_in(staff).get(path).status_code == 403


def test_a_learner_sees_their_own_badge_and_nobody_elses(db, sign_in, learner):
    own, other = _badge_of(db, learner), _badge_of(db, factories.learner())
    client = sign_in(learner)

    assert client.get(f"/me/badges/{own.uuid}").status_code == 200
    assert client.get(f"/me/badges/{other.uuid}").status_code == 404
    assert client.get(f"/credentials/{other.uuid}.json").status_code == 404


def test_a_badge_shown_publicly_can_be_read_by_anyone_and_made_private_again(
    db, app, sign_in, learner
):
    badge = _badge_of(db, learner)
    client = sign_in(learner)
    stranger = app.test_client()
    assert stranger.get(f"/credentials/{badge.uuid}").status_code == 404

    client.post(f"/me/badges/{badge.uuid}/visibility/public")
    sign_what_waits(app)
    shown = stranger.get(f"/credentials/{badge.uuid}.json")
    assert json.loads(shown.data)["credentialSubject"]["achievement"]["name"] == "Clay Hand"
    assert shown.headers["Access-Control-Allow-Origin"] == "*"

    client.post(f"/me/badges/{badge.uuid}/visibility/private")
    assert stranger.get(f"/credentials/{badge.uuid}.json").status_code == 404


def test_strengths_come_with_a_symbol_and_nothing_says_what_is_missing(db, sign_in, learner):
    other = factories.learner()
    went(db, other, **giving(skills=[Skill.LEADERSHIP]))
    for _time in range(2):
        went(db, learner, title="Debate night", **giving(skills=[Skill.TEAMWORK]))
    seen(db, learner, logged(db, learner, skills=[Skill.TEAMWORK]))
    logged(db, learner, skills=[Skill.PLANNING, Skill.TEAMWORK])
    db.commit()

    page = sign_in(learner).get("/me/strengths").text

    assert page.index("Teamwork") < page.index("Planning")
    assert page.count("I can do this") == 1
    assert page.count("<svg aria-hidden") == 2
    assert "Leadership" not in page
    assert "Still to come" not in page
