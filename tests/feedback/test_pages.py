"""The pages of feedback, by what each of them answers to whom."""

import re

import pytest

from feedback import queries
from feedback.models import Feedback
from supporters.models import SupportKind
from tests import factories
from tests.feedback.test_service import SECRETIVE, came, give
from tests.supporters.people import helped, supporter

WELL = "You asked before you began."


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def learner(city):
    return factories.learner(name="Seren Jones", home=factories.area(in_city=city))


@pytest.fixture
def coach(db, learner):
    adult = supporter(name="Mr Okafor")
    helped(db, learner, adult, SupportKind.COACH)
    return adult


def test_a_dialogue_from_both_sides(db, learner, coach, sign_in):
    client = sign_in(coach)
    form = client.get(f"/support/{learner.uuid}").text
    assert f"/support/{learner.uuid}/feedback" in form
    empty = client.post(f"/support/{learner.uuid}/feedback", data={})
    sent = client.post(
        f"/support/{learner.uuid}/feedback", data={"what_went_well": WELL, "skills": "listening"}
    )
    assert (empty.status_code, sent.status_code) == (422, 303)

    client = sign_in(learner)
    listed = client.get("/me/feedback?skill=listening&from=coach").text
    assert WELL in listed
    assert WELL not in client.get("/me/feedback?skill=planning").text
    own = re.search(r'href="(/me/feedback/[0-9a-f-]{36})"', listed)[1]
    assert "New" in listed
    page = client.get(own).text
    assert (WELL in page, "Listening" in page) == (True, True)
    assert client.post(own, data={"words": "I will try it."}).status_code == 303
    assert 'class="tag tag-good">New' not in client.get("/me/feedback").text

    client = sign_in(coach)
    thread = client.get(sent.location).text
    assert ("I will try it." in thread, "New" in thread) == (True, False)
    assert client.post(sent.location, data={"words": "How did it go?"}).status_code == 303
    assert "How did it go?" in sign_in(learner).get(own).text


def test_a_link_takes_one_answer_of_an_adult(db, learner, sign_in, client):
    booking = came(learner)
    title = booking.scheduled_session.opportunity.title
    mine = sign_in(learner)
    page = mine.get("/me/feedback/ask").text
    assert title in page
    about = {"about": f"booking:{booking.uuid}"}
    assert mine.post("/me/feedback/ask", data=about).status_code == 422
    assert mine.post("/me/feedback/ask", data=about | {"whom": "nobody"}).status_code == 422
    asked = mine.post("/me/feedback/ask", data=about | {"whom": "link"})
    shown = mine.get(asked.location).text
    link = re.search(r'href="http://localhost(/support/c/[^"]+)"', shown)[1]
    mine.post("/sign-out")

    said = {"what_went_well": WELL, "name": "Sam Lewis", "role": "coach of the swimmers"}
    form = client.get(link)
    young = client.post(link, data=said)
    thanks = client.post(link, data=said | {"is_adult": "yes"})
    again = client.post(link, data=said | {"is_adult": "yes"})

    assert (title in form.text, "Jones" in form.text) == (True, False)
    assert form.headers["Referrer-Policy"] == "no-referrer"
    assert (young.status_code, thanks.status_code, again.status_code) == (422, 200, 404)
    assert db.query(Feedback).one().giver_name == "Sam Lewis"


def test_who_may_not_write_finds_no_page(db, learner, sign_in):
    for stranger in (supporter(), factories.member(factories.provider())):
        client = sign_in(stranger)
        for send in (client.get, client.post):
            assert send(f"/support/{learner.uuid}/feedback").status_code == 404


def test_the_door_speaks_of_who_came(db, learner, sign_in):
    provider = factories.provider()
    booking = came(learner, provider)
    client = sign_in(factories.member(provider))
    page = client.get("/provide/feedback").text
    assert ("Seren" in page, "Jones" in page) == (True, False)

    sent = client.post(f"/provide/feedback/{booking.uuid}", data={"try_next": "Lead a game."})

    assert (sent.status_code, db.query(Feedback).one().try_next) == (200, "Lead a game.")
    other = sign_in(factories.member(factories.provider()))
    assert other.get(f"/provide/feedback/{booking.uuid}").status_code == 404


def test_officers_look_for_a_reason_and_decide(db, city, learner, coach, sign_in):
    held = give(db, coach, learner, SECRETIVE)
    client = sign_in(factories.officer(of=city))
    listed = client.get("/authority/feedback").text
    assert ("Waits for you" in listed, "your mum" in listed) == (True, False)
    path = f"/authority/feedback/{held.uuid}"
    assert client.post(path, data={"reason": "x"}).status_code == 422

    read = client.post(path, data={"reason": "It waits for a decision"}).text
    decision = re.search(r'action="(/authority/feedback/decisions/[^"]+)"', read)[1]
    client.post(decision, data={"decision": "pass_on"})

    assert "your mum" in read
    shown = sign_in(learner).get(f"/me/feedback/{held.uuid}").text
    assert ("your mum" in shown, "It waits for a decision" in shown) == (True, True)


def test_a_report_takes_all_that_was_said_along(db, learner, coach, sign_in):
    said = give(db, coach, learner)
    path = f"/feedback/{said.uuid}/report"
    assert sign_in(factories.learner()).get(path).status_code == 404
    client = sign_in(learner)
    assert client.post(path, data={}).status_code == 422

    receipt = client.post(path, data={"urgency": "worried", "key": "a-key"})

    assert (receipt.status_code, receipt.headers["Cache-Control"]) == (200, "no-store")
    assert "You asked before" in queries.everything_said(db, said)


def test_the_guide_keeps_nothing_and_says_what_would_help(db, client):
    page = client.get("/support/guide")
    vague = client.post("/support/guide", data={"what_went_well": "Clever girl, 9/10!"}).text
    good = client.post(
        "/support/guide",
        data={
            "what_went_well": "You walked round the hall in the break and listened first.",
            "try_next": "Next time, ask the band what they want before you change it.",
        },
    ).text

    assert (page.status_code, db.query(Feedback).count()) == (200, 0)
    assert all(each in vague for each in ("Leave out marks", "what they are", "one small thing"))
    assert "That would help Gwen" in good
