"""A concern in three steps, on a phone, with and without a script; and the officer who looks after it."""

import os
import re

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, press

SEND = "main form .btn.go"


def _shot(page, name):
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("before", ["", "/cy"], ids=["english", "welsh"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_three_steps_end_in_a_code_by_which_to_look_back(visit, before, javascript):
    page = visit(size=PHONE, javascript=javascript)
    found, fits = [], []

    def look(name):
        found.extend(axe_findings(page) if javascript else [])
        fits.append(_fits(page))
        _shot(page, f"concern{before.replace('/', '-')}-{name}")

    page.goto(f"{before}/help")
    press(page, ".foot a[href$='/concern']")
    look("1")
    press(page, SEND)
    assert page.locator(".govuk-error-summary a").count() == 2
    look("1-error")
    page.check("#kind-3")
    page.check("#urgency")
    press(page, SEND)
    page.fill("#happened", "He shouted at us.")
    page.fill("#about", "The coach")
    look("2")
    press(page, SEND)
    look("3")
    press(page, "button[value=back]")
    assert page.input_value("#happened") == "He shouted at us."
    press(page, SEND)
    press(page, SEND)
    code = page.inner_text("main strong")
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", code)
    look("receipt")

    press(page, "main a[href$='/concern/receipt']")
    look("receipt-form")
    page.fill("#code", "nothing like it")
    press(page, SEND)
    look("receipt-error")
    page.fill("#code", code.lower())
    page.fill("#words", "It happened again.")
    press(page, SEND)
    assert page.locator(".note.good").count() == 1
    assert "shouted" not in page.content()
    look("look-back")

    assert found == []
    assert set(fits) == {True}


def test_one_tap_leaves_the_page_and_leaves_no_way_back_to_it(visit, site):
    page = visit(size=PHONE)
    page.context.route("https://www.bbc.co.uk/**", lambda route: route.abort())
    page.goto("/help")
    page.goto("/concern")
    # To another page of ours, so that no test asks a host elsewhere.
    page.evaluate("document.querySelector('[data-exit]').href = '/livez'")

    press(page, "[data-exit]")
    page.wait_for_url("**/livez")
    page.go_back()

    assert page.url.endswith("/help")


def test_shift_three_times_leaves_as_well(visit):
    page = visit(size=PHONE)
    page.goto("/concern")
    page.evaluate("document.querySelector('[data-exit]').href = '/livez'")

    for _press in range(3):
        page.keyboard.press("Shift")

    page.wait_for_url("**/livez")


def test_a_worry_about_an_activity_is_handed_over_with_its_words(visit):
    page = visit(size=PHONE, javascript=False)
    page.goto("/c/aberwennol")
    page.goto(page.locator("main a[href^='/a/']").first.get_attribute("href") + "/report")
    page.check("input[value=safety]")
    page.fill("#words", "The gate was open.")
    press(page, "main form .btn.go")

    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", page.inner_text("main strong"))


def test_an_officer_looks_after_a_concern(visit):
    reporter = visit(size=PHONE, javascript=False)
    reporter.goto("/concern")
    reporter.check("#kind-3")
    reporter.check("#urgency")
    press(reporter, SEND)
    reporter.fill("#happened", "A very particular worry.")
    press(reporter, SEND)
    press(reporter, SEND)

    officer = visit("authority_officer", size=DESK)
    found = []
    officer.goto("/authority/concerns")
    found += axe_findings(officer)
    _shot(officer, "officer-queue")
    press(officer, "main ul.lines li:first-child a")
    press(officer, ".btn.go >> nth=0")
    officer.fill("#words", "Rang the school.")
    _shot(officer, "officer-concern")
    found += axe_findings(officer)
    officer.set_viewport_size(PHONE)
    _shot(officer, "officer-concern-phone")
    assert _fits(officer)
    press(officer, "button[value=close]")
    found += axe_findings(officer)
    with officer.expect_download() as download:
        officer.click("form[action$='/document'] button")
    assert download.value.suggested_filename.startswith("concern-")
    assert found == []
