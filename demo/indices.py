"""The fictional city's pages of the English Indices of Deprivation, 2019 and 2025."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from demo.neighbourhoods import CITY, DISTRICT_CODE, Neighbourhood

Row = list[str | int | float]


@dataclass(frozen=True)
class Edition:
    """One edition of the Indices, as its File 7 is laid out."""

    year: int
    #: How many areas of England the ranks run over.
    areas: int
    area_year: int
    district_year: int
    populations: dict[str, Callable[[Neighbourhood], int]]


@dataclass(frozen=True)
class Measure:
    """An index, domain or sub-domain: its name in the headings, and how its score is written."""

    name: str
    score: str
    #: The score of the least and of the most deprived area of England.
    span: tuple[float, float]
    #: How far an area's place in it strays from its place in the whole index.
    stray: float


_RATE = "Score (rate)"
_PLAIN = "Score"
MEASURES = (
    Measure("Index of Multiple Deprivation (IMD)", _PLAIN, (1.5, 82.0), 0.0),
    Measure("Income", _RATE, (0.005, 0.62), 0.04),
    Measure("Employment", _RATE, (0.004, 0.5), 0.05),
    Measure("Education, Skills and Training", _PLAIN, (0.02, 92.0), 0.08),
    Measure("Health Deprivation and Disability", _PLAIN, (-3.1, 3.4), 0.07),
    Measure("Crime", _PLAIN, (-3.0, 3.1), 0.12),
    Measure("Barriers to Housing and Services", _PLAIN, (0.6, 68.0), 0.3),
    Measure("Living Environment", _PLAIN, (0.2, 88.0), 0.22),
    Measure("Income Deprivation Affecting Children Index (IDACI)", _RATE, (0.004, 0.75), 0.05),
    Measure("Income Deprivation Affecting Older People (IDAOPI)", _RATE, (0.01, 0.8), 0.07),
    Measure("Children and Young People Sub-domain", _PLAIN, (-2.9, 2.9), 0.09),
    Measure("Adult Skills Sub-domain", _PLAIN, (0.02, 0.66), 0.07),
    Measure("Geographical Barriers Sub-domain", _PLAIN, (-2.6, 3.2), 0.34),
    Measure("Wider Barriers Sub-domain", _PLAIN, (-4.0, 7.0), 0.16),
    Measure("Indoors Sub-domain", _PLAIN, (-2.8, 2.9), 0.2),
    Measure("Outdoors Sub-domain", _PLAIN, (-2.9, 3.2), 0.26),
)

IOD2019 = Edition(
    year=2019,
    areas=32_844,
    area_year=2011,
    district_year=2019,
    populations={
        "Total population: mid 2015 (excluding prisoners)": lambda area: area.aged(0, 90),
        "Dependent Children aged 0-15: mid 2015 (excluding prisoners)": lambda area: area.aged(0, 15),
        "Population aged 16-59: mid 2015 (excluding prisoners)": lambda area: area.aged(16, 59),
        "Older population aged 60 and over: mid 2015 (excluding prisoners)": lambda area: area.aged(60, 90),
        "Working age population 18-59/64: for use with Employment Deprivation Domain "
        "(excluding prisoners)": lambda area: area.aged(18, 62),
    },
)  # fmt: skip
IOD2025 = Edition(
    year=2025,
    areas=33_755,
    area_year=2021,
    district_year=2024,
    populations={
        "Total population: mid 2022": lambda area: area.aged(0, 90),
        "Dependent Children aged 0-15: mid 2022": lambda area: area.aged(0, 15),
        "Older population aged 60 and over: mid 2022": lambda area: area.aged(60, 90),
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022": (
            lambda area: area.aged(18, 66)
        ),
    },
)

#: The official file of 2025 stops short in this one heading, and so do we.
_CUT_SHORT = {
    (2025, "Children and Young People Sub-domain"): "(where 1 is most deprived 10% of LSO",
}


def headings(edition: Edition) -> list[str]:
    """Return the headings of File 7, in their official order."""
    where = [
        f"LSOA code ({edition.area_year})",
        f"LSOA name ({edition.area_year})",
        f"Local Authority District code ({edition.district_year})",
        f"Local Authority District name ({edition.district_year})",
    ]
    measured = [name for measure in MEASURES for name in _columns(edition, measure)]
    return [*where, *measured, *edition.populations]


def rows(edition: Edition, areas: Sequence[Neighbourhood], seed: int) -> Iterator[Row]:
    """Yield one row of File 7 for each area."""
    ranks = [_ranks(edition, measure, areas, seed) for measure in MEASURES]
    for place, area in enumerate(areas):
        row: Row = [area.lsoa_code, area.name, DISTRICT_CODE, CITY]
        for measure, measured in zip(MEASURES, ranks, strict=True):
            rank = measured[place]
            row += [_score(edition, measure, rank), rank, decile(rank, edition)]
        yield row + [people(area) for people in edition.populations.values()]


def decile(rank: int, edition: Edition) -> int:
    """Return the tenth of England that a rank falls in; 1 is the most deprived."""
    return math.ceil(10 * rank / edition.areas)


def _columns(edition: Edition, measure: Measure) -> list[str]:
    tenth = _CUT_SHORT.get((edition.year, measure.name), "(where 1 is most deprived 10% of LSOAs)")
    return [
        f"{measure.name} {measure.score}",
        f"{measure.name} Rank (where 1 is most deprived)",
        f"{measure.name} Decile {tenth}",
    ]


def _ranks(
    edition: Edition, measure: Measure, areas: Sequence[Neighbourhood], seed: int
) -> list[int]:
    """Return each area's rank among all of England; no two areas share one."""
    chance = Random(f"{seed}:{edition.year}:{measure.name}")
    # Six years earlier the city looked much the same, but not quite.
    stray = measure.stray + (0.05 if edition.year == IOD2019.year else 0.0)
    felt = [area.hardship + chance.gauss(0, stray) for area in areas]
    hardest_first = sorted(range(len(areas)), key=lambda index: -felt[index])
    ranks = [0] * len(areas)
    taken = 0
    for place, index in enumerate(hardest_first):
        # A little more of the city lies among the most deprived areas than among the others.
        share = ((place + chance.uniform(0.1, 0.9)) / len(areas)) ** 1.2
        taken = max(taken + 1, math.ceil(edition.areas * share))
        ranks[index] = taken
    return ranks


def _score(edition: Edition, measure: Measure, rank: int) -> float:
    least, most = measure.span
    return round(least + (most - least) * (1 - (rank - 1) / edition.areas) ** 2.4, 3)
