"""The loop through the pages, as each of its people would walk it."""

import json
import re
import subprocess
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import create_engine, text

from app.clock import LONDON
from providers.models import AssuranceKind
from tests.browser.conftest import PHONE, press
from tests.databases import ROOT

_number = count(1)
#: A learner can be at one thing at a time: each activity has a turn of its own.
_turn = count(1)


def test_the_whole_loop_as_provider_officer_learner_and_stranger(visit, site):
    provider = visit(size=PHONE)
    name = _join_as_organisation(provider)
    title = _post_activity(provider, site, badge="Kite flyer")

    learner = visit("learner", size=PHONE)
    learner.goto(_search_for(title))
    assert learner.locator(".card", has_text=title).count() == 0, "nobody has checked them yet"
    _send_in_the_papers(provider)
    officer = visit("authority_officer")
    _decide(officer, name, "identity")
    _decide(officer, name, "approve")
    learner.goto(_search_for(title))
    assert learner.locator(".card", has_text=title).count() == 0, "one officer is not two"
    _decide(visit("city_admin"), name, "approve")

    _book(learner, title)
    learner.goto("/me")
    assert title not in learner.inner_text(".prof"), "being booked is not having come"

    _mark_everyone(provider, title)
    learner.goto("/me")
    assert title in learner.inner_text(".prof .tl")
    assert learner.locator(".wall li", has_text="Kite flyer").count() == 1

    site.sign_badges("Kite flyer")
    stranger = visit()
    stranger.goto(_share(learner, "Kite flyer"))
    assert "Seren" not in stranger.inner_text("main")
    press(stranger, "a:has-text('Kite flyer')")
    assert "This badge is real" in stranger.inner_text("main")

    officer.goto("/reach")
    assert re.search(r"[0-9]+ in 1,000", officer.inner_text(".lead"))


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_whoever_is_invited_to_the_door_keeps_it_and_no_more(visit, javascript):
    admin = visit("provider_admin", size=PHONE, javascript=javascript)
    email, password = f"dora{next(_number)}@kites.example", "paper-string-and-wind"
    admin.goto("/provide")
    press(admin, "a:text-is('Your team')")
    admin.fill("#email", email)
    admin.check("input[name=role][value=door]")
    press(admin, "button:has-text('Make the link')")

    helper = visit(size=PHONE, javascript=javascript)
    helper.goto(admin.inner_text(".note .address"))
    helper.fill("#name", "Dora")
    helper.fill("#password", password)
    press(helper, "main form button.go")
    press(helper, "[data-next] a")
    helper.fill("#email", email)
    helper.fill("#password", password)
    press(helper, "#adult-sign-in button")

    assert helper.locator("main h2").all_inner_texts() == ["Today"]
    admin.goto("/provide/people")
    press(admin, "li:has-text('Dora') a")
    press(admin, "button:has-text('Take out')")
    helper.goto("/provide")
    assert "belongs to no organisation" in helper.inner_text("h1")


def test_a_new_learner_searches_nearby_and_joins_without_an_email(visit):
    page = visit(size=PHONE)
    page.goto("/")
    page.fill("#where", "ZT1")
    press(page, "#find button")
    assert re.search(r"\?area=E01\d{6}$", page.url)
    assert "ZT1" not in page.url

    page.goto("/start")
    page.fill("#name", "Mali")
    press(page, "main form button.go")
    page.check("input[value='16-17']")
    press(page, "main form button.go")
    page.fill("#where", "ZT1 1AA")
    press(page, "main form button.go")

    assert re.search(r"\b\d{6}\b", page.inner_text("main")), "the PIN is shown once"
    assert page.locator(".qr svg").count() == 1
    page.reload()
    assert not re.search(r"\b\d{6}\b", page.inner_text("main"))
    page.goto("/me")
    assert "Mali" in page.inner_text("h1")


def test_a_badge_downloaded_from_the_running_site_verifies_elsewhere(visit, site, tmp_path):
    if not (ROOT / "node_modules" / "@digitalbazaar" / "vc").exists():
        pytest.skip("Digital Bazaar's libraries are not installed: script/setup --dev")
    learner = visit("learner")
    learner.goto("/me")
    site.sign_badges(learner.inner_text(".wall a >> nth=0"))
    press(learner, ".wall a >> nth=0")
    with learner.expect_download() as download:
        learner.click("a[href$='.json']")
    badge = Path(download.value.path()).read_bytes()
    changed = badge.replace(b'"urn:uuid:', b'"urn:uuid:0', 1)
    assert changed != badge

    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(badge)
    bad.write_bytes(changed)
    said = subprocess.run(
        ["node", "tests/badges/verify.mjs", "--base", site.url, str(good), str(bad)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert [answer["verified"] for answer in answers] == [True, False], said.stderr


def test_anyone_can_check_a_file_on_the_verify_page(visit, site):
    learner = visit("learner")
    learner.goto("/me")
    site.sign_badges(learner.inner_text(".wall a >> nth=0"))
    press(learner, ".wall a >> nth=0")
    with learner.expect_download() as download:
        learner.click("a[href$='.png']")

    stranger = visit(javascript=False)
    stranger.goto("/verify")
    stranger.set_input_files("#file", download.value.path())
    press(stranger, "main form button")

    assert "This badge is real" in stranger.inner_text("#result")
    found = Request(f"{site.url}/api/v1/verify", Path(download.value.path()).read_bytes())
    assert json.load(urlopen(found))["outcome"] == "passed"


def test_without_javascript_a_learner_finds_and_books_and_the_door_is_kept(visit, site):
    provider = visit("provider_admin", size=PHONE, javascript=False)
    title = _post_activity(provider, site)

    _book(visit("learner", size=PHONE, javascript=False), title)

    _mark_everyone(provider, title)
    row = provider.locator(".row button >> nth=0")
    row.click()
    assert row.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_by_keyboard_alone_a_learner_finds_filters_opens_and_books(visit, site, javascript):
    title = _post_activity(visit("provider_admin"), site)
    page = visit("learner", javascript=javascript)
    page.goto("/")

    _tab_to(page, lambda focused: focused["id"] == "where")
    page.keyboard.type("ZT1 1AA")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("area="))
    _tab_to(page, lambda focused: focused["tag"] == "SUMMARY")
    page.keyboard.press("Enter")
    _tab_to(page, lambda focused: focused["id"] == "text")
    page.keyboard.type(title)
    _tab_to(page, lambda focused: focused["id"] == "free-1")
    page.keyboard.press("Space")
    _tab_to(page, lambda focused: focused["tag"] == "BUTTON" and focused["text"] == "Show")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("free=1"))

    _tab_to(page, lambda focused: focused["tag"] == "A" and title in focused["text"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/a/"))
    _tab_to(page, lambda focused: focused["text"].startswith("Book"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/book"))
    _tab_to(page, lambda focused: focused["tag"] == "BUTTON" and "Book my place" in focused["text"])
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/me/bookings/"))
    assert title in page.inner_text("main")


def test_the_map_shows_what_the_list_shows(visit):
    page = visit()
    page.goto("/")
    page.wait_for_selector(".mk")

    listed = page.locator(".card[data-lat]").count()
    labels = [pin.get_attribute("aria-label") for pin in page.locator(".mk").all()]
    first = page.locator(".card h2 a >> nth=0").inner_text()

    assert 0 < len(labels) <= listed
    assert any(first in label for label in labels)
    assert {pin.get_attribute("role") for pin in page.locator(".mk").all()} == {"button"}


def _join_as_organisation(page) -> str:
    """Sign an organisation up; return its name."""
    name = f"Kite Makers {next(_number)}"
    page.goto("/provide/join")
    page.fill("#organisation", name)
    page.check("input[name=kind] >> nth=0")
    page.fill("#description", "We make kites and fly them.")
    page.fill("#safeguarding_lead", "Non Rees")
    page.fill("#name", "Non Rees")
    email, password = f"non{next(_number)}@kites.example", "paper-string-and-wind"
    page.fill("#email", email)
    page.fill("#password", password)
    press(page, "main form button.go")
    press(page, "[data-next] a, a[data-next]")
    page.fill("#email", email)
    page.fill("#password", password)
    press(page, "#adult-sign-in button")
    assert page.url.endswith("/provide")
    return name


def _send_in_the_papers(page) -> None:
    """Do the tasks before the council looks, each by the links of the first page; then hand in."""
    page.goto("/provide")
    press(page, "#tasks ~ ul a:has-text('Say who you are')")
    page.check("input[value=none]")
    press(page, "main form button.go")
    seen = (datetime.now(LONDON) - timedelta(days=20)).date()
    for kind in AssuranceKind:
        press(page, "#tasks ~ ul a:has-text('Show that young people are safe')")
        press(page, f"section[aria-labelledby={kind.value}] a.btn")
        for box, words in (
            ("#person", "Non Rees"),
            ("#seen_on", seen.isoformat()),
            ("#expires_on", (seen + timedelta(days=300)).isoformat()),
            ("#seen_by", "Huw Bevan"),
            ("#evidence", "In the blue folder. Ask for Huw."),
        ):
            if page.locator(box).count():
                page.fill(box, words)
        if kind is AssuranceKind.STAFF_CHECK:
            page.check("input[value=enhanced_barred]")
        press(page, "main form button.go")
        press(page, "[data-next] a")
    press(page, "button:has-text('Send to the council')")
    assert "The council has it all now" in page.inner_text("main")


def _decide(officer, name: str, act: str) -> None:
    officer.goto("/authority/providers")
    press(officer, f"a:text-is('{name}')")
    officer.check(f"input[name=act][value={act}]")
    officer.fill("#reason", "We met them, and saw it all.")
    press(officer, "button:has-text('Decide')")
    assert "Kept." in officer.inner_text("main")


def _post_activity(page, site, badge: str = "", postcode: str = "ZT1 1AA") -> str:
    """Post an activity whose door is open and that meets no other one; return its title."""
    title = f"Kite day {next(_number)}"
    starts = datetime.now(LONDON) + timedelta(minutes=8 * next(_turn))
    ends = min(starts + timedelta(minutes=7), starts.replace(hour=23, minute=59))
    page.goto("/provide/activities/new")
    page.fill("#title", title)
    page.fill("#description", "You will make a kite, and we fly it if there is wind.")
    page.check("input[name=kind] >> nth=0")
    page.select_option("#category", index=1)
    page.select_option("#min_age", "11")
    page.select_option("#max_age", "24")
    page.select_option("#badge", "new" if badge else "none")
    if badge:
        _open_details(page, "#badge_name")
        page.fill("#badge_name", badge)
        page.fill("#badge_criteria", "Come once and make one kite.")
    press(page, "button[value=when]")

    page.fill("#date", starts.date().isoformat())
    page.fill("#start", f"{starts:%H:%M}")
    page.fill("#end", f"{ends:%H:%M}")
    page.select_option("#place", "new")
    _open_details(page, "#place_name")
    page.fill("#place_name", "The green")
    page.fill("#place_address", "Hill Street")
    page.fill("#place_postcode", postcode)
    page.fill("#places", "8")
    press(page, "button[value=check]")
    press(page, "button[value=post]")
    assert title in page.inner_text("main")
    if "midnight" in page.inner_text("main"):
        _approve(site, title)
    return title


def _approve(site, title: str) -> None:
    """Let go live what an officer would have to look at, because these tests run at night."""
    engine = create_engine(site.database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE opportunity SET status = 'published', published_at = now() WHERE title = :title"
            ),
            {"title": title},
        )
    engine.dispose()


def _open_details(page, field: str) -> None:
    if not page.is_visible(field):
        page.click(f"details:has({field}) summary")


def _search_for(title: str) -> str:
    return "/?text=" + quote_plus(title)


def _book(page, title: str) -> None:
    page.goto(_search_for(title))
    press(page, f".card a:has-text('{title}')")
    press(page, "main a:has-text('Book') >> nth=0")
    press(page, "button:has-text('Book my place')")
    assert "/me/bookings/" in page.url
    assert title in page.inner_text("main")


def _mark_everyone(page, title: str) -> None:
    page.goto("/provide")
    press(page, f"li:has-text('{title}') a[href*='/door/']")
    # With scripts it stays on the page, and without them it comes back to it.
    page.click("button:has-text('Everyone is here')")
    page.wait_for_load_state("networkidle")
    page.reload()
    pressed = [button.get_attribute("aria-pressed") for button in page.locator(".row button").all()]
    assert pressed == ["true"]


def _share(page, badge: str) -> str:
    page.goto("/me/sharing/new")
    page.check(f".govuk-checkboxes__item:has-text('{badge}') input")
    page.fill("#label", "College interview")
    press(page, "button:has-text('Make the link')")
    return page.locator("a.address").get_attribute("href")


def _tab_to(page, is_there) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => ({tag: document.activeElement.tagName, id: document.activeElement.id, "
            "text: document.activeElement.textContent.trim()})"
        )
        if is_there(focused):
            return
    pytest.fail("the keyboard never got there")
