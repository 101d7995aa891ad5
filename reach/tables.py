"""The declared tables: everything a release publishes about people, and nothing else.

Each table puts a learner into one cell at most, so that one learner changes as many published
numbers as there are tables. What can be added up from these cells (fifths, all deciles but one) is
no table of its own: another table would spend privacy and say nothing new.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from accounts.models import YOUNG_BANDS, AgeBand
from geo.models import Area, City

#: The young people a rate is of, both inclusive.
YOUNGEST, OLDEST = 11, 24


@dataclass(frozen=True)
class Ground:
    """What is publicly known of a city's areas: nothing about learners."""

    city: City
    areas: Mapping[str, Area]
    #: 1 is the most deprived tenth. Areas the edition does not know are absent.
    deciles: Mapping[str, int]
    #: How many people aged 11 to 24 live in each area. Areas of unknown population are absent.
    young_people: Mapping[str, int]
    #: How many people of each band's ages live in the city; `None` where an area is unknown.
    young_people_by_age: Mapping[AgeBand, int | None]

    def young_people_in(self, lsoa_codes: Iterable[str]) -> int | None:
        """Return how many young people live in the areas; `None` where one of them is unknown."""
        counts = [self.young_people.get(code) for code in lsoa_codes]
        return None if None in counts else sum(count for count in counts if count is not None)


@dataclass(frozen=True)
class Learners:
    """How many different learners of one home area and age band came."""

    lsoa_code: str
    age_band: AgeBand
    count: int


@dataclass(frozen=True)
class DeclaredCell:
    """A cell that is published whatever its count, with what is publicly known of it."""

    cell: str
    label: str
    young_people: int | None
    decile: int | None = None


@dataclass(frozen=True)
class Table:
    """A declared table: its cells, and which of them a learner belongs to, if any."""

    name: str
    cells: Callable[[Ground], list[DeclaredCell]]
    cell_of: Callable[[Learners, Ground], str | None]


def _city(ground: Ground) -> list[DeclaredCell]:
    everyone = ground.young_people_in(ground.areas)
    return [DeclaredCell("all", ground.city.name, everyone)]


def _deciles(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(str(decile), str(decile), ground.young_people_in(codes), decile)
        for decile, codes in sorted(_grouped(ground.deciles.items()).items())
    ]


def _ages(ground: Ground) -> list[DeclaredCell]:
    return [DeclaredCell(band, band, ground.young_people_by_age[band]) for band in YOUNG_BANDS]


def _wards(ground: Ground) -> list[DeclaredCell]:
    wards = [(area.ward_code, area) for area in ground.areas.values() if area.ward_code]
    return [
        DeclaredCell(
            code,
            areas[0].ward_name or code,
            ground.young_people_in(area.lsoa_code for area in areas),
        )
        for code, areas in sorted(_grouped((area, code) for code, area in wards).items())
    ]


def _areas(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(code, _name_of(area), ground.young_people.get(code), ground.deciles.get(code))
        for code, area in sorted(ground.areas.items())
    ]


def _name_of(area: Area) -> str:
    return f"{area.name}, {area.ward_name}" if area.ward_name else area.name


def _grouped(pairs: Iterable[tuple]) -> dict:
    groups: dict = {}
    for member, group in pairs:
        groups.setdefault(group, []).append(member)
    return groups


def _decile_of(learners: Learners, ground: Ground) -> str | None:
    decile = ground.deciles.get(learners.lsoa_code)
    return None if decile is None else str(decile)


LATTICE = (
    Table("city", _city, lambda _learners, _ground: "all"),
    Table("decile", _deciles, _decile_of),
    Table("age", _ages, lambda learners, _ground: learners.age_band),
    Table("ward", _wards, lambda learners, ground: ground.areas[learners.lsoa_code].ward_code),
    Table("area", _areas, lambda learners, _ground: learners.lsoa_code),
)
#: How many published numbers one learner can change.
CELLS_PER_LEARNER = len(LATTICE)
