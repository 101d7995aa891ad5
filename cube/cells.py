"""A published number and what may be made of several: sums, and how much chance is in them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

#: A share of a noisy number is shown only from this many on: below, chance moves it too far.
SMALLEST_BASE = 25


@dataclass(frozen=True)
class Cell:
    """A published cell, or a sum of some. `learners` is `None` where the number is hidden."""

    code: str
    label: str
    learners: int | None
    young_people: int | None
    decile: int | None = None
    #: Of the chance in it, in learners squared.
    variance: int = 9
    smallest_shown: int = 5

    @property
    def is_hidden(self) -> bool:
        return self.learners is None

    @property
    def sigma(self) -> float:
        """Return the standard deviation of the chance in it, in learners."""
        return sqrt(self.variance)

    @property
    def rate(self) -> float | None:
        """Return learners for every 1,000 young people, or `None` where either is not known."""
        if self.learners is None or not self.young_people:
            return None
        return 1000 * self.learners / self.young_people

    @property
    def sigma_of_rate(self) -> float:
        """Return the standard deviation that chance alone gives the rate."""
        return 1000 * self.sigma / (self.young_people or 1)

    @property
    def per_thousand(self) -> int | None:
        """Return the rate as it is shown: a whole number."""
        return None if self.rate is None else round(self.rate)


def sum_of(cells: Iterable[Cell], *, code: str, label: str, decile: int | None = None) -> Cell:
    """Return cells added up; hidden where one of them is, never guessed.

    Of a hidden sum nobody can say how small it is: its `smallest_shown` is 0.
    """
    cells = tuple(cells)
    return Cell(
        code=code,
        label=label,
        learners=_sum_or_none(cell.learners for cell in cells),
        young_people=_sum_or_none(cell.young_people for cell in cells),
        decile=decile,
        variance=sum(cell.variance for cell in cells),
        smallest_shown=0,
    )


def share_of(part: Cell, whole: Cell) -> float | None:
    """Return what share of one number another is, from 0 to 1; `None` where that cannot be said."""
    if part.learners is None or whole.learners is None or whole.learners < SMALLEST_BASE:
        return None
    return min(part.learners / whole.learners, 1.0)


def _sum_or_none(numbers: Iterable[int | None]) -> int | None:
    known = tuple(numbers)
    return None if None in known else sum(number for number in known if number is not None)
