"""A pathway: laid out without a script, started on a phone, and gone along, in both languages."""

from tests.browser.conftest import DESK, PHONE, axe_findings, press


def test_a_pathway_is_laid_out_started_and_gone_along(visit):
    keeper = visit("provider_admin", size=DESK, javascript=False)
    looker = visit("provider_admin", size=PHONE)
    learner = visit("learner", size=PHONE)
    found = []

    keeper.goto("/provide/pathways/new")
    keeper.fill("#title", "Make some noise")
    press(keeper, "button[value=add-evidence]")
    assert keeper.input_value("#title") == "Make some noise"
    keeper.fill("#description", "From a first beat to a band.")
    keeper.fill("#step-1-title", "Try it")
    keeper.check("input[name=step-1-items] >> nth=0")
    keeper.fill("#step-1-find", "beat")
    keeper.press("#step-1-find", "Enter")
    keeper.wait_for_load_state()
    assert keeper.locator("input[name=step-1-items]:checked").count() == 1
    assert keeper.locator("label", has_text="Beat maker").count() >= 1
    keeper.fill("#step-2-title", "Say how it was")
    press(keeper, "button[value=up-2]")
    assert keeper.input_value("#step-1-title") == "Say how it was"
    press(keeper, "button[value=publish]")
    assert "Make some noise" in keeper.inner_text("main")

    learner.goto("/pathways")
    found += axe_findings(learner)
    press(learner, "text=Make some noise")
    found += axe_findings(learner)
    press(learner, "text=Start this pathway")
    learner.fill("textarea", "Loud, and good.")
    press(learner, "#step-1 form .btn")
    assert learner.input_value("textarea") == "Loud, and good."
    assert learner.locator("#step-1 .tag-good").count() == 1
    found += axe_findings(learner)
    address = learner.url.split("/pathways/")[1].split("#")[0]
    for path in (f"/cy/pathways/{address}", "/cy/me/pathways", "/cy/pathways"):
        learner.goto(path)
        found += axe_findings(learner)
        assert learner.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert "Make some noise" in learner.inner_text("main")

    for path in ("/provide/pathways", "/provide/pathways/new", f"/provide/pathways/{address[:-3]}"):
        looker.goto(path)
        found += axe_findings(looker)
        assert looker.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert found == []
