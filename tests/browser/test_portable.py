"""Taking all that is one's own along, and deleting an account, on a phone."""

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from accounts.models import AgeBand
from accounts.service import start_learner
from app.db import current_db
from tests import factories
from tests.browser.conftest import PHONE, axe_findings, press, site_in_this_process
from tests.working import work_until_idle


@pytest.fixture
def there(chromium):
    """A site of its own with one learner, and a way to open it as them."""
    with site_in_this_process() as (address, app, engine):
        area = factories.area()
        new = start_learner(current_db(), name="Seren", age_band=AgeBand.FROM_13_TO_15, home=area)
        current_db.commit()
        pages = []

        def as_seren(**more):
            context = chromium.new_context(viewport=PHONE, base_url=address, **more)
            page = context.new_page()
            pages.append(context)
            page.goto("/sign-in")
            page.fill("#pass_code", new.user.pass_code)
            page.fill("#pin", new.pin)
            press(page, "#learner-sign-in button")
            return page

        yield as_seren, new, app, engine
        for context in pages:
            context.close()


def test_a_learner_saves_everything_without_a_script(there):
    as_seren, _new, app, _engine = there
    page = as_seren(java_script_enabled=False)
    press(page, "text=My data: take it")
    press(page, "main .actions >> text=Save everything")
    press(page, "text=Make my file")
    assert "is being made" in page.inner_text("main")

    work_until_idle(app)

    press(page, "text=Look again")
    with page.expect_download() as coming:
        page.click("text=Download (")
    with zipfile.ZipFile(Path(coming.value.path())) as file:
        assert json.loads(file.read("record.json"))["learner"]["name"] == "Seren"


def test_a_learner_deletes_their_account(there):
    as_seren, new, _app, engine = there
    page = as_seren()
    found = []
    for address in ("/me/privacy", "/me/export", "/me/import", "/me/privacy/delete"):
        page.goto(address)
        found += axe_findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # To keep it and to delete it look the same.
    looks = [
        page.locator(each).evaluate(
            "(it) => [getComputedStyle(it).backgroundColor, getComputedStyle(it).fontSize]"
        )
        for each in ("[data-next] a", "main form button")
    ]
    assert looks[0] == looks[1]
    page.fill("#pin", new.pin)

    press(page, "main form button")

    assert page.inner_text("h1") == "Your account is deleted"
    found += axe_findings(page)
    page.goto("/me")
    assert "/sign-in" in page.url
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM user_account")) == 0
    assert found == []
