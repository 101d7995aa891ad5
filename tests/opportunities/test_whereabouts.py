"""Where things are, drawn by the server and said in links; and the map under the pins."""

import gzip
import re
import sys
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest

from app.config import MissingSetting, read_settings
from app.web import CONTENT_SECURITY_POLICY
from geo.drawing import dot
from geo.queries import wards_of
from opportunities.models import OpportunityStatus
from tests import factories
from tests.factories import NOW, YORK

NEEDED = {"DATABASE_URL": "postgresql:///x", "SECRET_KEY": "x", "KEYS_SECRET": "x"}
TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.fixture
def client(client, db):
    """A browser that sees rows as the database has them, not as a factory wrote them."""

    def land():
        db.commit()
        db.expunge_all()

    before = client.application.before_request_funcs.setdefault(None, [])
    before.append(land)
    yield client
    before.remove(land)


@pytest.fixture
def city():
    return factories.city(name="Testford")


@pytest.fixture
def castle(city):
    """The area in the middle of a ward of three."""
    one, middle, other = (
        factories.area(
            in_city=city,
            lon=YORK[0] + east,
            ward_code="E05000001",
            ward_name="Castle",
            name=f"Testford {number}",
        )
        for number, east in enumerate((-0.02, 0, 0.02), 1)
    )
    return [one, middle, other]


@pytest.fixture
def harbour(city):
    return factories.area(
        in_city=city, lat=YORK[1] + 0.1, ward_code="E05000002", ward_name="Harbour & Quay"
    )


@pytest.fixture
def with_tiles(app, monkeypatch):
    """The site of someone who has chosen a map of streets."""
    settings = read_settings(
        NEEDED | {"BASEMAP_URL": TILES, "BASEMAP_ATTRIBUTION": 'Map "makers" & <i>friends</i>'}
    )
    monkeypatch.setitem(app.extensions, "settings", settings)


def sitting(within, in_city=None, **given):
    opportunity = factories.opportunity(
        place=factories.place(within=within),
        provider=factories.provider(in_city=in_city),
        **given,
    )
    return factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=5))


def links(page) -> dict[str, str]:
    """Return the address behind each line of "Where things are"."""
    part = _part(page)
    found = re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', part)
    return {unescape(words): unescape(address) for address, words in found}


def drawn(page) -> list[str]:
    """Return the numbers that the drawing shows."""
    svg = re.search(r"<svg class=\"areas\".*?</svg>", _part(page), re.S)
    return [each.text for each in ElementTree.fromstring(svg[0]).iter("text")] if svg else []


def _part(page) -> str:
    return page.text.partition('id="where-things-are"')[2].partition("</details>")[0]


def test_each_ward_says_how_many_things_are_there(client, city, castle, harbour):
    for within in (*castle, harbour):
        sitting(within, city)
    sitting(castle[0], city, status=OpportunityStatus.DRAFT)

    for address in ("/", f"/c/{city.slug}"):
        page = client.get(address)
        assert list(links(page)) == ["Castle: 3", "Harbour & Quay: 1"]
        assert sorted(drawn(page)) == ["1", "3"]


def test_a_ward_leads_to_the_same_search_from_the_middle_of_it(client, city, castle, harbour):
    middle = castle[1].lsoa_code
    sitting(castle[0], city)
    sitting(harbour, city, cost_pence=100)

    page = client.get(f"/c/{city.slug}?free=1&sort=newest")

    assert list(links(page)) == ["Castle: 1"]
    address = links(page)["Castle: 1"]
    assert address.startswith(f"/c/{city.slug}?")
    for part in (f"area={middle}", "free=1", "sort=newest"):
        assert part in address
    assert "Pottery" in client.get(address).text


def test_the_list_says_what_a_ward_counts_and_how_far_its_link_looks(client, city, castle):
    sitting(castle[0], city)
    factories.city(name="Otherham")

    def said(address):
        return "how many are in that place itself" in _part(client.get(address))

    assert "within 3 miles of the middle" in _part(client.get(f"/c/{city.slug}"))
    assert "within 10 miles of the middle" in _part(client.get(f"/c/{city.slug}?within=10"))
    assert said(f"/c/{city.slug}")
    assert not said("/")
    assert "Testford" in _part(client.get("/"))


def test_where_no_wards_are_known_the_areas_stand_for_them(client, city):
    area = factories.area(in_city=city, name="Testford 9Z")
    sitting(area, city)

    assert links(client.get("/")) == {"Testford 9Z: 1": f"/?area={area.lsoa_code}"}


def test_the_country_is_counted_by_city(client, city, castle):
    other = factories.city(name="Otherham")
    sitting(castle[0], city)
    sitting(castle[2], city)
    sitting(factories.area(in_city=other, lat=51.0), other)
    factories.city(name="Nothington")

    page = client.get("/?free=1")

    assert links(page) == {
        "Otherham: 1": f"/c/{other.slug}?free=1",
        "Testford: 2": f"/c/{city.slug}?free=1",
    }
    assert sorted(drawn(page)) == ["1", "2"]


def test_a_country_of_too_much_is_not_counted_by_when_things_are_on(
    client, city, castle, monkeypatch
):
    other = factories.city(name="Otherham")
    for number in range(3):
        sitting(castle[number], city)
    monkeypatch.setattr(sys.modules["opportunities.queries.counts"], "MOST_COUNTED", 2)

    assert "At least" in client.get("/?day=6").text
    assert _part(client.get("/?day=6")) == ""
    assert links(client.get("/?free=1")) == {"Testford: 3": f"/c/{city.slug}?free=1"}
    assert list(links(client.get(f"/c/{city.slug}?day=6"))) == ["Castle: 3"]
    monkeypatch.setattr(sys.modules["opportunities.queries.counts"], "MOST_COUNTED", 3)
    assert list(links(client.get("/?day=6"))) == ["Testford: 3"]
    assert f"/c/{other.slug}" in client.get("/?day=6").text


@pytest.mark.parametrize("query", ["area={}", "bbox=-2,53,0,55", "text=nothingness"])
def test_who_says_where_or_finds_nothing_is_not_told_where(client, city, castle, query):
    sitting(castle[0], city)

    assert _part(client.get("/?" + query.format(castle[0].lsoa_code))) == ""


def test_no_number_of_a_place_says_how_deprived_it_is(client, city):
    sitting(factories.area(in_city=city, decile=1, name="Testford 1A"), city)

    assert "decile" not in client.get("/").text
    assert drawn(client.get("/")) == ["1"]


def test_the_numbers_cost_little(client, city):
    for number in range(33):
        area = factories.area(
            in_city=city,
            lon=YORK[0] + number % 6 * 0.014,
            lat=YORK[1] + number // 6 * 0.009,
            ward_code=f"E05{number:06}",
            ward_name=f"Ward of many names {number}",
        )
        sitting(area, city)
    page = client.get("/")

    assert len(links(page)) == 33
    whole, less = page.text, page.text.replace(_part(page), "")
    assert len(gzip.compress(whole.encode())) - len(gzip.compress(less.encode())) <= 6_000


def test_a_ward_begins_from_the_area_nearest_its_middle(db, city, castle, harbour):
    found = [(ward.name, ward.middle, len(ward.lsoa_codes)) for ward in wards_of(db, city)]

    assert found == [
        ("Castle", castle[1].lsoa_code, 3),
        ("Harbour & Quay", harbour.lsoa_code, 1),
    ]


@pytest.mark.parametrize(
    "points",
    [
        {},
        {"a": (1.0, 51.0)},
        {"a": (1.0, 51.0), "b": (1.0, 52.0)},
        {"a": (0.0, 5.0), "b": (1.0, 5.0)},
    ],
)
def test_points_stand_on_the_paper_however_they_lie(points):
    drawing = dot(points)

    assert drawing.centres.keys() == points.keys()
    for x, y in drawing.centres.values():
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height


class TestStretch:
    def test_the_map_fits_the_box_that_was_searched(self, client, castle):
        sitting(castle[1])

        assert 'data-box="-2.0,53.0,0.0,55.0"' in client.get("/?bbox=-2,53,0,55").text
        assert "data-box" not in client.get("/").text
        assert "data-box" not in client.get("/?bbox=-5,50,-4,51").text

    def test_search_this_area_keeps_the_rest_of_the_search(self, client, city, castle):
        sitting(castle[1], city)

        page = client.get(f"/c/{city.slug}?free=1&bbox=-2,53,0,55").text

        assert f'id="here" hidden href="/c/{city.slug}?free=1"' in page
        assert f'data-counts="/map/counts.json?city={city.slug}&amp;free=1"' in page
        assert "Leave this part of the map" in page


class TestTiles:
    def test_without_an_address_nothing_comes_from_another_host(self, client, castle):
        sitting(castle[1])

        page = client.get("/")

        assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert "data-tiles" not in page.text

    def test_with_an_address_the_map_and_no_other_page_may_fetch_images_of_that_host(
        self, client, castle, with_tiles
    ):
        sitting(castle[1])

        page = client.get("/")

        policy = page.headers["Content-Security-Policy"]
        assert "img-src 'self' data: https://tiles.example;" in policy
        assert policy.replace(" data: https://tiles.example", "") == CONTENT_SECURITY_POLICY
        assert page.headers["Cross-Origin-Embedder-Policy"] == "credentialless"
        assert f'data-tiles="{TILES}"' in page.text
        assert "Map &#34;makers&#34; &amp; &lt;i&gt;friends&lt;/i&gt;" in page.text
        for other in ("/help", "/tiles/opportunities/1/0/0.mvt"):
            answer = client.get(other).headers
            assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
            assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"

    @pytest.mark.parametrize(
        ("address", "host"),
        [
            ("", ""),
            (TILES, "https://tiles.example"),
            ("https://{s}.tiles.example/{z}/{y}/{x}", "https://*.tiles.example"),
            ("http://127.0.0.1:8080/{z}/{x}/{y}.png?key=a-b", "http://127.0.0.1:8080"),
        ],
    )
    def test_the_host_of_an_address_is_what_the_policy_names(self, address, host):
        assert read_settings(NEEDED | {"BASEMAP_URL": address}).basemap_host == host

    @pytest.mark.parametrize(
        "address",
        [
            "tiles.example/{z}/{x}/{y}.png",
            "https://tiles.example/{z}/{x}.png",
            "https://tiles.example; script-src */{z}/{x}/{y}.png",
            "https://tiles.example/{z}/{x}/{y}\n.png",
            "https://{t}.example/{z}/{x}/{y}",
            "javascript:alert/{z}/{x}/{y}",
        ],
    )
    def test_an_address_that_is_none_stops_the_start(self, address):
        with pytest.raises(MissingSetting, match="BASEMAP_URL"):
            read_settings(NEEDED | {"BASEMAP_URL": address})
