"""The loop, in a browser: what somebody said becomes something to try, somewhere to go, and done."""

from datetime import timedelta

import pytest
from flask.sessions import SecureCookieSessionInterface

from app import clock
from app.db import current_db
from badges.models import Skill
from supporters.models import SupportKind, SupportScope
from tests import factories
from tests.browser.conftest import PHONE, axe_findings, press, site_in_this_process
from tests.supporters.people import helped, supporter
from tests.working import work_until_idle

TRY_NEXT = "Ask one question out loud."


@pytest.fixture(scope="module")
def site(chromium):
    """A running site on a database of its own: its address and its application."""
    with site_in_this_process() as (address, app, _engine):
        yield address, app


@pytest.fixture
def people(site):
    """A learner, a coach who may write to them, and who keeps the door of three places."""
    now = clock.now()
    provider = factories.provider()
    for title in ("Debating", "Radio hour", "Open mic"):
        achievement = factories.achievement(provider, name=title, skills=[Skill.SPEAKING])
        offer = factories.opportunity(title, provider=provider, achievement=achievement)
        offer.checked_at = now
        factories.scheduled_session(opportunity=offer, starts_at=now + timedelta(minutes=30))
    provider.assured_until = now + timedelta(days=9)
    learner = factories.learner(home=factories.area(in_city=factories.city()))
    coach = supporter(name="Sam")
    may = [SupportScope.COMMENT, SupportScope.SEE_PLANS]
    helped(current_db(), learner, coach, SupportKind.COACH, scopes=may, now=now)
    people = (learner, factories.member(of=provider), coach)
    keys = *(each.get_id() for each in people), str(learner.uuid)
    current_db.commit()
    current_db.remove()
    return keys


@pytest.fixture
def phone(chromium, site):
    """Return a way to open a phone that somebody is signed in on."""
    contexts = []

    def phone(key, *, javascript=True):
        signed = SecureCookieSessionInterface().get_signing_serializer(site[1])
        assert signed
        cookie = signed.dumps({"_user_id": key, "_fresh": True})
        context = chromium.new_context(
            viewport=PHONE, base_url=site[0], java_script_enabled=javascript
        )
        contexts.append(context)
        context.add_cookies([{"name": "tirnod", "value": cookie, "url": site[0]}])
        return context.new_page()

    yield phone
    for context in contexts:
        context.close()


def test_from_what_was_said_to_something_tried_and_done(site, people, phone):
    learner_key, keeper_key, coach_key, uuid = people
    learner, keeper = phone(learner_key), phone(keeper_key, javascript=False)
    coach = phone(coach_key)
    found = []

    # A coach says what went well, and what to try.
    coach.goto(f"/support/{uuid}/feedback")
    coach.fill("#what_went_well", "You listened to everyone before you spoke.")
    coach.fill("#try_next", TRY_NEXT)
    coach.check("input[value=speaking]")
    found += axe_findings(coach)
    press(coach, "main form .btn.go")

    # One tap, and it is something to try.
    learner.goto("/me/feedback")
    press(learner, "main .lines a >> nth=0")
    found += axe_findings(learner)
    press(learner, "button:has-text('Make it my next thing')")
    item = learner.url
    assert TRY_NEXT in learner.inner_text("main")
    assert "What Sam said" in learner.inner_text("main")
    found += axe_findings(learner)

    # Three real sessions fit; one of them is booked for it.
    books = learner.locator("form[action*='/sessions/'] button")
    assert books.count() == 3
    press(learner, "button[aria-label='Book: Radio hour']")
    press(learner, "main form .btn.go")
    learner.goto(item)
    assert "Radio hour" in learner.inner_text("section[aria-labelledby=booked]")
    assert "You went to" not in learner.inner_text("main")

    # The provider says at the door that the learner came.
    keeper.goto("/provide")
    keeper.goto(keeper.locator("a[href*='/door/']", has_text="Radio hour").get_attribute("href"))
    press(keeper, ".row button >> nth=0")
    work_until_idle(site[1])

    # The item asks, and is answered in one tap and a few words.
    learner.goto("/me/goals")
    assert "You went somewhere for this. How did it go?" in learner.inner_text("main")
    found += axe_findings(learner)
    press(learner, f"text={TRY_NEXT}")
    assert "You went to Radio hour on" in learner.inner_text("#how")
    learner.fill("#words", "My hands shook, and I asked.")
    press(learner, "button[value=kept_going]")
    assert "It was hard and I kept going" in learner.inner_text("#how .tl")
    assert "My hands shook, and I asked." in learner.inner_text("#how .tl")
    found += axe_findings(learner)

    # What is new is kept with it: words, here, as it could be a photo or a voice.
    press(learner, "#how a[href*='/me/evidence/new']")
    press(learner, "main a[href*='kind=words']")
    learner.fill("#title", "My first question")
    learner.fill("#words", "Who turned the sound down?")
    found += axe_findings(learner)
    press(learner, "main form .btn.go")
    learner.goto(item)
    assert "My first question" in learner.inner_text("#how")

    # The coach sees how the plan stands, and decides nothing.
    coach.goto(f"/support/{uuid}")
    assert TRY_NEXT in coach.inner_text("section[aria-labelledby=plans]")
    assert coach.locator("section[aria-labelledby=plans] button").count() == 0

    # The learner closes it.
    learner.fill("#because", "I asked, and they answered.")
    press(learner, "button[value=done]")
    assert learner.url == item
    assert learner.locator("form[action$='/end']").count() == 0
    assert "I asked, and they answered." in learner.inner_text("main")
    learner.goto("/me/goals")
    learner.click("summary")
    ended = learner.locator("details li", has_text=TRY_NEXT)
    assert ended.locator(".tag").inner_text() == "Done"
    assert learner.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert found == []
