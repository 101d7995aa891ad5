"""Adults who help: feedback by a link on a phone, in both languages; and a class from a pasted list."""

import time

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, press

LIST = "First name\tAge\tHome\nLowri\t13-15\t{home}\nGethin\t14\t{home}\n"


@pytest.mark.parametrize(
    ("before", "javascript"), [("", True), ("/cy", False)], ids=["english", "welsh-no-script"]
)
def test_an_adult_says_what_they_saw_and_the_learner_answers(visit, before, javascript):
    mine = visit("learner", size=PHONE, javascript=javascript)
    theirs = visit(size=PHONE, javascript=javascript)
    words = "You waited for the last one." if javascript else "You carried on in the rain."
    found = []

    mine.goto(f"{before}/me/feedback/ask")
    found += axe_findings(mine) if javascript else []
    mine.check("input[value=link]")
    # What she asks for twice is the same question: so each run asks of a thing of its own.
    mine.select_option("#about", index=4 if javascript else 5)
    press(mine, "main form .btn.go")
    address = mine.inner_text("a.address")

    theirs.goto(address)
    found += axe_findings(theirs) if javascript else []
    theirs.fill("#what_went_well", words)
    theirs.fill("#name", "Sam Lewis")
    theirs.fill("#role", "runs the food bank")
    press(theirs, "main form .btn.go")
    assert words not in theirs.inner_text("h1")
    theirs.check("#is_adult")
    press(theirs, "main form .btn.go")
    assert theirs.locator("form #what_went_well").count() == 0

    mine.goto(f"{before}/me/feedback")
    press(mine, f"li:has-text('{words}') a")
    found += axe_findings(mine) if javascript else []
    mine.fill("#words", "Thanks. I will do it again.")
    press(mine, "section form .btn")
    assert "I will do it again" in mine.inner_text("main")
    for page in (mine, theirs):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert found == []


def test_a_teacher_starts_a_class_in_minutes_and_a_pupil_takes_it_over(visit):
    began = time.monotonic()
    teacher, pupil = visit("provider_admin", size=DESK), visit(size=PHONE)
    found = []
    teacher.goto("/support")
    press(teacher, "a:has-text('Start a class')")
    found += axe_findings(teacher)
    teacher.fill("#name", "9B")
    teacher.fill("#pasted", LIST.format(home="Nowhere at all"))
    press(teacher, "main form .btn.go")
    found += axe_findings(teacher)
    assert "Line 2, Home" in teacher.inner_text("main")
    teacher.fill("#pasted", LIST.format(home="ZT1"))
    press(teacher, "main form .btn.go")
    found += axe_findings(teacher)
    code, pin = teacher.locator("dd.code >> nth=0"), teacher.locator("dd.code >> nth=1")
    assert teacher.locator("dd.code").count() == 4

    pupil.goto("/sign-in")
    pupil.fill("#pass_code", code.inner_text())
    pupil.fill("#pin", pin.inner_text())
    press(pupil, "#learner-sign-in button")
    assert pupil.url.endswith("/me/supporters/first")
    found += axe_findings(pupil)
    pupil.check("input[name=answer] >> nth=0")
    pupil.check("input[value=see_record]")
    press(pupil, "main form .btn.go")
    assert pin.inner_text() not in pupil.inner_text("main")

    press(teacher, "a:has-text('I have printed it')")
    assert teacher.locator("li:has-text('Lowri') form").count() == 0
    assert teacher.locator("li:has-text('Gethin') form").count() == 1
    assert found == []
    # A machine types faster than a teacher; what they wait for is all that counts here.
    assert time.monotonic() - began < 120
