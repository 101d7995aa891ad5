"""A new group on a phone: it joins, gets its first evening ready, and loses nothing on the way."""

from datetime import datetime, timedelta
from itertools import count

import pytest

from app.clock import LONDON
from tests.browser.conftest import PHONE, press, questions, wait_until

PASSWORD = "paper-string-and-wind"
_number = count(1)


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def phone(visit, request):
    """A phone that nobody has signed in on, with and without scripts."""
    return visit(size=PHONE, javascript=request.param), request.param


def test_a_new_group_joins_and_posts_every_thursday_in_term(phone):
    page, has_script = phone
    number = f"{next(_number)}{'s' if has_script else 'n'}"
    email, title = f"bo{number}@thursdays.example", f"Thursday club {number}"

    _join(page, f"Thursdays {number}", email, has_script)
    _sign_in(page, email)
    assert "Before young people can find you" in page.inner_text("main")

    press(page, "#tasks ~ ul a:has-text('Get your first activity ready')")
    asked = questions(page)
    _say_what(page, title)
    press(page, "button[value=when]")
    asked += questions(page)
    assert len(asked) - 1 <= 12, asked
    if has_script:
        _drop_and_return(page, lambda: _say_when(page))
    else:
        _say_when(page)
    _press_while_away(page, "button[value=check]", has_script)

    assert "Thursday" in page.inner_text("main")
    assert "Hut by the river" in page.inner_text("main")
    press(page, "button[value=post]")
    assert "Where it stands" in page.inner_text("main")
    assert "Thursday" in page.inner_text("main")

    page.goto("/provide")
    assert page.locator("#offers ~ .lines > li", has_text=title).count() == 1
    assert page.locator("#coming ~ .lines > li", has_text=title).count() > 3, "one for each week"
    page.goto("/?postcode=ZT1+1AA")
    assert title not in page.inner_text("main"), "nobody has checked the group yet"


def _join(page, name: str, email: str, has_script: bool) -> None:
    page.goto("/provide/join")
    asked = questions(page)
    assert len(asked) <= 8, asked
    page.fill("#organisation", name)
    page.click("label[for=kind-2]")
    page.fill("#description", "A warm hut, tea and games.")
    if has_script:
        page.reload()
        assert page.input_value("#organisation") == name
        assert page.is_checked("input[name=kind] >> nth=1")
    page.fill("#safeguarding_lead", "Sam Lead")
    page.fill("#name", "Bo Thursday")
    # A slip is told where it is, and costs nothing else.
    page.fill("#email", "bo")
    page.fill("#password", PASSWORD)
    press(page, "main form .btn.go")
    assert page.locator(".govuk-error-message").count() == 1
    assert page.input_value("#description") == "A warm hut, tea and games."
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    _press_while_away(page, "main form .btn.go", has_script)
    assert "What happens next" in page.inner_text("main")


def _sign_in(page, email: str) -> None:
    press(page, "a:has-text('Sign in') >> nth=-1")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    press(page, "#adult-sign-in button")


def _say_what(page, title: str) -> None:
    page.fill("#title", title)
    page.fill("#description", "Games, tea and a warm hut by the river.")
    page.check("input[name=kind] >> nth=0")
    page.select_option("#category", index=3)
    page.select_option("#min_age", "11")
    page.select_option("#max_age", "18")
    page.select_option("#badge", "none")


def _say_when(page) -> None:
    page.fill("#date", _next_thursday().isoformat())
    page.fill("#start", "18:00")
    page.fill("#end", "20:00")
    page.select_option("#repeats", "weekly")
    if page.locator("#place").is_visible():
        page.select_option("#place", "new")
    for box in ("#place_name", "#until"):
        if not page.is_visible(box):
            page.click(f"details:has({box}) summary")
    page.fill("#until", (_next_thursday() + timedelta(weeks=9)).isoformat())
    page.fill("#place_name", "Hut by the river")
    page.fill("#place_address", "Hill Street")
    page.fill("#place_postcode", "ZT1 1AA")
    page.fill("#places", "12")


def _drop_and_return(page, fill) -> None:
    """The connection drops while it is typed, and the page is loaded anew when it is back."""
    page.context.set_offline(True)
    fill()
    wait_until(page, "document.getElementById('kept-words').textContent.startsWith('No internet')")
    page.context.set_offline(False)
    page.reload()
    assert page.input_value("#place_name") == "Hut by the river"
    assert page.input_value("#repeats") == "weekly"


def _press_while_away(page, button: str, has_script: bool) -> None:
    """Press it without internet, and again with it: with the script the page stays and says so."""
    page.context.set_offline(True)
    page.click(button, no_wait_after=True)
    page.wait_for_timeout(300)
    if has_script:
        assert page.inner_text("#kept-words").startswith("No internet")
    page.context.set_offline(False)
    if has_script:
        press(page, button)
    else:
        # The browser sends what it could not send before.
        page.reload()
        page.wait_for_load_state()


def _next_thursday():
    today = datetime.now(LONDON).date()
    return today + timedelta(days=(3 - today.weekday()) % 7 or 7)
