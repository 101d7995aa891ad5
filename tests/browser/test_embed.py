"""An embed inside somebody else's page: light, without cookies or scripts, and usable by everyone."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest

from tests.browser.conftest import DESK, PHONE, axe_findings, press

#: In bytes as they travel: the page and all that it fetches.
EMBED = 40_000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args) -> None:
        """Say nothing."""


@pytest.fixture
def school(tmp_path) -> Iterator[str]:
    """The address of another site, which serves what lies in `tmp_path`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path))
    Thread(target=server.serve_forever, daemon=True).start()
    # Another name makes another site, for cookies too.
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def framed(chromium, site, school, tmp_path):
    """Open a page of the school that frames an embed; return that page and the frame."""
    contexts = []

    def framed(kind, *, size=DESK, javascript=True):
        frame = (
            f'<iframe src="{site.url}/embed/{kind}" title="What\'s on" width="340" height="600" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        )
        (tmp_path / "index.html").write_text(
            f'<!doctype html><html lang="en"><title>School</title><h1>School</h1>{frame}'
        )
        context = chromium.new_context(viewport=size, java_script_enabled=javascript)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text))
        page.goto(school, wait_until="networkidle")
        [_outer, inner] = page.frames
        return page, inner

    yield framed
    for context in contexts:
        context.close()


@pytest.mark.parametrize("kind", ["list", "map"])
@pytest.mark.parametrize("javascript", [True, False])
def test_an_embed_works_in_a_school_s_page_with_scripts_and_without(framed, site, kind, javascript):
    page, inner = framed(kind, javascript=javascript)

    assert inner.locator(".card").count() == 20
    assert inner.locator(".map-picture circle").count() == (20 if kind == "map" else 0)
    assert page.context.cookies() == []
    assert [fault for fault in page.faults if "favicon" not in fault and "404" not in fault] == []

    with page.context.expect_page() as opened:
        inner.locator(".card h2 a").first.click()
    there = opened.value
    there.wait_for_load_state()
    assert there.url.startswith(f"{site.url}/a/")
    # The page that opened is free of the frame's limits: its forms work.
    press(there, "text=/Report|Tell us|wrong/i")
    assert "/report" in there.url


@pytest.mark.parametrize("kind", ["list", "map"])
def test_an_embed_is_light(chromium, site, kind):
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    fetched = []
    debugger = context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.on("Network.loadingFinished", lambda event: fetched.append(event["encodedDataLength"]))
    page.goto(f"{site.url}/embed/{kind}", wait_until="networkidle")
    page.wait_for_timeout(300)
    context.close()

    assert 2 <= len(fetched) <= 3
    assert sum(fetched) <= EMBED


@pytest.mark.parametrize("kind", ["list", "map"])
@pytest.mark.parametrize("size", [{"width": 320, "height": 600}, DESK])
def test_an_embed_is_readable_by_everyone_and_fits(visit, kind, size):
    page = visit(size=size)
    for address in (f"/embed/{kind}", f"/cy/embed/{kind}?age=200", f"/embed/{kind}?text=zorp"):
        page.goto(address)

        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_whom_a_city_reaches_stands_in_a_council_s_page_and_is_read_without_scripts(framed, site):
    page, inner = framed("reach/aberwennol", javascript=False)

    assert inner.locator("table.t").count() == 2
    assert "in 1,000" in inner.locator(".lead").inner_text()
    assert page.context.cookies() == []
    with page.context.expect_page() as opened:
        inner.locator("a.btn").click()
    there = opened.value
    there.wait_for_load_state()
    assert there.url == f"{site.url}/public/reach/aberwennol"
    # It is free of the frame's limits: another period can be asked for.
    there.select_option("#period", "2026-spring")
    press(there, "form.pick button")
    assert "Spring 2026" in there.locator("main h2").first.inner_text()


@pytest.mark.parametrize("size", [{"width": 320, "height": 600}, DESK])
def test_public_numbers_are_readable_by_everyone_and_fit(visit, size):
    page = visit(size=size)
    for address in (
        "/embed/reach/aberwennol",
        "/cy/public/reach/aberwennol?period=2025-to-2026",
        "/public/reach/aberwennol?period=2026-10",
    ):
        page.goto(address)

        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_the_page_for_developers_is_readable_by_everyone_and_fits(visit, size):
    page = visit(size=size)
    for address in ("/developers", "/cy/developers"):
        page.goto(address)

        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_embed_of_someone_signed_in_sets_no_cookie_either(visit, site):
    page = visit("learner")
    answer = page.goto("/embed/list")

    assert "set-cookie" not in answer.all_headers()
    assert urlopen(f"{site.url}/embed/list").headers["Set-Cookie"] is None
