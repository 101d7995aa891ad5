"""The pages of those who speak for badges, and what programs are told."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from badges import endorsing
from badges.models import Endorsement, EndorsementEnd
from badges.service import award, show_publicly
from providers.models import ProviderKind, ProviderStatus
from tests import factories
from tests.factories import NOW
from tests.signing import sign_what_waits

WORDS = "We count this badge when we choose apprentices."
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/vc+ld+json"}


@pytest.fixture
def house(client, db):
    house = factories.provider("Pot House")
    house.keeper = factories.member(house)
    house.badge = factories.achievement(issuer=house)
    return house


@pytest.fixture
def works(house):
    works = factories.provider("Mill Works", in_city=house.city, kind=ProviderKind.EMPLOYER)
    works.keeper = factories.member(works)
    return works


@pytest.fixture
def said(app, db, house, works):
    """What the works say for the badge of the house."""
    offered = endorsing.offer(
        db,
        endorser=works,
        given_by=works.keeper,
        issuer=house,
        achievement=house.badge,
        comment=WORDS,
        now=NOW,
    )
    endorsing.accept(db, uuid=offered.uuid, issuer=house, accepted_by=house.keeper, now=NOW)
    db.commit()
    sign_what_waits(app)
    return db.merge(offered)


def the_one(db):
    db.expire_all()
    return db.scalars(select(Endorsement)).one()


def test_a_badge_is_spoken_for_from_the_first_click_to_the_last(db, sign_in, house, works):
    asking = sign_in(house.keeper)
    about = f"/provide/endorsements/ask?about={house.badge.slug}&name=mill"
    page = asking.get(about)
    assert "Mill Works" in page.text
    asked = asking.post(about, data={"whom": str(works.uuid), "message": "You took on two."})
    assert asked.location == "/provide/endorsements?done=asked"
    uuid = the_one(db).uuid

    answering = sign_in(works.keeper)
    board = answering.get("/provide/endorsements").text
    assert "You took on two." in board
    assert f"/provide/endorsements/{uuid}" in board
    assert "Clay Hand" in answering.get(f"/provide/endorsements/{uuid}").text
    given = answering.post(f"/provide/endorsements/{uuid}", data={"comment": WORDS})
    assert given.status_code == 303
    assert answering.get(f"/endorsements/{uuid}", headers=HTML).status_code == 503
    sign_what_waits(answering.application)

    with answering.session_transaction() as cookie:
        cookie.clear()
    for address in (f"/achievements/{house.badge.slug}/v1", f"/endorsements/{uuid}"):
        page = answering.get(address, headers=HTML).text
        assert WORDS in page
        assert "Mill Works" in page


def test_an_offer_waits_for_a_yes(db, sign_in, house, works):
    achievement = f"/achievements/{house.badge.slug}/v1"
    address = f"/provide/endorsements/badge/{house.badge.slug}"
    offering = sign_in(works.keeper)
    assert address in offering.get(achievement, headers=HTML).text
    assert offering.post(address, data={"comment": WORDS}).location.endswith("done=offered")
    uuid = the_one(db).uuid
    assert WORDS not in offering.get(achievement, headers=HTML).text
    assert offering.get(f"/endorsements/{uuid}", headers=HTML).status_code == 404

    accepting = sign_in(house.keeper)
    assert address not in accepting.get(achievement, headers=HTML).text
    assert WORDS in accepting.get("/provide/endorsements").text
    assert accepting.post(f"/provide/endorsements/{uuid}/accept").status_code == 303
    assert WORDS not in accepting.get(achievement, headers=HTML).text
    sign_what_waits(accepting.application)
    assert WORDS in accepting.get(achievement, headers=HTML).text


def test_an_organisation_is_spoken_for_on_its_own_page(db, sign_in, house, works):
    sign_in(works.keeper).post(
        f"/provide/endorsements/organisation/{house.slug}", data={"comment": WORDS}
    )
    page = sign_in(house.keeper)
    page.post(f"/provide/endorsements/{the_one(db).uuid}/accept")
    sign_what_waits(page.application)

    assert WORDS in page.get(f"/issuers/{house.slug}", headers=HTML).text
    assert WORDS not in page.get(f"/achievements/{house.badge.slug}/v1", headers=HTML).text


def test_programs_get_the_signed_words_from_anywhere(client, said):
    answer = client.get(f"/endorsements/{said.uuid}", headers=JSON)

    assert answer.status_code == 200
    assert answer.mimetype == "application/vc+ld+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    document = answer.get_json(force=True)
    assert document == said.signed_document
    assert document["type"] == ["VerifiableCredential", "EndorsementCredential"]
    assert document["id"].endswith(f"/endorsements/{said.uuid}")


def test_the_badge_for_programs_carries_them_too(client, house, said):
    answer = client.get(f"/achievements/{house.badge.slug}/v1", headers=JSON)

    assert answer.get_json(force=True)["endorsement"] == [said.signed_document]
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_a_learners_badge_shows_who_speaks_for_it_even_where_it_was_signed_before(
    db, sign_in, house, said
):
    learner = factories.learner()
    badge = award(
        db,
        achievement=house.badge,
        recipient=learner,
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    show_publicly(db, credential=badge, is_public=True)

    browser = sign_in(learner)

    for address in (f"/me/badges/{badge.uuid}", f"/credentials/{badge.uuid}"):
        page = browser.get(address, headers=HTML).text
        assert WORDS in page
        assert "Checked: real" in page
        assert f"/endorsements/{said.uuid}" in page


@pytest.mark.parametrize("side", ["house", "works"])
def test_either_ends_it_after_being_asked_once(db, sign_in, house, works, said, side):
    keeper = {"house": house, "works": works}[side].keeper
    browser, address = sign_in(keeper), f"/provide/endorsements/{said.uuid}/end"

    assert WORDS in browser.get(address).text
    assert the_one(db).ended_at is None
    assert browser.post(address).status_code == 303

    page = browser.get(f"/endorsements/{said.uuid}", headers=HTML)
    assert page.status_code == 410
    assert "Nobody says this any more" in page.text
    assert WORDS not in page.text
    gone = browser.get(f"/endorsements/{said.uuid}", headers=JSON)
    assert gone.status_code == 410
    assert gone.get_json()["error"]
    assert gone.headers["Access-Control-Allow-Origin"] == "*"
    assert WORDS not in browser.get(f"/achievements/{house.badge.slug}/v1", headers=HTML).text


def test_whose_endorser_lost_its_standing_is_there_for_nobody(db, client, house, works, said):
    works.status = ProviderStatus.SUSPENDED
    db.commit()

    for kind in (HTML, JSON):
        assert client.get(f"/endorsements/{said.uuid}", headers=kind).status_code == 404
    assert WORDS not in client.get(f"/achievements/{house.badge.slug}/v1", headers=HTML).text
    told = client.get(f"/achievements/{house.badge.slug}/v1", headers=JSON)
    assert "endorsement" not in told.get_json(force=True)


@pytest.mark.parametrize(
    "words",
    ["", "Ring us: 07700 900123.", "See www.example.org", "Add us on snapchat: mill", "x" * 301],
)
def test_words_that_no_young_person_should_read_are_refused(db, sign_in, house, works, words):
    browser = sign_in(works.keeper)

    answer = browser.post(
        f"/provide/endorsements/badge/{house.badge.slug}", data={"comment": words}
    )

    assert answer.status_code == 422
    assert db.scalars(select(Endorsement)).all() == []


def test_a_message_is_screened_too(db, sign_in, house, works):
    answer = sign_in(house.keeper).post(
        "/provide/endorsements/ask?name=mill",
        data={"whom": str(works.uuid), "message": "Ring me: 07700 900123"},
    )

    assert answer.status_code == 422
    assert "Leave out phone numbers" in answer.text
    assert db.scalars(select(Endorsement)).all() == []


def test_what_cannot_be_is_said_beside_the_box(db, sign_in, house, works, said):
    browser = sign_in(house.keeper)
    about = f"/provide/endorsements/ask?about={house.badge.slug}&name=mill"

    again = browser.post(about, data={"whom": str(works.uuid)})
    nobody = browser.post(about, data={"whom": str(uuid4())})
    missing = browser.post(about, data={})

    assert [each.status_code for each in (again, nobody, missing)] == [409, 409, 422]
    assert "This is asked for or said already." in again.text
    assert "Choose an organisation." in missing.text


def test_own_badges_are_not_offered_and_refused(db, sign_in, house):
    browser = sign_in(house.keeper)

    answer = browser.post(
        f"/provide/endorsements/badge/{house.badge.slug}", data={"comment": WORDS}
    )

    assert answer.status_code == 403
    assert db.scalars(select(Endorsement)).all() == []


@pytest.mark.parametrize("address", ["{}", "{}/end"])
def test_what_is_between_others_is_not_there(db, sign_in, house, works, said, address):
    other = factories.provider("Third", in_city=house.city)
    browser = sign_in(factories.member(other))
    path = f"/provide/endorsements/{address.format(said.uuid)}"

    assert browser.get(path).status_code == 404
    assert browser.post(path, data={"comment": WORDS}).status_code == 404
    assert the_one(db).ended_at is None


def test_an_officer_sees_it_and_takes_it_down_with_a_reason(db, sign_in, house, said):
    browser = sign_in(factories.officer(of=house.city))
    address = f"/authority/endorsements/{said.uuid}"

    assert address in browser.get("/authority/endorsements").text
    assert address in browser.get(f"/endorsements/{said.uuid}", headers=HTML).text
    assert browser.post(address, data={"reason": ""}).status_code == 422
    assert the_one(db).ended_at is None
    assert browser.post(address, data={"reason": "It promises a job."}).status_code == 303
    assert the_one(db).ending is EndorsementEnd.TAKEN_DOWN
    assert address not in browser.get("/authority/endorsements").text
    assert browser.get(f"/endorsements/{said.uuid}", headers=JSON).status_code == 410


def test_an_officer_of_another_city_neither_sees_nor_takes_it_down(db, sign_in, said):
    browser = sign_in(factories.officer())
    address = f"/authority/endorsements/{said.uuid}"

    assert address not in browser.get("/authority/endorsements").text
    assert browser.get(address).status_code == 404
    assert browser.post(address, data={"reason": "No."}).status_code == 404
    assert the_one(db).ended_at is None


def test_every_page_says_how_to_report_a_concern(client, house, said):
    for address in (f"/endorsements/{said.uuid}", f"/achievements/{house.badge.slug}/v1"):
        assert re.search(r'href="/concern"', client.get(address, headers=HTML).text)
