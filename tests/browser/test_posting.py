"""Posting on a phone: within the field counts, and nothing typed is lost to a reload or the network."""

from datetime import datetime, timedelta
from itertools import count

import pytest

from app.clock import LONDON
from tests.browser.conftest import PHONE, axe_findings, press, questions, wait_until

_number = count(1)
SAVED = "document.getElementById('kept-words').textContent === 'Saved.'"
AWAY = "document.getElementById('kept-words').textContent.startsWith('No internet')"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(visit, request):
    """The phone of someone who speaks for a provider, with and without scripts."""
    return visit("provider_admin", size=PHONE, javascript=request.param)


def test_posting_asks_for_twelve_things_and_survives_reloads(page):
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    # Kind and category are one thing to whoever answers: what it is.
    asked = questions(page)
    _fill_what(page, title)
    press(page, "button[value=when]")
    page.reload()
    page.wait_for_load_state()
    asked += questions(page)
    assert len(asked) - 1 <= 12, asked
    assert page.locator("h1").inner_text() == title

    _fill_when(page)
    press(page, "button[value=check]")
    page.reload()
    page.wait_for_load_state()
    assert "Raft yard" in page.inner_text("main")
    assert page.locator(".card", has_text=title).count() == 1

    press(page, "button[value=post]")
    assert "Where it stands" in page.inner_text("main")
    page.goto("/provide")
    assert page.locator("#offers ~ .lines > li", has_text=title).count() == 1
    assert page.locator("a", has_text=f"Go on with {title}").count() == 0


def test_coming_back_another_day_goes_on_where_one_was(page):
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    _fill_what(page, title)
    press(page, "button[value=when]")

    page.goto("/provide")
    press(page, f"a:has-text('Go on with {title}')")

    assert page.locator("h1").inner_text() == title
    page.fill("#places", "8")
    press(page, "button[value=what]")
    assert page.input_value("#title") == title
    press(page, "button[value=when]")
    assert page.input_value("#places") == "8"
    page.goto("/provide")
    press(page, f"form:has-text('{title}') button")
    assert page.locator("a", has_text=f"Go on with {title}").count() == 0


def test_the_browsers_own_way_back_loses_nothing(page):
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    _fill_what(page, title)
    press(page, "button[value=when]")

    page.go_back()

    assert page.input_value("#title") == title
    assert page.input_value("#max_age") == "18"


def test_without_a_script_a_button_pressed_without_internet_can_be_pressed_again(visit):
    page = visit("provider_admin", size=PHONE, javascript=False)
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    _fill_what(page, title)
    press(page, "button[value=when]")
    _fill_when(page)

    page.context.set_offline(True)
    page.click("button[value=check]", no_wait_after=True)
    page.wait_for_timeout(300)
    assert "chrome-error" in page.url or "Check before" not in page.content()
    page.context.set_offline(False)
    # The browser sends what it could not send before.
    page.reload()
    page.wait_for_load_state()

    assert "Check before you post" in page.inner_text("main")
    assert "Raft yard" in page.inner_text("main")


def test_each_change_is_kept_as_it_is_typed_and_a_reload_shows_it(visit):
    page = visit("provider_admin", size=PHONE)
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    page.fill("#title", title)
    wait_until(page, SAVED)
    page.check("input[name=kind][value=volunteering]")
    page.select_option("#min_age", "13")
    # Before it can have been sent.
    page.reload()

    assert page.input_value("#title") == title
    assert page.is_checked("input[value=volunteering]")
    assert page.input_value("#min_age") == "13"
    wait_until(page, SAVED)
    other = visit("provider_admin")
    other.goto("/provide")
    press(other, f"a:has-text('Go on with {title}')")
    assert other.input_value("#min_age") == "13"


def test_without_internet_it_says_so_keeps_all_and_sends_it_later(visit):
    page = visit("provider_admin", size=PHONE)
    title = f"Raft day {next(_number)}"
    page.goto("/provide/activities/new")
    _fill_what(page, title)
    press(page, "button[value=when]")

    page.context.set_offline(True)
    _fill_when(page)
    wait_until(page, AWAY)
    page.click("button[value=check]")
    page.wait_for_timeout(200)
    assert page.locator("h1").inner_text() == title, "the page stays while there is no internet"
    assert page.input_value("#place_name") == "Raft yard"

    page.context.set_offline(False)
    wait_until(page, SAVED)
    page.reload()
    assert page.input_value("#place_name") == "Raft yard"
    assert page.is_checked("input[name=welcome] >> nth=0")
    press(page, "button[value=check]")
    press(page, "button[value=post]")
    assert "Where it stands" in page.inner_text("main")
    assert page.evaluate("sessionStorage.length") == 0, "what was sent is not kept on the phone"


def test_joining_survives_a_reload_but_for_the_password(visit):
    page = visit(size=PHONE)
    page.goto("/provide/join")
    page.fill("#organisation", "Raft Makers")
    page.click("label[for=kind-2]")
    page.fill("#description", "We build rafts.")
    page.fill("#email", "bo@rafts.example")
    page.fill("#password", "paper-string-and-wind")

    page.reload()

    assert page.input_value("#organisation") == "Raft Makers"
    assert page.is_checked("input[name=kind] >> nth=1")
    assert page.input_value("#description") == "We build rafts."
    assert page.input_value("#email") == "bo@rafts.example"
    assert page.input_value("#password") == ""
    assert "paper-string" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.goto("/provide/joined")
    assert page.evaluate("sessionStorage.length") == 0


def test_pages_of_a_listing_are_accessible_and_fit_a_phone(visit):
    page = visit("provider_admin", size={"width": 320, "height": 640})
    page.goto("/provide")
    press(page, "#offers ~ .lines a >> nth=0")
    own = page.url
    found = []
    for address in (
        *(own, f"{own}/edit", f"{own}/more", f"{own}/history", f"{own}/page"),
        *("/provide/activities", "/provide/places", "/provide/places/new"),
        "/provide/activities/new",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        found += axe_findings(page)

    assert found == []


def _fill_what(page, title: str) -> None:
    page.fill("#title", title)
    page.fill("#description", "You will build a raft, and we see whether it floats.")
    page.check("input[name=kind] >> nth=0")
    page.select_option("#category", index=3)
    page.select_option("#min_age", "11")
    page.select_option("#max_age", "18")
    page.select_option("#badge", "none")


def _fill_when(page) -> None:
    day = datetime.now(LONDON) + timedelta(days=9)
    page.fill("#date", day.date().isoformat())
    page.fill("#start", "10:00")
    page.fill("#end", "12:00")
    page.select_option("#place", "new")
    if not page.is_visible("#place_name"):
        page.click("details:has(#place_name) summary")
    page.fill("#place_name", "Raft yard")
    page.fill("#place_address", "Hill Street")
    page.fill("#place_postcode", "ZT1 1AA")
    page.fill("#places", "12")
    page.check("input[name=welcome] >> nth=0")
