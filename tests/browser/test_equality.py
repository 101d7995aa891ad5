"""A learner tells of themselves and takes it all away, on a phone, by keyboard alone and without a script."""

import pytest

from accounts.models import AgeBand
from accounts.service import start_learner
from app.db import current_db
from tests import factories
from tests.browser.conftest import PHONE, axe_findings, press, site_in_this_process


@pytest.fixture
def there(chromium):
    """A site of its own with one learner, and a way to open it as them."""
    with site_in_this_process() as (address, _app, _engine):
        new = start_learner(
            current_db(),
            name="Seren",
            age_band=AgeBand.FROM_13_TO_15,
            home=factories.area(),
        )
        current_db.commit()
        opened = []

        def as_seren(**more):
            context = chromium.new_context(viewport=PHONE, base_url=address, **more)
            opened.append(context)
            page = context.new_page()
            page.goto("/sign-in")
            page.fill("#pass_code", new.user.pass_code)
            page.fill("#pin", new.pin)
            press(page, "#learner-sign-in button")
            return page

        yield as_seren
        for context in opened:
            context.close()


def test_a_learner_tells_changes_and_takes_it_away_without_a_script(there):
    page = there(java_script_enabled=False)
    page.goto("/me/privacy")
    press(page, "text=Four questions you need not answer")
    page.focus("#ethnicity-3")
    page.keyboard.press("Space")
    page.focus("#care-2")
    page.keyboard.press("Space")
    press(page, "text=Yes, keep my answers and count them")

    assert "Ethnic group\nMixed, or more than one" in page.inner_text("dl.facts")
    assert page.is_checked("#care-2")

    # Nothing of it stays when they would rather not say; the rest does.
    page.check("#ethnicity-6")
    press(page, "text=Yes, keep my answers and count them")
    assert page.inner_text("dl.facts") == "In care now, or before\nNo"

    press(page, "text=Take it all away")
    assert "We keep no answer of yours." in page.inner_text("main")
    assert page.locator("input:checked").count() == 0


def test_the_page_is_sound_empty_told_and_refused(there):
    page = there()
    page.goto("/me/about-me")
    found = axe_findings(page)
    looks = [
        page.locator(each).evaluate("(it) => getComputedStyle(it).backgroundColor")
        for each in ("[data-next] a", "main form button")
    ]
    page.check("#send")
    press(page, "text=Yes, keep my answers and count them")
    found += axe_findings(page)
    page.evaluate("document.querySelector('#send').value = 'martian'")
    press(page, "text=Yes, keep my answers and count them")

    assert "There is a problem" in page.inner_text("main")
    assert found + axe_findings(page) == []
    # To tell and to leave look the same.
    assert looks[0] == looks[1]
