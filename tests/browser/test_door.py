"""The register in a real browser: what `door.js` and the worker promise to whoever taps."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from app import clock
from app.db import current_db
from badges.models import AchievementCredential
from participation.models import Attendance, AttendanceMark
from tests import factories
from tests.browser.conftest import PHONE, axe_findings, press, site_in_this_process, wait_until

EVERYONE = 20
#: As fast as two thumbs: each tap 30 ms after the one before.
TAP_EACH = """async () => {
    for (const button of document.querySelectorAll(".row button")) {
        button.click();
        await new Promise((go) => setTimeout(go, 30));
    }
}"""
#: The cookies of the phones that are offline.
_offline: set[str] = set()
#: What this browser keeps: addresses of kept pages, and how many taps.
KEPT = """async () => {
    const pages = await (await caches.open("kept")).keys();
    const names = (await indexedDB.databases()).map(({ name }) => name);
    let taps = 0;
    if (names.includes("door")) taps = await new Promise((done) => {
        indexedDB.open("door").onsuccess = ({ target: { result } }) => {
            const asked = result.transaction("taps").objectStore("taps").count();
            asked.onsuccess = () => (result.close(), done(asked.result));
        };
    });
    return [pages.map(({ url }) => new URL(url).pathname), taps];
}"""
#: Let what is kept be as old as if so many hours had passed.
AGE = """async (hours) => {
    const pages = await caches.open("kept");
    for (const key of await pages.keys()) {
        const page = await pages.match(key);
        const headers = new Headers(page.headers);
        headers.set("kept-until", headers.get("kept-until") - hours * 3600 * 1000);
        await pages.put(key, new Response(await page.text(), { headers }));
    }
}"""


@pytest.fixture(scope="module")
def site(chromium):
    """A running site on a database of its own: its address, its application, and its sessions."""
    with site_in_this_process(_but_for_who_is_offline) as (address, app, engine):
        yield address, app, sessionmaker(engine)


def _but_for_who_is_offline(app):
    """Hang up on each phone that is offline.

    Chromium's debugger lets one send all the same, by its service worker or after a reload. A cookie
    tells them apart, because whatever a phone sends carries it.
    """

    def answer(environ, start_response):
        if _offline & set(environ.get("HTTP_COOKIE", "").split("; ")):
            raise ConnectionError
        return app(environ, start_response)

    return answer


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
def phones(chromium, site, register):
    """Return a way to open the register on one more phone, signed in as who keeps the door."""
    contexts = []

    def phone():
        signed = SecureCookieSessionInterface().get_signing_serializer(site[1])
        assert signed
        cookie = signed.dumps({"_user_id": register[1], "_fresh": True})
        context = chromium.new_context(viewport=PHONE)
        contexts.append(context)
        for name, value in (("tirnod", cookie), ("phone", uuid4().hex)):
            context.add_cookies([{"name": name, "value": value, "url": site[0]}])
        page = context.new_page()
        page.goto(register[0])
        return page

    yield phone
    for context in contexts:
        context.close()


@pytest.fixture
def page(phones):
    return phones()


@pytest.fixture
def came(site):
    """Say how many the database has as here, of all sessions of this module, since the start."""
    before = _live(site[2])
    return lambda: _live(site[2]) - before


def _live(sessions) -> int:
    with sessions() as db:
        here = select(func.count()).select_from(Attendance).filter_by(withdrawn_at=None)
        return db.scalar(here) or 0


@pytest.fixture
def written(site):
    """Say how many marks, people here and badges the database has since the start."""
    tables = (AttendanceMark, Attendance, AchievementCredential)

    def count():
        with site[2]() as db:
            return [db.scalar(select(func.count()).select_from(table)) for table in tables]

    before = count()
    return lambda: [now - then for now, then in zip(count(), before, strict=True)]


def rows(page):
    return page.locator(".row button")


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


def test_what_cannot_be_sent_stays_on_the_screen_and_says_so(page, came):
    page.context.set_offline(True)
    rows(page).nth(0).click()
    page.wait_for_selector("#waiting:not([hidden])")
    said = page.inner_text("#waiting"), page.inner_text("#tally"), came()

    page.context.set_offline(False)
    finish(page)

    assert said == (
        "Saved on this phone: 1. It will be sent when you are back online.",
        "1 of 20 here",
        0,
    )
    assert came() == 1


def test_a_lost_answer_doubles_nothing(page, came):
    page.route("**/door/taps", lambda route: (route.fetch(), route.abort()))
    rows(page).nth(0).click()
    page.wait_for_selector("#waiting:not([hidden])")
    page.unroute_all()
    rows(page).nth(1).click()
    finish(page)

    assert came() == 2


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


def test_one_by_one_takes_no_more_than_25_taps(page, came):
    taps = 1  # to open it
    for number in range(EVERYONE):
        rows(page).nth(number).click()
        taps += 1
    finish(page)
    taps += 1

    assert (came(), taps) == (EVERYONE, 22)


def test_200_taps_offline_with_a_reload_a_lost_answer_and_two_phones_count_once_each(
    phones, register, written
):
    first, second = phones(), phones()
    for phone in (first, second):
        _stand_offline(phone)
        for _ in range(3):
            phone.evaluate(TAP_EACH)
    _reload_offline(first)
    for phone in (first, second):
        for _ in range(2):
            phone.evaluate(TAP_EACH)
    assert [phone.inner_text("#tally") for phone in (first, second)] == ["20 of 20 here"] * 2
    assert written() == [0, 0, 0]

    lost = []
    first.route("**/door/taps", lambda route: (route.fetch(), lost.append(1), route.abort()))
    _go_online(first)
    _until(lambda: lost, first)
    first.unroute_all(behavior="wait")
    first.reload()
    _go_online(second)
    for phone in (first, second):
        wait_until(phone, "() => document.getElementById('waiting').hidden")
        finish(phone)

    assert lost
    assert written() == [200, 20, 20]


def test_a_reload_without_internet_shows_what_was_tapped_before_and_since(page, came):
    _stand_online(page)
    rows(page).nth(0).click()
    wait_until(page, f"async () => (await ({KEPT})())[1] === 1")
    _until(lambda: came() == 1, page)
    _go_offline(page)
    rows(page).nth(1).click()
    _reload_offline(page)

    assert page.inner_text("#tally") == "2 of 20 here"
    assert page.locator("#kept").is_visible()
    assert axe_findings(page) == []


def test_signing_out_leaves_nobodys_name_on_the_phone_and_loses_no_tap(page, came):
    _stand_offline(page)
    rows(page).nth(0).click()
    page.wait_for_selector("#waiting:not([hidden])")
    _go_online(page)

    press(page, "form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.wait_for_load_state("networkidle")

    assert page.evaluate(KEPT) == [[], 0]
    assert came() == 1


def test_where_the_server_knows_the_keeper_no_more_the_names_go_and_the_taps_stay(
    page, register, came
):
    _stand_offline(page)
    rows(page).nth(0).click()
    page.wait_for_selector("#waiting:not([hidden])")
    page.context.clear_cookies(name="tirnod")
    _go_online(page)
    wait_until(page, "() => !document.querySelector('.row')")

    assert "You were signed out" in page.inner_text("#waiting")
    wait_until(page, f"async () => !(await ({KEPT})())[0].length")
    assert page.evaluate(KEPT) == [[], 1]
    assert came() == 0


def test_12_hours_after_the_end_an_open_register_shows_and_keeps_no_name(page):
    _stand_online(page)
    page.clock.install()
    page.reload()
    page.clock.fast_forward("13:50:00")  # the session ends in less than two hours
    assert page.locator(".row").count() == EVERYONE

    page.clock.fast_forward("00:10:00")
    wait_until(page, "() => !document.querySelector('.row')")
    wait_until(page, f"async () => !(await ({KEPT})())[0].length")


def test_12_hours_after_the_end_a_kept_register_is_not_shown(page, register):
    _stand_online(page)
    page.context.set_offline(True)
    page.evaluate(AGE, 13)
    page.reload()
    assert page.locator(".row").count() == EVERYONE

    page.evaluate(AGE, 1)
    page.reload()

    assert page.inner_text("h1") == "No internet"
    assert page.evaluate(KEPT) == [[], 0]


def _stand_online(page) -> None:
    """Wait until the worker stands behind the register and keeps it."""
    wait_until(page, "() => Boolean(navigator.serviceWorker.controller)")
    page.reload()
    wait_until(page, f"async () => (await ({KEPT})())[0].length === 1")
    page.wait_for_load_state("networkidle")


def _stand_offline(page) -> None:
    _stand_online(page)
    _go_offline(page)


def _go_offline(page) -> None:
    page.context.set_offline(True)
    _offline.add(_name(page))


def _name(page) -> str:
    [name] = [each["value"] for each in page.context.cookies() if each["name"] == "phone"]
    return f"phone={name}"


def _go_online(page) -> None:
    _offline.discard(_name(page))
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def _reload_offline(page) -> None:
    page.reload()
    wait_until(page, "() => !document.getElementById('waiting').hidden")


def _until(is_so, page) -> None:
    while not is_so():
        page.wait_for_timeout(50)
