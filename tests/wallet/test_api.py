"""The Open Badges 3.0 API: whose badges, which of them, and how refusals are said."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from requests.utils import parse_header_links
from sqlalchemy import func, select

from app.db import current_db
from badges import keys, openbadges, tokens
from badges.findings import Finding
from badges.models import AchievementCredential
from badges.service import revoke
from badges.verifier import stopped
from badges.wording import in_words
from tests import factories
from tests.badges import samples
from tests.badges.test_forgeries import ASSERTION_URL, OLD_PAGES
from tests.factories import NOW
from tests.wallet.conftest import DID_URL
from wallet import service
from wallet.models import LARGEST_BYTES, Connection, ImportedCredential
from wallet.scopes import Scope
from wallet.views import api


@pytest.fixture
def token(sign_in, learner, program, shelf):
    sign_in(learner)
    return program.tokens()["access_token"]


def names(answer):
    return [badge["name"] for badge in answer.json["credential"]]


def links(answer):
    return {link["rel"]: link["url"] for link in parse_header_links(answer.headers["Link"])}


def test_the_document_that_says_where_everything_is_is_for_anyone(client):
    answer = client.get("/ims/ob/v3p0/discovery")
    info, scheme = (
        answer.json["info"],
        answer.json["components"]["securitySchemes"]["OAuth2ACG"],
    )

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"title", "version", "termsOfService", "x-imssf-privacyPolicyUrl"} <= info.keys()
    flow = scheme["flows"]["authorizationCode"]
    assert list(flow["scopes"]) == list(Scope)
    addresses = [
        info["termsOfService"],
        info["x-imssf-privacyPolicyUrl"],
        info["x-imssf-image"],
    ]
    for address in addresses:
        with client.get(address.removeprefix("http://localhost")) as page:
            assert page.status_code == 200
    for address in (scheme["x-imssf-registrationUrl"], flow["tokenUrl"], flow["refreshUrl"]):
        assert client.get(address.removeprefix("http://localhost")).status_code == 405
    # Every reference leads somewhere.
    for name in json.dumps(answer.json).split("#/components/schemas/")[1:]:
        assert name.partition('"')[0] in answer.json["components"]["schemas"]


def test_a_program_sees_the_badges_of_its_learner_and_of_nobody_else(program, token, give, learner):
    give(learner, "Clay Hand")
    give(factories.learner(), "Somebody else's")
    taken_back = give(learner, "Taken back")
    revoke(current_db(), credential=taken_back, reason="A mistake.", now=NOW)
    current_db.commit()

    answer = program.call(token)

    assert names(answer) == ["Clay Hand"]
    assert answer.json["compactJwsString"] == []
    assert answer.headers["X-Total-Count"] == "1"
    assert answer.headers["Cache-Control"] == "no-store"
    checked = program.client.post("/api/v1/verify", json=answer.json["credential"][0]).json
    assert checked["outcome"] != "failed"


def test_a_badge_that_is_erased_is_gone_and_so_is_what_another_program_added(
    db, program, token, give, learner
):
    badge = give(learner)
    program.add(token, samples.signed())
    assert len(names(program.call(token))) == 2
    db.query(AchievementCredential).filter_by(id=badge.id).delete()
    db.query(ImportedCredential).delete()
    db.commit()

    assert names(program.call(token)) == []


def test_pages_lead_through_all_badges_once(program, token, give, learner):
    for number in range(5):
        give(learner, f"Badge {number}", at=NOW - timedelta(days=9 - number))
        give(factories.learner(), "Somebody else's")
    seen, address = [], "/ims/ob/v3p0/credentials?limit=2"
    while address:
        answer = program.call(token, address.partition("/v3p0/")[2])
        assert answer.headers["X-Total-Count"] == "5"
        assert len(names(answer)) <= 2
        seen += names(answer)
        address = links(answer).get("next")

    assert seen == [f"Badge {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("asked", "rels"),
    [
        ("limit=2", {"first": 0, "last": 4, "next": 2}),
        ("limit=2&offset=2", {"first": 0, "last": 4, "next": 4, "prev": 0}),
        ("limit=2&offset=4", {"first": 0, "last": 4, "prev": 2}),
        ("limit=2&offset=1", {"first": 0, "last": 4, "next": 3, "prev": 0}),
        ("limit=9", {"first": 0, "last": 0}),
        ("limit=5", {"first": 0, "last": 0}),
        ("offset=9", {"first": 0, "last": 0, "prev": 0}),
    ],
)
def test_first_and_last_are_always_said_and_the_others_where_they_apply(
    program, token, give, learner, asked, rels
):
    for number in range(5):
        give(learner, f"Badge {number}", at=NOW - timedelta(days=9 - number))

    found = links(program.call(token, f"credentials?{asked}"))

    offsets = {rel: int(url.partition("offset=")[2].split("&")[0]) for rel, url in found.items()}
    assert offsets == rels


def test_only_what_was_issued_since(program, token, give, learner):
    give(learner, "Old", at=NOW - timedelta(days=9))
    give(learner, "New", at=NOW - timedelta(days=1))
    since = (NOW - timedelta(days=9)).isoformat()

    answer = program.call(token, "credentials", query_string={"since": since, "limit": 1})

    assert names(answer) == ["New"]
    assert answer.headers["X-Total-Count"] == "1"
    assert "since=2026" in links(answer)["first"]


def test_no_page_is_so_large_that_it_takes_long(program, token, give, learner, monkeypatch):
    monkeypatch.setattr("wallet.views.api.LARGEST_PAGE", 2)
    for number in range(3):
        give(learner, f"Badge {number}")

    assert len(names(program.call(token, "credentials?limit=1000"))) == 2


@pytest.mark.parametrize(
    "asked",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "since=today",
        "since=2026-01-01T00:00:00",
        "limit=99999999999999999999",
    ],
)
def test_what_cannot_be_read_is_said_in_the_words_of_the_standard(program, token, asked):
    answer = program.call(token, f"credentials?{asked}")

    assert answer.status_code == 400
    assert_status_info(answer, "invalid_data")
    assert asked.partition("=")[0] in answer.json["imsx_description"]


def assert_status_info(answer, code):
    assert answer.mimetype == "application/json"
    said = answer.json
    assert said["imsx_codeMajor"] == "failure"
    assert said["imsx_description"]
    (field,) = said["imsx_codeMinor"]["imsx_codeMinorField"]
    assert field["imsx_codeMinorFieldValue"] == code


@pytest.mark.parametrize(
    ("method", "address", "scope"),
    [
        ("GET", "credentials", Scope.READ_BADGES),
        ("POST", "credentials", Scope.ADD_BADGES),
        ("GET", "profile", Scope.READ_PROFILE),
        ("PUT", "profile", Scope.CHANGE_PROFILE),
    ],
)
def test_each_act_takes_its_own_leave_and_no_other(
    sign_in, learner, program, method, address, scope
):
    sign_in(learner)
    others = " ".join(each for each in Scope if each is not scope)
    with_it = program.tokens(scope=scope.value)["access_token"]
    assert program.call(with_it, address, method, json={}).status_code in (200, 400)
    without = program.tokens(scope=others)["access_token"]

    refused = program.call(without, address, method, json={})

    assert refused.status_code == 403
    assert_status_info(refused, "forbidden")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nothing", "Basic YTpi", "x y"])
@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "credentials"), ("POST", "credentials"), ("GET", "profile"), ("PUT", "profile")],
)
def test_without_a_token_there_is_nothing_even_for_the_learner(
    sign_in, learner, give, header, method, address
):
    give(learner)
    client = sign_in(learner)
    headers = {} if header is None else {"Authorization": header}

    refused = client.open(f"/ims/ob/v3p0/{address}", method=method, headers=headers, json={})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].lower().startswith("bearer")
    assert_status_info(refused, "unauthorizedrequest")


def test_everything_below_is_refused_in_the_words_of_the_standard(client):
    gone = client.get("/ims/ob/v3p0/nothing")
    assert gone.status_code == 404
    assert_status_info(gone, "not_found")
    wrong = client.delete("/ims/ob/v3p0/credentials")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]
    assert_status_info(wrong, "not_allowed")
    welsh = client.get("/cy/ims/ob/v3p0/nothing")
    assert_status_info(welsh, "not_found")


# --- Adding ---


def test_what_is_added_is_there_as_it_was_and_only_for_its_learner(db, sign_in, program, token):
    badge = samples.signed()
    added = program.add(token, badge)
    assert (added.status_code, added.json) == (201, badge)
    kept = db.scalar(select(ImportedCredential))
    assert (kept.name, kept.issuer_domain) == ("My first pot", "tirnod.example")
    assert (kept.came_by, kept.program_name) == ("program", "Badge Shelf")

    assert program.call(token).json["credential"] == [badge]
    sign_in(factories.learner())
    other = program.tokens()["access_token"]
    assert program.call(other).json["credential"] == []
    # The same badge may be somebody else's too: neither learns of the other.
    assert program.add(other, badge).status_code == 201


def test_a_badge_that_is_signed_text_comes_back_as_signed_text(program, token, signed_text):
    added = program.add(token, signed_text)

    assert (added.status_code, added.mimetype, added.text) == (201, "text/plain", signed_text)
    assert program.call(token).json == {"credential": [], "compactJwsString": [signed_text]}


@pytest.fixture
def signed_text(shelf):
    """A badge of the issuer elsewhere as a JWT."""
    key = keys.generate_token_key()
    shelf.pages[DID_URL] = openbadges.did_document(
        samples.DID, [samples.MULTIKEY], jwks={"rsa-2026": keys.public_jwk(key)}
    )
    document = openbadges.open_badge(samples.FACTS)
    return tokens.sign_token(document, private_key=key, method=f"{samples.DID}#rsa-2026")


def test_a_newer_edition_takes_the_place_and_an_older_one_does_not(db, program, token):
    middle = samples.signed(valid_from=NOW - timedelta(hours=2))
    newer = samples.signed(valid_from=NOW - timedelta(hours=1))
    older = samples.signed(valid_from=NOW - timedelta(hours=3))
    other = samples.signed(valid_from=NOW - timedelta(hours=2), awarded_at=NOW - timedelta(days=5))
    assert program.add(token, middle).status_code == 201

    # Sent again, because an answer was lost: it is there.
    again = program.add(token, middle)
    assert (again.status_code, again.json) == (200, middle)
    for refused in (program.add(token, older), program.add(token, other)):
        assert refused.status_code == 409
        assert_status_info(refused, "unknown")
        assert "not newer" in refused.json["imsx_description"]
    assert program.call(token).json["credential"] == [middle]

    replaced = program.add(token, newer)
    assert (replaced.status_code, replaced.json) == (200, newer)
    assert program.call(token).json["credential"] == [newer]
    assert db.scalar(select(func.count()).select_from(ImportedCredential)) == 1


def test_what_could_not_be_checked_is_kept_but_takes_no_good_ones_place(db, program, token, shelf):
    good = samples.signed(valid_from=NOW - timedelta(hours=2))
    newer = samples.signed(valid_from=NOW - timedelta(hours=1))
    assert program.add(token, good).status_code == 201
    page = shelf.pages.pop(DID_URL)

    refused = program.add(token, newer)
    assert refused.status_code == 409
    assert "could not check" in refused.json["imsx_description"]
    assert program.call(token).json["credential"] == [good]
    elsewhere = samples.signed(id="https://tirnod.example/credentials/another")
    assert program.add(token, elsewhere).status_code == 201

    shelf.pages[DID_URL] = page
    assert program.add(token, newer).status_code == 200


@pytest.mark.parametrize("why", ["changed", "revoked", "over", "another's key"])
def test_what_fails_a_check_is_refused_and_it_says_why(db, program, token, shelf, why):
    badge = samples.signed()
    if why == "changed":
        badge = json.loads(json.dumps(badge).replace("My first pot", "My third pot"))
    elif why == "revoked":
        shelf.pages[samples.LIST_URL] = samples.status_list([samples.INDEX])
    elif why == "over":
        badge = samples.signed(valid_until=NOW - timedelta(hours=1))
    else:
        shelf.pages[DID_URL] = openbadges.did_document(samples.DID, [])

    refused = program.add(token, badge)

    assert refused.status_code == 400
    assert_status_info(refused, "invalid_data")
    assert refused.json["imsx_description"].endswith(".")
    assert db.scalar(select(ImportedCredential)) is None


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b"{", "application/json"),
        (b"eyJhbGciOiJub25lIn0.e30.", "text/plain"),
        (b"eyJ", "application/json"),
        (b"{}", "text/plain"),
        (b"<svg/>", "image/svg+xml"),
        (b"{}", "application/x-www-form-urlencoded"),
        (b"{" + b" " * LARGEST_BYTES, "application/json"),
        (b'{"id": "\\u0000"}', "application/json"),
        (b'{"id": "\\ud800"}', "application/json"),
        (json.dumps(OLD_PAGES[ASSERTION_URL]).encode(), "application/json"),
    ],
)
def test_what_is_no_badge_of_version_3_is_refused(db, program, token, sent, kind):
    refused = program.call(token, method="POST", data=sent, content_type=kind)

    assert refused.status_code == 400
    assert_status_info(refused, "invalid_data")
    assert db.scalar(select(ImportedCredential)) is None


def test_a_badge_that_takes_too_long_is_not_said_to_be_bad(db, program, token, monkeypatch):
    monkeypatch.setattr(api, "check_upload", lambda *_given: stopped())

    refused = program.add(token, samples.signed())

    assert refused.status_code == 400
    assert refused.json["imsx_description"] == str(in_words(Finding.TOO_MUCH_WORK))
    assert db.scalar(select(ImportedCredential)) is None


def test_what_was_given_here_is_not_brought_here(program, token, give, learner):
    give(learner)
    own = program.call(token).json["credential"][0]

    refused = program.add(token, own)

    assert refused.status_code == 409
    assert "given here" in refused.json["imsx_description"]


def test_nobody_fills_our_tables(program, token, monkeypatch):
    monkeypatch.setattr(service, "MOST_IMPORTED", 1)
    assert program.add(token, samples.signed()).status_code == 201
    newer = samples.signed(valid_from=NOW - timedelta(hours=1))
    assert program.add(token, newer).status_code == 200

    refused = program.add(token, samples.signed(id="https://tirnod.example/credentials/another"))

    assert refused.status_code == 409
    assert "1 badges" in refused.json["imsx_description"]


def test_a_program_that_is_stopped_while_its_badge_is_checked_adds_nothing(
    db, program, token, learner, monkeypatch
):
    check = api.check_upload

    def stopped_meanwhile(*given):
        found = check(*given)
        db.query(Connection).update({"stopped_at": NOW})
        db.commit()
        return found

    monkeypatch.setattr(api, "check_upload", stopped_meanwhile)

    refused = program.add(token, samples.signed())

    assert refused.status_code == 403
    assert db.scalar(select(ImportedCredential)) is None


@pytest.mark.parametrize(
    "words",
    [
        "Ring me on 07700 900123",
        "Write to pots@clay.example",
        "Keep it a secret",
        "https://clay.example",
    ],
)
def test_words_by_which_a_stranger_could_be_reached_are_not_shown(db, program, token, words):
    facts = replace(samples.ACHIEVEMENT, name=words, description=words)
    issuer = replace(samples.ISSUER, name=words)
    badge = samples.signed(achievement=facts, issuer=issuer)
    assert program.add(token, badge).status_code == 201

    kept = db.scalar(select(ImportedCredential))

    assert (kept.name, kept.description, kept.issuer_name) == ("", "", "")
    assert kept.has_hidden_words
    # What was brought goes on as it came.
    assert program.call(token).json["credential"] == [badge]


# --- The profile ---


def test_a_profile_is_a_random_number_and_nothing_else(program, token, learner):
    answer = program.call(token, "profile")

    assert answer.json == {
        "@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": f"urn:uuid:{learner.subject_uuid}",
        "type": ["Profile"],
    }


@pytest.mark.parametrize(
    "added", [{"name": "Seren"}, {"email": "a@b.example"}, {"telephone": "1"}, {"id": "urn:x"}]
)
def test_a_program_changes_nothing_of_a_learner(program, token, added):
    profile = program.call(token, "profile").json
    same = program.call(token, "profile", "PUT", json=profile)
    assert (same.status_code, same.json) == (200, profile)

    refused = program.call(token, "profile", "PUT", json=profile | added)

    assert refused.status_code == 400
    assert_status_info(refused, "invalid_data")
    assert program.call(token, "profile").json == profile
