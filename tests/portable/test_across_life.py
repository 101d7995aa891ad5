"""A profile stays somebody's own: at any age, whoever goes, and under a number that says nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AgeBand, LearnerNumber, User
from accounts.numbers import _is_nhs_number, is_uln, link_number, number_of
from accounts.service import start_learner
from app.db import Base
from app.errors import Conflict
from app.links import token_of
from badges.service import award
from packs.service import LINK_KIND, share
from participation.law import suits_age
from portable.service import say_25
from tests import factories
from tests.factories import NOW
from tests.supporters import people

#: Made up, with a last digit that checks the others; the second is one of the health service.
ULN, NHS, UPN = "1000000388", "9434765919", "A823432109876"


def _made(nine):
    rest = (
        sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    )
    return nine + str(10 - rest), rest


@given(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True))
def test_the_last_digit_checks_the_others_and_no_nhs_number_is_a_uln(nine):
    number, rest = _made(nine)
    assert is_uln(number) is (rest != 0)
    others = [nine + digit for digit in "0123456789" if nine + digit != number]
    assert [each for each in others if is_uln(each)] == []
    assert [d for d in "0123456789" if is_uln(nine + d) and _is_nhs_number(nine + d)] == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        pytest.param("943 476 5919", "NHS number", id="NHS"),
        pytest.param(UPN, "UPN", id="UPN"),
        pytest.param(UPN[:-1] + "b", "UPN", id="temporary UPN"),
        pytest.param("1000000387", "not a ULN", id="another digit"),
        pytest.param("12345", "not a ULN", id="short"),
        pytest.param("١٠٠٠٠٠٠٣٨٨", "not a ULN", id="other digits"),
    ],
)
def test_no_other_number_is_kept(app, db, typed, why):
    learner = factories.learner()
    with app.test_request_context(), pytest.raises(Conflict, match=why):
        link_number(db, learner=learner, typed=typed, now=NOW)
    assert number_of(db, learner) == ""


def test_no_column_is_for_a_number_of_the_health_service_or_of_a_school():
    names = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
    ]
    assert [
        each for each in names if "nhs" in each or "upn" in each or "unique_pupil" in each
    ] == []
    assert [each for each in names if each.endswith(".uln")] == ["learner_number.uln"]


@pytest.fixture
def me(db, sign_in):
    new = start_learner(db, name="Seren", age_band=AgeBand.FROM_18_TO_24, home=factories.area())
    return new.user, sign_in(new.user), new.pin


def test_a_uln_is_linked_shown_to_its_learner_and_taken_away(db, me):
    learner, client, _pin = me
    refused = client.post("/me/privacy/number", data={"uln": NHS})
    assert (refused.status_code, "NHS number" in refused.text) == (422, True)

    client.post("/me/privacy/number", data={"uln": "1000 0003 88"})
    page = client.get("/me/privacy").text
    assert (ULN in page, learner.subject_uuid.urn in page) == (True, True)
    client.post("/me/privacy/number/delete")
    client.post("/me/privacy/number/delete")
    assert ULN not in client.get("/me/privacy").text
    assert db.get(LearnerNumber, learner.id) is None


def test_a_pack_shows_a_uln_where_its_learner_chose_so(app, db, client):
    learner = factories.learner()
    link_number(db, learner=learner, typed=ULN, now=NOW)
    secret = app.config["SECRET_KEY"]
    badge = _badge_for(db, learner)
    told = {"badge_uuids": [badge.uuid], "shows_name": False, "shows_hours": False, "days": 7}
    shows, hides = (
        share(db, learner=learner, label="x", secret=secret, now=NOW, shows_number=each, **told)
        for each in (True, False)
    )
    db.commit()

    pages = [f"/s/{token_of(each.uuid, secret=secret, kind=LINK_KIND)}" for each in (shows, hides)]
    assert [ULN in client.get(page).text for page in pages] == [True, False]
    data = [client.get(f"{page}/pack.json").json for page in pages]
    assert [each["learner"].get("uln") for each in data] == [ULN, None]
    # Each calls them something else, and neither by what the house or their badges call them.
    names = {each["learner"]["id"] for each in data}
    assert len(names) == 2
    assert str(learner.subject_uuid) not in json.dumps(data)
    assert str(learner.uuid) not in json.dumps(data)


def _badge_for(db, learner):
    return award(
        db,
        achievement=factories.achievement(),
        recipient=learner,
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


# At any age.


def test_somebody_of_25_keeps_everything(db, me):
    learner, client, pin = me
    badge = _badge_for(db, learner)
    db.commit()
    assert "I am 25 or older now" in client.get("/me/privacy").text

    client.post("/me/privacy/age")

    learner = db.get_one(User, learner.id)
    assert learner.age_band is AgeBand.FROM_25
    assert learner.age_band.ages[0] == 25
    for path in ("/", "/me", "/me/story", "/me/privacy", "/me/pass", "/me/bookings", "/me/next"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/me/badges/{badge.uuid}").status_code == 200
    client.post("/sign-out")
    signed_in = client.post(
        "/sign-in", data={"way": "pass", "pass_code": learner.pass_code, "pin": pin}
    )
    assert signed_in.location == "/me"
    # What is for young people stays for them.
    assert not suits_age(learner, factories.opportunity(max_age=24))


def test_nobody_younger_says_so_by_themselves(app, db):
    for band in (AgeBand.FROM_11_TO_12, AgeBand.FROM_13_TO_15, AgeBand.FROM_16_TO_17):
        learner = factories.learner(age_band=band)
        with app.test_request_context(), pytest.raises(Conflict):
            say_25(db, learner=learner)
        assert learner.age_band is band


def test_nobody_begins_at_25(client):
    client.post("/start", data={"name": "Old"})
    page = client.get("/start/age").text
    assert ("18-24" in page, "25+" in page) == (True, False)
    assert client.post("/start/age", data={"age_band": "25+"}).status_code == 422


def test_a_learner_signs_in_when_those_who_helped_are_gone(db, client):
    """No address of a school opens a profile, so none that closes can shut it."""
    new = start_learner(db, name="Seren", age_band=AgeBand.FROM_16_TO_17, home=factories.area())
    helper = people.supporter()
    people.helped(db, new.user, helper)
    helper.disabled_at = NOW
    db.commit()

    answer = client.post(
        "/sign-in", data={"way": "pass", "pass_code": new.user.pass_code, "pin": new.pin}
    )

    assert (answer.location, new.user.email) == ("/me", None)
    assert "your school" in client.get("/help").text
