"""The lie of a fictional land: a bay, a river mouth, and the areas and wards around them.

Everything is worked out in metres on a plane and turned into WGS 84 degrees at the end. The city
lies at sea, where it disturbs no real one, but where miles and London time are right.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from random import Random

import numpy as np
import shapely
from shapely import Geometry, LineString, MultiPoint, Point, Polygon
from shapely.ops import unary_union

#: East and north on the plane, in metres.
Spot = tuple[float, float]

#: WGS 84 degrees, longitude first: open water in Cardigan Bay.
ORIGIN = (-4.86, 52.42)
METRES_PER_DEGREE_LAT = 111_250.0
METRES_PER_DEGREE_LON = METRES_PER_DEGREE_LAT * math.cos(math.radians(ORIGIN[1]))

WARDS_NORTH = (
    "Castle",
    "Penygraig",
    "Old Town",
    "Heron Cross",
    "Wennol Vale",
    "Brynmelin",
    "Larkhill",
)
WARDS_SOUTH = ("Harbour", "Southquay", "Maes y Môr", "Gorsewood", "Tan y Fron")
AREAS = 110

#: The coast, from the north-east corner clockwise round the land; metres east and north.
_COAST = (
    (4_900, 4_300), (5_400, 2_300), (5_700, 400), (5_300, -1_900), (4_500, -3_900),
    (2_300, -4_600), (200, -4_800), (-2_000, -4_500), (-3_900, -3_700), (-4_900, -2_700),
    (-4_300, -2_300), (-3_300, -2_050), (-2_350, -1_550), (-1_900, -800), (-1_850, 0),
    (-2_200, 800), (-2_900, 1_450), (-3_900, 1_800), (-4_700, 2_300), (-4_400, 3_200),
    (-3_100, 3_900), (-1_400, 4_300), (700, 4_700), (2_900, 4_800),
)  # fmt: skip
#: The river, from the hills to the bay.
_RIVER = (
    (6_400, 1_600), (4_700, 1_250), (3_300, 150), (2_100, 350), (900, -450), (-300, -300),
    (-1_300, -500), (-2_600, -300),
)  # fmt: skip
#: Where most people live: metres east and north.
_CENTRE = (-900, -250)


@dataclass(frozen=True)
class Plot:
    """A statistical area before it has an official code."""

    #: On the plane, in metres.
    outline: Geometry
    ward: str
    #: Its order within the city, neighbours close together: codes and names follow it.
    number: int

    @cached_property
    def centre(self) -> Point:
        return self.outline.representative_point()


def draw(seed: int, areas: int = AREAS) -> list[Plot]:
    """Return the areas of the city, neighbours sharing their edges to the last decimal."""
    chance = Random(f"{seed}:landscape")
    plots = []
    for bank, wards, share in _banks(areas):
        cells = _cells(bank, share, chance)
        for ward, group in zip(wards, _compact_groups(cells, len(wards)), strict=True):
            plots += [(ward, cell) for cell in group]
    return [
        Plot(outline=_wobbled(cell), ward=ward, number=number)
        for number, (ward, cell) in enumerate(plots, start=1)
    ]


def degrees(shape: Geometry) -> Geometry:
    """Return a shape of the plane in WGS 84 degrees, to six decimals as ONS publishes them."""

    def place(metres: np.ndarray) -> np.ndarray:
        scale = np.array([METRES_PER_DEGREE_LON, METRES_PER_DEGREE_LAT])
        return np.round(metres / scale + np.array(ORIGIN), 6)

    return shapely.transform(shape, place)


def points_within(outline: Geometry, how_many: int, chance: Random) -> Iterator[Spot]:
    """Yield points scattered over a shape."""
    west, south, east, north = outline.bounds
    shapely.prepare(outline)
    while how_many > 0:
        easts = [chance.uniform(west, east) for _ in range(how_many * 2)]
        norths = [chance.uniform(south, north) for _ in range(how_many * 2)]
        inside = shapely.contains_xy(outline, easts, norths)
        for x, y in list(compress(zip(easts, norths, strict=True), inside))[:how_many]:
            how_many -= 1
            yield x, y


def _banks(areas: int) -> Iterator[tuple[Polygon, Sequence[str], int]]:
    """Yield the land on each side of the river, its wards, and how many areas lie there."""
    land = Polygon(_smooth(_COAST, closed=True))
    river = LineString(_smooth(_RIVER)).buffer(70)
    north, south = sorted(_largest(land - river, 2), key=lambda bank: -bank.centroid.y)
    share = round(areas * len(WARDS_NORTH) / (len(WARDS_NORTH) + len(WARDS_SOUTH)))
    yield north, WARDS_NORTH, share
    yield south, WARDS_SOUTH, areas - share


def _largest(shape: Geometry, how_many: int) -> list[Polygon]:
    return sorted(shape.geoms, key=lambda part: part.area)[-how_many:]


def _smooth(corners: Sequence[tuple[float, float]], closed: bool = False, rounds: int = 3):
    """Round the corners of a line (Chaikin)."""
    line = np.array(corners, dtype=float)
    for _ in range(rounds):
        ahead = np.roll(line, -1, axis=0) if closed else line[1:]
        here = line if closed else line[:-1]
        cut = np.stack([0.75 * here + 0.25 * ahead, 0.25 * here + 0.75 * ahead], axis=1)
        line = cut.reshape(-1, 2)
    return line


def _cells(bank: Polygon, how_many: int, chance: Random) -> list[Geometry]:
    """Divide a bank among scattered homes: small areas in the town, wide ones outside it."""
    homes = _homes(bank, how_many, chance)
    for _ in range(3):
        homes = [cell.centroid.coords[0] for cell in _nearest_land(bank, homes)]
    return _nearest_land(bank, homes)


def _homes(bank: Polygon, how_many: int, chance: Random) -> list[Spot]:
    homes: list[Spot] = []
    for candidate in points_within(bank, how_many * 400, chance):
        crowding = math.exp(-math.dist(candidate, _CENTRE) / 2_600)
        elbow_room = 215 + 600 * (1 - crowding)
        if all(math.dist(candidate, home) > elbow_room for home in homes):
            homes.append(candidate)
    return sorted(homes, key=lambda home: math.dist(home, _CENTRE))[:how_many]


def _nearest_land(bank: Polygon, homes: Sequence[Spot]) -> list[Geometry]:
    """Return, for each home, the land that is nearer to it than to any other (Voronoi)."""
    diagram = shapely.voronoi_polygons(MultiPoint(homes), extend_to=bank, ordered=True)
    return [_in_one_piece(cell & bank) for cell in diagram.geoms]


def _in_one_piece(cell: Geometry) -> Geometry:
    return unary_union([part for part in getattr(cell, "geoms", [cell]) if part.area > 0])


def _compact_groups(cells: list[Geometry], how_many: int) -> list[list[Geometry]]:
    """Split neighbouring cells into groups of nearly one size, across the longer side each time."""
    if how_many == 1:
        return [sorted(cells, key=lambda cell: (round(cell.centroid.y, -3), cell.centroid.x))]
    west, south, east, north = unary_union(cells).bounds
    if east - west > north - south:
        cells = sorted(cells, key=lambda cell: cell.centroid.x)
    else:
        cells = sorted(cells, key=lambda cell: -cell.centroid.y)
    first = how_many // 2
    cut = round(len(cells) * first / how_many)
    return _compact_groups(cells[:cut], first) + _compact_groups(cells[cut:], how_many - first)


def _wobbled(cell: Geometry) -> Geometry:
    """Bend straight edges as streets and streams would.

    A point moves by where it is, never by whose it is, so that neighbours stay neighbours.
    """
    return shapely.transform(shapely.segmentize(_on_grid(cell), 120), _bend)


def _on_grid(cell: Geometry) -> Geometry:
    return shapely.transform(cell, lambda metres: np.round(metres, 1))


def _bend(metres: np.ndarray) -> np.ndarray:
    # Both ends of a shared edge compute the same points between them up to the last bit or so.
    east, north = np.round(metres, 3).T
    east_by = 34 * np.sin(north / 173 + 1.3) + 19 * np.sin((east + north) / 97)
    north_by = 31 * np.sin(east / 191 + 0.4) + 17 * np.sin((east - north) / 83)
    return np.column_stack([east + east_by, north + north_by])
