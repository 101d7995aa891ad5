"""A site whose clock a test can move, phones to look at it with, and somebody who looks."""

import os

import pytest
from flask.sessions import SecureCookieSessionInterface

from app import clock
from tests.browser.conftest import DESK, PHONE, axe_findings, note_console, site_in_this_process
from tests.factories import NOW


@pytest.fixture(scope="module")
def hour():
    """What the clock says, in a list so that a test can move it on."""
    at = [NOW]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: at[0])
        patch.setattr(clock, "of_database", lambda _db: at[0])
        yield at


@pytest.fixture(scope="module")
def site(chromium, hour):
    """A running site on a database of its own: its address, and its application."""
    with site_in_this_process() as (address, app, _engine):
        yield address, app


@pytest.fixture
def phone(chromium, site, hour):
    """Return a way to open one more phone, signed in as somebody or as nobody."""
    contexts, faults = [], []

    def phone(user_key=""):
        context = chromium.new_context(viewport=PHONE, base_url=site[0], service_workers="block")
        contexts.append(context)
        if user_key:
            signed = SecureCookieSessionInterface().get_signing_serializer(site[1])
            assert signed
            cookie = signed.dumps({"_user_id": user_key, "_fresh": True})
            context.add_cookies([{"name": "tirnod", "value": cookie, "url": site[0]}])
        page = context.new_page()
        page.clock.set_fixed_time(hour[0])
        page.on("console", lambda message: note_console(message, faults))
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        return page

    yield phone
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def looked_at():
    """Return a way to look at a page: what axe finds and what is wider than the phone is kept."""
    faults = []

    def look(page, name):
        faults.extend(axe_findings(page))
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            faults.append(f"{name}: wider than the phone")
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/{name}-phone.png", full_page=True)
            page.set_viewport_size(DESK)
            page.screenshot(path=f"{folder}/{name}-desk.png", full_page=True)
            page.set_viewport_size(PHONE)

    yield look
    assert faults == []
