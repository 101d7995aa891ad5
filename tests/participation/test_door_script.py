"""The register in a real browser: what `door.js` promises to whoever taps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import sessionmaker
from werkzeug.serving import make_server

from app import clock
from app.db import current_db
from app.web import BUILT
from participation.models import Attendance
from tests import factories
from tests.conftest import settings_for
from tests.databases import fresh_database
from wsgi import create_app

EVERYONE = 20
#: As fast as two thumbs: each tap 30 ms after the one before.
TAP_EACH = """async () => {
    for (const button of document.querySelectorAll(".row button")) {
        button.click();
        await new Promise((go) => setTimeout(go, 30));
    }
}"""


@pytest.fixture(scope="module")
def site(chromium):
    """A running site on a database of its own: its address, its application, and its sessions."""
    if not (BUILT / "manifest.json").exists():
        pytest.skip("The scripts are not built: run script/build.")
    with fresh_database() as url:
        engine = create_engine(url)
        app = create_app(settings_for(url), TESTING=True)
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        with _served(app) as address:
            yield address, app, sessionmaker(engine)
        engine.dispose()


@contextmanager
def _served(app) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def register(site):
    """A session that starts now, with a place for everyone: its address, and who keeps its door."""
    provider = factories.provider()
    offer = factories.opportunity(
        provider=provider, achievement=factories.achievement(issuer=provider)
    )
    scheduled = factories.scheduled_session(
        places=EVERYONE, opportunity=offer, starts_at=clock.now() - timedelta(minutes=5)
    )
    home = factories.area()
    for _ in range(EVERYONE):
        factories.booking(of=factories.learner(home=home), on=scheduled)
    keeper = factories.member(of=provider)
    current_db.commit()
    address, key = f"{site[0]}/door/{scheduled.uuid}", keeper.get_id()
    current_db.remove()
    return address, key


@pytest.fixture
def page(chromium, site, register):
    _, app, _ = site
    signed = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signed
    cookie = signed.dumps({"_user_id": register[1], "_fresh": True})
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": "tirnod", "value": cookie, "url": site[0]}])
    page = context.new_page()
    page.goto(register[0])
    yield page
    context.close()


@pytest.fixture
def came(site):
    """Say how many the database has as here, of all sessions of this module, since the start."""
    before = _live(site[2])
    return lambda: _live(site[2]) - before


def _live(sessions) -> int:
    with sessions() as db:
        here = select(func.count()).select_from(Attendance).filter_by(withdrawn_at=None)
        return db.scalar(here) or 0


def rows(page):
    return page.locator(".row button")


def trouble(page) -> list[str]:
    return [words for words in page.locator(".trouble").all_inner_texts() if words]


def finish(page) -> None:
    page.click("[data-finish]")
    page.wait_for_url("**/finish")


def test_none_of_20_taps_at_30_ms_is_lost(page, came):
    page.evaluate(TAP_EACH)
    shown = page.inner_text("#tally")
    finish(page)

    assert (shown, came()) == ("20 of 20 here", 20)


def test_an_undo_tapped_while_everyone_is_being_saved_holds(page, came):
    page.evaluate("""() => {
        document.querySelector("[data-everyone] button").click();
        const [first, , third] = document.querySelectorAll(".row button");
        for (const button of [first, third, third, third]) button.click();
    }""")
    shown = page.inner_text("#tally")
    finish(page)

    assert (shown, came()) == ("18 of 20 here", 18)


def test_what_could_not_be_saved_goes_back_says_so_and_can_be_tapped_again(page, came):
    page.context.set_offline(True)
    rows(page).nth(0).click()
    page.wait_for_selector(".trouble:not(:empty)")
    said = trouble(page), page.inner_text("#tally"), came()

    page.context.set_offline(False)
    rows(page).nth(0).click()
    finish(page)

    assert said == (["Not saved. Tap to try again."], "0 of 20 here", 0)
    assert came() == 1


def test_a_lost_answer_doubles_nothing(page, came):
    page.route("**/door/*/*", lambda route: (route.fetch(), route.abort()))
    rows(page).nth(0).click()
    page.wait_for_selector(".trouble:not(:empty)")
    page.unroute_all()
    rows(page).nth(0).click()
    finish(page)

    assert came() == 1


@pytest.mark.parametrize("has_script", [True, False])
def test_all_but_two_take_5_taps(page, came, has_script):
    if not has_script:
        page.context.route("**/*.js", lambda route: route.abort())
        page.reload()

    page.click("[data-everyone] button")
    for number in (4, 9):
        rows(page).nth(number).click()
    finish(page)

    assert came() == 18
