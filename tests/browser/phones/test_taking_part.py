"""From "I want to go" to "I was there", on phones, in both languages, each page looked at by axe."""

import re
from datetime import timedelta

import pytest

from accounts.passes import new_pass_code
from app.db import current_db
from tests import factories
from tests.browser.conftest import press
from tests.factories import NOW

SEND = "main form .btn.go"
LANGUAGES = pytest.mark.parametrize("before", ["", "/cy"], ids=["english", "welsh"])


@pytest.fixture
def stage(site, hour):
    """A session, its organisation's keeper and two learners, as plain words that outlive a transaction."""
    hour[0] = NOW

    def stage(places=4, **of_opportunity):
        city = factories.city()
        provider = factories.provider(name="Y Cwt", in_city=city)
        opportunity = factories.opportunity(provider=provider, title="Clay", **of_opportunity)
        sessions = [
            factories.scheduled_session(
                opportunity=opportunity, places=places, starts_at=NOW + timedelta(days=day)
            )
            for day in (9, 16)
        ]
        learners = [
            factories.learner(name=name, city_id=city.id, pass_code=new_pass_code())
            for name in ("Seren", "Mali")
        ]
        keepers = [factories.member(of=provider) for _ in range(2)]
        found = {
            "book": f"/a/{opportunity.slug}/book?session={sessions[0].uuid}",
            "slug": opportunity.slug,
            "sessions": [str(each.uuid) for each in sessions],
            "starts_at": sessions[0].starts_at,
            "learners": [each.get_id() for each in learners],
            "passes": [each.pass_code for each in learners],
            "keeper": keepers[0].get_id(),
            "officer": factories.officer(of=city).get_id(),
        }
        current_db.commit()
        current_db.remove()
        return found

    return stage


@LANGUAGES
def test_a_place_is_asked_for_refused_and_asked_for_again(stage, phone, looked_at, before):
    here = stage(is_instant=False)
    me, keeper = phone(here["learners"][0]), phone(here["keeper"])

    me.goto(before + here["book"])
    looked_at(me, "ask")
    press(me, SEND)
    place = me.url
    looked_at(me, "asked")

    keeper.goto(f"{before}/provide/requests")
    looked_at(keeper, "requests")
    press(keeper, "main .lines a.btn")
    press(keeper, SEND)
    assert keeper.locator(".govuk-error-summary a").count() == 1
    looked_at(keeper, "answer-error")
    keeper.check("input[name=says][value=no]")
    keeper.check("input[name=answer][value=full]")
    press(keeper, SEND)
    looked_at(keeper, "requests-none")

    me.goto(f"{before}/me/notices")
    looked_at(me, "answer-notice")
    me.goto(place)
    assert me.locator("main form").count() == 0
    looked_at(me, "declined")
    me.goto(before + here["book"])
    press(me, SEND)
    assert me.url != place


@LANGUAGES
def test_who_waits_takes_the_place_that_comes_free(stage, phone, looked_at, before):
    here = stage(places=1, has_waiting_list=True)
    first, second = (phone(key) for key in here["learners"])
    first.goto(before + here["book"])
    press(first, SEND)
    looked_at(first, "booked")

    second.goto(before + here["book"])
    looked_at(second, "full")
    press(second, SEND)
    waits = second.url
    looked_at(second, "waiting")
    first.click("main .actions a[href$='/cancel']")
    first.check("input[name=reason][value=ill]")
    looked_at(first, "give-back")
    press(first, "main form .actions button")
    looked_at(first, "given-back")

    second.goto(f"{before}/me/notices")
    looked_at(second, "offer-notice")
    second.goto(waits)
    looked_at(second, "offered")
    press(second, "main form[action$='/take'] button")
    assert second.locator("main form[action$='/take']").count() == 0
    assert second.locator("main a[href$='/care']").count() == 1


@LANGUAGES
def test_a_place_moves_and_is_called_off_with_what_else_there_is(stage, phone, looked_at, before):
    here = stage()
    me, keeper = phone(here["learners"][0]), phone(here["keeper"])
    me.goto(before + here["book"])
    press(me, SEND)
    me.click("main .actions a[href$='/move']")
    press(me, SEND)
    assert me.locator(".govuk-error-summary a").count() == 1
    me.check(f"input[name=to][value='{here['sessions'][1]}']")
    looked_at(me, "move")
    press(me, SEND)
    moved = me.url
    looked_at(me, "moved")

    keeper.goto(f"{before}/provide/sessions/{here['sessions'][1]}/call-off")
    looked_at(keeper, "call-off")
    press(keeper, "main form .btn.stop")

    me.goto(f"{before}/me/notices")
    looked_at(me, "off-notice")
    me.goto(moved)
    assert me.locator(f"main a[href*='{here['sessions'][0]}']").count() == 1
    looked_at(me, "called-off")


@LANGUAGES
def test_at_the_door_and_after(stage, phone, looked_at, hour, before):
    here = stage()
    me = phone(here["learners"][0])
    me.goto(before + here["book"])
    press(me, SEND)
    place = me.url
    me.click("main a[href$='/care']")
    me.fill("#contact_name", "Mam")
    press(me, SEND)
    assert me.locator(".govuk-error-summary a").count() == 1
    looked_at(me, "care-error")
    me.fill("#contact_phone", "01970 000000")
    me.check("#leaves_alone")
    press(me, SEND)

    hour[0] = here["starts_at"]
    door = f"{before}/door/{here['sessions'][0]}"
    keeper = phone(here["keeper"])
    keeper.goto(door)
    looked_at(keeper, "door")
    keeper.goto(f"{door}/contacts")
    assert "01970 000000" in keeper.inner_text("main")
    looked_at(keeper, "contacts")
    _let_in(keeper, door, here["passes"][1], looked_at)
    keeper.goto(f"{door}/guests")
    keeper.fill("#first_name", "Gwen")
    keeper.check("#age_band")
    press(keeper, SEND)
    looked_at(keeper, "guests")
    keeper.goto(f"{door}/paper")
    looked_at(keeper, "paper")
    keeper.goto(f"{door}/finish")
    looked_at(keeper, "finish")
    press(keeper, "main .lines form button[value=away]")

    # The register is wrong, says the learner; the keeper puts it right a day later.
    hour[0] = here["starts_at"] + timedelta(days=1)
    me = phone(here["learners"][0])
    me.goto(place)
    looked_at(me, "not-confirmed")
    press(me, "main form[action$='/say'] button")
    looked_at(me, "says")
    keeper = phone(here["keeper"])
    keeper.goto(door)
    looked_at(keeper, "disputed")
    press(keeper, "main section button[value=yes]")
    me.goto(place)
    assert me.locator("main button[value=no]").count() == 1
    looked_at(me, "came")
    officer = phone(here["officer"])
    officer.goto(f"{before}/authority/registers")
    looked_at(officer, "registers")


@LANGUAGES
def test_a_question_is_asked_answered_and_overseen(stage, phone, looked_at, before):
    here = stage()
    me = phone(here["learners"][0])
    keeper, officer = phone(here["keeper"]), phone(here["officer"])

    me.goto(f"{before}/a/{here['slug']}/ask")
    press(me, SEND)
    assert me.locator(".govuk-error-summary a").count() == 1
    me.fill("#words", "Ring me on 07700 900123")
    press(me, SEND)
    assert me.input_value("#words") == "Ring me on 07700 900123"
    looked_at(me, "question-error")
    me.fill("#words", "What do I wear?")
    press(me, SEND)
    asked = me.url
    looked_at(me, "question")

    keeper.goto(f"{before}/provide/questions")
    looked_at(keeper, "inbox")
    press(keeper, "main .lines a")
    keeper.fill("#words", "Old clothes. There is tea.")
    press(keeper, "main form .btn.go")
    looked_at(keeper, "answered")

    me.goto(f"{before}/me/questions")
    looked_at(me, "questions")
    me.goto(asked)
    assert "Old clothes. There is tea." in me.inner_text("main")
    officer.goto(f"{before}/authority/questions")
    looked_at(officer, "overseen")
    press(officer, "main .lines a")
    officer.fill("#reason", "We read some now and then.")
    looked_at(officer, "why")
    press(officer, SEND)
    looked_at(officer, "read")
    me.goto(asked)
    assert "We read some now and then." in me.inner_text("main")
    looked_at(me, "was-read")


@LANGUAGES
def test_a_council_says_what_is_fair_and_hands_out_a_code(stage, phone, looked_at, before):
    here = stage()
    officer, me = phone(here["officer"]), phone(here["learners"][0])

    officer.goto(f"{before}/authority/fairness")
    officer.check("input[name=is_on][value=yes]")
    looked_at(officer, "fairness")
    press(officer, SEND)
    looked_at(officer, "fairness-kept")
    officer.goto(f"{before}/authority/groups")
    press(officer, SEND)
    assert officer.locator(".govuk-error-summary a").count() == 2
    looked_at(officer, "groups-error")
    officer.fill("#name", "Young carers")
    officer.fill("#name_cy", "Gofalwyr ifanc")
    press(officer, SEND)
    looked_at(officer, "group")
    press(officer, "form[action$='/codes'] .btn.go")
    looked_at(officer, "group-code")
    code = re.search(r"\b\w{4}-\w{4}-\w{4}\b", officer.inner_text("main"))[0]

    me.goto(f"{before}/me/groups")
    me.fill("#code", "7K4M-92QX-CDFG")
    press(me, SEND)
    assert me.locator(".govuk-error-summary a").count() == 1
    looked_at(me, "join-error")
    me.fill("#code", code)
    press(me, SEND)
    assert me.locator("form[action$='/leave']").count() == 1
    looked_at(me, "joined")


def _let_in(keeper, door, code, looked_at):
    """Let somebody in who has a pass and no place."""
    keeper.goto(f"{door}/pass")
    keeper.fill("#code", code)
    looked_at(keeper, "pass")
    press(keeper, "#pass .btn.go")
    looked_at(keeper, "no-place")
    press(keeper, "form[action$='/walk-in'] .btn.go")
    looked_at(keeper, "let-in")
