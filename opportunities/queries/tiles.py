"""Where things are, for maps: vector tiles, and counts by cell of a grid.

A row carries the Morton key of its spot at zoom 24 (`quadkey`, migration 0004): the bits of x and y
in turn. So all rows of a tile of any zoom lie in one range of keys, and all rows of one cell of it
share the first bits of theirs: counting a country by cells is one walk along an index.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.questions import ask
from badges.models import Strand
from opportunities.models import STRANDS, OpportunityKind
from opportunities.queries.conditions import conditions
from opportunities.queries.request import Box, SearchRequest
from opportunities.queries.words import understand

#: The zoom that keys are written for.
_KEY_ZOOM = 24
#: From this zoom on, a tile holds the things themselves; before it, how many lie in each cell.
POINTS_FROM = 12
DEEPEST = 16
#: A tile is cut into eight cells each way: 2 to the power of 3.
_CELLS_ZOOM = 3
#: A stretch of the map is counted in at most so many cells each way.
_CELLS_ACROSS = 10
#: The zoom of the smallest cell: five metres or so.
_SMALLEST_CELL = 22
EVERYWHERE: Box = (-180.0, -85.0, 180.0, 85.0)


@dataclass(frozen=True)
class Tile:
    """One square of the map: the world is one tile at zoom 0, four at zoom 1, and so on."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Return whether there is such a tile, and it is one we draw."""
        return self.z <= DEEPEST and max(self.x, self.y) < 2**self.z

    @property
    def key(self) -> int:
        """Return the bits of x and y in turn, the lowest of x last."""
        return sum(
            (self.x >> bit & 1) << 2 * bit | (self.y >> bit & 1) << 2 * bit + 1
            for bit in range(self.z)
        )

    @property
    def keys(self) -> tuple[int, int]:
        """Return the first key of the rows that lie in the tile, and the first beyond them."""
        below = 2 * (_KEY_ZOOM - self.z)
        return self.key << below, self.key + 1 << below


@dataclass(frozen=True)
class Cluster:
    """How many things lie in one cell of a grid, and the middle of them in WGS 84 degrees."""

    n: int
    lon: float
    lat: float


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """Return the tile of zoom `z` that a WGS 84 point lies in."""
    tiles = 2**z
    across = (lon + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    x, y = (min(max(math.floor(part * tiles), 0), tiles - 1) for part in (across, down))
    return Tile(z, x, y)


def vector_tile(db: Session, wanted: SearchRequest, tile: Tile) -> bytes:
    """Return the Mapbox vector tile of what matches: one layer, `opportunities`; empty for nothing.

    From zoom 12 on a feature is one thing (`id`, `title`, `kind`, `category`, `is_free`, `strand`);
    before it, it is one cell (`n` things, `n_free` of them free).
    """
    asked = conditions(wanted, query=understand(db, wanted.words).query)
    features = _POINTS if tile.z >= POINTS_FROM else _CELLS
    low, high = tile.keys
    place = {"z": tile.z, "x": tile.x, "y": tile.y, "low": low, "high": high}
    [[drawn]] = ask(
        db,
        f"{asked.here_text}SELECT ST_AsMVT(feature, 'opportunities', 4096, 'shape') FROM ("
        f"{features.format(asked=asked.coming_text)}) feature",
        asked.values | place | {"below": 2 * (_KEY_ZOOM - tile.z - _CELLS_ZOOM)},
    )
    return bytes(drawn)


def clusters(db: Session, wanted: SearchRequest, cells: Sequence[Tile]) -> list[Cluster]:
    """Return how many things match in each of some tiles of one zoom; empty ones are left out.

    `wanted.box` is not asked: `cells_over` makes whole cells of it.
    """
    asked = conditions(wanted.without(box=None), query=understand(db, wanted.words).query)
    ranges = list(_ranges(cells))
    rows = ask(
        db,
        f"{asked.here_text}SELECT count(*), sum(s.lon) / count(*), sum(s.lat) / count(*)"
        " FROM unnest(CAST(:lows AS bigint[]), CAST(:highs AS bigint[])) AS r (low, high)"
        " JOIN opportunity_search s ON s.quadkey >= r.low AND s.quadkey < r.high"
        f" WHERE {asked.coming_text} GROUP BY s.quadkey >> :below ORDER BY 1 DESC, 2, 3",
        asked.values
        | {"lows": [low for low, _high in ranges], "highs": [high for _low, high in ranges]}
        | {"below": 2 * (_KEY_ZOOM - cells[0].z)},
    )
    return [Cluster(n, round(lon, 5), round(lat, 5)) for n, lon, lat in rows]


def cells_over(box: Box) -> list[Tile]:
    """Return the tiles that a stretch of the map touches, as deep as at most a hundred of them go."""
    zoom = max((z for z in range(_SMALLEST_CELL + 1) if _is_few(box, z)), default=0)
    first, last = _corners(box, zoom)
    return [
        Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)
    ]


# What stands in braces is put in once for each search; all that is written here is our own.
_CELLS = (
    "SELECT cell.n, cell.n_free, ST_AsMVTGeom("
    "ST_Transform(ST_SetSRID(ST_MakePoint(cell.lon, cell.lat), 4326), 3857),"
    " ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape FROM ("
    "SELECT count(*) AS n, count(*) FILTER (WHERE s.is_free) AS n_free,"
    " sum(s.lon) / count(*) AS lon, sum(s.lat) / count(*) AS lat FROM opportunity_search s"
    " WHERE s.quadkey >= :low AND s.quadkey < :high AND {asked}"
    " GROUP BY s.quadkey >> :below) cell"
)
# As `wording.strand_of` says it.
_STRAND = (
    f"coalesce(a.strand, CASE WHEN s.kind = '{OpportunityKind.WORK_EXPERIENCE}' THEN '{Strand.WORK}'"
    + "".join(
        f" WHEN s.category = '{category}' THEN '{strand}'" for category, strand in STRANDS.items()
    )
    + " END) AS strand"
)
_POINTS = (
    f"SELECT o.slug AS id, o.title, s.kind, s.category, s.is_free, {_STRAND},"
    " ST_AsMVTGeom(s.mercator, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape"
    " FROM opportunity_search s JOIN opportunity o ON o.id = s.opportunity_id"
    " LEFT JOIN achievement a ON a.id = s.achievement_id"
    " WHERE s.mercator && ST_TileEnvelope(:z, :x, :y) AND {asked} ORDER BY s.opportunity_id"
)


def _ranges(cells: Sequence[Tile]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of keys that some tiles cover; tiles that follow each other share one."""
    keys = sorted(cell.keys for cell in cells)
    low, high = keys[0]
    for next_low, next_high in keys[1:]:
        if next_low != high:
            yield low, high
            low = next_low
        high = next_high
    yield low, high


def _corners(box: Box, z: int) -> tuple[Tile, Tile]:
    """Return the tiles of the north-west and of the south-east corner of a box."""
    west, south, east, north = box
    return tile_at(west, north, z), tile_at(east, south, z)


def _is_few(box: Box, z: int) -> bool:
    first, last = _corners(box, z)
    return max(last.x - first.x, last.y - first.y) < _CELLS_ACROSS
