"""Badges of issuers elsewhere: who is asked for what, and what is said when nobody answers."""

import io
import json
from dataclasses import dataclass, field

import pytest

from accounts import attempts
from app import clock
from app.errors import NotFound
from app.fetcher import Fetched, Fetcher, Unreachable
from badges import resolver
from badges.findings import Finding
from badges.service import award, distrust_issuer, show_publicly, trust_issuer
from badges.verifier import Outcome, Subject
from tests import factories
from tests.badges import samples
from tests.badges.test_forgeries import (
    ASSERTION_URL,
    DID_KEY,
    EMPLOYER_KEY,
    OLD_PAGES,
    STRANGER,
    STRANGER_KEY,
    endorsed,
    endorsement,
    issued_by,
    openbadges,
)
from tests.signing import sign_what_waits

BADGE = samples.signed()
JSON = openbadges.as_bytes(BADGE)
DID_URL = "https://tirnod.example/issuers/pot-house/did.json"
EMPLOYER = "did:web:employer.example"
EMPLOYER_URL = "https://employer.example/.well-known/did.json"
PAGES = {
    DID_URL: samples.did_document(),
    samples.LIST_URL: samples.status_list(),
    EMPLOYER_URL: openbadges.did_document(EMPLOYER, [EMPLOYER_KEY]),
    BADGE["id"]: BADGE,
    **OLD_PAGES,
}


@dataclass(frozen=True)
class Shelf(Fetcher):
    """Answers from what lies here, and notes what it was asked for."""

    pages: dict = field(default_factory=lambda: dict(PAGES))
    asked: list = field(default_factory=list)

    def fetch(self, address, accept="*/*"):
        self.asked.append(address)
        if address not in self.pages:
            raise Unreachable("There is nothing.")
        return Fetched(address, json.dumps(self.pages[address]).encode(), "application/json")


@pytest.fixture
def shelf(app, monkeypatch):
    shelf = Shelf()
    monkeypatch.setitem(app.extensions, "badge_fetcher", shelf)
    return shelf


@pytest.fixture
def ask(client, shelf, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: samples.NOW)

    def ask(upload=b"", **form):
        data = form or upload
        found = client.post("/api/v1/verify", data=data).json
        return {check["subject"]: check["finding"] for check in found["checks"]} | {
            "outcome": found["outcome"]
        }

    return ask


def test_an_issuer_elsewhere_is_asked_for_its_keys_and_its_list_and_nothing_else(ask, shelf):
    found = ask(JSON)

    assert (found["outcome"], found["trust"]) == (Outcome.PASSED, Finding.ISSUER_NOT_LISTED)
    assert found["status"] == Finding.STATUS_GOOD
    assert shelf.asked == [DID_URL, samples.LIST_URL]


def test_a_stranger_is_said_to_be_one_until_whoever_runs_the_site_knows_them(db, client, ask):
    def page():
        return client.post("/verify", data={"text": JSON.decode()}).text

    assert "This badge is as tirnod.example signed it." in page()
    trust_issuer(db, issuer_id=samples.DID, name="Pot House")
    db.commit()
    assert "This badge is real." in page()
    distrust_issuer(db, issuer_id=samples.DID)
    db.commit()
    assert "This badge is as tirnod.example signed it." in page()
    with pytest.raises(NotFound):
        distrust_issuer(db, issuer_id=samples.DID)


@pytest.mark.parametrize(
    ("missing", "subject", "finding"),
    [
        (DID_URL, Subject.ISSUER, Finding.ISSUER_UNREACHABLE),
        (samples.LIST_URL, Subject.STATUS, Finding.STATUS_UNREACHABLE),
    ],
)
def test_what_cannot_be_asked_leaves_it_open(ask, shelf, missing, subject, finding):
    del shelf.pages[missing]

    found = ask(JSON)

    assert (found["outcome"], found[subject]) == (Outcome.UNCHECKED, finding)


def test_a_forgery_sends_us_to_the_issuer_it_names_and_no_further(ask, shelf):
    assert ask(JSON.replace(b"My first pot", b"My third pot"))["outcome"] == Outcome.FAILED
    assert shelf.asked == [DID_URL]


def test_a_key_that_nobody_stands_behind_is_not_called_real(ask):
    badge = issued_by(DID_KEY, private_key=STRANGER, method=f"{DID_KEY}#{STRANGER_KEY}")

    found = ask(openbadges.as_bytes({**badge}))

    assert (found["outcome"], found["trust"]) == (Outcome.UNCHECKED, Finding.ISSUER_NAMELESS)


def test_who_endorses_is_asked_and_told_apart(client, ask, shelf):
    badge = openbadges.as_bytes(endorsed(endorsement()))

    assert ask(badge)["endorsements"] == Finding.ENDORSEMENTS_GOOD
    assert EMPLOYER_URL in shelf.asked
    page = client.post("/verify", data={"text": badge.decode()}).text
    assert "Said about it by employer.example" in page
    assert "We recognise this badge." in page


def test_a_badge_is_fetched_from_an_address(ask, shelf):
    assert ask(address=BADGE["id"])["outcome"] == Outcome.PASSED
    assert shelf.asked == [BADGE["id"], DID_URL, samples.LIST_URL]
    assert ask(address=ASSERTION_URL)["shape"] == Finding.OLDER_SOUND
    assert ask(address="https://nobody.example/")["shape"] == Finding.ADDRESS_UNREACHABLE


def test_an_address_of_our_own_is_looked_up_and_only_what_all_may_see(db, client, ask, shelf):
    badge = award(
        db,
        achievement=factories.achievement(),
        recipient=factories.learner(),
        evidence="Came to Pottery.",
        activity_started_at=samples.NOW,
        activity_ended_at=samples.NOW,
        now=samples.NOW,
    )
    db.commit()
    sign_what_waits(client.application)
    address = f"http://localhost/credentials/{badge.uuid}"

    assert ask(address=address)["shape"] == Finding.ADDRESS_UNREACHABLE
    show_publicly(db, credential=db.merge(badge), is_public=True)
    db.commit()
    assert ask(address=address)["signature"] == Finding.SIGNATURE_HOLDS
    assert shelf.asked == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None])
def test_a_program_may_send_a_badge_and_nothing_else(client, ask, kind):
    assert client.post("/api/v1/verify", data=JSON, content_type=kind).json["outcome"] == "passed"


def test_a_program_may_send_a_form_with_a_file(client, ask):
    form = {"file": (io.BytesIO(JSON), "badge.json"), "email": "seren@example.org"}

    found = client.post("/api/v1/verify", data=form).json

    assert [each["finding"] for each in found["checks"] if each["subject"] == "recipient"] == [
        Finding.RECIPIENT_NOT_TO_COMPARE
    ]


def test_whom_an_older_badge_is_for_is_compared(ask):
    assertion = OLD_PAGES[ASSERTION_URL]

    assert ask(address=ASSERTION_URL)["recipient"] == Finding.RECIPIENT_NOT_ASKED
    found = ask(text=json.dumps(assertion), email="seren@example.org")
    assert (found["outcome"], found["recipient"]) == (Outcome.FAILED, Finding.RECIPIENT_DIFFERS)


def test_whoever_has_us_knock_at_other_hosts_without_end_is_stopped(client, ask, monkeypatch):
    monkeypatch.setattr(attempts, "CHECKS_PER_DEVICE", 2)

    answers = [client.post("/api/v1/verify", data=JSON).status_code for _time in range(3)]

    assert answers == [200, 200, 429]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.1", "[::1]", "metadata"])
def test_nobody_inside_is_asked(app, client, monkeypatch, host):
    monkeypatch.setattr(clock, "now", lambda: samples.NOW)
    issuer = f"https://{host}/issuer"
    badge = issued_by(issuer, method=f"{issuer}#{samples.MULTIKEY}")

    found = client.post("/api/v1/verify", data=openbadges.as_bytes(badge)).json

    assert found["outcome"] == Outcome.UNCHECKED


def test_what_we_ask_other_hosts_is_held_to_limits():
    fetcher = resolver.FETCHER

    assert (fetcher.schemes, fetcher.ports, fetcher.let_in) == ({"https"}, {443}, set())
    assert (fetcher.most_bytes, fetcher.most_hops) == (1024 * 1024, 1)
    assert fetcher.most_seconds <= 5
