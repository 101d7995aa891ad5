"""Badges over HTTP: for people, for verifiers elsewhere, and for whoever doubts one."""

import hashlib
import json
from datetime import timedelta

import pytest

from badges.log import digest_of
from badges.service import award, reissue, revoke, show_publicly
from tests import factories
from tests.factories import NOW
from tests.signing import sign_what_waits


@pytest.fixture
def badge(app, db):
    """A badge that its learner shows publicly."""
    badge = award(
        db,
        achievement=factories.achievement(),
        recipient=factories.learner(name="Seren"),
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    show_publicly(db, credential=badge, is_public=True)
    db.commit()
    sign_what_waits(app)
    return badge


def test_a_verifier_elsewhere_finds_all_it_needs(client, badge):
    document = json.loads(client.get(f"/credentials/{badge.uuid}.json").data)
    [proof] = document["proof"]
    did = client.get(f"/issuers/{badge.issuer.slug}/did.json")
    status = client.get(document["credentialStatus"]["statusListCredential"])

    assert proof["verificationMethod"] in json.loads(did.data)["assertionMethod"]
    assert json.loads(status.data)["credentialSubject"]["statusPurpose"] == "revocation"
    for answer in (did, status):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers


def test_a_badge_answers_people_with_a_page_and_programs_with_json(client, badge):
    address = f"/credentials/{badge.uuid}"

    assert client.get(address, headers={"Accept": "text/html"}).mimetype == "text/html"
    wanted = {"Accept": "application/vc+ld+json"}
    assert client.get(address, headers=wanted).mimetype == "application/vc+ld+json"


@pytest.mark.parametrize("kind", ["json", "png", "jwt"])
def test_a_downloaded_badge_verifies_when_it_is_brought_back(client, badge, kind):
    file = client.get(f"/credentials/{badge.uuid}.{kind}").data

    found = client.post("/api/v1/verify", data=file).json

    assert found["outcome"] == "passed"
    assert {check["subject"]: check["outcome"] for check in found["checks"]} == {
        "shape": "passed",
        "signature": "passed",
        "issuer": "passed",
        "trust": "passed",
        "status": "passed",
        "dates": "passed",
        "recipient": "noted",
    }


def test_a_badge_stays_real_when_the_council_no_longer_vouches_for_who_gave_it(db, client, badge):
    file = client.get(f"/credentials/{badge.uuid}.json").data
    db.merge(badge.issuer).assured_until = NOW - timedelta(days=1)
    db.commit()

    page = client.post("/verify", data={"text": file.decode()})

    assert page.status_code == 200
    assert "This badge is real" in page.text
    assert "does not vouch for it now" in page.text


def test_a_list_is_a_token_for_who_asks_for_one(client, badge):
    address = f"/status/revocation/{badge.issuer_id}"

    answer = client.get(address, headers={"Accept": "application/vc+jwt"})

    assert (answer.mimetype, answer.data[:3]) == ("application/vc+jwt", b"eyJ")
    assert answer.headers["Vary"].startswith("Accept")
    assert client.get(address).mimetype == "application/vc+ld+json"


def test_the_key_of_tokens_stands_beside_the_others(client, badge):
    did = f"/issuers/{badge.issuer.slug}/did.json"
    file = client.get(f"/credentials/{badge.uuid}.jwt")
    again = client.get(f"/credentials/{badge.uuid}.jwt")
    told = client.get(did).get_json(force=True)

    of_tokens = [each for each in told["verificationMethod"] if each["type"] == "JsonWebKey"]
    assert [each["id"].partition("#")[2] for each in of_tokens] == [f"rsa-{NOW.year}"]
    assert len(told["verificationMethod"]) == 2
    assert "d" not in of_tokens[0]["publicKeyJwk"]
    assert of_tokens[0]["id"] in told["assertionMethod"]
    assert file.data == again.data
    assert file.headers["Content-Disposition"].endswith('.jwt"')


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_picture_holds_the_badge_and_can_be_checked(client, badge, kind, begins):
    file = client.get(f"/credentials/{badge.uuid}.{kind}")

    assert file.data.startswith(begins)
    assert file.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert client.post("/api/v1/verify", data=file.data).json["outcome"] == "passed"


def test_one_changed_word_is_noticed(client, badge):
    file = client.get(f"/credentials/{badge.uuid}.json").data

    found = client.post("/api/v1/verify", data=file.replace(b"Clay Hand", b"Clay Head")).json

    assert found["outcome"] == "failed"


def test_a_person_pastes_a_badge_and_reads_the_answer(client, badge):
    file = client.get(f"/credentials/{badge.uuid}.json").text

    page = client.post("/verify", data={"text": file})

    assert page.status_code == 200
    assert "This badge is real" in page.text


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "[" * 5000, '{"@context": 1}', "\x00", '{"proof": null}']
)
def test_what_is_no_badge_is_said_in_words_and_kept_in_the_box(client, db, text):
    page = client.post("/verify", data={"text": text})

    assert page.status_code == 422
    assert 'data-outcome="failed"' in page.text


def test_a_revoked_badge_is_no_longer_shown_and_says_so_when_it_is_brought_back(db, client, badge):
    file = client.get(f"/credentials/{badge.uuid}.json").data
    revoke(db, credential=db.merge(badge), reason="A mistake.", now=NOW)
    db.commit()

    assert client.get(f"/credentials/{badge.uuid}").status_code == 404
    found = client.post("/api/v1/verify", data=file).json
    assert [check["subject"] for check in found["checks"] if check["outcome"] == "failed"] == [
        "status"
    ]


def test_what_a_badge_means_has_a_page_and_a_picture(client, badge):
    address = f"/achievements/{badge.achievement.slug}/v1"

    assert "Come once and make one thing." in client.get(address).text
    assert client.get(f"{address}/image.png").data.startswith(b"\x89PNG")
    assert client.get(f"{address}/image.svg").data.startswith(b"<svg")


@pytest.mark.parametrize(
    "address",
    [
        "/issuers/nobody",
        "/issuers/nobody/did.json",
        "/achievements/nothing/v1",
        "/status/revocation/999999",
        "/credentials/00000000-0000-4000-8000-000000000000",
    ],
)
def test_what_is_not_there_says_so(client, db, address):
    assert client.get(address).status_code == 404


def test_the_log_of_signatures_tells_who_holds_a_badge_where_it_stands(client, badge):
    file = client.get(f"/credentials/{badge.uuid}.json")
    token = client.get(f"/credentials/{badge.uuid}.jwt")
    digest = digest_of(json.loads(file.data))

    for typed in (file.text, token.text, f" {digest.upper()} "):
        page = client.post("/signatures", data={"text": typed})
        assert (page.status_code, "It stands in the log" in page.text) == (200, True)
    line = client.get(f"/signatures/{digest}").json
    assert (line["digest"], line["purpose"]) == (digest, "badge")
    assert line["key"] == json.loads(file.data)["proof"][0]["verificationMethod"]
    assert str(badge.uuid) not in str(line)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("", "We cannot read that", id="nothing"),
        pytest.param("hello", "We cannot read that", id="no badge"),
        pytest.param('{"a": 1, "a": 2}', "We cannot read that", id="said twice"),
        pytest.param("\x00", "We cannot read that", id="no text"),
        pytest.param("<script>alert(1)</script>", "&lt;script&gt;", id="script"),
        pytest.param("{}", "It does not stand in the log", id="empty"),
        pytest.param("0" * 64, "It does not stand in the log", id="another digest"),
        pytest.param("eyJ", "It does not stand in the log", id="another token"),
    ],
)
def test_what_does_not_stand_in_the_log_is_said_so(client, badge, typed, said):
    page = client.post("/signatures", data={"text": typed})

    assert (page.status_code, said in page.text) == (422, True)


def test_anyone_can_follow_the_log_from_its_first_line(client, badge):
    lines = client.get("/signatures", headers={"Accept": "application/json"}).json["lines"]
    last = client.get("/signatures?after=1", headers={"Accept": "application/json"}).json["lines"]

    hash_ = "0" * 64
    for line in lines:
        hash_ = hashlib.sha256((hash_ + line["leaf"]).encode()).hexdigest()
        assert line["hash"] == hash_
    # The badge and the list that it is in, each as a document and as a token.
    assert (len(lines), last) == (4, lines[1:])
    assert hash_ in client.get("/signatures").text


def test_an_empty_log_says_so(client, db):
    assert "Nothing has been signed yet" in client.get("/signatures").text
    assert client.get("/signatures/" + "0" * 64).status_code == 404


def test_a_badge_that_was_issued_again_says_so_on_its_page(client, db, badge):
    wanted = {"Accept": "text/html"}
    before = client.get(f"/credentials/{badge.uuid}", headers=wanted)
    reissue(db, credential=db.merge(badge), now=NOW + timedelta(hours=1))
    db.commit()
    after = client.get(f"/credentials/{badge.uuid}", headers=wanted)

    assert ["Issued again on 1 June 2026" in page.text for page in (before, after)] == [False, True]
