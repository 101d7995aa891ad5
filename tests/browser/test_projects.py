"""A project on a phone: begun, logged, confirmed by a supervisor on theirs, packed for a reader."""

import pytest

from tests.browser.conftest import PHONE, axe_findings, press


@pytest.mark.parametrize(
    ("before", "javascript"), [("", True), ("/cy", False)], ids=["english", "welsh-no-script"]
)
def test_a_project_goes_from_a_sentence_to_a_pack(visit, before, javascript):
    mine = visit("learner", size=PHONE, javascript=javascript)
    theirs = visit(size=PHONE, javascript=javascript)
    title = "Bees on the roof" if javascript else "Bees in the yard"
    found = []

    def look(page):
        found.extend(axe_findings(page) if javascript else [])
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    mine.goto(f"{before}/me/projects")
    press(mine, ".next-step a")
    look(mine)
    mine.fill("#title", title)
    mine.check("input[name=kind] >> nth=2")
    mine.fill("#started_on", "2026-09-01")
    mine.fill("#brief", "To see whether they stay.")
    press(mine, "main form .btn.go")
    look(mine)
    press(mine, ".next-step a")
    mine.check("input[name=kind] >> nth=2")
    mine.select_option("#minutes", "30")
    mine.fill("#words", "She asked about shade.")
    press(mine, "main form .btn.go")
    look(mine)
    press(mine, ".next-step a")
    press(mine, "#product a")
    mine.fill("#product", "Two hives.")
    look(mine)
    press(mine, "main form .btn.go")
    press(mine, "section[aria-labelledby=adult] form .btn")

    theirs.goto(mine.inner_text("a.address"))
    look(theirs)
    assert "She asked about shade." in theirs.inner_text("main")
    theirs.check("input[name=answer] >> nth=0")
    theirs.fill("#name", "Sam Lewis")
    theirs.fill("#role", "teaches physics")
    theirs.check("#is_adult")
    press(theirs, "main form .btn.go")

    mine.reload()
    assert "Sam Lewis, teaches physics" in mine.inner_text("#about")
    press(mine, "a.btn[href*='/me/sharing/new']")
    look(mine)
    assert mine.locator("input[name=lines]:checked").count() == 1
    mine.fill("#label", "College")
    press(mine, "main form.panel .btn.go")
    theirs.goto(mine.locator("a.address").first.get_attribute("href"))
    theirs.goto(theirs.locator("main a[href*='/line/project/']").first.get_attribute("href"))
    look(theirs)
    assert "Two hives." in theirs.inner_text("main")
    assert found == []
