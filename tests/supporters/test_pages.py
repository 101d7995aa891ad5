"""The pages of who helps, by what each of them answers to whom."""

import re

import pytest

from accounts.models import AgeBand
from app.links import token_of
from supporters import service
from supporters.models import SupporterLink, SupportKind, SupportScope
from supporters.service import LINK_KIND
from tests import factories
from tests.factories import NOW
from tests.supporters.people import SECRET, guardian, helped, invited, supporter, taken_up


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren")


def address(link):
    return f"/support/join/{token_of(link.uuid, secret=SECRET, kind=LINK_KIND)}"


def test_from_an_invitation_to_a_yes(db, learner, sign_in):
    client = sign_in(learner)
    refused = client.post("/me/supporters/new", data={"kind": "coach"})
    made = client.post("/me/supporters/new", data={"kind": "coach", "scopes": "comment"})
    page = client.get(made.location).text
    join = re.search(r'href="http://localhost(/support/join/[^"]+)"', page)[1]
    assert (refused.status_code, "Choose what they may do" in refused.text) == (422, True)

    client = sign_in(supporter(name="Mr Okafor"))
    asked = client.get(join)
    assert "<dd>Coach</dd>" in asked.text
    assert ("Seren" in asked.text, asked.headers["Referrer-Policy"]) == (True, "no-referrer")
    assert "Seren sees your name" in client.post(join).text
    assert client.get(join).status_code == 404
    assert client.get(f"/support/{learner.uuid}").status_code == 404

    client = sign_in(learner)
    assert "Mr Okafor" in client.get("/me/supporters").text
    client.post(f"{made.location}/yes", data={"lasting": "year"})

    client = sign_in(db.query(SupporterLink).one().adult)
    assert "Seren" in client.get("/support").text
    assert client.get(f"/support/{learner.uuid}").status_code == 200

    assert "Mr Okafor looked at your page on" in sign_in(learner).get("/me/supporters").text


def test_who_has_no_account_makes_one_and_signs_in(db, learner, client):
    link = invited(db, learner, SupportKind.GUARDIAN)
    known = supporter(email="known@example.org")
    db.commit()
    typed = {"name": "Non", "password": "a long password", "is_adult": "yes"}

    young = client.post(
        f"{address(link)}/new", data=typed | {"email": "x@example.org", "is_adult": ""}
    )
    answers = [
        client.post(f"{address(link)}/new", data=typed | {"email": email})
        for email in ("new@example.org", "known@example.org")
    ]

    assert young.status_code == 422
    assert answers[0].location == answers[1].location
    assert answers[0].location.startswith("/sign-in?next=/support/join/")
    made = db.query(type(known)).filter_by(email="new@example.org").one()
    assert (made.role, made.name, known.name) == ("guardian", "Non", "Jo")
    assert db.query(type(known)).filter_by(email="x@example.org").count() == 0


def test_somebody_elses_looks_like_nothing(db, learner, sign_in):
    link = helped(db, learner, supporter())
    client = sign_in(factories.learner())

    for path in ("", "/yes", "/scopes", "/longer", "/end"):
        send = client.post if path else client.get
        data = {"lasting": "year", "scopes": "comment"}
        assert send(f"/me/supporters/{link.uuid}{path}", data=data).status_code == 404, path


def test_what_is_ended_is_gone_at_the_next_request(db, learner, sign_in):
    adult = supporter()
    link = helped(db, learner, adult)
    client = sign_in(adult)
    assert client.get(f"/support/{learner.uuid}").status_code == 200

    service.end_own(db, learner=learner, uuid=link.uuid, now=NOW)
    db.commit()

    assert client.get(f"/support/{learner.uuid}").status_code == 404
    assert "Seren" not in client.get("/support").text


def test_a_guardian_sees_bookings_and_others_do_not(db, learner, sign_in):
    booking = factories.booking(learner)
    title = booking.scheduled_session.opportunity.title
    parent, teacher = guardian(), supporter()
    helped(db, learner, parent, SupportKind.GUARDIAN, scopes=[])
    helped(db, learner, teacher)
    own = f"/support/{learner.uuid}"

    client = sign_in(teacher)
    assert title not in client.get(own).text + client.get("/family").text
    client = sign_in(parent)
    assert title in client.get(own).text
    assert title in client.get("/family").text
    looked = sign_in(learner).get("/me/supporters").text
    assert looked.count("looked at your bookings") == 1


def test_a_guardian_of_a_child_ends_what_another_may(db, sign_in):
    child = factories.learner(age_band=AgeBand.FROM_11_TO_12)
    parent = guardian()
    helped(db, child, parent, SupportKind.GUARDIAN, now=NOW.replace(day=1, month=5))
    link = helped(db, child, supporter(name="Mr Okafor"), scopes=[SupportScope.COMMENT])
    client = sign_in(parent)
    assert "Mr Okafor" in client.get(f"/support/{child.uuid}").text

    client.post(f"/family/{child.uuid}/end/{link.uuid}")

    assert "Mr Okafor" not in client.get(f"/support/{child.uuid}").text


def test_an_officer_blocks_and_lifts(db, sign_in):
    officer = factories.officer()
    learner = factories.learner(home=factories.area(in_city=officer.city), pass_code="7K4M92QXCDFG")
    hostile = guardian(email="hostile@example.org", name="Hostile")
    taken_up(db, learner, hostile)
    client = sign_in(officer)
    typed = {
        "pass_code": "7K4M-92QX-CDFG",
        "email": "Hostile@example.org",
        "reason": "A court order",
    }

    assert client.post("/authority/supporters", data=typed | {"reason": ""}).status_code == 422
    assert client.post("/authority/supporters", data=typed).status_code == 303
    page = client.get("/authority/supporters").text
    lift = re.search(r'action="(/authority/supporters/[^"]+/lift)"', page)[1]
    client.post(lift)

    assert "A court order" in page
    assert "Lifted" in client.get("/authority/supporters").text
    assert sign_in(learner).get("/authority/supporters").status_code == 403
