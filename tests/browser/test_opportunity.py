"""The page of one thing in a browser: passed on, and on paper."""

import re

from tests.browser.conftest import DESK, PHONE, wait_until

_A4_WIDTH_PX = 718  # with the usual margins


def _open_first(page):
    page.goto("/c/aberwennol")
    page.goto(page.locator("main a[href^='/a/']").first.get_attribute("href"))


def test_the_address_is_copied_where_nothing_else_can_pass_it_on(visit, site):
    page = visit(size=DESK)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("delete Navigator.prototype.share")
    _open_first(page)

    page.click("#share-now")
    wait_until(page, "document.getElementById('share-done').textContent")

    address = page.url.split("?")[0]
    assert page.inner_text("#share-done") == "The address is copied."
    assert page.evaluate("navigator.clipboard.readText()") == address


def test_a_phone_is_asked_to_pass_it_on(visit):
    page = visit(size=PHONE)
    page.add_init_script(
        "navigator.share = (what) => { window.passed = what; return Promise.reject(); }"
    )
    _open_first(page)

    page.click("#share-now")

    assert page.evaluate("window.passed.url") == page.input_value("#address")


def test_without_a_script_the_address_stands_there_to_copy(visit):
    page = visit(size=PHONE, javascript=False)
    _open_first(page)

    assert not page.is_visible("#share-now")
    assert page.input_value("#address") == page.url.split("?")[0]


def test_it_prints_on_one_side_with_its_address(visit):
    page = visit(size={"width": _A4_WIDTH_PX, "height": 1000})
    _open_first(page)

    sides = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    page.emulate_media(media="print")

    assert sides == 1
    for hidden in (".top", ".foot", ".back", ".next-step", ".btn >> nth=0"):
        assert not page.is_visible(hidden)
    written = page.evaluate(
        "getComputedStyle(document.querySelector('[data-address]'), '::after').content"
    )
    assert page.url.split("?")[0] in written
    assert page.evaluate("document.documentElement.scrollWidth") <= _A4_WIDTH_PX
