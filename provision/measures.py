"""What the numbers of a city's areas come to: its average, and where there is little. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from provision.survey import AreaAccess

#: Cold spots are looked for among these.
COLD_DECILES = range(1, 4)
#: Little is less than this share of what a young person of the city has on average.
LITTLE = 0.5


@dataclass(frozen=True)
class ColdSpot:
    """A deprived area with little or nothing within reach."""

    area: AreaAccess
    #: How many of its young people would have nothing if the others had just enough.
    short: float

    @property
    def has_nothing(self) -> bool:
        return self.area.access == 0


def average(areas: Sequence[AreaAccess]) -> float:
    """Return what a young person of the city has within reach, on average."""
    people = sum(area.young_people or 0 for area in areas)
    reached = sum(area.access * (area.young_people or 0) for area in areas)
    return reached / people if people else 0.0


def by_decile(areas: Sequence[AreaAccess]) -> dict[int, float]:
    """Return what a young person of each decile has within reach, on average; 1 is most deprived.

    A decile that no young person of the city is known to live in is absent.
    """
    by: dict[int, list[AreaAccess]] = {}
    for area in areas:
        if area.decile and area.young_people:
            by.setdefault(area.decile, []).append(area)
    return {decile: average(of_it) for decile, of_it in sorted(by.items())}


def enough(areas: Sequence[AreaAccess]) -> float:
    """Return from where on what an area has within reach is not called little."""
    return LITTLE * average(areas)


def cold_spots(areas: Sequence[AreaAccess]) -> list[ColdSpot]:
    """Return the deprived areas with little or nothing within reach, most young people short first."""
    least = enough(areas)
    spots = [
        ColdSpot(area, short=_short(area, least))
        for area in areas
        if area.decile in COLD_DECILES
        and area.young_people
        and (area.access == 0 or area.access < least)
    ]
    return sorted(spots, key=lambda spot: (-spot.short, spot.area.code))


def _short(area: AreaAccess, least: float) -> float:
    """Return the young people of an area, less the share of them that what there is would do for.

    So it falls with whatever is added here: counting heads alone would not.
    """
    has = area.access / least if least else 0.0
    return (area.young_people or 0) * (1 - has)
