"""Where things are, for maps: vector tiles, and counts by cell."""

import math
from datetime import timedelta
from random import Random

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from app import clock
from badges.models import Strand
from opportunities.models import Category, OpportunityKind, OpportunityStatus
from opportunities.queries.tiles import Tile, cells_over, tile_at
from tests import factories
from tests.factories import NOW, YORK

ZOOMS = (0, 1, 5, 8, 11, 12, 16, 22)


@pytest.fixture
def client(client, db):
    """A browser that sees rows as the database has them, not as a factory wrote them."""
    before = client.application.before_request_funcs.setdefault(None, [])
    before.append(db.commit)
    yield client
    before.remove(db.commit)


def sitting(title="Pottery", *, lon=YORK[0], lat=YORK[1], in_days=5, places=9, **given):
    given.setdefault("place", factories.place(lon=lon, lat=lat))
    opportunity = factories.opportunity(title=title, **given)
    return factories.scheduled_session(
        opportunity=opportunity, places=places, starts_at=NOW + timedelta(days=in_days)
    )


def tile_of(lon, lat, z):
    """Return x and y of the tile of a point, by the formula of the slippy map."""
    sine = math.sin(math.radians(lat))
    x = (lon + 180) / 360
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return min(int(x * 2**z), 2**z - 1), min(int(y * 2**z), 2**z - 1)


def address(z, lon=YORK[0], lat=YORK[1]):
    x, y = tile_of(lon, lat, z)
    return f"/tiles/opportunities/{z}/{x}/{y}.mvt"


def features(response):
    assert response.status_code == 200
    layers = mapbox_vector_tile.decode(response.data)
    return [each["properties"] for each in layers.get("opportunities", {}).get("features", [])]


def scattered(how_many, seed):
    """Return points all over the country, and some at the edges of the world."""
    random = Random(seed)
    country = [(random.uniform(-6, 2), random.uniform(50, 56)) for _ in range(how_many)]
    return [*country, (-180.0, 85.0), (179.999, -85.0), (0.0, 0.0), (-1e-4, 1e-4)]


class TestKeys:
    def test_a_key_begins_with_the_tile_that_its_point_lies_in(self, db):
        for lon, lat in scattered(40, seed=3):
            point = "ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 3857)"
            key = db.scalar(text(f"SELECT quadkey_of({point})"), {"lon": lon, "lat": lat})
            for z in ZOOMS:
                x, y = tile_of(lon, lat, z)
                low, high = Tile(z, x, y).keys
                assert low <= key < high, (lon, lat, z)
                assert tile_at(lon, lat, z) == Tile(z, x, y)

    @pytest.mark.parametrize("z", [6, 8, 10, 12])
    def test_the_range_of_a_tile_holds_the_points_that_lie_in_it_and_no_other(self, db, z):
        lons, lats = zip(*scattered(3_000, seed=z), strict=True)
        tile = Tile(z, *tile_of(lons[0], lats[0], z))
        low, high = tile.keys
        in_range, in_tile, both = db.execute(
            text(
                "SELECT count(*) FILTER (WHERE k >= :low AND k < :high),"
                " count(*) FILTER (WHERE ST_Contains(ST_TileEnvelope(:z, :x, :y), p)),"
                " count(*) FILTER (WHERE k >= :low AND k < :high"
                "  AND ST_Contains(ST_TileEnvelope(:z, :x, :y), p)) FROM (SELECT p, quadkey_of(p) k"
                " FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS at (lon, lat),"
                " LATERAL (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857) p) m"
                ") keyed"
            ),
            {"low": low, "high": high, "z": z, "x": tile.x, "y": tile.y}
            | {"lons": list(lons), "lats": list(lats)},
        ).one()

        assert in_range == in_tile == both > 0

    def test_a_stretch_of_the_map_is_cut_into_a_hundred_cells_at_most(self):
        for box in [
            (-6, 50, 2, 56),
            (-1.2, 53.9, -1, 54),
            (-180, -85, 180, 85),
            (0, 0, 1e-9, 1e-9),
        ]:
            cells = cells_over(box)
            assert 1 <= len(cells) <= 100
            assert len({cell.z for cell in cells}) == 1
            assert {tile_at(box[0], box[3], cells[0].z), tile_at(box[2], box[1], cells[0].z)} <= {
                *cells
            }


class TestTiles:
    def test_close_by_a_tile_holds_the_things_themselves(self, client):
        sitting(
            slug="clay",
            kind=OpportunityKind.VOLUNTEERING,
            achievement=factories.achievement(strand=Strand.HELP),
            cost_pence=200,
        )
        sitting(slug="far", lon=YORK[0] + 0.2)

        assert features(client.get(address(14))) == [
            {
                "id": "clay",
                "title": "Pottery",
                "kind": "volunteering",
                "category": "arts_and_culture",
                "is_free": False,
                "strand": "help",
            }
        ]

    @pytest.mark.parametrize(
        ("given", "strand"),
        [
            ({"category": Category.SPORT}, "explore"),
            ({"kind": OpportunityKind.WORK_EXPERIENCE, "category": Category.SPORT}, "work"),
        ],
    )
    def test_what_earns_no_badge_has_the_strand_that_its_pin_has(self, client, given, strand):
        sitting(**given)

        assert features(client.get(address(12)))[0]["strand"] == strand

    def test_from_afar_a_tile_holds_counts(self, client):
        sitting(lon=-1.0819)
        sitting(lon=-1.0820, cost_pence=100)
        sitting(lon=-1.0821)
        sitting(lon=-1.0819, lat=54.9)

        assert features(client.get(address(11))) == [{"n": 3, "n_free": 2}]
        assert sum(each["n"] for each in features(client.get(address(5)))) == 4

    @pytest.mark.parametrize("z", [8, 14])
    def test_only_what_can_be_found_is_drawn(self, client, z):
        sitting("Kept")
        sitting("Draft", status=OpportunityStatus.DRAFT)
        sitting("Past", in_days=-1)
        sitting("Full", places=0)
        sitting("Forgotten", checked_at=NOW - timedelta(days=400))

        assert len(features(client.get(address(z)))) == 1
        assert features(client.get(address(z)))[0].get("n", 1) == 1

    @pytest.mark.parametrize(
        ("query", "left"),
        [
            ("free=1", 1),
            ("text=football", 1),
            ("day=6", 2),
            ("evening=1", 0),
            ("kind=nonsense", 2),
            ("city=nowhere", 2),
        ],
    )
    def test_filters_are_those_of_the_search(self, client, query, left):
        sitting("Football", cost_pence=100)
        sitting("Pottery")

        assert len(features(client.get(f"{address(14)}?{query}"))) == left
        counted = features(client.get(f"{address(8)}?{query}"))
        assert sum(each["n"] for each in counted) == left

    def test_a_tile_may_show_one_city_alone(self, client):
        city = factories.city()
        sitting("Here", provider=factories.provider(in_city=city))
        sitting("Elsewhere")

        drawn = features(client.get(f"{address(14)}?city={city.slug}"))
        assert [each["title"] for each in drawn] == ["Here"]

    def test_a_tile_may_be_kept_for_five_minutes_and_is_not_sent_twice(self, client):
        sitting()
        first = client.get(address(8))

        assert first.mimetype == "application/vnd.mapbox-vector-tile"
        assert first.headers["Cache-Control"] == (
            "public, max-age=300, stale-while-revalidate=3600"
        )
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        again = client.get(address(8), headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")

    def test_a_tile_that_names_things_is_asked_for_again_within_a_minute(self, client):
        sitting()

        kept = client.get(address(12)).headers["Cache-Control"]

        assert kept == "public, max-age=60, stale-while-revalidate=300"

    def test_an_empty_tile_is_empty(self, client):
        sitting()

        assert client.get(address(12, lon=-4)).data == b""
        assert client.get(address(3, lon=-100)).data == b""

    @pytest.mark.parametrize("wrong", ["17/0/0", "3/8/0", "3/0/8", "999999999999/0/0"])
    def test_a_tile_that_is_none_is_said_in_a_sentence(self, client, wrong):
        answer = client.get(f"/tiles/opportunities/{wrong}.mvt")

        assert answer.status_code == 404
        assert "There is no such part of the map." in answer.text

    @pytest.mark.parametrize("query", ["cursor=%00", "age=x&bbox=1,2", "lon=nan", "text=%27%3B--"])
    def test_nothing_that_is_asked_breaks_a_tile(self, client, query):
        assert client.get(f"{address(8)}?{query}").status_code == 200

    def test_what_everyone_sees_is_asked_of_the_database_once(self, client, count_queries):
        sitting()
        client.get(address(8))
        count_queries.clear()

        assert features(client.get(address(8))) == [{"n": 1, "n_free": 1}]
        assert client.get(f"{address(8)}?free=1").status_code == 200
        assert [sent for sent in count_queries if "ST_AsMVT" in sent] != []
        count_queries.clear()
        client.get(f"{address(8)}?sort=newest")
        assert [sent for sent in count_queries if "ST_AsMVT" in sent] == []

    def test_a_new_thing_is_on_the_map_a_minute_later(self, client, monkeypatch):
        sitting()
        assert features(client.get(address(8))) == [{"n": 1, "n_free": 1}]
        sitting()
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))

        assert features(client.get(address(8))) == [{"n": 2, "n_free": 2}]


class TestCounts:
    def test_each_part_in_view_says_how_many_and_where(self, client):
        sitting()
        sitting(cost_pence=100)
        sitting(lat=54.5)
        sitting(lat=57)  # out of view

        counted = client.get("/map/counts.json?bbox=-2,53,0,55").json
        assert counted == [[2, YORK[0], YORK[1]], [1, YORK[0], 54.5]]
        free = client.get("/map/counts.json?bbox=-2,53,0,55&free=1").json
        assert [each[0] for each in free] == [1, 1]

    def test_a_whole_country_comes_in_a_hundred_parts_at_most(self, client):
        random = Random(1)
        for _ in range(150):
            sitting(lon=random.uniform(-5, 1), lat=random.uniform(50.5, 55.5))

        counted = client.get("/map/counts.json?bbox=-6,50,2,56").json
        assert len(counted) <= 100
        assert sum(each[0] for each in counted) == 150

    def test_how_far_someone_looked_does_not_narrow_the_map(self, client):
        home = factories.area()
        sitting(lat=54.5)

        query = f"area={home.lsoa_code}&within=1&bbox=-2,53,0,55"
        assert [each[0] for each in client.get(f"/map/counts.json?{query}").json] == [1]

    @pytest.mark.parametrize(
        "query", ["", "bbox=1,2,3", "bbox=nan,nan,nan,nan", "bbox=-180,-85,180,85"]
    )
    def test_without_a_stretch_of_the_map_the_whole_world_is_counted(self, client, query):
        sitting()

        assert client.get(f"/map/counts.json?{query}").json == [[1, YORK[0], YORK[1]]]
