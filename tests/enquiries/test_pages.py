"""The pages of a question: the learner's, the team's and the officers'."""

import pytest
from sqlalchemy import select

from accounts.models import Role
from enquiries.models import Enquiry, EnquiryMessage
from tests import factories


@pytest.fixture
def opportunity(db):
    provider = factories.provider(name="Pot House", in_city=factories.city())
    opportunity = factories.opportunity(provider=provider)
    factories.scheduled_session(opportunity=opportunity)
    return opportunity


@pytest.fixture
def team(opportunity):
    return [factories.member(of=opportunity.provider) for _member in range(2)]


@pytest.fixture
def asked(db, client, sign_in, opportunity, team):
    """A learner who has asked something, and the address of their question."""
    learner = factories.learner(name="Seren")
    sign_in(learner)
    page = client.post(f"/a/{opportunity.slug}/ask", data={"words": "Is it loud?"})
    assert page.status_code == 303, page.text
    return learner, page.location


def test_a_question_is_asked_and_answered_without_a_name(client, sign_in, asked, team):
    learner, address = asked
    uuid = address.rsplit("/", 1)[1]
    assert "Waits for an answer" in client.get("/me/questions").text
    sign_in(team[0])
    inbox = client.get("/provide/questions").text
    assert "Waits for you" in inbox
    page = client.get(f"/provide/questions/{uuid}").text
    assert "A young person, 13-15" in page
    assert "Seren" not in inbox + page

    answer = {"answer": "at_the_door", "words": "It is quiet upstairs."}
    assert client.post(f"/provide/questions/{uuid}", data=answer).status_code == 303

    sign_in(learner)
    shown = client.get(address).text
    assert "Someone meets everyone at the door and shows you. It is quiet upstairs." in shown
    assert shown.count(f'href="/questions/{uuid}/report"') == 2
    assert "Answered" in client.get("/me/questions").text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose one, or write something."),
        ({"question": "what"}, "Choose one, or write something."),
        ({"words": "x" * 301}, "Use 300 characters or fewer."),
        ({"words": "I am on 07700 900123"}, "Please leave out phone numbers"),
    ],
)
def test_what_cannot_be_asked_comes_back_with_its_reason(
    client, sign_in, db, opportunity, team, sent, sentence
):
    sign_in(factories.learner())

    page = client.post(f"/a/{opportunity.slug}/ask", data=sent)

    assert page.status_code == 422
    assert sentence in page.text
    assert sent.get("words", "") in page.text
    assert db.scalars(select(Enquiry)).all() == []


def test_where_too_few_would_see_it_the_page_says_who_can_help(client, sign_in, db, opportunity):
    factories.member(of=opportunity.provider)
    sign_in(factories.learner())

    page = client.get(f"/a/{opportunity.slug}/ask").text

    assert "Testford Council can help you." in page
    assert "<textarea" not in page


def test_an_answer_that_asks_for_a_secret_is_seen_by_an_officer_first(
    client, sign_in, db, asked, team, opportunity
):
    learner, address = asked
    uuid = address.rsplit("/", 1)[1]
    officer = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    sign_in(team[0])
    client.post(f"/provide/questions/{uuid}", data={"words": "Don't tell your mum."})
    assert "Waits for the council" in client.get(f"/provide/questions/{uuid}").text
    sign_in(learner)
    assert "your mum" not in client.get(address).text

    sign_in(officer)
    overview = client.get("/authority/questions").text
    assert "Waits for you" in overview
    assert "your mum" not in overview
    oversight = f"/authority/questions/{uuid}"
    assert "your mum" not in client.get(oversight).text
    assert client.post(oversight, data={"reason": "x"}).status_code == 422
    assert "your mum" in client.post(oversight, data={"reason": "It is held."}).text
    held = db.scalar(select(EnquiryMessage.uuid).filter_by(state="held"))
    decision = f"/authority/answers/{held}/decision"
    assert client.post(decision, data={"decision": "stop"}).status_code == 303
    assert client.post(decision, data={"decision": "pass_on"}).status_code == 409

    sign_in(learner)
    shown = client.get(address).text
    assert "your mum" not in shown
    assert "Their reason: It is held." in shown.replace("&#39;", "'")


def test_a_learner_reports_what_was_said_and_gets_a_receipt(client, asked):
    address = f"/questions/{asked[1].rsplit('/', 1)[1]}/report"

    assert "999" in client.get(address).text
    assert client.post(address, data={}).status_code == 422
    page = client.post(address, data={"urgency": "today", "key": "k"})

    assert "Your receipt" in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("who", ["learner", "stranger", "door"])
def test_what_is_not_theirs_looks_like_nothing(client, sign_in, db, asked, opportunity, who):
    uuid = asked[1].rsplit("/", 1)[1]
    door = factories.member(of=opportunity.provider, does=factories.MemberRole.DOOR)
    people = {
        "learner": factories.learner(),
        "stranger": factories.member(of=factories.provider()),
        "door": door,
    }
    sign_in(people[who])
    nothing = "00000000-0000-4000-8000-000000000000"
    room = "/me/questions" if who == "learner" else "/provide/questions"

    for path in (f"{room}/{{}}", "/questions/{}/report"):
        theirs, none = (client.get(path.format(each)) for each in (uuid, nothing))
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert theirs.text.replace(uuid, "") == none.text.replace(nothing, "")
