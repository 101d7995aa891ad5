"""Something shown from a phone: in parts, over a line that drops, and without scripts."""

import pytest

from tests.browser.conftest import PHONE, axe_findings, press, wait_until
from tests.evidence import hostile

PARTS = "**/me/evidence/uploads/*"


@pytest.fixture
def photo(tmp_path):
    """A photo of two megabytes: four parts."""
    path = tmp_path / "IMG_2041.jpg"
    path.write_bytes(hostile.jpeg_with_everything() + bytes(2 * 1024 * 1024))
    return path


class Line:
    """Lets parts through, or drops them, and notes from where each was sent."""

    def __init__(self, page) -> None:
        self.drops, self.sent_from = lambda _number: False, []
        page.route(PARTS, self._pass)

    def _pass(self, route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        self.sent_from.append(int(route.request.headers["upload-offset"]))
        if self.drops(len(self.sent_from)):
            return route.abort("internetdisconnected")
        return route.continue_()


def _says(page, words):
    wait_until(
        page, "(words) => document.querySelector('#upload-words').textContent === words", words
    )


def test_a_photo_goes_on_after_a_dropped_line_and_after_a_reload(visit, photo):
    page = visit("learner", size=PHONE)
    line = Line(page)
    page.goto("/me/evidence/new?kind=photo")
    found = axe_findings(page)

    line.drops = lambda number: number == 2
    page.set_input_files("#file", photo)
    _says(page, "The file is here.")
    assert line.sent_from[0] == 0
    assert len(set(line.sent_from)) < len(line.sent_from)

    photo = photo.rename(photo.with_name("IMG_2042.jpg"))
    photo.write_bytes(photo.read_bytes() + b"another")
    line.sent_from, line.drops = [], lambda number: number > 1
    page.set_input_files("#file", photo)
    _says(page, "No internet. It goes on by itself when you are back.")
    page.reload()
    line.sent_from, line.drops = [], lambda _number: False
    assert page.locator("text=is not all here yet").count() > 0
    page.set_input_files("#file", photo)
    page.fill("#title", "My bowl")
    _says(page, "The file is here.")
    assert line.sent_from[0] > 0
    page.check("input[name=stem] >> nth=0")

    press(page, "main form .btn.go")
    assert page.inner_text("h1") == "My bowl"
    assert "I made this." in page.inner_text("main")
    found += axe_findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("main details:last-of-type summary")
    press(page, "main details form .btn")
    assert found == []


def test_a_form_that_is_sent_early_waits_for_its_file(visit, photo):
    page = visit("learner", size=PHONE)
    line = Line(page)
    page.goto("/me/evidence/new?kind=photo")
    page.fill("#title", "Early")
    line.drops = lambda number: number == 1
    page.set_input_files("#file", photo)
    _says(page, "No internet. It goes on by itself when you are back.")

    with page.expect_navigation():
        page.click("main form .btn.go")

    assert page.inner_text("h1") == "Early"


def test_without_scripts_a_photo_comes_with_the_form_in_welsh_too(visit, photo):
    page = visit("learner", size=PHONE, javascript=False)
    page.goto("/cy/me/evidence/new?kind=photo")
    page.set_input_files("#file", photo)
    press(page, "main form .btn.go")
    assert page.locator("#title-error").count() == 1
    page.fill("#title", "Fy mowlen")
    press(page, "main form .btn.go")

    assert page.inner_text("h1") == "Fy mowlen"
    assert "/cy/me/evidence/" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_is_kept_is_seen_and_heard(visit):
    """The demo's own photo and tune: under the policy of the pages, in a real browser."""
    page = visit("learner", size=PHONE)
    page.goto("/me/evidence")
    press(page, "text=My first bowl")
    wait_until(page, "document.querySelector('main img').naturalWidth > 1000")
    page.goto("/me/evidence")
    press(page, "text=A tune I made up")
    page.evaluate("document.querySelector('audio').load()")
    page.evaluate("document.querySelector('audio').play()")
    wait_until(page, "document.querySelector('audio').currentTime > 0.2")
    assert page.evaluate("Math.round(document.querySelector('audio').duration)") == 4
