"""Badges go from one city's site to another's: both are ours, and neither knows it.

The host is the whole site in a process of its own, on a database of its own, and answers over a
real connection. Only the learner's browser, which answers the host's question, is played here.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import requests
from sqlalchemy import create_engine, select, text

from accounts.models import AgeBand
from accounts.service import start_learner
from app import clock
from app.db import current_db
from app.fetcher import Fetcher
from badges import resolver, signing
from badges.service import IssuingHost, award
from tests import factories
from tests.browser.conftest import _free_port, _Server
from tests.conftest import settings_for
from tests.databases import fresh_database
from tests.factories import NOW
from tests.wallet.test_fetching import come_back, leave, work
from wallet.models import BadgeHost, FetchedBadge, ImportedCredential


@dataclass(frozen=True, kw_only=True)
class ToLoopback(Fetcher):
    """Asks this machine, which has no certificate, as if it were a host with one."""

    def fetch(self, address, accept="*/*", **given):
        return super().fetch(_plain(address), accept, **given)

    def send(self, address, content, media_type, **given):
        return super().send(_plain(address), content, media_type, **given)


def _plain(address):
    return address.replace("https://127.0.0.1", "http://127.0.0.1")


class Browser(requests.Session):
    """Keeps the cookies of a site with a certificate, which on this machine has none."""

    def prepare_request(self, request):
        prepared = super().prepare_request(request)
        prepared.headers["Cookie"] = "; ".join(f"{each.name}={each.value}" for each in self.cookies)
        return prepared


@dataclass
class Site:
    """The other site, and the browser of a learner who is signed in there."""

    url: str
    browser: Browser
    database: object

    def answer(self, there, answer="yes"):
        """Answer what the host asks at an address; return what one is sent back with."""
        there = _plain(there)
        page = self.browser.get(there, timeout=20)
        assert "localhost" in page.text
        said = {"answer": answer, "csrf_token": _token(page)}
        back = self.browser.post(there, data=said, allow_redirects=False, timeout=20)
        assert back.status_code == 302, back.text
        return back.headers["Location"].removeprefix("http://localhost")


def _token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


@pytest.fixture
def site(app, db, cell, tmp_path):
    port = _free_port()
    address = f"https://127.0.0.1:{port}"
    with fresh_database() as url:
        settings = settings_for(url) | {"PUBLIC_URL": address}
        engine = create_engine(url)
        learner = _people(engine, IssuingHost(address, settings["KEYS_SECRET"]))
        with (
            (tmp_path / "log").open("w") as out,
            _Server(port, settings, out),
            Browser() as browser,
        ):
            sign_in = f"{_plain(address)}/sign-in"
            sent = {
                "way": "pass",
                "csrf_token": _token(browser.get(sign_in, timeout=20)),
                **learner,
            }
            signed_in = browser.post(sign_in, data=sent, timeout=20, allow_redirects=False)
            assert signed_in.headers["Location"] == "/me"
            yield Site(address, browser, engine)
        engine.dispose()


def _people(engine, host):
    """Fill the other site: a learner with two badges, and somebody with another."""
    bound = current_db.session_factory.kw["bind"]
    current_db.remove()
    current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
    try:
        db = current_db()
        area = factories.area()
        new = start_learner(db, name="Seren", age_band=AgeBand.FROM_13_TO_15, home=area)
        for to, name in (
            (new.user, "Clay Hand"),
            (new.user, "River Watch"),
            (factories.learner(), "Somebody else's"),
        ):
            given = award(
                db,
                achievement=factories.achievement(name=name),
                recipient=to,
                evidence="Came along.",
                activity_started_at=NOW - timedelta(days=3),
                activity_ended_at=NOW - timedelta(days=3),
                now=NOW - timedelta(days=3),
            )
            # As a worker of that site does, by its own clock.
            signing.signed_status_list(db, given.issuer, host=host, now=datetime.now(UTC))
            signing.signed_document(db, given, host=host)
        db.commit()
        return {"pass_code": new.user.pass_code, "pin": new.pin}
    finally:
        current_db.remove()
        current_db.configure(bind=bound, join_transaction_mode="create_savepoint")


@pytest.fixture
def me(app, site, sign_in, learner, monkeypatch):
    allowed = {
        "ports": frozenset({int(site.url.rsplit(":", 1)[1])}),
        "let_in": frozenset({"127.0.0.1"}),
        "schemes": frozenset({"http", "https"}),
        "most_seconds": 20.0,  # how busy the machine is, is not what is asked here
    }
    # The other site has a clock of its own, and it signs what it says today.
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC))
    monkeypatch.setattr(resolver, "_MOST_SECONDS", 60)
    for name in ("badge_host_fetcher", "badge_fetcher"):
        monkeypatch.setitem(app.extensions, name, ToLoopback(**allowed))
    return sign_in(learner)


def test_badges_go_from_one_site_to_another(app, db, site, me):
    there, address = leave(me, site.url)
    assert there.startswith(f"{site.url}/oauth/authorize?")

    assert me.get(site.answer(there)).location == address
    work(app, db)

    page = unescape(me.get(address).text)
    assert "We looked at 2 badges." in page
    assert "Clay Hand" in page
    assert "River Watch" in page
    assert "Not kept" not in page
    assert "We gave back what let us in." in page
    kept = db.scalars(select(ImportedCredential)).all()
    assert {each.host for each in kept} == {site.url.removeprefix("https://")}
    assert {each.name for each in kept} == {"Clay Hand", "River Watch"}
    # Each was held to what its own issuer says of its keys and its list.
    assert {each.outcome for each in kept} <= {"passed", "noted"}
    with site.database.connect() as connection:
        given = "SELECT count(*) FROM connection_token"
        assert connection.scalar(text(given)) == 1
        assert connection.scalar(text(f"{given} WHERE revoked_at IS NULL")) == 0
        assert connection.scalar(text("SELECT name FROM program")) == "Tirnod"

    # Once more: the host knows us, and the learner has them already.
    there, address = leave(me, site.url)
    back = site.answer(there)
    me.get(back)
    work(app, db)
    assert me.get(address).text.count("You had it already") == 2
    assert len(db.scalars(select(BadgeHost)).all()) == 1
    # The same code again leads nowhere, here or there.
    assert me.get(back).status_code == 409


def test_a_no_at_the_other_site_fetches_nothing(app, db, site, me):
    there, address = leave(me, site.url)

    me.get(site.answer(there, "no"))
    work(app, db)

    assert "You said no there" in me.get(address).text
    assert db.scalars(select(FetchedBadge)).all() == []


def test_a_code_that_somebody_else_has_spent_lets_nobody_in(app, db, site, me):
    there, address = leave(me, site.url)
    site.answer(there)

    come_back(me, there, code="made-up")
    work(app, db)

    assert "It did not let us in" in me.get(address).text
    assert db.scalars(select(ImportedCredential)).all() == []
