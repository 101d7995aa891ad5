"""The loop, in a browser: what somebody said becomes something to try, somewhere to go, and done."""

from datetime import timedelta

import pytest
from flask.sessions import SecureCookieSessionInterface

from app import clock
from app.db import current_db
from badges.models import Skill
from feedback.models import Feedback, GiverKind
from tests import factories
from tests.browser.conftest import PHONE, axe_findings, press, site_in_this_process
from tests.working import work_until_idle

TRY_NEXT = "Ask one question out loud."


@pytest.fixture(scope="module")
def site(chromium):
    """A running site on a database of its own: its address and its application."""
    with site_in_this_process() as (address, app, _engine):
        yield address, app


@pytest.fixture
def people(site):
    """A learner to whom a coach said what to try, and who keeps the door of three places for it."""
    now = clock.now()
    provider = factories.provider()
    for title in ("Debating", "Radio hour", "Open mic"):
        achievement = factories.achievement(provider, name=title, skills=[Skill.SPEAKING])
        offer = factories.opportunity(title, provider=provider, achievement=achievement)
        offer.checked_at = now
        factories.scheduled_session(opportunity=offer, starts_at=now + timedelta(minutes=30))
    provider.assured_until = now + timedelta(days=9)
    learner = factories.learner(home=factories.area())
    said = Feedback(
        learner=learner,
        giver_kind=GiverKind.COACH,
        giver_name="Sam",
        try_next=TRY_NEXT,
        skills=[Skill.SPEAKING],
        given_at=now,
    )
    current_db.add(said)
    keys = learner.get_id(), factories.member(of=provider).get_id(), str(said.uuid)
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
    learner_key, keeper_key, said = people
    learner, keeper = phone(learner_key), phone(keeper_key, javascript=False)
    found = []

    # What a coach said to try becomes an item.
    learner.goto(f"/me/plan/new?feedback={said}")
    assert learner.input_value("#words") == TRY_NEXT
    assert learner.is_checked("input[value=speaking]")
    found += axe_findings(learner)
    press(learner, "main form .btn.go")
    item = learner.url
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
