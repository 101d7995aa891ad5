"""Packs: made by a learner, opened by a stranger."""

import re
from datetime import timedelta

import pytest

from app import clock
from app.links import token_of
from badges.models import Skill
from badges.service import award, revoke
from logbook.project_service import change_project
from packs.queries import packs_of
from packs.service import LINK_KIND, share
from tests import factories
from tests.factories import NOW
from tests.logbook.there import project
from tests.record.there import badge as giving
from tests.record.there import logged, went
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


def test_making_a_link_keeps_what_was_typed_when_something_is_missing(db, sign_in, learner):
    badge = _badge_of(db, learner)

    page = sign_in(learner).post("/me/sharing/new", data={"badges": str(badge.uuid), "days": "30"})

    assert page.status_code == 422
    assert "Say who it is for" in page.text
    assert re.search(rf'value="{badge.uuid}"[^>]*checked', page.text)


def test_a_link_is_made_copied_followed_and_ended(db, app, sign_in, learner):
    badge = _badge_of(db, learner)
    _badge_of(db, learner, name="Kept back")
    client = sign_in(learner)

    client.post(
        "/me/sharing/new", data={"badges": str(badge.uuid), "days": "30", "label": "college"}
    )
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


def test_what_a_learner_writes_is_kept_when_one_part_lacks_what_shows_it(db, sign_in, learner):
    activity = logged(db, learner)
    me = sign_in(learner)
    made = me.post(
        "/me/sharing/new",
        data={"kind": "ucas", "lines": f"logged_{activity.uuid}", "days": "30", "label": "ucas"},
    )
    typed = {
        "section": ["course", "outside"],
        "words": ["Because of the clay.", "I sorted tins."],
        "line": [f"logged_{activity.uuid}", ""],
    }

    refused = me.post(made.location + "/write", data=typed)
    typed["line"][1] = typed["line"][0]
    kept = me.post(made.location + "/write", data=typed)

    assert refused.status_code == 422
    assert "Choose what shows it." in refused.text
    assert "I sorted tins." in refused.text
    assert kept.status_code == 303
    shown = me.get(re.search(r'href="http://localhost(/s/[^"]+)"', me.get(made.location).text)[1])
    assert "I sorted tins." in shown.text
    assert "Because of the clay." in shown.text


def test_a_pack_is_light_and_begins_with_what_it_proves(db, sign_in, learner):
    for _time in range(3):
        went(db, learner, title="Debate night", **giving(skills=[Skill.ORACY, Skill.TEAMWORK]))
    db.commit()
    me = sign_in(learner)
    keys = re.findall(r'value="(came_[^"]+)"', me.get("/me/sharing/new").text)
    made = me.post(
        "/me/sharing/new", data={"lines": keys, "days": "30", "label": "x", "shows": "hours"}
    )
    address = re.search(r'href="http://localhost(/s/[^"]+)"', me.get(made.location).text)[1]

    page = me.get(address)

    assert len(page.data) < 20_000
    first = page.text.index("Talking to a group")
    assert first < page.text.index("A learner chose to show you this")
    for link in re.findall(rf'href="({address}/line/[^"]+)"', page.text):
        assert "Confirmed by" in me.get(link).text


def test_nobody_elses_pack_can_be_seen_or_changed(db, app, sign_in, learner):
    other = factories.learner()
    _link_to(db, app, other, _badge_of(db, other))
    pack = packs_of(db, other)[0]
    me = sign_in(learner)

    assert me.get(f"/me/sharing/{pack.uuid}").status_code == 404
    assert me.get(f"/me/sharing/{pack.uuid}/write").status_code == 404
    for act in ("intro", "strengths", "end", "write"):
        assert me.post(f"/me/sharing/{pack.uuid}/{act}", data={"intro": "x"}).status_code == 404


def test_a_presentation_is_ten_minutes_one_thing_at_a_time(db, sign_in, learner):
    for _time in range(3):
        went(db, learner, title="Debate night", **giving(skills=[Skill.ORACY, Skill.TEAMWORK]))
    db.commit()
    me = sign_in(learner)
    keys = re.findall(r'value="(came_[^"]+)"', me.get("/me/sharing/new").text)
    made = me.post("/me/sharing/new", data={"lines": keys, "days": "30", "label": "x"})

    address, minutes, titles = f"{made.location}/present", 0, []
    while address:
        page = me.get(address).text
        minutes += int(re.search(r"about (\d+) minute", page)[1])
        titles.append(re.search(r"<h1>(.*?)</h1>", page)[1])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following and following[1]

    assert (titles[0], titles[1], titles[-1]) == ("Who I am", "Talking to a group", "Ask me")
    assert minutes == 10
    for wrong in ("0", "99", "x", "-1", "9" * 9):
        assert me.get(f"{made.location}/present?slide={wrong}").status_code == 200


def test_a_pack_begins_with_the_lines_that_were_named_however_old(
    db, sign_in, learner, monkeypatch
):
    monkeypatch.setattr("packs.views.sharing._TO_CHOOSE", 2)
    old = project(db, learner, title="Bees")
    for days_ago in (1, 2, 3):
        logged(db, learner, days_ago=days_ago)
    db.commit()
    others = f"project_{project(db, factories.learner(), title='Noise').uuid}"

    page = sign_in(learner).get(
        f"/me/sharing/new?kind=project&lines=project_{old.uuid}&lines={others}&lines=nonsense"
    )

    assert page.status_code == 200
    assert re.findall(r'value="(project_[^"]+)"[^>]*checked', page.text) == [f"project_{old.uuid}"]
    assert "Noise" not in page.text
    assert page.text.count('name="lines"') == 3


def test_a_line_of_a_project_says_what_it_is_and_keeps_the_rest(db, app, client, learner):
    own = project(db, learner, title="Bees", brief="To see whether they stay.")
    change_project(
        db, learner=learner, uuid=own.uuid, now=NOW, product="Two hives.", review="For me."
    )
    address = _link_to(db, app, learner, line_keys=[f"project_{own.uuid}"])

    page = client.get(f"{address}/line/project/{own.uuid}").text

    assert "To see whether they stay." in page
    assert "Two hives." in page
    assert "For me." not in page


def test_a_pack_for_programs_is_no_finer_than_its_page(db, app, sign_in, learner):
    attendance = went(db, learner, title="Debate night")
    address = _link_to(db, app, learner, line_keys=[f"came_{attendance.uuid}"])

    answer = app.test_client().get(f"{address}/pack.json")

    assert [line["month"] for line in answer.json["lines"]] == ["2026-05"]
    starts_at = attendance.booking.scheduled_session.starts_at
    assert starts_at.date().isoformat() not in answer.text
    assert str(learner.subject_uuid) not in answer.text
