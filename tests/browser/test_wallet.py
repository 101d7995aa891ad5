"""A learner lets a program in, in a real browser, which holds our forms to our own policy."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.badges import samples
from tests.browser.conftest import DESK, PHONE, axe_findings, press, served, sign_in

#: What makes one of two choices easier to take than the other.
_LOOK = """(button) => {
    const style = getComputedStyle(button);
    return ["color", "backgroundColor", "fontSize", "fontWeight", "padding", "border", "boxShadow"]
        .map((part) => style[part]);
}"""


@pytest.fixture
def back():
    """The address of the program's own page: another site, on this same machine."""

    def program(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"At the program."]

    with served(program) as address:
        yield f"{address}/back"


@pytest.fixture
def page(chromium, site):
    context = chromium.new_context(viewport=PHONE, base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, "learner")
    yield page
    context.close()


def register(site, back, **given) -> str:
    """Register a program; return the address at which it asks a learner."""
    sent = {"client_name": "<b>Badge</b> Shelf", "redirect_uris": [back], **given}
    registered = urlopen(
        Request(
            f"{site.url}/oauth/register",
            data=json.dumps(sent).encode(),
            headers={"Content-Type": "application/json"},
        )
    )
    client = json.load(registered)
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": back,
        "scope": client["scope"],
        "state": "s",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(asked)}"


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_either_answer_leads_back_to_the_program(page, site, back, answer):
    page.goto(register(site, back))
    assert "<b>Badge</b> Shelf" in page.inner_text("main")
    looks = [button.evaluate(_LOOK) for button in page.locator("button[name=answer]").all()]
    assert len(looks) == 2
    assert looks[0] == looks[1]

    press(page, f"button[value={answer}]")

    assert page.url.startswith(back)
    told = parse_qs(urlsplit(page.url).query)
    assert ("code" in told, told["state"]) == (answer == "yes", ["s"])


def test_what_is_let_in_is_listed_and_can_be_stopped(page, site, back):
    page.goto(register(site, back, client_name="Stop me"))
    press(page, "button[value=yes]")
    page.goto("/me/programs")
    stop = "section:has(h2:text-is('Stop me')) button"

    press(page, stop)

    assert page.locator(stop).count() == 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360", "1280"])
def test_axe_finds_nothing_on_what_the_journeys_do_not_lead_to(visit, site, back, size):
    page = visit("learner", size=size)
    asked = register(site, back)
    found = []
    for address in (asked, asked.replace("S256", "plain"), f"/cy{asked}"):
        page.goto(address)
        found += axe_findings(page)
    page.goto("/me/badges/import")
    page.fill("#text", json.dumps(samples.signed()))
    press(page, "main form button.go")
    assert "/me/badges/elsewhere/" in page.url
    found += axe_findings(page)
    page.goto("/me/badges/import")
    page.fill("#text", "{}")
    press(page, "main form button.go")
    found += axe_findings(page)

    assert found == []
