"""The search page as people meet it: on a phone, by keyboard, on little data, without JavaScript."""

import time

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, press

#: The budgets of the front page, in bytes as they travel, and in requests.
FIRST_VIEW, SHEET, SCRIPTS, PAGE, MAP = 60_000, 8_000, 8_000, 15_000, 60_000
REQUESTS = 8
#: How far scripts may make the page jump, as Chromium counts it: a quarter of the whole budget.
SHIFTED = 0.005


@pytest.fixture
def weigh():
    """Return the bytes and the address of everything that a page fetched, as they travelled."""

    def weigh(page, act):
        fetched, addresses = {}, {}
        debugger = page.context.new_cdp_session(page)
        debugger.send("Network.enable")
        debugger.on(
            "Network.responseReceived",
            lambda event: addresses.update({event["requestId"]: event["response"]["url"]}),
        )
        debugger.on(
            "Network.loadingFinished",
            lambda event: fetched.update(
                {addresses.get(event["requestId"], "?"): event["encodedDataLength"]}
            ),
        )
        act()
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(300)
        return fetched

    return weigh


def test_on_a_phone_the_first_card_stands_high_and_the_map_waits_for_a_tap(visit):
    page = visit(size=PHONE)
    page.goto(_near_castle(page))

    assert page.locator(".card").first.bounding_box()["y"] <= 380
    assert page.locator(".mk").count() == 0
    page.click("#showmap button")
    page.wait_for_selector(".mk")
    assert page.locator("#showmap button").get_attribute("aria-expanded") == "true"


def test_the_first_view_is_light(visit, weigh):
    page = visit(size=PHONE)
    fetched = weigh(page, lambda: page.goto("/"))

    def bytes_of(end):
        return sum(size for address, size in fetched.items() if address.endswith(end))

    assert len(fetched) <= REQUESTS
    assert sum(fetched.values()) <= FIRST_VIEW
    assert bytes_of("/") <= PAGE
    assert bytes_of(".css") <= SHEET
    assert bytes_of(".js") <= SCRIPTS

    def open_map():
        page.click("#showmap button")
        page.wait_for_selector(".mk")

    of_map = weigh(page, open_map)
    assert any("/map/" in address for address in of_map)
    assert sum(of_map.values()) <= MAP


def test_nothing_jumps_when_the_scripts_come_late(visit):
    page = visit(size=PHONE)
    # Without the typeface: how far that moves a line depends on what stands in the line.
    page.set_extra_http_headers({"Save-Data": "on"})
    page.route("**/*.js", lambda route: (time.sleep(0.5), route.continue_()))
    page.goto("/", wait_until="networkidle")
    assert page.locator("#near button").is_visible()

    shifted = page.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const { value } of list.getEntries()) sum += value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shifted <= SHIFTED


def test_the_map_holds_what_the_list_holds(visit):
    page = visit(size=DESK)
    page.goto(_near_castle(page))
    page.wait_for_selector(".mk")

    pinned = [pin.get_attribute("aria-label") for pin in page.locator(".mk").all()]
    # As text: what lies below the screen is not drawn yet.
    cards = [
        f"{card.get_attribute('data-n')}. {card.locator('h2').text_content().strip()}. "
        f"{card.locator('.w').text_content().strip()}"
        for card in page.locator(".card").all()
    ]
    assert sorted(name for label in pinned for name in _names(label)) == sorted(cards)


def test_by_keyboard_a_pin_leads_to_its_card_and_a_card_lights_its_pin(visit):
    page = visit(size=DESK)
    page.goto("/")
    page.wait_for_selector(".mk")
    pin = page.locator(".mk").last
    number = pin.inner_text().rstrip("+")
    pin.focus()
    page.keyboard.press("Enter")

    focused = page.evaluate("document.activeElement.closest('.card').dataset.n")
    assert focused == number
    assert "on" in pin.get_attribute("class").split()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("address", ["/", "/cy/?age=old&text=zzzz", "/no-such-page"])
def test_nothing_stands_in_anyones_way(visit, size, address):
    page = visit(size=size)
    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert axe_findings(page) == []
    assert not page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


def test_without_javascript_everything_but_the_map_is_there(visit):
    page = visit(size=PHONE, javascript=False)
    page.goto(_near_castle(page))

    assert page.locator(".card").count() == 20
    assert not page.locator("#near").is_visible()
    assert not page.locator("#showmap").is_visible()
    page.click(".filt summary")
    page.check("#free-1")
    press(page, ".filters button")
    assert "free=1" in page.url
    press(page, "nav.pages a[rel=next]")
    assert page.locator(".card").first.get_attribute("data-n") == "21"


def _near_castle(page) -> str:
    page.goto("/")
    page.fill("#where", "Castle")
    page.click("#find button")
    return page.url


def _names(label: str) -> list[str]:
    """Return the cards that a pin stands for: itself, or each after `3 things here:`."""
    return label.partition(": ")[2].split("; ") if " things here: " in label else [label]
