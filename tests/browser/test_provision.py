"""From a cold spot to who would gain, by keyboard alone."""

from tests.browser.conftest import DESK, axe_findings


def test_by_keyboard_from_cold_spots_to_who_would_gain(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach/cold-spots")

    _go_to(page, "#free-1")
    page.keyboard.press("Space")
    _go_to(page, "form.filters button")
    _enter(page)
    assert "free=1" in page.url
    spot = page.inner_text("ol.lines h3 >> nth=0")
    assert axe_findings(page) == []

    _go_to(page, "ol.lines a.btn >> nth=0")
    _enter(page)
    assert page.inner_text("#answer .lead b") == spot.partition(". ")[2]
    assert "young people would have more within reach" in page.inner_text("#answer")

    _go_to(page, "#second")
    page.keyboard.press("ArrowDown")
    _go_to(page, "#places")
    page.keyboard.press("Control+A")
    page.keyboard.type("35")
    _enter(page)
    assert "places=35" in page.url
    assert page.locator("#answer .lead").count() == 2
    assert axe_findings(page) == []


def _go_to(page, selector, most=200):
    """Press Tab until the focus is there."""
    wanted = page.locator(selector).element_handle()
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => wanted === document.activeElement", wanted):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def _enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")
