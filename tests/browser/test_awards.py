"""The ways to a badge, in a browser: an organiser and a young person take turns."""

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, press, sign_in


@pytest.fixture
def people(chromium, site):
    """Return a function that signs somebody in on a phone, or at a desk."""
    contexts = []

    def person(who, size, *, has_script=True):
        context = chromium.new_context(
            viewport=size, base_url=site.url, java_script_enabled=has_script
        )
        contexts.append(context)
        page = context.new_page()
        sign_in(page, site, who)
        return page

    yield person
    for context in contexts:
        context.close()


def fits(page):
    """Return what is wrong with a page as it stands."""
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return axe_findings(page) + (["too wide"] if wide else [])


def _own_badge(page, order):
    """Open how one of the organisation's badges is earned; return its address."""
    page.goto("/provide/badges")
    press(page, f"a:has-text('How it is earned') >> nth={order}")
    return page.url.split("/provide/badges/")[1].split("/")[0]


def _let_somebody_have_come(page):
    """Fill a register in: after the holidays nobody was confirmed for weeks."""
    page.goto("/provide")
    for door in [each.get_attribute("href") for each in page.locator("a[href*='/door/']").all()]:
        page.goto(door)
        everyone = page.locator("button:has-text('Everyone is here')")
        if everyone.count() and page.locator(".row button").count():
            everyone.click()
            page.wait_for_load_state("networkidle")
            return
    pytest.fail("no register is open")


def test_a_code_from_a_stall_becomes_a_badge(people):
    organiser, learner = people("provider_admin", DESK), people("learner", PHONE)
    _own_badge(organiser, 0)
    assert fits(organiser) == []
    organiser.locator("summary", has_text="Make a code").click()
    organiser.fill("#most", "5")
    press(organiser, "text=Make the code")
    code = organiser.inner_text("p.lead strong")
    assert fits(organiser) == []

    learner.goto("/claim")
    learner.fill("#code", "AAAA-BBBB-CCCC")
    press(learner, "text=Get the badge")
    assert "This code does not work" in learner.inner_text("main")
    assert fits(learner) == []
    learner.fill("#code", code.lower())
    press(learner, "text=Get the badge")
    assert "/me/badges/" in learner.url
    assert fits(learner) == []
    learner.fill("#words", "I liked the noise.")
    press(learner, "text=Keep my words")
    assert "I liked the noise." in learner.inner_text("#how .tl")


def test_a_badge_is_asked_for_and_given_in_words(people):
    organiser, learner = people("provider_admin", PHONE), people("learner", PHONE)
    organiser.goto("/provide/badges")
    for order in range(organiser.locator("a", has_text="How it is earned").count()):
        slug = _own_badge(organiser, order)
        learner.goto(f"/badges/{slug}/ask")
        if organiser.locator("text=Let young people ask for it").count():
            press(organiser, "text=Let young people ask for it")
        learner.goto(f"/badges/{slug}/ask")
        if learner.locator("#words").count():
            break
    else:
        pytest.fail(learner.inner_text("main"))
    assert fits(learner) == []
    learner.fill("#words", "I showed two new people how.")
    press(learner, "text=Ask for it >> nth=-1")
    assert "I showed two new people how." in learner.inner_text("main")
    assert fits(learner) == []

    organiser.goto("/provide/badges/asked")
    assert fits(organiser) == []
    organiser.locator("textarea[name=feedback]").first.fill("You waited for everyone.")
    press(organiser, "text=Give the badge")
    assert "Given, with your words." in organiser.inner_text("main")
    learner.goto("/me/badges/asked")
    assert "You waited for everyone." in learner.inner_text("main")


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_a_list_names_who_was_there(people, has_script):
    organiser = people("provider_admin", PHONE, has_script=has_script)
    _let_somebody_have_come(organiser)
    slug = _own_badge(organiser, 0)
    organiser.goto(f"/provide/badges/{slug}/give")
    press(organiser, "ul.lines a >> nth=0")
    assert organiser.locator("input[name=people]").count() >= 1
    # axe waits for a clock that stands still where there is no script.
    assert not has_script or fits(organiser) == []
    press(organiser, "text=Give the badge")
    assert organiser.locator("[role=status]").count() == 1
