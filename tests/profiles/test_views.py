"""A learner's own pages."""

import json

import pytest

from badges.models import Skill
from badges.service import award
from tests import factories
from tests.factories import NOW
from tests.record.there import badge as giving
from tests.record.there import logged, seen, went
from tests.signing import sign_what_waits


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
