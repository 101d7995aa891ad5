"""The declared tables: everything a release publishes about people, and nothing else.

Of each table it is declared here how many of its cells one learner can change, how much chance is
in each number, and in which periods it is published. What can be added up from these cells (fifths
from deciles, those who came once from those who came more often) is no table of its own: another
table would spend privacy and say nothing new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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


def first_of_fifth(decile: int) -> int:
    """Return the first decile of the fifth that a decile is in."""
    return decile - (decile - 1) % 2


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

    def in_fifth(self, first: int) -> list[str]:
        return [code for code, known in self.deciles.items() if known in (first, first + 1)]

    @property
    def fifths(self) -> list[int]:
        """Return the first decile of each fifth that the city has areas in."""
        return sorted({first_of_fifth(decile) for decile in self.deciles.values()})


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


@dataclass(frozen=True)
class Split:
    """A way to part the learners of a city: its groups, and the one that a learner is in, if any."""

    groups: Callable[[Ground], list[DeclaredCell]]
    group_of: Callable[[Learners, Ground], str | None]
    #: Whether people know the groups by name, as they do wards.
    is_named: bool = False


def _counting(
    name: str, policies: Policies, split: Split, *traits: Trait, most: int | None = None
) -> Table:
    """Declare a table that counts, in each group of a split, who has each of these traits.

    :param most: how many of the traits one learner can have; left out, all of them.
    """
    bits = tuple((int(trait), trait.key) for trait in traits)

    def cells(ground: Ground) -> list[DeclaredCell]:
        return [
            replace(
                group,
                cell=_joined(group.cell, trait.key),
                label=group.label if split.is_named else trait.key,
            )
            for group in split.groups(ground)
            for trait in traits
        ]

    def cells_of(learners: Learners, ground: Ground) -> Iterator[str]:
        keys = [key for bit, key in bits if learners.traits & bit]
        group = split.group_of(learners, ground) if keys else None
        return iter(()) if group is None else (_joined(group, key) for key in keys)

    return Table(name, policies, most or len(traits), cells, cells_of)


def _who_came(name: str, policies: Policies, split: Split) -> Table:
    """Declare a table that counts who came, in each group of a split."""

    def cells_of(learners: Learners, ground: Ground) -> Iterator[str]:
        group = split.group_of(learners, ground) if learners.came else None
        return iter(() if group is None else (group,))

    return Table(name, policies, 1, split.groups, cells_of)


def _joined(*parts: str) -> str:
    return ":".join(part for part in parts if part)


def _one_cell(cell: str) -> Split:
    """Return the split that parts nobody: the whole city."""

    def groups(ground: Ground) -> list[DeclaredCell]:
        return [DeclaredCell(cell, ground.city.name, ground.young_people_in(ground.areas))]

    return Split(groups, lambda _learners, _ground: cell)


def _deciles(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(str(decile), str(decile), ground.young_people_in(codes), decile)
        for decile, codes in _by_decile(ground)
    ]


def _decile_of(learners: Learners, ground: Ground) -> str | None:
    decile = ground.deciles.get(learners.lsoa_code)
    return None if decile is None else str(decile)


def _fifths(ground: Ground) -> list[DeclaredCell]:
    return [
        DeclaredCell(str(first), str(first), ground.young_people_in(ground.in_fifth(first)), first)
        for first in ground.fifths
    ]


def _fifth_of(learners: Learners, ground: Ground) -> str | None:
    decile = ground.deciles.get(learners.lsoa_code)
    return None if decile is None else str(first_of_fifth(decile))


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


def _decile_and_age_of(learners: Learners, ground: Ground) -> str | None:
    decile = ground.deciles.get(learners.lsoa_code)
    return None if decile is None else f"{decile}:{learners.age_band}"


def _wards(ground: Ground) -> list[DeclaredCell]:
    wards = ((area, area.ward_code) for area in ground.areas.values() if area.ward_code)
    return [
        DeclaredCell(
            code,
            areas[0].ward_name or code,
            ground.young_people_in(area.lsoa_code for area in areas),
        )
        for code, areas in sorted(_grouped(wards).items())
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


def _to_other_indices(learners: Learners, ground: Ground) -> Iterator[str]:
    if learners.came:
        for index, deciles in ground.other_deciles.items():
            if decile := deciles.get(learners.lsoa_code):
                yield f"{index}:{decile}"


def _by_decile(ground: Ground) -> list[tuple[int, list[str]]]:
    return sorted(_grouped(ground.deciles.items()).items())


def _name_of(area: Area) -> str:
    return f"{area.name}, {area.ward_name}" if area.ward_name else area.name


def _grouped(pairs: Iterable[tuple]) -> dict:
    groups: dict = {}
    for member, group in pairs:
        groups.setdefault(group, []).append(member)
    return groups


_CITY, _WHOLE = _one_cell("all"), _one_cell("")
_DECILE = Split(_deciles, _decile_of)
_FIFTH = Split(_fifths, _fifth_of)
_AGE = Split(_ages, lambda learners, _ground: learners.age_band)
_DECILE_AGE = Split(_deciles_by_age, _decile_and_age_of)
_WARD = Split(
    _wards, lambda learners, ground: ground.areas[learners.lsoa_code].ward_code, is_named=True
)
_AREA = Split(_areas, lambda learners, _ground: learners.lsoa_code, is_named=True)

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
    _who_came("city", {MONTH: _WIDE, TERM: _COARSE, YEAR: _COARSE}, _CITY),
    _who_came("decile", {MONTH: _WIDE, TERM: _MIDDLING, YEAR: _MIDDLING}, _DECILE),
    _who_came("age", {MONTH: _WIDE, TERM: _COARSE, YEAR: _COARSE}, _AGE),
    _who_came("ward", {TERM: _MIDDLING, YEAR: _MIDDLING}, _WARD),
    _who_came("area", {TERM: _FINE, YEAR: _FINE}, _AREA),
    _who_came("decile_age", _TERMLY, _DECILE_AGE),
    _counting("depth", _TERMLY, _FIFTH, *_DEPTH),
    _counting("before", _TERMLY, _FIFTH, Trait.CAME_BEFORE),
    _counting("category", _TERMLY, _FIFTH, *CATEGORIES.values()),
    _counting("funded", _TERMLY, _FIFTH, Trait.FUNDED),
    _counting("holiday", _TERMLY, _FIFTH, Trait.HOLIDAY),
    _counting("workplace", _YEARLY, _FIFTH, Trait.WORKPLACE, Trait.TEN_DAYS),
    _counting("way", _YEARLY, _FIFTH, *_WAY),
    Table("index", _YEARLY, MOST_OTHER_INDICES, _by_other_index, _to_other_indices),
    # One wish is in one cell. The same wish from the same area counts once in a month.
    _counting("wished", {TERM: _COARSE, YEAR: _COARSE}, _WARD, *_WISHED, most=1),
    _counting("told", _YEARLY, _WHOLE, *TOLD),
    _counting("told_ward", _TOLD_YEARLY, _WARD, *YES_OR_NO),
    _counting("told_fifth", _TOLD_YEARLY, _FIFTH, *_SAID, most=_ANSWERS),
    _counting("told_age", _TOLD_YEARLY, _AGE, *_SAID, most=_ANSWERS),
)
#: The tables of what learners told of themselves.
SENSITIVE = frozenset({"told", "told_ward", "told_fifth", "told_age"})
