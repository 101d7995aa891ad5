"""Something done elsewhere: added on a phone, confirmed by an adult on theirs, in both languages."""

import pytest

from tests.browser.conftest import PHONE, axe_findings, press


@pytest.mark.parametrize(
    ("before", "javascript"), [("", True), ("/cy", False)], ids=["english", "welsh-no-script"]
)
def test_what_was_added_is_confirmed_without_an_account(visit, before, javascript):
    mine = visit("learner", size=PHONE, javascript=javascript)
    theirs = visit(size=PHONE, javascript=javascript)
    title = "Sorted tins" if javascript else "Sorted cans"
    found = []

    mine.goto(f"{before}/me/add")
    found += axe_findings(mine) if javascript else []
    mine.select_option("#kind", "volunteering")
    mine.fill("#title", title)
    mine.fill("#place", "The food bank")
    mine.fill("#done_on", "2026-10-20")
    mine.select_option("#minutes", "90")
    press(mine, "main form .btn.go")
    press(mine, "section[aria-labelledby=adult] form .btn")
    found += axe_findings(mine) if javascript else []

    theirs.goto(mine.inner_text("a.address"))
    found += axe_findings(theirs) if javascript else []
    assert title in theirs.inner_text("main")
    theirs.check("input[name=answer] >> nth=0")
    theirs.fill("#name", "Sam Lewis")
    theirs.fill("#role", "runs the food bank")
    theirs.check("#is_adult")
    press(theirs, "main form .btn.go")
    assert title not in theirs.inner_text("main")
    found += axe_findings(theirs) if javascript else []

    mine.goto(f"{before}/me/story")
    assert mine.locator("li", has_text=title).locator("text=Sam Lewis").count() == 1
    for page in (mine, theirs):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert found == []
