"""The map of a search: it reads the list, offers the part in view, and counts what lies beyond."""

import os
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.conftest import DESK, PHONE, _free_port, _Server, axe_findings, wait_until

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def open_map(page, address="/"):
    page.goto(address)
    if page.viewport_size["width"] < 960:
        page.click("#showmap button")
    page.wait_for_selector(".mk")
    page.wait_for_load_state("networkidle")


def zoom_out(page):
    """Zoom out a step, and wait for the circles of that zoom."""
    with page.expect_response(lambda answer: "/map/counts.json" in answer.url):
        page.click(".leaflet-control-zoom-out")
    page.wait_for_selector(".cl")
    page.wait_for_timeout(400)


def drag(page, by):
    box = page.locator("#map_0").bounding_box()
    # From where there is neither a pin nor a circle: the corner opposite the buttons.
    x, y = box["x"] + box["width"] - 6, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - by, y + by, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)


def tab_to(page, selector, most=90):
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_search_this_area_is_offered_once_the_map_was_moved_and_lists_what_is_in_view(visit, size):
    page = visit(size=size)
    open_map(page, "/?free=1")
    here = page.locator("#here")
    assert not here.is_visible()

    drag(page, 60)
    assert here.is_visible()
    view = page.evaluate("map_0.getBounds().toBBoxString()").split(",")
    zoom = page.evaluate("map_0.getZoom()")
    here.click()

    assert "free=1" in page.url
    west, south, east, north = re.search(r"bbox=([^&]+)$", page.url)[1].split(",")
    assert [west, south, east, north] == [f"{float(part):.4f}" for part in view]
    assert "on this part of the map" in page.inner_text("#count")
    for card in page.locator(".card").all():
        assert float(south) <= float(card.get_attribute("data-lat")) <= float(north)
        assert float(west) <= float(card.get_attribute("data-lon")) <= float(east)
    open_map(page, page.url)
    assert page.evaluate("map_0.getZoom()") == zoom
    assert not page.locator("#here").is_visible()


def test_search_this_area_is_reached_by_keyboard(visit):
    page = visit()
    open_map(page)
    page.focus("#map_0")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#here:not([hidden])")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "here"
    page.keyboard.press("Enter")
    page.wait_for_url("**bbox=**")


def test_from_afar_circles_say_how_many_things_lie_where(visit):
    page = visit()
    open_map(page)
    zoom_out(page)
    zoom_out(page)

    numbers = [int(circle.inner_text()) for circle in page.locator(".cl").all()]
    names = [circle.get_attribute("aria-label") for circle in page.locator(".cl").all()]
    total = int(re.search(r"\d+", page.inner_text("#count"))[0])
    assert sum(numbers) == total
    assert names == [f"{n} things here" if n > 1 else "1 thing here" for n in numbers]


def test_circles_count_what_the_filters_let_through(visit):
    page = visit()
    open_map(page, "/?kind=volunteering&age=14")
    zoom_out(page)
    zoom_out(page)

    total = int(re.search(r"\d+", page.inner_text("#count"))[0])
    assert sum(int(circle.inner_text()) for circle in page.locator(".cl").all()) == total


def test_by_keyboard_a_circle_brings_the_map_closer(visit):
    page = visit()
    open_map(page)
    zoom_out(page)
    before = page.evaluate("map_0.getZoom()")
    page.focus("#map_0")
    tab_to(page, "button.cl")
    page.keyboard.press("Enter")
    wait_until(page, "(before) => map_0.getZoom() > before", before)

    # Whoever pressed it is still on the map, though the circle has gone.
    assert page.evaluate("document.activeElement.id") == "map_0"


def test_close_by_there_are_pins_and_no_circles(visit):
    page = visit()
    open_map(page)
    page.evaluate("map_0.setZoom(14, {animate: false})")
    page.wait_for_timeout(500)

    assert page.locator(".cl").count() == 0
    assert page.locator(".mk").count() > 0


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_by_keyboard_the_numbers_of_the_wards_lead_to_them(visit, javascript):
    page = visit(size=PHONE, javascript=javascript)
    page.goto("/")
    summary = page.locator("#where-things-are summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**area=**")

    assert page.locator(".card").count() > 0


def test_the_tab_key_reaches_the_wards_past_the_list_and_the_map(visit):
    page = visit()
    open_map(page)

    tab_to(page, "#where-things-are summary")


def test_a_screen_reader_hears_of_each_pin_what_its_card_says(visit):
    page = visit()
    open_map(page)
    zoom_out(page)
    debugger = page.context.new_cdp_session(page)
    debugger.send("Accessibility.enable")
    heard = [
        node.get("name", {}).get("value", "")
        for node in debugger.send("Accessibility.getFullAXTree")["nodes"]
        if node.get("role", {}).get("value") == "button"
    ]

    cards = page.locator(".card")
    assert cards.count() == 20
    for card in cards.all():
        # Not its inner text: a card below the screen is not drawn yet, and has none.
        title = card.locator("h2 a").text_content().strip()
        said = f"{card.get_attribute('data-n')}. {title}. "
        assert [name for name in heard if said in name], said
    for circle in page.locator(".cl").all():
        assert f"{circle.inner_text()} things here" in heard
    regions = page.locator("#mapcol").aria_snapshot()
    assert "The list has the same information." in regions


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_on_the_map_stands_in_anyones_way(visit, size):
    page = visit(size=size)
    open_map(page)
    zoom_out(page)
    page.click("#where-things-are summary")

    assert page.locator("#here").is_visible()
    assert axe_findings(page) == []
    assert not page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


def test_numbers_in_the_drawing_can_be_read_on_the_smallest_screen(visit):
    page = visit(size={"width": 320, "height": 640})
    page.goto("/")
    page.click("#where-things-are summary")
    heights = page.evaluate(
        "[...document.querySelectorAll('.areas text')].map((each) => "
        "parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"
    )

    assert heights
    assert min(heights) >= 11


@contextmanager
def _a_map_of_streets():
    """Serve one grey tile for every address, as a host that knows nothing of us would."""
    asked = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Cookie")))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_map_of_streets_lies_under_the_areas_where_one_was_chosen(chromium, site, tmp_path):
    port = _free_port()
    with _a_map_of_streets() as (host, asked), (tmp_path / "log").open("w") as out:
        environment = os.environ | {
            "DATABASE_URL": site.database_url,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": "a secret that only browser tests know",
            "CONCERNS_SECRET": "a third secret that only browser tests know",
            "BASEMAP_URL": host + "/{z}/{x}/{y}.png",
            "BASEMAP_ATTRIBUTION": "Streets by <b>friends</b>",
        }
        with _Server(port, environment, out):
            context = chromium.new_context(viewport=DESK, base_url=environment["PUBLIC_URL"])
            page, faults = context.new_page(), []
            page.on("console", lambda message: faults.append(message.text))
            open_map(page)
            page.wait_for_selector(".leaflet-tile-loaded")

            assert page.inner_text(".leaflet-control-attribution") == "Streets by <b>friends</b>"
            assert (
                page.locator(".area-outline").first.evaluate(
                    "(outline) => getComputedStyle(outline).fill"
                )
                == "none"
            )
            assert axe_findings(page) == []
            context.close()
    assert faults == []
    assert asked
    assert {cookie for _path, cookie in asked} == {None}
