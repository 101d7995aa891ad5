"""What the published cells add up to: rates, fifths, the gap, cold spots. Pure.

Takes nothing but cells of the cube and gives nothing but their sums, ratios and order, so that a
reader learns no more from a page than the cube says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

#: Where each class of the map begins, in learners per 1,000. Round, and the same for every city
#: and term, so that a colour means the same on each map.
CLASS_STARTS = (0, 20, 40, 60, 100)
#: Cold spots are looked for among these, at less than half the rate of the whole city.
COLD_DECILES = range(1, 4)
MOST_COLD_SPOTS = 8


@dataclass(frozen=True)
class Cell:
    """A published cell, or a sum of some. `learners` is `None` where the number is hidden."""

    code: str
    label: str
    learners: int | None
    young_people: int | None
    decile: int | None = None

    @property
    def is_hidden(self) -> bool:
        return self.learners is None

    @property
    def rate(self) -> float | None:
        """Return learners for every 1,000 young people, or `None` where either is not known."""
        if self.learners is None or not self.young_people:
            return None
        return 1000 * self.learners / self.young_people

    @property
    def per_thousand(self) -> int | None:
        """Return the rate as it is shown: a whole number."""
        return None if self.rate is None else round(self.rate)

    @property
    def map_class(self) -> int | None:
        """Return the class of the map, from 0; `None` where there is no rate."""
        if self.per_thousand is None:
            return None
        return sum(self.per_thousand >= start for start in CLASS_STARTS) - 1


@dataclass(frozen=True)
class Fifth:
    """Two neighbouring deciles: a fifth of the areas of England."""

    first_decile: int
    cells: tuple[Cell, ...]

    @property
    def is_most_deprived(self) -> bool:
        return self.first_decile == 1

    @property
    def is_least_deprived(self) -> bool:
        return self.first_decile == 9

    @property
    def total(self) -> Cell:
        """Return the sum of the cells; unknown where one of them is hidden, never guessed."""
        return Cell(
            code=f"{self.first_decile}-{self.first_decile + 1}",
            label="",
            learners=_sum_or_none([cell.learners for cell in self.cells]),
            young_people=_sum_or_none([cell.young_people for cell in self.cells]),
        )

    def noise_in_rate(self, sigma: float) -> float:
        """Return the standard deviation that the noise alone gives the rate of the fifth."""
        return 1000 * sigma * sqrt(len(self.cells)) / (self.total.young_people or 1)


@dataclass(frozen=True)
class Gap:
    """The most against the least deprived fifth that the city has areas in."""

    most: Fifth
    least: Fifth
    sigma: float

    @property
    def ratio(self) -> float | None:
        """Return how often the most deprived take part for each time the least deprived do."""
        most, least = self.most.total.rate, self.least.total.rate
        return None if most is None or not least else round(most / least, 2)

    @property
    def is_clear(self) -> bool:
        """Tell whether the difference is larger than what the noise alone may make (two sigmas)."""
        most, least = self.most.total.rate, self.least.total.rate
        if most is None or least is None:
            return False
        noise = hypot(self.most.noise_in_rate(self.sigma), self.least.noise_in_rate(self.sigma))
        return abs(most - least) > 2 * noise

    @property
    def noise_in_ratio(self) -> float:
        """Return the standard deviation that the noise alone gives the ratio."""
        most, least = self.most.total.rate, self.least.total.rate
        if not most or not least:
            return 0.0
        return (most / least) * hypot(
            self.most.noise_in_rate(self.sigma) / most, self.least.noise_in_rate(self.sigma) / least
        )


def gap_between(deciles: Sequence[Cell], sigma: float) -> Gap | None:
    """Return the gap, or `None` where all the city's areas lie in the same fifth."""
    fifths = [
        Fifth(first, tuple(cell for cell in deciles if cell.decile in (first, first + 1)))
        for first in (1, 3, 5, 7, 9)
    ]
    present = [fifth for fifth in fifths if fifth.cells]
    return Gap(present[0], present[-1], sigma) if len(present) > 1 else None


def cold_spots(areas: Sequence[Cell], city: Cell, smallest_shown: int) -> list[Cell]:
    """Return deprived areas that few come from, the lowest rate first.

    A hidden area is among them only if even `smallest_shown` learners would be few for its size.
    """
    if city.rate is None:
        return []
    few = city.rate / 2

    def highest_rate(area: Cell) -> float:
        learners = smallest_shown if area.learners is None else area.learners
        return 1000 * learners / area.young_people if area.young_people else float("inf")

    cold = [area for area in areas if area.decile in COLD_DECILES and highest_rate(area) < few]
    cold.sort(key=lambda area: (highest_rate(area), area.code))
    return cold[:MOST_COLD_SPOTS]


def _sum_or_none(numbers: Sequence[int | None]) -> int | None:
    return None if None in numbers else sum(number for number in numbers if number is not None)
