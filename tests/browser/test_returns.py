"""From a duty to the released cell that one of its numbers is from, by keyboard alone."""

from tests.browser.conftest import DESK, axe_findings, enter, tab_to


def test_by_keyboard_from_the_sufficiency_return_to_the_cell_of_a_number(visit):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach/returns")

    tab_to(page, "main .lines h3 a >> nth=0")
    enter(page)
    assert page.url.endswith("/reach/returns/sufficiency")
    assert axe_findings(page) == []

    shown = page.inner_text("td[data-from='1'] >> nth=0").partition("[")[0].strip()
    tab_to(page, "a.from >> nth=0")
    enter(page)
    assert "/reach/returns/cell/" in page.url
    assert page.inner_text("#learners") == shown
    assert axe_findings(page) == []

    page.go_back()
    # A sum leads to the list of what is added up, and that to each of them.
    tab_to(page, "a.from[href='#from-3'] >> nth=0")
    page.keyboard.press("Enter")
    assert page.url.endswith("#from-3")
    page.keyboard.press("Tab")
    enter(page)
    assert "/reach/returns/cell/" in page.url
