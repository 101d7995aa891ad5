"""What there is within reach of each area of a city, looked at through one lens.

Everything here is public: who offers what where, and how many people the census found. No learner
is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.queries import Spot
from provision.catchment import reach
from provision.lens import Lens, Weeks


@dataclass(frozen=True)
class AreaAccess:
    """An area, and what there is within reach of each young person in it."""

    code: str
    name: str
    #: Empty where no lookup that names wards was loaded.
    ward: str | None
    #: 1 is the most deprived tenth; empty where the edition does not know the area.
    decile: int | None
    #: Of the ages that are looked at; empty where the census does not know the area.
    young_people: int | None
    #: Weekly place-hours within reach, for each young person who lives here.
    access: float
    #: Weekly place-hours that are offered in the area itself, to whoever comes.
    place_hours: float

    @property
    def label(self) -> str:
        return f"{self.name}, {self.ward}" if self.ward else self.name

    @property
    def is_deprived(self) -> bool:
        """Return whether it is in the most deprived fifth."""
        return self.decile in (1, 2)


@dataclass(frozen=True)
class Offered:
    """What is offered at one place in a week."""

    east: float
    north: float
    lsoa_code: str
    #: Weekly place-hours.
    place_hours: float


@dataclass(frozen=True)
class Survey:
    """All that the two steps need, beyond the city's border too, and what they say."""

    lens: Lens
    weeks: Weeks
    metres: int
    #: The city's own areas, and those that share its places.
    spots: Sequence[Spot]
    own_codes: frozenset[str]
    young_people: dict[str, int]
    deciles: dict[str, int]
    offered: Sequence[Offered]
    edition: str
    population: str

    @cached_property
    def areas(self) -> list[AreaAccess]:
        """Return the areas of the city, by code."""
        reached = self._reached(self.offered)
        here = self._offered_here()
        return [
            AreaAccess(
                code=spot.lsoa_code,
                name=spot.name,
                ward=spot.ward_name,
                decile=self.deciles.get(spot.lsoa_code),
                young_people=self.young_people.get(spot.lsoa_code),
                access=float(access),
                place_hours=here.get(spot.lsoa_code, 0.0),
            )
            for spot, access in zip(self.spots, reached, strict=True)
            if spot.lsoa_code in self.own_codes
        ]

    def with_also(self, lsoa_code: str, place_hours: float) -> list[AreaAccess]:
        """Return the areas as they would be with so much more, in a week, at the middle of one.

        What is added is shared out by itself: nobody's share of the rest changes.
        """
        spot = self.spot(lsoa_code)
        added = Offered(spot.east, spot.north, lsoa_code, place_hours)
        gained = dict(zip(self._codes, self._reached([added]), strict=True))
        return [
            replace(
                area,
                access=area.access + float(gained[area.code]),
                place_hours=area.place_hours + (place_hours if area.code == lsoa_code else 0.0),
            )
            for area in self.areas
        ]

    def spot(self, lsoa_code: str) -> Spot:
        return next(spot for spot in self.spots if spot.lsoa_code == lsoa_code)

    @property
    def _codes(self) -> list[str]:
        return [spot.lsoa_code for spot in self.spots]

    def _reached(self, offered: Sequence[Offered]) -> NDArray[np.float64]:
        return reach(
            areas=[(spot.east, spot.north) for spot in self.spots],
            people=[self.young_people.get(code, 0) for code in self._codes],
            places=[(each.east, each.north) for each in offered],
            supply=[each.place_hours for each in offered],
            metres=self.metres,
        ).access

    def _offered_here(self) -> dict[str, float]:
        here: dict[str, float] = {}
        for each in self.offered:
            here[each.lsoa_code] = here.get(each.lsoa_code, 0.0) + each.place_hours
        return here
