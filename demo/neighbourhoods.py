"""The neighbourhoods of the fictional city: how each is named, who lives there, how well off."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from shapely import Geometry

from demo.landscape import WARDS_NORTH, WARDS_SOUTH, Plot, draw

CITY = "Aberwennol"
SLUG = "aberwennol"
#: Far above what ONS has given out, so that no real area is ever mistaken for one of these.
DISTRICT_CODE = "E06999001"
_FIRST_AREA = 1_999_000
_FIRST_WARD = 5_999_000
#: Areas that share a number in their names: a Middle-layer area of ONS.
_NAMED_TOGETHER = 5
OLDEST = 90

#: Where money is short (+) and where it is not (-): metres east and north, how much, how far.
_FORTUNES = (
    ((-1_500, -900), 1.5, 1_300),  # the docks
    ((1_300, 600), 1.1, 1_100),  # terraces above the mill
    ((-700, -3_300), 1.3, 1_200),  # the estate on the southern edge
    ((3_300, 3_300), 0.9, 1_500),  # the estate on the northern edge
    ((-3_700, 2_600), -1.3, 1_700),  # the headland
    ((4_300, -2_200), -1.0, 2_300),  # farms and villages
    ((-300, 2_600), -0.9, 1_300),
    ((3_900, 900), -0.5, 1_400),
)


@dataclass(frozen=True)
class Neighbourhood:
    """A statistical area as official files will describe it."""

    plot: Plot
    lsoa_code: str
    name: str
    ward_code: str
    ward_name: str
    #: From 0, the best off in the city, to 1, the most deprived.
    hardship: float
    #: People by age, 0 to 90; the last are 90 or older.
    people: tuple[int, ...]

    @property
    def outline(self) -> Geometry:
        return self.plot.outline

    def aged(self, youngest: int, oldest: int) -> int:
        """Return how many people are of these ages, both inclusive."""
        return sum(self.people[youngest : oldest + 1])


@cache
def settle(seed: int) -> tuple[Neighbourhood, ...]:
    """Return the neighbourhoods of the city that `seed` stands for."""
    chance = Random(f"{seed}:neighbourhoods")
    plots = draw(seed)
    hardships = _hardships(plots, chance)
    return tuple(
        Neighbourhood(
            plot=plot,
            lsoa_code=f"E{_FIRST_AREA + plot.number:08}",
            name=_name(plot.number),
            ward_code=ward_code(plot.ward),
            ward_name=plot.ward,
            hardship=hardship,
            people=_people(plot, hardship, chance),
        )
        for plot, hardship in zip(plots, hardships, strict=True)
    )


def ward_code(ward: str) -> str:
    return f"E{_FIRST_WARD + 1 + (*WARDS_NORTH, *WARDS_SOUTH).index(ward):08}"


def _name(number: int) -> str:
    group, place = divmod(number - 1, _NAMED_TOGETHER)
    return f"{CITY} {group + 1:03}{'ABCDE'[place]}"


def _hardships(plots: Sequence[Plot], chance: Random) -> list[float]:
    """Return each area's place between the best off and the most deprived, neighbours alike."""
    felt = [_fortune(plot) + chance.gauss(0, 0.22) for plot in plots]
    in_order = sorted(range(len(plots)), key=felt.__getitem__)
    places = {index: (place + 0.5) / len(plots) for place, index in enumerate(in_order)}
    return [places[index] for index in range(len(plots))]


def _fortune(plot: Plot) -> float:
    here = plot.centre.coords[0]
    return sum(
        much * math.exp(-((math.dist(here, where) / reach) ** 2))
        for where, much, reach in _FORTUNES
    )


def _people(plot: Plot, hardship: float, chance: Random) -> tuple[int, ...]:
    """Return people by age: more children where money is short, students near the middle."""
    total = chance.gauss(1_480, 150)
    students = 1.1 * math.exp(-math.dist(plot.centre.coords[0], (-600, 300)) / 900)
    shares = [_share(age, hardship, students) for age in range(OLDEST + 1)]
    scale = total / sum(shares)
    return tuple(round(share * scale * chance.uniform(0.75, 1.25)) for share in shares)


def _share(age: int, hardship: float, students: float) -> float:
    if age == OLDEST:
        return 0.6
    if age >= 65:
        return (1.05 - 0.45 * hardship) * (OLDEST - age) / 25
    young = 0.35 * (hardship - 0.5) if age < 25 else 0.0
    return 1 + young + (students if 18 <= age <= 22 else 0.0)
