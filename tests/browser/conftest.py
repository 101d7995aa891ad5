"""A running site on a small demo city, and a browser that reports what it should not see."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine, create_engine, text
from werkzeug.serving import make_server

from app.db import current_db
from app.web import BUILT
from tests.conftest import settings_for
from tests.databases import ROOT, fresh_database
from wsgi import create_app

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
_START_SECONDS = 30
#: Every question that a page asks, once: a group of boxes under one legend is one question.
_QUESTIONS = """() => {
    const asked = new Set();
    for (const box of document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea)")) {
        const group = box.closest("details.filt");
        if (group) continue;  // what a choice above it opens belongs to that choice
        const set = box.closest("fieldset");
        asked.add(set ? set.querySelector("legend").textContent.trim() : box.name);
    }
    return [...asked];
}"""


_SIGN = """
import sys
from app import clock
from app.db import current_db, unit_of_work
from badges import jobs, signing
from badges.models import Achievement, AchievementCredential
from wsgi import create_app

with create_app().app_context():
    named = current_db.query(AchievementCredential).join(AchievementCredential.achievement)
    newest = named.filter(Achievement.name == sys.argv[1]).order_by(
        AchievementCredential.awarded_at.desc()
    ).limit(20).all()
    ids = [each.id for each in newest]
    for issuer_id in {each.issuer_id for each in newest}:
        jobs.sign_list(issuer_id)
    with unit_of_work() as db:
        signing.sign_badges(db, credential_ids=ids, host=signing.signing_host(), now=clock.now())
"""


@dataclass(frozen=True)
class Site:
    """A running site, the people of its demo city, and the file where all is written that it says."""

    url: str
    database_url: str
    people: dict[str, dict[str, str]]
    log: Path
    environment: dict[str, str]

    def sign_badges(self, name: str) -> None:
        """Do what a worker does, for the newest badges of a name: for all it would take minutes."""
        command = [sys.executable, "-c", _SIGN, name]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("site") / "log"
    with fresh_database() as url:
        port = _free_port()
        environment = os.environ | {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": "a secret that only browser tests know",
            "CONCERNS_SECRET": "a third secret that only browser tests know",
            "EQUALITY_SECRET": "a fourth secret that only browser tests know",
            "KEYS_SECRET": "another secret that only browser tests know",
            "EVIDENCE_DIR": str(log.with_name("evidence")),
        }
        people = _load_demo(environment)
        _free_this_evening(environment["DATABASE_URL"])
        with log.open("w") as out, _Server(port, environment, out):
            yield Site(
                environment["PUBLIC_URL"], environment["DATABASE_URL"], people, log, environment
            )


def _free_this_evening(database_url: str) -> None:
    """Give back what the demo's learners have within hours: what tests book for now would clash with it.

    Without this, tests fail at the hours at which the city has something on.
    """
    engine = create_engine(database_url)
    with engine.begin() as db:
        db.execute(
            text(
                "UPDATE booking SET status = 'cancelled', cancelled_at = now(), held_until = NULL"
                " FROM scheduled_session AS taken"
                " WHERE taken.id = booking.scheduled_session_id AND taken.ends_at > now()"
                " AND taken.starts_at < now() + interval '4 hours'"
                " AND booking.status IN ('confirmed', 'asked', 'offered', 'waiting')"
            )
        )
    engine.dispose()


@contextmanager
def site_in_this_process(wrap=lambda app: app) -> Iterator[tuple[str, Flask, Engine]]:
    """Serve the application on a database of its own, which a test fills as it likes.

    :param wrap: what stands between a browser and the application.
    """
    if not (BUILT / "manifest.json").exists():
        pytest.skip("The scripts are not built: run script/build.")
    with fresh_database() as url:
        engine = create_engine(url)
        app = create_app(settings_for(url), TESTING=True)
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        with served(wrap(app)) as address:
            yield address, app, engine
        current_db.remove()
        engine.dispose()


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an application of this process on loopback; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # So that closing waits for what is being sent: its file would stay open.
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium, site):
    """Open a browser as somebody, and at the end see that no page misbehaved.

    `visit("learner", size=PHONE, javascript=False)` returns a page, signed in. Console errors,
    blocked scripts and requests to other hosts fail the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def visit(
        who: str | None = None, *, size=DESK, javascript: bool = True, locale="en-GB"
    ) -> Page:
        context = chromium.new_context(
            viewport=size, java_script_enabled=javascript, locale=locale, base_url=site.url
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note_console(message, faults))
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("request", lambda request: _note_host(request, site, faults))
        if who:
            sign_in(page, site, who)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(page: Page, site: Site, who: str) -> None:
    """Sign in as a demo person, by the ways that the person has."""
    person = site.people[who]
    page.goto("/sign-in")
    if who == "learner":
        page.fill("#pass_code", person["pass"])
        page.fill("#pin", person["pin"])
        press(page, "#learner-sign-in button")
    else:
        page.fill("#email", person["email"])
        page.fill("#password", person["password"])
        press(page, "#adult-sign-in button")
    assert "/sign-in" not in page.url, page.inner_text("main")


def press(page: Page, selector: str) -> None:
    """Click what leads to another page, and wait until all of that page is there.

    A click alone comes back when the answer begins, or before: what is asked of the page without
    waiting is then sometimes asked of half of it, or of the page before.
    """
    with page.expect_navigation():
        page.click(selector)


def tab_to(page: Page, selector: str, most: int = 300) -> None:
    """Press Tab until the focus is there."""
    wanted = page.locator(selector).first.element_handle()
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => wanted === document.activeElement", wanted):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def enter(page: Page) -> None:
    """Press Enter where that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def wait_until(page: Page, script: str, arg=None) -> None:
    """Ask a page again and again, until what `script` says of it is true.

    Playwright's own `wait_for_function` asks from inside the page once the first answer is no, and
    there the content security policy forbids it.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not page.evaluate(script, arg):
        assert time.monotonic() < deadline, f"it never came to: {script}"
        page.wait_for_timeout(50)


def questions(page: Page) -> list[str]:
    """Return what a page asks: a group of boxes under one legend is one question."""
    return page.evaluate(_QUESTIONS)


def axe_findings(page: Page) -> list[str]:
    """Return what axe has against the page as it stands, one line each."""
    if not page.evaluate("'axe' in window"):
        # Through the debugger, because the page's own content security policy rightly forbids it.
        debugger = page.context.new_cdp_session(page)
        debugger.send("Runtime.evaluate", {"expression": AXE.read_text()})
    found = page.evaluate(
        """async (tags) => {
            const result = await axe.run(
                document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}
            );
            return result.violations.map(
                (found) => [found.id, found.nodes.map((node) => node.target.join(' ')).slice(0, 5)]
            );
        }""",
        AXE_TAGS,
    )
    return [f"{page.url}: {rule}: {', '.join(targets)}" for rule, targets in found]


def note_console(message, faults: list[str]) -> None:
    # A refused form answers 422, and Chromium writes every such answer to the console; so it does
    # with what a test cut off from the network.
    expected = ("the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED")
    if message.type == "error" and not any(words in message.text for words in expected):
        faults.append(f"console: {message.text}")


def _note_host(request, site: Site, faults: list[str]) -> None:
    if not request.url.startswith((site.url, "data:", "blob:")):
        faults.append(f"request to another host: {request.url}")


def _load_demo(environment: dict[str, str]) -> dict[str, dict[str, str]]:
    command = [sys.executable, "-m", "flask", "demo", "load", "--json"]
    loaded = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return {person["role"]: person for person in json.loads(loaded.stdout)}


#: All that a request says in its address and its referrer.
_LINE = "%(method)s %(path)s?%(query_string)s %(status)d from %(header{referer})s"


class _Server:
    """Run the site in a process of its own, as production does, until the block ends."""

    def __init__(self, port: int, environment: dict[str, str], out) -> None:
        self.url = f"http://127.0.0.1:{port}/readyz"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "serve.py", "--log-config", "tests/browser/logging.json"),
                *("--access-log", _LINE),
            ],
            cwd=ROOT,
            # The site signs nothing, and has nothing to sign with.
            env={**environment, "KEYS_SECRET": "", "PORT": str(port), "WEB_CONCURRENCY": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the site did not start"
            assert time.monotonic() < deadline, "the site did not start in time"
            time.sleep(0.2)

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _answers(self) -> bool:
        try:
            return urlopen(self.url, timeout=2).status == 200
        except (URLError, OSError):
            return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
