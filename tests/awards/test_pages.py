"""The pages on which badges are come by, for each of those who use them."""

import re
from datetime import timedelta

import pytest

from accounts.models import AgeBand
from app import clock
from awards import jobs
from awards.asking import ask, let_ask
from awards.rules import rule_of
from badges.models import Evidence
from badges.queries import badges_of
from badges.service import define_achievement
from participation.attendance import confirm_attendance
from tests import factories
from tests.awards.there import came, opportunity_of
from tests.badges.test_achievements import SAID, SEEN
from tests.factories import NOW


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def badge(db, provider):
    return define_achievement(db, issuer=provider, **SAID, **SEEN)


@pytest.fixture
def learner(db):
    return factories.learner(age_band=AgeBand.FROM_16_TO_17)


def test_an_organisation_makes_a_rule_and_stops_it(db, provider, keeper, badge, learner, sign_in):
    activity = opportunity_of(provider, title="Pottery")
    came(db, learner, activity, keeper)
    visitor, ways = sign_in(keeper), f"/provide/badges/{badge.slug}"
    sent = {"kind": "sessions", "needed": "1", "activities": activity.slug}

    wrong = visitor.post(f"{ways}/rule", data=sent | {"needed": "none"})
    assert (wrong.status_code, "Type a number from 1 to 500." in wrong.text) == (422, True)
    assert f'value="{activity.slug}" checked' in re.sub(r"\s+", " ", wrong.text)
    assert visitor.post(f"{ways}/rule", data=sent).status_code == 303
    page = visitor.get(f"{ways}/ways?done=rule").text
    assert "Whoever came to 1 session gets it." in page
    assert "Pottery" in page
    jobs.look_back(rule_of(db, badge).id)
    assert [each.achievement.slug for each in badges_of(db, learner)] == [badge.slug]
    assert visitor.post(f"{ways}/rule", data=sent).status_code == 409
    visitor.post(f"{ways}/rule/end")
    assert "Make a rule" in visitor.get(f"{ways}/ways").text


def test_a_badge_is_asked_for_looked_at_and_shown(
    db, provider, keeper, badge, learner, sign_in, client
):
    came(db, learner, opportunity_of(provider), keeper)
    address = f"/badges/{badge.slug}/ask"
    assert "cannot be asked for" in sign_in(learner).get(address).text
    sign_in(keeper).post(f"/provide/badges/{badge.slug}/asking/on")
    meaning = client.get(f"/achievements/{badge.slug}/v1").text
    assert address in meaning

    visitor = sign_in(learner)
    assert visitor.post(address, data={"words": " "}).status_code == 422
    bad = visitor.post(address, data={"words": "Text me on 07700 900123 about the pot"})
    assert bad.status_code == 422
    assert "about the pot</textarea>" in bad.text
    assert visitor.post(address, data={"words": "I threw a bowl."}).status_code == 303
    assert "I threw a bowl." in visitor.get("/me/badges/asked?done=asked").text
    assert visitor.post(address, data={"words": "Again."}).status_code == 409

    visitor = sign_in(keeper)
    page = visitor.get("/provide/badges/asked").text
    form = re.search(r'action="(/provide/badges/asked/[^"]+)"', page)[1]
    assert "I threw a bowl." in page
    nothing = visitor.post(form, data={"answer": "given", "feedback": "", "level": "2"})
    assert (nothing.status_code, "Say in words what you saw." in nothing.text) == (422, True)
    answer = {"answer": "given", "feedback": "Even walls.", "level": "2"}
    assert visitor.post(form, data=answer).status_code == 303
    assert visitor.post(form, data=answer).status_code == 409
    assert "Even walls." in visitor.get("/provide/badges/asked").text

    [given] = badges_of(db, learner)
    visitor = sign_in(learner)
    page = visitor.get(f"/me/badges/{given.uuid}").text
    assert "Even walls." in page
    assert "Alone" in page
    shown = f"/evidence/{db.get(Evidence, given.id).uuid}"
    assert visitor.get(shown).status_code == 404
    assert visitor.post(f"/me/badges/{given.uuid}/evidence", data={"days": "8"}).status_code == 422
    assert visitor.post(f"/me/badges/{given.uuid}/evidence", data={"days": "7"}).status_code == 303
    stranger = client.application.test_client().get(shown)
    assert "I threw a bowl." in stranger.text
    assert stranger.headers["Cache-Control"] == "no-store"
    assert learner.name not in stranger.text


def test_not_yet_leads_back_to_asking(db, provider, keeper, badge, learner, sign_in):
    came(db, learner, opportunity_of(provider), keeper)
    let_ask(db, achievement=badge, takes_requests=True)
    request = ask(db, learner=learner, achievement=badge, words="I tried.", now=NOW)
    answer = {"answer": "not_yet", "feedback": "Try it alone."}
    sign_in(keeper).post(f"/provide/badges/asked/{request.uuid}", data=answer)

    page = sign_in(learner).get("/me/badges/asked").text

    assert "Try it alone." in page
    assert f"/badges/{badge.slug}/ask" in page
    page = sign_in(factories.learner()).get("/me/badges/asked").text
    assert "Try it alone." not in page


def test_a_list_gives_to_those_who_were_ticked(db, provider, keeper, badge, sign_in, monkeypatch):
    scheduled = factories.scheduled_session(
        opportunity=opportunity_of(provider), starts_at=NOW, places=4
    )
    people = [factories.booking(on=scheduled) for _ in range(2)]
    for booking in people:
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    first, second = people
    visitor, address = sign_in(keeper), f"/provide/badges/{badge.slug}/give"

    assert f"{address}/{scheduled.uuid}" in visitor.get(address).text
    assert visitor.get(f"{address}/{scheduled.uuid}").text.count(" checked>") == 2
    sent = {"people": str(first.uuid), f"note-{first.uuid}": "Good. " * 50}
    wrong = visitor.post(f"{address}/{scheduled.uuid}", data=sent)
    assert (wrong.status_code, "Use 200 characters or fewer." in wrong.text) == (422, True)
    assert wrong.text.count(" checked>") == 1
    sent = sent | {f"note-{first.uuid}": "Even walls.", f"level-{first.uuid}": "1"}
    assert visitor.post(f"{address}/{scheduled.uuid}", data=sent).location.endswith("given=1")
    assert "1 person has it now." in visitor.get(f"{address}?given=1").text
    assert [each.narrative for each in badges_of(db, first.learner)] == ["Even walls."]
    assert list(badges_of(db, second.learner)) == []
    assert visitor.post(f"{address}/{scheduled.uuid}", data={}).status_code == 409


def test_a_code_is_shown_once_and_gives_the_badge(
    db, provider, keeper, badge, learner, sign_in, monkeypatch
):
    ways = f"/provide/badges/{badge.slug}"
    london = NOW.astimezone(clock.LONDON)
    times = {
        "opens": london.strftime("%Y-%m-%dT%H:%M"),
        "closes": (london + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
    }
    visitor = sign_in(keeper)
    backwards = {"most": "5", "opens": times["closes"], "closes": times["opens"]}
    assert visitor.post(f"{ways}/codes", data=backwards).status_code == 409
    assert visitor.post(f"{ways}/codes", data=times | {"most": "0"}).status_code == 422
    made = visitor.post(f"{ways}/codes", data=times | {"most": "5"})
    code = re.search(r"<strong>([\w-]{14})</strong>", made.text)[1]
    assert made.headers["Cache-Control"] == "no-store"
    assert "<title>The code as a picture to scan</title>" in made.text
    assert f'value="{code}"' in sign_in(learner).get(f"/claim?code={code}").text
    visitor = sign_in(keeper)
    assert code not in visitor.get(f"{ways}/ways").text

    visitor = sign_in(learner)
    wrong = visitor.post("/claim", data={"code": "AAAA-BBBB-CCCC"})
    assert (wrong.status_code, "does not work" in wrong.text) == (422, True)
    got = visitor.post("/claim", data={"code": code.lower()})
    [given] = badges_of(db, learner)
    assert got.location == f"/me/badges/{given.uuid}"
    ending = re.search(rf'{ways}/codes/[^"]+/end', sign_in(keeper).get(f"{ways}/ways").text)[0]
    sign_in(keeper).post(ending)
    other = factories.learner()
    assert sign_in(other).post("/claim", data={"code": code}).status_code == 422


def test_whose_badge_it_is_not_reaches_none_of_it(db, badge, learner, sign_in, client):
    outsider = factories.member(of=factories.provider(name="Elsewhere"))
    db.commit()
    addresses = (
        f"/provide/badges/{badge.slug}/ways",
        f"/provide/badges/{badge.slug}/give",
        "/provide/badges/asked",
    )
    signed_out = client.application.test_client()
    for address in addresses:
        assert signed_out.get(address).status_code == 303  # to sign in
        assert sign_in(learner).get(address).status_code == 403
    for address in addresses[:2]:
        assert sign_in(outsider).get(address).status_code == 404
    for act in ("rule", "rule/end", "asking/on", "codes"):
        data = {"kind": "sessions", "needed": "1", "most": "1"}
        data |= {"opens": "2026-06-01T10:00", "closes": "2026-06-01T11:00"}
        answer = sign_in(outsider).post(f"/provide/badges/{badge.slug}/{act}", data=data)
        assert answer.status_code == 404
    assert "ask for the badge" not in client.get(f"/achievements/{badge.slug}/v1").text
