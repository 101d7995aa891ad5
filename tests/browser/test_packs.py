"""A pack as a stranger opens it on a phone: three strengths with proof before anything is scrolled."""

from tests.browser.conftest import PHONE, axe_findings, press


def test_a_stranger_reads_three_strengths_with_proof_in_the_first_screen(visit):
    mine, theirs = visit("learner", size=PHONE), visit(size=PHONE)
    found = []

    mine.goto("/me/sharing/new?kind=interview")
    for box in mine.locator("input[name=lines]").all()[:8]:
        box.check()
    mine.fill("#label", "Interview")
    found += axe_findings(mine)
    press(mine, "button:has-text('Make the link')")
    found += axe_findings(mine)
    address = mine.locator("a.address").first.get_attribute("href")
    press(mine, ".next-step a")
    mine.fill("#words-hard-1", "It rained, and we stayed.")
    assert mine.inner_text("section:has(#words-hard-1) [data-now]") == "25"
    mine.select_option("#line-hard-1", index=1)
    found += axe_findings(mine)
    press(mine, "button:has-text('Save')")

    answer = theirs.goto(address)
    strengths = theirs.locator("ol.strengths li")
    found += axe_findings(theirs)

    assert len(answer.body()) <= 60_000
    assert strengths.count() == 3
    for each in strengths.all():
        box = each.bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]
        assert each.locator(".hint").inner_text() not in ("", "Their own word")
    assert "It rained, and we stayed." in theirs.inner_text("main")
    lines = theirs.locator("main a[href*='/line/']")
    proofs = {link.get_attribute("href") for link in lines.all()}
    assert len(proofs) >= 3
    for proof in proofs:
        theirs.goto(proof)
        assert theirs.locator("h2:has-text('How it is known')").count() == 1
    found += axe_findings(theirs)
    assert found == []
