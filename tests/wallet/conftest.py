"""A program of other hands, a learner who answers it, and issuers elsewhere that can be asked."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.models import AgeBand
from app import clock
from app.fetcher import Fetched, Fetcher, Unreachable
from badges import resolver
from badges.service import award
from badges.verifier import stopped
from tests import factories
from tests.badges import samples
from tests.factories import NOW
from tests.signing import sign_what_waits
from wallet.scopes import Scope

BACK = "https://program.example/back"
DID_URL = "https://tirnod.example/issuers/pot-house/did.json"
ALL_SCOPES = " ".join(Scope)


@dataclass(frozen=True, kw_only=True)
class Shelf(Fetcher):
    """Other hosts: each answers with what lies here."""

    pages: dict

    def fetch(self, address, accept="*/*"):
        if address not in self.pages:
            raise Unreachable("There is nothing.")
        return Fetched(address, json.dumps(self.pages[address]).encode(), "application/json")


@pytest.fixture(scope="session")
def cell():
    """Wait for the process that looks at badges: a busy machine may need long to start it."""
    for _ in range(20):
        if resolver.CELL.look_at(b"{}", lambda _what, _address: None, now=NOW) != stopped():
            break


@pytest.fixture
def shelf(app, cell, monkeypatch):
    pages = {DID_URL: samples.did_document(), samples.LIST_URL: samples.status_list()}
    shelf = Shelf(pages=pages)
    monkeypatch.setitem(app.extensions, "badge_fetcher", shelf)
    # The shelf answers at once; how long the machine takes beside it is not what is asked here.
    monkeypatch.setattr(resolver, "_MOST_SECONDS", 60)
    return shelf


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren", age_band=AgeBand.FROM_13_TO_15)


@pytest.fixture
def give(app, db):
    """Give a learner a badge of ours."""

    def give(to, name="Clay Hand", at=NOW):
        given = award(
            db,
            achievement=factories.achievement(name=name),
            recipient=to,
            evidence="Came to Pottery.",
            activity_started_at=at,
            activity_ended_at=at,
            now=at,
        )
        sign_what_waits(app)
        db.commit()
        return given

    return give


@dataclass
class Program:
    """A program that does as OAuth says, and does otherwise where a test wants it."""

    client: object
    client_id: str = ""
    secret: str = ""

    def register(self, **given):
        sent = {"client_name": "Badge Shelf", "redirect_uris": [BACK], "scope": ALL_SCOPES} | given
        answer = self.client.post("/oauth/register", json=sent)
        if answer.status_code == 201:
            self.client_id = answer.json["client_id"]
            self.secret = answer.json["client_secret"]
        return answer

    def ask(self, **changed):
        """Return what it asks a learner; `None` leaves a part out."""
        self.verifier = secrets.token_urlsafe(40)
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": ALL_SCOPES,
            "state": "x y&z",
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        } | changed
        return {name: value for name, value in asked.items() if value is not None}

    def answered(self, answer="yes", **changed):
        """Have the learner who is signed in answer; return what the program is told."""
        back = self.client.post(
            "/oauth/authorize", query_string=self.ask(**changed), data={"answer": answer}
        )
        assert back.status_code == 302, back.text
        assert back.location.startswith(BACK + "?")
        return {name: values[0] for name, values in parse_qs(urlsplit(back.location).query).items()}

    def exchange(self, code, **changed):
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        } | changed
        return self.post("/oauth/token", **sent)

    def refresh(self, token, **changed):
        return self.post("/oauth/token", grant_type="refresh_token", refresh_token=token, **changed)

    def post(self, address, **sent):
        given = {name: value for name, value in sent.items() if value is not None}
        return self.client.post(address, data=given, auth=(self.client_id, self.secret))

    def tokens(self, **changed):
        return self.exchange(self.answered(**changed)["code"]).json

    def call(self, token, address="credentials", method="GET", **given):
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.open(f"/ims/ob/v3p0/{address}", method=method, headers=headers, **given)

    def add(self, token, badge):
        if isinstance(badge, str):
            return self.call(token, method="POST", data=badge, content_type="text/plain")
        return self.call(token, method="POST", json=badge)


@pytest.fixture
def program(client):
    made = Program(client)
    assert made.register().status_code == 201
    return made


@pytest.fixture
def at(monkeypatch):
    """Let time pass."""

    def at(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    return at
