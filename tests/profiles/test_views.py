"""A learner's own pages, and what a stranger with a link sees."""

import json
import re
from datetime import timedelta

import pytest

from app import clock
from app.links import token_of
from badges.service import award, revoke
from profiles.service import LINK_KIND, share
from tests import factories
from tests.factories import NOW
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


def _link_to(db, app, learner, *badges, **given):
    given = {"label": "college", "shows_name": False, "shows_hours": False, "days": 30} | given
    link = share(
        db,
        learner=learner,
        badge_uuids=[badge.uuid for badge in badges],
        secret=app.config["SECRET_KEY"],
        now=NOW,
        **given,
    )
    db.commit()
    return "/s/" + token_of(link.uuid, secret=app.config["SECRET_KEY"], kind=LINK_KIND)


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


def test_making_a_link_keeps_what_was_typed_when_something_is_missing(db, sign_in, learner):
    badge = _badge_of(db, learner)

    page = sign_in(learner).post("/me/sharing", data={"badges": str(badge.uuid), "days": "30"})

    assert page.status_code == 422
    assert "Say who it is for" in page.text
    assert re.search(rf'value="{badge.uuid}"[^>]*checked', page.text)


def test_a_link_is_made_copied_followed_and_ended(db, app, sign_in, learner):
    badge = _badge_of(db, learner)
    _badge_of(db, learner, name="Kept back")
    client = sign_in(learner)

    client.post("/me/sharing", data={"badges": str(badge.uuid), "days": "30", "label": "college"})
    address = re.search(r'href="http://localhost(/s/[^"]+)"', client.get("/me/sharing").text)[1]
    stranger = app.test_client()
    page = stranger.get(address)

    assert "Clay Hand" in page.text
    assert "Kept back" not in page.text
    assert "Seren" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"

    uuid = re.search(r"/me/sharing/([0-9a-f-]+)/end", client.get("/me/sharing").text)[1]
    client.post(f"/me/sharing/{uuid}/end")
    assert stranger.get(address).status_code == 404


def test_a_link_that_ran_out_says_so(db, app, client, learner, monkeypatch):
    address = _link_to(db, app, learner, _badge_of(db, learner), days=7)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=8))

    page = client.get(address)

    assert page.status_code == 404
    assert "This link has ended" in page.text


def test_a_stranger_checks_and_downloads_a_shared_badge_and_no_other(db, app, client, learner):
    badge, kept_back = _badge_of(db, learner), _badge_of(db, learner, name="Kept back")
    address = _link_to(db, app, learner, badge, shows_name=True, shows_hours=True)

    sign_what_waits(app)

    page = client.get(f"{address}/{badge.uuid}")
    assert "This badge is real" in page.text
    assert client.get(f"{address}/{badge.uuid}.png").data.startswith(b"\x89PNG")
    assert client.get(f"{address}/{kept_back.uuid}").status_code == 404
    assert "Seren" in client.get(address).text


def test_a_badge_taken_back_disappears_from_a_link(db, app, client, learner):
    badge = _badge_of(db, learner)
    address = _link_to(db, app, learner, badge)
    revoke(db, credential=badge, reason="A mistake.", now=NOW)
    db.commit()

    assert client.get(address).status_code == 200
    assert client.get(f"{address}/{badge.uuid}.json").status_code == 404
