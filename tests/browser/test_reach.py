"""A new officer and the numbers: ten questions, each answered from the page within a click, and an
area read by keyboard alone."""

import re

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, enter, tab_to

#: What a new officer is asked, what they press for it (nothing, where it stands there already), where
#: the answer then stands, and what an answer looks like.
QUESTIONS = (
    ("Whom do we reach?", "", ".lead", r"most deprived areas take part .* \(\d+ in 1,000\)"),
    ("How many came, and of a thousand?", "", ".kpis", r"\d+"),
    ("Is it fair?", "", ".kpis li:nth-child(3)", r"Gap index .*\d\.\d\d"),
    ("Better or worse than before?", "", ".lead", r"The gap (is|has)"),
    ("Where do we act first?", "", "table.cold tbody tr:first-child", r"Aberwennol .*\d"),
    ("What is in that area already?", "table.cold th a", "main", r"What is nearest\s+\S+"),
    ("How is one ward doing?", ".wards a", "main", r"Areas of this ward"),
    (
        "Do they come again?",
        "",
        "table:has(caption:text('Of those who came'))",
        r"three sessions.*\d+%",
    ),
    ("What would a new session change?", "text=See where there is little to go to", "main", r"try"),
    (
        "How was it worked out?",
        "#method summary >> nth=1",
        "#method",
        r"Young people who took part ÷",
    ),
)


@pytest.mark.parametrize(
    ("question", "pressed", "where", "answer"), QUESTIONS, ids=[each[0] for each in QUESTIONS]
)
def test_a_new_officer_answers_within_a_click(visit, question, pressed, where, answer):
    page = visit("authority_officer", size=DESK)
    page.goto("/reach")

    if pressed:
        page.locator(pressed).first.click()
    page.wait_for_load_state()

    found = page.locator(where).first.inner_text()
    assert re.search(answer, found, re.S | re.I), f"{question} {found}"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_by_keyboard_an_officer_reads_an_area_its_trend_and_what_is_near(visit, size):
    page = visit("authority_officer", size=size)
    page.goto("/reach")

    tab_to(page, "#area")
    page.keyboard.press("ArrowDown")
    name = page.locator("#area option:checked").inner_text()
    page.keyboard.press("Tab")
    enter(page)

    assert page.inner_text("h1") == name
    facts = page.inner_text("dl.facts")
    assert re.search(r"Took part at least once\s+(\d+|Fewer than 5)", facts)
    trend = page.locator("table.bt tbody tr")
    assert trend.count() >= 3
    assert "What is nearest" in page.inner_text("main")
    assert axe_findings(page) == []
    tab_to(page, "text=Try out a session here")
    enter(page)
    assert page.locator("h1").count() == 1


def test_each_length_of_period_is_a_whole_page(visit):
    page = visit("authority_officer", size=PHONE)
    page.goto("/reach")
    periods = {
        group: page.locator(f"#period optgroup[label='{group}'] option").first.get_attribute(
            "value"
        )
        for group in ("Terms", "School years", "Months")
    }

    for group, period in periods.items():
        page.goto(f"/reach?period={period}")
        assert axe_findings(page) == [], group
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], group
        has = page.inner_text("main")
        assert ("Where young people take part" in has) == (group != "Months")
        assert ("What they chose to tell" in has) == (group == "School years")
        assert "Per 1,000" in has
        assert "By deprivation" in has


def test_the_map_as_a_file_hatches_what_is_hidden_without_any_network(visit, chromium, tmp_path):
    page = visit("authority_officer")
    file = tmp_path / "map.html"
    file.write_bytes(page.request.get("/reach/map.html").body())
    context = chromium.new_context(offline=True)
    opened = context.new_page()
    opened.goto(file.as_uri())

    hidden = opened.locator("path.no-rate-hidden").first
    hidden.wait_for(state="attached")
    assert "#hatch" in hidden.evaluate("path => getComputedStyle(path).fill")
    context.close()


def test_a_ward_is_read_like_an_area(visit):
    page = visit("authority_officer", size=PHONE)
    page.goto("/reach")
    page.goto(page.locator(".wards a").first.get_attribute("href"))

    assert axe_findings(page) == []
    assert page.locator("table >> nth=1").locator("tbody tr").count() > 1
