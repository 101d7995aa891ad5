"""The Open Badges 3.0 API as a program meets it that knows one address and nothing of us.

It is made of requests-oauthlib and oauthlib, which share no code with what serves it, and it speaks
over a real connection.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from requests_oauthlib import OAuth2Session
from sqlalchemy import create_engine

from accounts.models import AgeBand
from accounts.service import start_learner
from app import clock
from app.db import current_db
from badges import resolver
from badges.service import award
from tests import factories
from tests.badges import samples
from tests.browser.conftest import served
from tests.conftest import settings_for
from tests.databases import fresh_database
from tests.signing import sign_what_waits
from tests.wallet.conftest import BACK, DID_URL, Shelf
from wsgi import create_app

NOW = samples.NOW


@pytest.fixture
def running(cell, monkeypatch):
    """The whole application behind a door of its own, and where that is."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no certificate
    monkeypatch.setattr(resolver, "_MOST_SECONDS", 60)  # the shelf answers at once
    pages = {DID_URL: samples.did_document(), samples.LIST_URL: samples.status_list()}
    with fresh_database() as url:
        engine = create_engine(url)
        app = create_app(settings_for(url), TESTING=True)
        app.extensions["badge_fetcher"] = Shelf(pages=pages)
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        with served(app) as address:
            settings = replace(app.extensions["settings"], public_url=address)
            app.extensions["settings"] = settings
            yield app, address
        current_db.remove()
        engine.dispose()


@pytest.fixture
def site(running):
    _app, address = running
    return address


@pytest.fixture
def browser(running, site):
    """The learner's browser, signed in."""
    area = factories.area()
    new = start_learner(current_db(), name="Seren", age_band=AgeBand.FROM_13_TO_15, home=area)
    _give(new.user, "Clay Hand")
    _give(factories.learner(), "Somebody else's")
    current_db.commit()
    sign_what_waits(running[0], NOW)
    browser = requests.Session()
    page = browser.get(f"{site}/sign-in")
    sent = {"way": "pass", "pass_code": new.user.pass_code, "pin": new.pin, **_csrf(page)}
    assert browser.post(f"{site}/sign-in", data=sent).url == f"{site}/me"
    yield browser
    browser.close()


def _give(to, name):
    award(
        current_db(),
        achievement=factories.achievement(name=name),
        recipient=to,
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW - timedelta(days=3),
    )


def _csrf(page):
    return {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]}


def test_a_program_finds_its_way_from_the_one_address_that_it_knows(site, browser):
    # It is told of everything else by the document.
    described = requests.get(f"{site}/ims/ob/v3p0/discovery", timeout=10).json()
    (server,) = described["servers"]
    scheme = described["components"]["securitySchemes"]["OAuth2ACG"]
    flow = scheme["flows"]["authorizationCode"]
    credentials, profile = f"{server['url']}/credentials", f"{server['url']}/profile"
    assert {"/credentials", "/profile"} < set(described["paths"])

    # It registers.
    registered = requests.post(
        scheme["x-imssf-registrationUrl"],
        json={
            "client_name": "Badge Shelf",
            "redirect_uris": [BACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": " ".join(flow["scopes"]),
        },
        timeout=10,
    )
    assert registered.status_code == 201
    client = registered.json()

    # The learner is asked in their browser, and says yes.
    session = OAuth2Session(
        client["client_id"], redirect_uri=BACK, scope=client["scope"].split(), pkce="S256"
    )
    address, state = session.authorization_url(flow["authorizationUrl"])
    page = browser.get(address)
    assert "Badge Shelf" in page.text
    assert "program.example" in page.text
    back = browser.post(address, data={"answer": "yes", **_csrf(page)}, allow_redirects=False)
    assert back.status_code == 302
    assert f"state={state}" in back.headers["Location"]

    # It gets its tokens, and reads.
    secret = client["client_secret"]
    session.fetch_token(
        flow["tokenUrl"], authorization_response=back.headers["Location"], client_secret=secret
    )
    read = session.get(credentials)
    assert [each["name"] for each in read.json()["credential"]] == ["Clay Hand"]
    assert read.headers["X-Total-Count"] == "1"
    assert {"first", "last"} == set(read.links)
    me = session.get(profile).json()
    assert me["id"] == read.json()["credential"][0]["credentialSubject"]["id"]
    assert set(me) == {"@context", "id", "type"}

    # It adds a badge of an issuer elsewhere, and finds it as it was.
    badge = samples.signed()
    added = session.post(credentials, json=badge)
    assert (added.status_code, added.json()) == (201, badge)
    assert session.get(credentials).json()["credential"][-1] == badge
    newer = samples.signed(valid_from=NOW - timedelta(hours=1))
    assert session.post(credentials, json=newer).status_code == 200
    assert session.get(credentials).json()["credential"][-1] == newer
    forged = json.loads(json.dumps(badge).replace("My first pot", "My third pot"))
    refused = session.post(credentials, json=forged)
    assert refused.status_code == 400
    assert refused.json()["imsx_codeMajor"] == "failure"

    # The learner sees both.
    assert "Badge Shelf" in browser.get(f"{site}/me/programs").text

    # It refreshes. What it had before is over.
    before = session.token["access_token"]
    session.refresh_token(flow["refreshUrl"], auth=(client["client_id"], secret))
    assert session.token["access_token"] != before
    assert session.get(credentials).status_code == 200
    old = requests.get(credentials, headers={"Authorization": f"Bearer {before}"}, timeout=10)
    assert old.status_code == 401

    # The learner stops it.
    page = browser.get(f"{site}/me/programs")
    stop = re.search(r'action="(/me/programs/[^"]+/stop)"', page.text)[1]
    assert "None." in browser.post(f"{site}{stop}", data=_csrf(page)).text
    refused = session.get(credentials)
    assert refused.status_code == 401
    assert refused.json()["imsx_codeMajor"] == "failure"
    again = requests.post(
        flow["tokenUrl"],
        data={
            "grant_type": "refresh_token",
            "refresh_token": session.token["refresh_token"],
        },
        auth=(client["client_id"], secret),
        timeout=10,
    )
    assert again.json()["error"] == "invalid_grant"
    session.close()
