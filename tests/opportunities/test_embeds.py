"""The list and the map inside pages of other sites."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from opportunities.picture import HEIGHT, WIDTH, picture_of
from tests import factories
from tests.conftest import PUBLIC_URL
from tests.factories import NOW, YORK

NOWHERE = {"type": "FeatureCollection", "features": []}


@pytest.fixture
def get(client, db):
    def get(address, **given):
        db.commit()
        return client.get(address, **given)

    return get


@pytest.mark.parametrize("kind", ["list", "map"])
def test_an_embed_may_be_framed_and_needs_neither_script_nor_cookie(get, kind):
    factories.scheduled_session()

    answer = get(f"/embed/{kind}?age=14")

    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "<script" not in answer.text
    assert "<form" not in answer.text
    # No other page may be framed.
    assert get("/").headers["X-Frame-Options"] == "DENY"


def test_an_embed_shows_the_search_and_its_links_open_pages_of_their_own(get):
    shown = factories.scheduled_session(opportunity=factories.opportunity("Shown")).opportunity
    factories.scheduled_session(opportunity=factories.opportunity("Hidden", max_age=12))

    page = get("/embed/list?age=14").text

    assert f'href="/a/{shown.slug}" target="_blank" rel="noopener">Shown</a>' in page
    assert "Hidden" not in page
    assert 'href="/?age=14" target="_blank" rel="noopener"' in page
    assert '<svg class="map-picture"' not in page


def test_pages_of_an_embed_follow_each_other_in_the_frame(get):
    provider, place = factories.provider(), factories.place()
    for number in range(21):
        factories.scheduled_session(
            opportunity=factories.opportunity(f"No. {number}", provider=provider, place=place),
            starts_at=NOW + timedelta(days=number + 1),
        )
    first = get(f"/embed/map?city={provider.city.slug}").text
    [following] = [line for line in first.splitlines() if 'rel="next"' in line]
    address = following.split('href="')[1].split('"')[0].replace("&amp;", "&")

    assert first.count('<li class="card"') == first.count("<circle cx") == 20
    second = get(address).text
    assert second.count('<li class="card"') == 1
    assert "No. 20" in second
    assert '<ol class="cards" start="21">' in second


def test_an_embed_of_a_city_holds_what_is_on_there_and_says_what_it_does_not_know(get):
    here = factories.scheduled_session(opportunity=factories.opportunity("Here")).opportunity
    factories.scheduled_session(opportunity=factories.opportunity("Elsewhere"))

    page = get(f"/embed/list?city={here.provider.city.slug}").text
    assert "Here" in page
    assert "Elsewhere" not in page
    assert "City: not one we know." in get("/embed/list?city=%00x&age=z").text
    assert "Nothing matches" in get("/embed/map?text=zorp").text


def test_who_may_frame_an_embed_is_a_setting(get, app, monkeypatch):
    settings = replace(app.extensions["settings"], embed_ancestors="https://school.example")
    monkeypatch.setitem(app.extensions, "settings", settings)

    answer = get("/embed/list")

    assert "frame-ancestors https://school.example" in answer.headers["Content-Security-Policy"]


def test_a_picture_holds_every_pin_and_keeps_north_up():
    west, east = (YORK[0] - 0.1, YORK[1]), (YORK[0] + 0.1, YORK[1] + 0.01)

    picture = picture_of([west, east], NOWHERE)

    (x1, y1), (x2, y2) = picture.pins
    assert 0 < x1 < x2 < WIDTH
    assert 0 < y2 < y1 < HEIGHT
    assert picture_of([], NOWHERE) is None


def test_a_picture_draws_only_outlines_that_are_in_it():
    def square(lon, lat):
        ring = [(lon, lat), (lon + 0.01, lat), (lon + 0.01, lat + 0.01), (lon, lat)]
        return {"geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}}

    outlines = {"features": [square(*YORK), square(YORK[0] + 5, YORK[1])]}

    [path] = picture_of([YORK], outlines).outlines
    assert path.startswith(f"M{WIDTH // 2} {HEIGHT // 2}L")


@pytest.mark.parametrize(
    ("page", "embed"),
    [
        ("/?age=14&kind=volunteering", "/embed/list?age=14&amp;kind=volunteering"),
        ("/c/testford?age=14", "/embed/list?age=14&amp;city=testford"),
        ("/embed/map?age=14", "/embed/map?age=14"),
    ],
)
def test_oembed_tells_how_to_show_a_page_of_ours(get, page, embed):
    told = get(f"/oembed?url={quote(PUBLIC_URL + page)}&maxwidth=300").json

    assert (told["version"], told["type"], told["width"]) == ("1.0", "rich", 300)
    assert f'<iframe src="{PUBLIC_URL}{embed}" title=' in told["html"]
    assert 'loading="lazy"' in told["html"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in told["html"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://elsewhere.example/",
        f"{PUBLIC_URL}/me",
        "http://[",
        f"{PUBLIC_URL}.evil.example/",
    ],
)
def test_oembed_knows_no_other_page(get, address):
    assert get(f"/oembed?url={quote(address)}").status_code == 404
    assert get(f"/oembed?format=xml&url={quote(PUBLIC_URL + '/')}").status_code == 501
