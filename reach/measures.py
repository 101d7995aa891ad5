"""What the published cells add up to: rates, fifths, the gap, depth, the way, cold spots. Pure.

Takes nothing but cells of the cube and gives nothing but their sums, ratios and order, so that a
reader learns no more from a page than the cube says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import hypot

import numpy as np

from cube.cells import Cell, share_of, sum_of
from cube.queries import Released
from cube.tables import CATEGORIES, ETHNICITIES, YES_OR_NO, Trait

#: Where each class of the map begins, in learners per 1,000. Round, and the same for every city
#: and term, so that a colour means the same on each map.
CLASS_STARTS = (0, 20, 40, 60, 100)
#: Cold spots are looked for among these, at less than half the rate of the whole city.
COLD_DECILES = range(1, 4)
MOST_COLD_SPOTS = 8


def map_class(cell: Cell) -> int | None:
    """Return the class of the map that a cell falls into, from 0; `None` where it has no rate."""
    if cell.per_thousand is None:
        return None
    return sum(cell.per_thousand >= start for start in CLASS_STARTS) - 1


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
        name = f"{self.first_decile}-{self.first_decile + 1}"
        return sum_of(self.cells, code=name, label=name)


@dataclass(frozen=True)
class Gap:
    """The most against the least deprived fifth that the city has areas in."""

    most: Fifth
    least: Fifth

    @property
    def ratio(self) -> float | None:
        """Return how often the most deprived take part for each time the least deprived do."""
        most, least = self.most.total.rate, self.least.total.rate
        return None if most is None or not least else round(most / least, 2)

    @property
    def difference(self) -> int | None:
        """Return how many more in 1,000 take part in the least deprived fifth."""
        most, least = self.most.total.rate, self.least.total.rate
        return None if most is None or least is None else round(least - most)

    @property
    def is_clear(self) -> bool:
        """Tell whether the difference is larger than what chance alone may make (two sigmas)."""
        most, least = self.most.total, self.least.total
        if most.rate is None or least.rate is None:
            return False
        return abs(most.rate - least.rate) > 2 * hypot(most.sigma_of_rate, least.sigma_of_rate)

    @property
    def noise_in_ratio(self) -> float:
        """Return the standard deviation that chance alone gives the ratio."""
        most, least = self.most.total, self.least.total
        if not most.rate or not least.rate:
            return 0.0
        return (most.rate / least.rate) * hypot(
            most.sigma_of_rate / most.rate, least.sigma_of_rate / least.rate
        )


def gap_between(deciles: Sequence[Cell]) -> Gap | None:
    """Return the gap, or `None` where all the city's areas lie in the same fifth."""
    present = fifths_of(deciles)
    return Gap(present[0], present[-1]) if len(present) > 1 else None


def fifths_of(deciles: Sequence[Cell]) -> list[Fifth]:
    """Return the fifths that the city has areas in, the most deprived first."""
    fifths = [
        Fifth(first, tuple(cell for cell in deciles if cell.decile in (first, first + 1)))
        for first in (1, 3, 5, 7, 9)
    ]
    return [fifth for fifth in fifths if fifth.cells]


def breaks_in(terms: Sequence[Released]) -> list[int]:
    """Return the places of periods that were counted on other ground than the one before."""
    return [
        place
        for place, (before, after) in enumerate(pairwise(terms), start=1)
        if not after.is_comparable_to(before)
    ]


def last_break(terms: Sequence[Released]) -> int:
    """Return where the series that the last period belongs to begins."""
    return max(breaks_in(terms), default=0)


@dataclass(frozen=True)
class Represented:
    """How a decile is represented: its share of who came, for each part of who lives there."""

    cell: Cell
    #: 1 is as many as live there would make; `None` where it cannot be said.
    ratio: float | None
    #: What chance alone gives it, as a standard deviation.
    sigma: float


def representation(deciles: Sequence[Cell]) -> list[Represented]:
    """Return the representation ratio of each decile: share of learners over share of young people.

    Not known of any where one decile is hidden or its population unknown: shares are of the whole.
    """
    whole = sum_of(deciles, code="all", label="all")
    return [_represented(cell, whole) for cell in deciles]


def _represented(cell: Cell, whole: Cell) -> Represented:
    if not whole.learners or not whole.young_people or not cell.young_people:
        return Represented(cell, None, 0.0)
    living = cell.young_people / whole.young_people
    share = (cell.learners or 0) / whole.learners
    return Represented(cell, share / living, cell.sigma / whole.learners / living)


@dataclass(frozen=True)
class Concentration:
    """The concentration index, and the interval that holds it 95 times in 100.

    Below 0 taking part is gathered among the most deprived, above 0 among the least; -1 to 1.
    """

    index: float
    low: float
    high: float


#: How many times over the interval draws; the same draws each time, so that a page stays as it is.
_DRAWS, _SEED = 2_000, 20_260_901


def concentration(deciles: Sequence[Cell]) -> Concentration | None:
    """Return the concentration index over the deciles: twice the covariance of rate and rank, over
    the mean rate (Kakwani, Wagstaff and van Doorslaer, 1997), weighted by young people.

    The interval is a parametric bootstrap: who happened to come (binomial) and the chance that the
    release added are drawn again. `None` where a decile is hidden, unknown or there is but one.
    """
    learners = [cell.learners for cell in deciles]
    living = [cell.young_people for cell in deciles]
    if len(deciles) < 2 or None in learners or None in living or not sum(filter(None, learners)):
        return None
    people = np.array(living, dtype=float)
    came = np.array(learners, dtype=float)
    chance = np.random.default_rng(_SEED)
    shares = np.clip(came / np.maximum(people, 1), 0, 1)
    again = chance.binomial(people.astype(int), shares, size=(_DRAWS, len(came)))
    noise = chance.normal(0, [cell.sigma for cell in deciles], size=again.shape)
    drawn = _index(np.maximum(again + noise, 0), people)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Concentration(float(_index(came[None, :], people)[0]), float(low), float(high))


def _index(came: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return the index of each row of counts; the columns are from most to least deprived."""
    weight = people / people.sum()
    rank = np.cumsum(weight) - weight / 2
    rate = came / people
    mean = (rate * weight).sum(axis=1)
    return (
        2 * ((rate - mean[:, None]) * (rank - 0.5) * weight).sum(axis=1) / np.maximum(mean, 1e-12)
    )


@dataclass(frozen=True)
class Across:
    """One thing counted over the whole city, and in the most and the least deprived fifth of it."""

    key: str
    all: Cell
    most: Cell
    least: Cell


@dataclass(frozen=True)
class Share:
    """What part of those who came did something more; each `None` where that cannot be said."""

    key: str
    all: float | None
    most: float | None
    least: float | None

    @property
    def is_shown(self) -> bool:
        return any(share is not None for share in (self.all, self.most, self.least))


def across(term: Released, table: str, key: str) -> Across | None:
    """Return one thing of a table by fifths; `None` where the period has no such table."""
    cells = [cell for cell in term.tables.get(table, ()) if cell.code.endswith(f":{key}")]
    return _across(key, cells)


def came_across(term: Released) -> Across | None:
    """Return who came, by fifths: the sums of the deciles."""
    return _across("came", [fifth.total for fifth in fifths_of(term.deciles)])


def _across(key: str, cells: Sequence[Cell]) -> Across | None:
    if not cells:
        return None
    in_order = sorted(cells, key=lambda cell: int(cell.code.partition(":")[0].partition("-")[0]))
    return Across(key, sum_of(in_order, code=key, label=key), in_order[0], in_order[-1])


#: What a learner may do beyond coming once, and the table that counts it.
_DEPTH = {
    Trait.THREE_TIMES.key: "depth",
    Trait.BADGE.key: "depth",
    Trait.EVIDENCE.key: "depth",
    Trait.CAME_BEFORE.key: "before",
    Trait.HOLIDAY.key: "holiday",
    Trait.FUNDED.key: "funded",
}


def depth_of(term: Released) -> list[Share]:
    """Return what part of those who came did more; empty where the period does not say."""
    came = came_across(term)
    found = [across(term, table, key) for key, table in _DEPTH.items()]
    return [_share(each, came) for each in found if each and came]


def _share(part: Across, whole: Across) -> Share:
    return Share(
        part.key,
        share_of(part.all, whole.all),
        share_of(part.most, whole.most),
        share_of(part.least, whole.least),
    )


def categories_of(term: Released) -> list[Across]:
    """Return who came to something of each category, by fifths."""
    found = [across(term, "category", trait.key) for trait in CATEGORIES.values()]
    return [each for each in found if each]


#: From finding us to using what one has, in order, and the table that counts each step.
_WAY = (
    (Trait.FOUND.key, "way"),
    (Trait.SAVED.key, "way"),
    (Trait.APPLIED.key, "way"),
    (Trait.OFFERED.key, "way"),
    (Trait.CAME.key, ""),
    (Trait.CAME_AGAIN.key, "way"),
    (Trait.BADGE.key, "depth"),
    (Trait.EVIDENCE.key, "depth"),
    (Trait.USED.key, "way"),
)
#: Each step of these is a part of the one before; the others are reached in any order.
_NARROWING = ("found", "applied", "offered", "came", "came_again")


def way_of(term: Released) -> list[Across]:
    """Return the way from finding to using, step by step; empty where the period does not say."""
    if "way" not in term.tables:
        return []
    steps = [across(term, table, key) if table else came_across(term) for key, table in _WAY]
    return [step for step in steps if step]


def leak_in(way: Sequence[Across]) -> str | None:
    """Return the step at which the most deprived fifth loses most, compared with the least deprived.

    `None` where no step differs by more than chance may make.
    """
    steps = {step.key: step for step in way}
    worst, where = 0.0, None
    for before, after in pairwise(steps[key] for key in _NARROWING if key in steps):
        lost, by_chance = _lost_more(before, after)
        if lost > max(worst, 2 * by_chance):
            worst, where = lost, after.key
    return where


def _lost_more(before: Across, after: Across) -> tuple[float, float]:
    """Return how much less of the most deprived goes on, and the standard deviation of chance in it."""
    most, least = share_of(after.most, before.most), share_of(after.least, before.least)
    if most is None or least is None:
        return 0.0, 0.0
    by_chance = hypot(
        after.most.sigma / (before.most.learners or 1),
        after.least.sigma / (before.least.learners or 1),
    )
    return least - most, by_chance


@dataclass(frozen=True)
class Wished:
    """So many wishes from a ward for something of a kind, where a search had found nothing."""

    ward: str
    key: str
    cell: Cell


def wished_of(term: Released) -> list[Wished]:
    """Return what was wished for most, as far as it is shown; the most wished first."""
    shown = [cell for cell in term.tables.get("wished", ()) if not cell.is_hidden]
    shown.sort(key=lambda cell: (-(cell.learners or 0), cell.code))
    return [Wished(cell.label, cell.code.partition(":")[2], cell) for cell in shown]


def told_of(term: Released) -> list[tuple[Across, float | None]]:
    """Return what those who came chose to tell, each with its part of those who answered at all."""
    found = []
    for trait in (*YES_OR_NO, *ETHNICITIES):
        by_fifth = across(term, "told_fifth", trait.key)
        if by_fifth is not None:
            by_age = [c for c in term.tables["told_age"] if c.code.endswith(f":{trait.key}")]
            total = sum_of(by_age, code=trait.key, label=trait.key)
            said = by_fifth if total.is_hidden else replace(by_fifth, all=total)
            found.append((said, _of_those_who_answered(term, trait, said.all)))
    return found


def _of_those_who_answered(term: Released, trait: Trait, said: Cell) -> float | None:
    question = "ethnicity" if trait in ETHNICITIES else trait.key
    answered = term.cell("told", f"told_{question}")
    return share_of(said, answered) if answered else None


def cold_spots(areas: Sequence[Cell], city: Cell) -> list[Cell]:
    """Return deprived areas that few come from, the lowest rate first.

    A hidden area is among them only if even the smallest number shown would be few for its size.
    """
    if city.rate is None:
        return []
    few = city.rate / 2

    def highest_rate(area: Cell) -> float:
        learners = area.smallest_shown if area.learners is None else area.learners
        return 1000 * learners / area.young_people if area.young_people else float("inf")

    cold = [area for area in areas if area.decile in COLD_DECILES and highest_rate(area) < few]
    cold.sort(key=lambda area: (highest_rate(area), area.code))
    return cold[:MOST_COLD_SPOTS]


def may_be_cold(areas: Sequence[Cell], city: Cell, spots: Sequence[Cell]) -> int:
    """Return how many deprived areas are hidden, so that nobody can know whether they are cold spots.

    Without a rate of the city nothing is known of any.
    """
    deprived = [area for area in areas if area.decile in COLD_DECILES and area not in spots]
    return len(deprived) if city.rate is None else sum(area.is_hidden for area in deprived)
