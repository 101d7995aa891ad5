"""The declared tables: everything a release publishes about people, and nothing else.

Of each table it is declared here how many of its cells one learner can change, how much chance is
in each number, and in which periods it is published. What can be added up from these cells (fifths
from deciles, those who came once from those who came more often) is no table of its own: another
table would spend privacy and say nothing new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag

from accounts.models import YOUNG_BANDS, AgeBand
from app.terms import PeriodKind
from cube.disclosure import Policy, privacy_spent
from geo.models import Area, City
from opportunities.models import Category

#: The young people a rate is of, both inclusive.
YOUNGEST, OLDEST = 11, 24


class Trait(IntFlag):
    """What a learner did in a period, or told of themselves; one bit each."""

    CAME = 1 << 0
    THREE_TIMES = 1 << 1
    #: Came in an earlier period too.
    CAME_BEFORE = 1 << 2
    BADGE = 1 << 3
    EVIDENCE = 1 << 4
    #: Took a place that a fund paid for.
    FUNDED = 1 << 5
    #: Came to something in the school holidays.
    HOLIDAY = 1 << 6
    CIVIC = 1 << 7
    ARTS_AND_CULTURE = 1 << 8
    NATURE_AND_ADVENTURE = 1 << 9
    SPORT = 1 << 10
    LIFE_SKILLS = 1 << 11
    WORKPLACE = 1 << 12
    #: Was with employers on ten days or more.
    TEN_DAYS = 1 << 13
    # The way from finding to using, of everyone who has an account.
    FOUND = 1 << 14
    SAVED = 1 << 15
    APPLIED = 1 << 16
    OFFERED = 1 << 17
    CAME_AGAIN = 1 << 18
    USED = 1 << 19
    # What some chose to tell.
    SEND = 1 << 20
    FREE_MEALS = 1 << 21
    CARE = 1 << 22
    ASIAN = 1 << 23
    BLACK = 1 << 24
    MIXED = 1 << 25
    WHITE = 1 << 26
    OTHER = 1 << 27
    TOLD_SEND = 1 << 28
    TOLD_FREE_MEALS = 1 << 29
    TOLD_CARE = 1 << 30
    TOLD_ETHNICITY = 1 << 31
    # What somebody wished there was, where a search found nothing. Of whoever wished, nothing is kept.
    WISHED_CIVIC = 1 << 32
    WISHED_ARTS_AND_CULTURE = 1 << 33
    WISHED_NATURE_AND_ADVENTURE = 1 << 34
    WISHED_SPORT = 1 << 35
    WISHED_LIFE_SKILLS = 1 << 36
    WISHED_ANYTHING = 1 << 37

    @property
    def key(self) -> str:
        """Return the trait as cells write it: `three_times`."""
        return (self.name or "").lower()


_CAME = int(Trait.CAME)
CATEGORIES = {category: Trait[category.name] for category in Category}
WISHES = {category: Trait[f"WISHED_{category.name}"] for category in Category}
#: Those that are yes or no, and those of which a learner has one.
YES_OR_NO = (Trait.SEND, Trait.FREE_MEALS, Trait.CARE)
ETHNICITIES = (Trait.ASIAN, Trait.BLACK, Trait.MIXED, Trait.WHITE, Trait.OTHER)
TOLD = (Trait.TOLD_SEND, Trait.TOLD_FREE_MEALS, Trait.TOLD_CARE, Trait.TOLD_ETHNICITY)


@dataclass(frozen=True)
class Ground:
    """What is publicly known of a city's areas: nothing about learners."""

    city: City
    areas: Mapping[str, Area]
    #: 1 is the most deprived tenth. Areas the edition does not know are absent.
    deciles: Mapping[str, int]
    #: How many people aged 11 to 24 live in each area. Areas of unknown population are absent.
    young_people: Mapping[str, int]
    #: The same by age.
    young_people_aged: Mapping[AgeBand, Mapping[str, int]]
    #: Deciles by other indices of deprivation, by the name of each.
    other_deciles: Mapping[str, Mapping[str, int]]

    def young_people_in(self, lsoa_codes: Iterable[str], band: AgeBand | None = None) -> int | None:
        """Return how many young people live in the areas; `None` where one of them is unknown."""
        known = self.young_people if band is None else self.young_people_aged[band]
        counts = [known.get(code) for code in lsoa_codes]
        return None if None in counts else sum(count for count in counts if count is not None)

    def in_decile(self, decile: int) -> list[str]:
        return [code for code, known in self.deciles.items() if known == decile]

    def in_fifth(self, first: int) -> list[str]:
        return [code for code, known in self.deciles.items() if known in (first, first + 1)]

    @property
    def fifths(self) -> list[int]:
        """Return the first decile of each fifth that the city has areas in."""
        return sorted({decile - (decile - 1) % 2 for decile in self.deciles.values()})


@dataclass(frozen=True)
class Learners:
    """How many different learners of one home area and age band have these traits."""

    lsoa_code: str
    #: `None` of wishes, whose makers nobody knows.
    age_band: AgeBand | None
    count: int
    #: Of `Trait`, as a plain number: millions of these are looked at.
    traits: int = int(Trait.CAME)

    @property
    def came(self) -> bool:
        return bool(self.traits & _CAME)


@dataclass(frozen=True)
class DeclaredCell:
    """A cell that is published whatever its count, with what is publicly known of it."""

    cell: str
    label: str
    young_people: int | None
    decile: int | None = None


#: In which periods a table is published, and how its numbers are made safe there.
Policies = Mapping[PeriodKind, Policy]


@dataclass(frozen=True)
class Table:
    """A declared table: its cells, and which of them a learner belongs to, if any."""

    name: str
    policies: Policies
    #: How many of its cells one learner can change.
    most_cells: int
    cells: Callable[[Ground], list[DeclaredCell]]
    cells_of: Callable[[Learners, Ground], Iterable[str]]


def published_in(kind: PeriodKind) -> list[Table]:
    """Return the tables of a period that long."""
    return [table for table in LATTICE if kind in table.policies]


def privacy_of(kind: PeriodKind) -> float:
    """Return what a release of a period that long spends, as rho."""
    return sum(
        privacy_spent(table.most_cells, table.policies[kind].variance)
        for table in published_in(kind)
    )


def _city(ground: Ground) -> list[DeclaredCell]:
    return [DeclaredCell("all", ground.city.name, ground.young_people_in(ground.areas))]


def _deciles(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(str(decile), str(decile), ground.young_people_in(codes), decile)
        for decile, codes in _by_decile(ground)
    ]


def _ages(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(band, band, ground.young_people_in(ground.areas, band)) for band in YOUNG_BANDS
    ]


def _deciles_by_age(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(f"{decile}:{band}", band, ground.young_people_in(codes, band), decile)
        for decile, codes in _by_decile(ground)
        for band in YOUNG_BANDS
    ]


def _wards(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(code, _name_of_ward(areas), _living_in(ground, areas))
        for code, areas in _by_ward(ground)
    ]


def _areas(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(code, _name_of(area), ground.young_people_in([code]), ground.deciles.get(code))
        for code, area in sorted(ground.areas.items())
    ]


def _by_other_index(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(f"{index}:{decile}", str(decile), ground.young_people_in(codes), decile)
        for index, deciles in sorted(ground.other_deciles.items())
        for decile, codes in sorted(_grouped(deciles.items()).items())
    ]


def _each_in_fifths(*traits: Trait) -> Callable[[Ground], list[DeclaredCell]]:
    """Return what declares a cell for each trait in each fifth of the deciles."""

    def cells(ground: Ground) -> list[DeclaredCell]:
        return [
            DeclaredCell(
                f"{first}:{trait.key}",
                trait.key,
                ground.young_people_in(ground.in_fifth(first)),
                first,
            )
            for first in ground.fifths
            for trait in traits
        ]

    return cells


def _each_by_age(*traits: Trait) -> Callable[[Ground], list[DeclaredCell]]:
    def cells(ground: Ground) -> list[DeclaredCell]:
        return [
            DeclaredCell(
                f"{band}:{trait.key}", trait.key, ground.young_people_in(ground.areas, band)
            )
            for band in YOUNG_BANDS
            for trait in traits
        ]

    return cells


def _each_by_ward(*traits: Trait) -> Callable[[Ground], list[DeclaredCell]]:
    def cells(ground: Ground) -> list[DeclaredCell]:
        return [
            DeclaredCell(f"{code}:{trait.key}", _name_of_ward(areas), _living_in(ground, areas))
            for code, areas in _by_ward(ground)
            for trait in traits
        ]

    return cells


def _each(*traits: Trait) -> Callable[[Ground], list[DeclaredCell]]:
    def cells(ground: Ground) -> list[DeclaredCell]:
        living = ground.young_people_in(ground.areas)
        return [DeclaredCell(trait.key, trait.key, living) for trait in traits]

    return cells


def _to_city(learners: Learners, _ground: Ground) -> Iterator[str]:
    if learners.came:
        yield "all"


def _to_decile(learners: Learners, ground: Ground) -> Iterator[str]:
    decile = ground.deciles.get(learners.lsoa_code)
    if learners.came and decile:
        yield str(decile)


def _to_age(learners: Learners, _ground: Ground) -> Iterator[str]:
    if learners.came:
        yield str(learners.age_band)


def _to_decile_and_age(learners: Learners, ground: Ground) -> Iterator[str]:
    for decile in _to_decile(learners, ground):
        yield f"{decile}:{learners.age_band}"


def _to_ward(learners: Learners, ground: Ground) -> Iterator[str]:
    ward = ground.areas[learners.lsoa_code].ward_code
    if learners.came and ward:
        yield ward


def _to_area(learners: Learners, _ground: Ground) -> Iterator[str]:
    if learners.came:
        yield learners.lsoa_code


def _to_other_index(learners: Learners, ground: Ground) -> Iterator[str]:
    if learners.came:
        for index, deciles in ground.other_deciles.items():
            if decile := deciles.get(learners.lsoa_code):
                yield f"{index}:{decile}"


CellsOf = Callable[[Learners, Ground], Iterator[str]]


def _to_fifths(*traits: Trait) -> CellsOf:
    bits = _bits(traits)

    def cells_of(learners: Learners, ground: Ground) -> Iterator[str]:
        decile = ground.deciles.get(learners.lsoa_code)
        if decile:
            first = decile - (decile - 1) % 2
            yield from (f"{first}:{key}" for bit, key in bits if learners.traits & bit)

    return cells_of


def _to_ages(*traits: Trait) -> CellsOf:
    bits = _bits(traits)

    def cells_of(learners: Learners, _ground: Ground) -> Iterator[str]:
        band = learners.age_band
        yield from (f"{band}:{key}" for bit, key in bits if learners.traits & bit)

    return cells_of


def _to_wards(*traits: Trait) -> CellsOf:
    bits = _bits(traits)

    def cells_of(learners: Learners, ground: Ground) -> Iterator[str]:
        ward = ground.areas[learners.lsoa_code].ward_code
        if ward:
            yield from (f"{ward}:{key}" for bit, key in bits if learners.traits & bit)

    return cells_of


def _to_each(*traits: Trait) -> CellsOf:
    bits = _bits(traits)

    def cells_of(learners: Learners, _ground: Ground) -> Iterator[str]:
        yield from (key for bit, key in bits if learners.traits & bit)

    return cells_of


def _bits(traits: Iterable[Trait]) -> tuple[tuple[int, str], ...]:
    return tuple((int(trait), trait.key) for trait in traits)


def _by_decile(ground: Ground) -> list[tuple[int, list[str]]]:
    return sorted(_grouped(ground.deciles.items()).items())


def _by_ward(ground: Ground) -> list[tuple[str, list[Area]]]:
    wards = [(area, area.ward_code) for area in ground.areas.values() if area.ward_code]
    return sorted(_grouped(wards).items())


def _living_in(ground: Ground, areas: Iterable[Area]) -> int | None:
    return ground.young_people_in(area.lsoa_code for area in areas)


def _name_of_ward(areas: list[Area]) -> str:
    return areas[0].ward_name or areas[0].ward_code or ""


def _name_of(area: Area) -> str:
    return f"{area.name}, {area.ward_name}" if area.ward_name else area.name


def _grouped(pairs: Iterable[tuple]) -> dict:
    groups: dict = {}
    for member, group in pairs:
        groups.setdefault(group, []).append(member)
    return groups


def _in_fifths(name: str, traits: tuple[Trait, ...], policies: Policies, most: int = 0) -> Table:
    most = most or len(traits)
    return Table(name, policies, most, _each_in_fifths(*traits), _to_fifths(*traits))


MONTH, TERM, YEAR = PeriodKind.MONTH, PeriodKind.TERM, PeriodKind.YEAR
#: The finer the cells, the smaller the numbers, and the less chance they bear; what adds up over
#: the whole city bears more, and there is more of it.
_FINE = Policy(variance=9, smallest_shown=5)
_MIDDLING = Policy(variance=25, smallest_shown=5)
_COARSE = Policy(variance=64, smallest_shown=10)
_WIDE = Policy(variance=144, smallest_shown=10)
#: What learners told of themselves: once a year, and so that following one for two years tells
#: whoever knows everybody else's answer hardly more than a coin.
_SENSITIVE = Policy(variance=36, smallest_shown=10)

_DEPTH = (Trait.THREE_TIMES, Trait.BADGE, Trait.EVIDENCE)
#: Who came, earned a badge and kept evidence, which also lie on the way, the tables above say.
_WAY = (
    *(Trait.FOUND, Trait.SAVED, Trait.APPLIED, Trait.OFFERED),
    *(Trait.CAME_AGAIN, Trait.USED),
)
_TERMLY: Policies = {TERM: _WIDE, YEAR: _WIDE}
_YEARLY: Policies = {YEAR: _WIDE}
_TOLD_YEARLY: Policies = {YEAR: _SENSITIVE}
_SAID = (*YES_OR_NO, *ETHNICITIES)
_WISHED = (*WISHES.values(), Trait.WISHED_ANYTHING)
#: One answer to each of four questions.
_ANSWERS = len(YES_OR_NO) + 1
#: How many indices of deprivation a release compares beside its own.
MOST_OTHER_INDICES = 3

LATTICE = (
    Table("city", {MONTH: _WIDE, TERM: _COARSE, YEAR: _COARSE}, 1, _city, _to_city),
    Table("decile", {MONTH: _WIDE, TERM: _MIDDLING, YEAR: _MIDDLING}, 1, _deciles, _to_decile),
    Table("age", {MONTH: _WIDE, TERM: _COARSE, YEAR: _COARSE}, 1, _ages, _to_age),
    Table("ward", {TERM: _MIDDLING, YEAR: _MIDDLING}, 1, _wards, _to_ward),
    Table("area", {TERM: _FINE, YEAR: _FINE}, 1, _areas, _to_area),
    Table("decile_age", _TERMLY, 1, _deciles_by_age, _to_decile_and_age),
    _in_fifths("depth", _DEPTH, _TERMLY),
    _in_fifths("before", (Trait.CAME_BEFORE,), _TERMLY),
    _in_fifths("category", tuple(CATEGORIES.values()), _TERMLY),
    _in_fifths("funded", (Trait.FUNDED,), _TERMLY),
    _in_fifths("holiday", (Trait.HOLIDAY,), _TERMLY),
    _in_fifths("workplace", (Trait.WORKPLACE, Trait.TEN_DAYS), _YEARLY),
    _in_fifths("way", _WAY, _YEARLY),
    Table("index", _YEARLY, MOST_OTHER_INDICES, _by_other_index, _to_other_index),
    # One wish is in one cell. The same wish from the same area counts once in a month.
    Table(
        "wished", {TERM: _COARSE, YEAR: _COARSE}, 1, _each_by_ward(*_WISHED), _to_wards(*_WISHED)
    ),
    Table("told", _YEARLY, len(TOLD), _each(*TOLD), _to_each(*TOLD)),
    Table(
        *("told_ward", _TOLD_YEARLY, len(YES_OR_NO)),
        *(_each_by_ward(*YES_OR_NO), _to_wards(*YES_OR_NO)),
    ),
    _in_fifths("told_fifth", _SAID, _TOLD_YEARLY, _ANSWERS),
    Table("told_age", _TOLD_YEARLY, _ANSWERS, _each_by_age(*_SAID), _to_ages(*_SAID)),
)
#: The tables of what learners told of themselves.
SENSITIVE = frozenset({"told", "told_ward", "told_fifth", "told_age"})
