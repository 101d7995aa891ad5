"""From a cold spot to who would gain, by keyboard alone."""

from tests.browser.conftest import DESK, axe_findings, enter, tab_to


def test_by_keyboard_from_cold_spots_to_who_would_gain(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach/cold-spots")

    tab_to(page, "#free-1")
    page.keyboard.press("Space")
    tab_to(page, "form.filters button")
    enter(page)
    assert "free=1" in page.url
    spot = page.inner_text("ol.lines h3 >> nth=0")
    assert axe_findings(page) == []

    tab_to(page, "ol.lines a.btn >> nth=0")
    enter(page)
    assert page.inner_text("#answer .lead b") == spot.partition(". ")[2]
    assert "young people would have more within reach" in page.inner_text("#answer")

    tab_to(page, "#second")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#places")
    page.keyboard.press("Control+A")
    page.keyboard.type("35")
    enter(page)
    assert "places=35" in page.url
    assert page.locator("#answer .lead").count() == 2
    assert axe_findings(page) == []
