"""Reports by keyboard alone, and the page of reach where there is no colour."""

import re
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageStat

from tests.browser.conftest import DESK, PHONE, axe_findings, enter, press, tab_to

#: For each class in the legend: what it is filled with in print.
_FILLS = """() => Object.fromEntries([...document.querySelectorAll(".legend svg")].map((swatch) => {
    const drawn = swatch.querySelector("path");
    const group = document.querySelector(`.areas .${swatch.classList[1]} > path`);
    return [swatch.classList[1], [drawn, group].filter(Boolean).map((each) => getComputedStyle(each).fill)];
}))"""


def test_by_keyboard_to_a_report_on_paper_and_to_be_told_of_the_next(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach")
    tab_to(page, 'p.links a[href*="/reach/reports"]')
    enter(page)
    assert page.inner_text("h1") == "Reports"
    assert axe_findings(page) == []

    # The demo counts the last term but one again: which that is, the day says.
    corrected = 'tr:has-text("Corrected, because: A club found the list")'
    assert page.locator(corrected).count() == 1
    tab_to(page, f'{corrected} a[aria-label^="PDF: "]')
    answers: list = []

    def keep(route) -> None:
        # Not shown: the browser's own reader of PDF is not ours to look at.
        answers.append(route.fetch())
        route.fulfill(status=204)

    page.route("**/report.pdf*", keep)
    with page.expect_response("**/report.pdf*"):
        page.keyboard.press("Enter")
    [answer] = answers
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")

    tab_to(page, "#kinds-month")
    page.keyboard.press("Space")
    enter(page)
    assert page.inner_text("[role=status]") == "Saved."
    assert page.locator("#kinds-month").is_checked()


def test_a_city_admin_is_told_in_words_what_cannot_be(visit):
    page = visit("city_admin", size=PHONE)
    page.goto("/reach/reports")
    page.click("#ledger summary")
    page.fill("#rho", "0.2")
    press(page, "#ledger button")

    assert "no less can be set" in page.inner_text(".govuk-error-summary")
    assert page.input_value("#rho") == "0.2"
    assert axe_findings(page) == []


def test_the_map_is_read_in_print_without_colour(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach")
    page.emulate_media(media="print")

    fills = page.evaluate(_FILLS)
    woven = {band: set(each) for band, each in fills.items() if band != "band-hidden"}
    assert woven == {band: {f'url("#{band.replace("band", "print")}")'} for band in woven}
    assert len(woven) == 5
    assert "#hatch" in fills["band-hidden"][0]
    assert "rotate(45)" in page.get_attribute("#hatch", "patternTransform")

    lightness = [
        _lightness(page.locator(f".legend .{band}").screenshot()) for band in sorted(woven)
    ]
    steps = [before - after for before, after in pairwise(lightness)]
    assert min(steps) > 15, lightness


def test_what_is_folded_away_is_read_in_print(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach")
    fact = page.locator("#method dd >> nth=0")
    assert not fact.is_visible()

    page.emulate_media(media="print")

    assert fact.bounding_box()["height"] > 10
    assert not page.locator("p.links >> nth=0").is_visible()
    assert re.search(r"\d{4}", page.inner_text("#period option:checked")), "which period it is"


def _lightness(picture: bytes) -> float:
    return ImageStat.Stat(Image.open(BytesIO(picture)).convert("L")).mean[0]
