"""What works without a network: a learner's own pass and bookings, and nothing of anyone else."""

import re

from tests.browser.conftest import PHONE, axe_findings, press, wait_until

#: Everything that the browser keeps of this site: the addresses in each of its caches.
KEPT = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        found[name] = requests.map(({ url }) => new URL(url).pathname).sort();
    }
    return found;
}"""
MAKE_OLD = """async (hours) => {
    const kept = await caches.open("kept");
    for (const key of await kept.keys()) {
        const page = await kept.match(key);
        const headers = new Headers(page.headers);
        headers.set("kept-at", headers.get("kept-at") - hours * 3600 * 1000);
        await kept.put(key, new Response(await page.text(), { headers }));
    }
}"""
NO_INTERNET = "No internet"


def test_without_a_network_my_bookings_and_my_pass_still_show_and_say_how_old_they_are(visit):
    page = _learner(visit)
    booking = _open_own_pages(page)
    page.context.set_offline(True)

    for address, heading in (
        ("/me/bookings", "My bookings"),
        (booking, "You have a place"),
        ("/me/pass", "Your pass"),
        ("/cy/me/pass", None),
    ):
        page.goto(address)
        assert heading is None or page.inner_text("h1") == heading
        assert page.locator("#kept").is_visible()
    assert page.locator(".qr svg").is_visible()


def test_with_a_network_a_page_is_fresh_and_does_not_say_that_it_is_old(visit):
    page = _learner(visit)
    _open_own_pages(page)

    page.goto("/me/pass")

    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    assert not page.locator("#kept").is_visible()


def test_any_other_page_says_that_there_is_no_internet_and_leads_to_what_is_kept(visit):
    page = _learner(visit)
    _open_own_pages(page)
    page.context.set_offline(True)

    page.goto("/how-it-works")
    assert page.inner_text("h1") == NO_INTERNET
    assert axe_findings(page) == []
    press(page, "main a[href='/me/pass']")
    assert page.inner_text("h1") == "Your pass"

    page.goto("/me/sharing")
    assert page.inner_text("h1") == NO_INTERNET
    page.goto("/cy/help")
    assert page.locator("html").get_attribute("lang") == "cy"
    press(page, "main a[href='/cy/me/bookings']")
    assert page.locator("main a[href='/cy/me/pass']").count() == 1  # never opened in Welsh

    page.goto("/help")
    page.context.set_offline(False)
    press(page, "main .btn")
    assert page.inner_text("h1") == "Help"


def test_of_a_learner_nothing_is_kept_but_the_pass_and_the_bookings(visit):
    page = _learner(visit)
    booking = _open_own_pages(page)
    for address in ("/", "/me", "/me/sharing", "/account", f"{booking}/cancel", "/me/bookings?x=1"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    page.goto("/")
    page.fill("#where", "CF10 5AL")
    press(page, "#find button")

    caches = page.evaluate(KEPT)
    assert set(caches.pop("kept")) == {"/cy/me/pass", "/me/bookings", "/me/pass", booking}
    (shell,) = caches.values()
    assert {address for address in shell if not address.startswith("/static/dist/")} == {
        "/offline",
        "/cy/offline",
    }


def test_the_page_without_a_network_holds_nobodys_name(visit, site):
    page = _learner(visit)
    _open_own_pages(page)

    words = page.evaluate(
        "async () => (await (await caches.match('/offline', { ignoreVary: true })).text())"
    )

    assert NO_INTERNET in words
    assert "csrf_token" not in words
    assert "sign-out" not in words
    assert "/me/sharing" not in words


def test_signing_out_leaves_nothing_of_the_learner_on_the_phone(visit):
    page = _learner(visit)
    _open_own_pages(page)

    press(page, "form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.wait_for_load_state("networkidle")

    assert page.evaluate(KEPT) == {}
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )


def test_where_a_browser_cannot_clear_itself_the_worker_forgets_at_each_form_of_signing(visit):
    page = _learner(visit)
    _without_clearing(page)
    _open_own_pages(page)

    press(page, "form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")

    assert page.evaluate(KEPT)["kept"] == []


def test_another_person_who_signs_in_finds_nothing_of_the_one_before(visit, site):
    page = _learner(visit)
    _open_own_pages(page)
    # The session ends by itself, so that nobody signs out.
    page.context.clear_cookies()
    page.goto("/sign-in")
    assert page.evaluate(KEPT)["kept"]

    officer = site.people["authority_officer"]
    page.fill("#email", officer["email"])
    page.fill("#password", officer["password"])
    press(page, "#adult-sign-in button")
    page.wait_for_url("**/reach*")

    assert page.evaluate(KEPT)["kept"] == []
    page.context.set_offline(True)
    page.goto("/me/pass")
    assert page.inner_text("h1") == NO_INTERNET


def test_once_the_server_asks_to_sign_in_the_kept_pages_are_gone(visit):
    page = _learner(visit)
    _open_own_pages(page)
    page.context.clear_cookies()

    page.goto("/me/bookings")

    assert "/sign-in" in page.url
    wait_until(page, f"async () => !(await ({KEPT})()).kept.length")


def test_after_12_hours_a_kept_page_is_not_shown_any_more(visit):
    page = _learner(visit)
    _open_own_pages(page)
    page.context.set_offline(True)

    page.evaluate(MAKE_OLD, 11.9)
    page.goto("/me/pass")
    assert page.inner_text("h1") == "Your pass"
    page.evaluate(MAKE_OLD, 0.2)
    page.goto("/me/pass")
    assert page.inner_text("h1") == NO_INTERNET
    assert page.evaluate(KEPT)["kept"] == []


def test_giving_a_place_back_forgets_the_bookings_but_not_the_pass(visit):
    page = _learner(visit)
    booking = _open_own_pages(page)

    page.evaluate(
        "(address) => fetch(address, { method: 'POST', redirect: 'manual' })", f"{booking}/cancel"
    )

    assert page.evaluate(KEPT)["kept"] == ["/cy/me/pass", "/me/pass"]


def test_a_visitor_who_is_not_signed_in_gets_no_worker_and_keeps_nothing(visit):
    page = visit(size=PHONE)
    for address in ("/", "/sign-in", "/offline", "/me/pass"):
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(200)

    assert page.evaluate(KEPT) == {}
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )


def test_whoever_saves_data_gets_no_worker_no_typeface_and_the_map_on_a_tap(visit):
    page = visit()
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.set_extra_http_headers({"Save-Data": "on"})
    page.goto("/", wait_until="networkidle")

    assert not [url for url in fetched if re.search("fonts|woff2|leaflet", url)]
    page.click("#mapcol > button")
    page.wait_for_selector(".mk")


def _learner(visit):
    """Sign in as a learner, and wait until the worker stands behind the page."""
    page = visit("learner", size=PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until(page, "Boolean(navigator.serviceWorker.controller)")
    return page


def _open_own_pages(page) -> str:
    """Open the pages that may be kept, and return the address of a booking to come."""
    page.goto("/cy/me/pass")
    page.goto("/me/pass")
    page.goto("/me/bookings")
    booking = page.locator("main a[href^='/me/bookings/']").first.get_attribute("href")
    page.goto(booking)
    wait_until(page, f"async () => (await ({KEPT})()).kept?.length === 4")
    return booking


def _without_clearing(page) -> None:
    """Sign out as on a browser that does not know `Clear-Site-Data`."""

    def answer(route):
        sent = route.fetch(max_redirects=0)
        headers = {name: value for name, value in sent.headers.items() if name != "clear-site-data"}
        route.fulfill(response=sent, headers=headers)

    page.context.route("**/sign-out", answer)
