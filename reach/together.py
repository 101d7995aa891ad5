"""Several cities as one: sums of what each has released, and nothing besides. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cube.cells import Cell, sum_of
from cube.queries import Released
from reach.measures import Fifth, Gap, fifths_of, gap_between


@dataclass(frozen=True)
class Member:
    """A city of a region, and what it has released for the period."""

    slug: str
    name: str
    #: `None` where it has released nothing for it.
    term: Released | None
    #: Whether the reader may see its own numbers, and not only the sum.
    is_open: bool

    @property
    def gap(self) -> Gap | None:
        return gap_between(self.term.deciles) if self.term else None


@dataclass(frozen=True)
class Together:
    """A period of a region: the sums of the cities that released it. At least one has."""

    name: str
    members: Sequence[Member]

    @cached_property
    def terms(self) -> list[Released]:
        return [member.term for member in self.members if member.term]

    @property
    def counted(self) -> list[Member]:
        return [member for member in self.members if member.term]

    @property
    def missing(self) -> list[Member]:
        return [member for member in self.members if not member.term]

    @property
    def is_on_one_ground(self) -> bool:
        """Tell whether all were counted by one index and one population: else no decile adds up."""
        return len({(term.edition, term.population) for term in self.terms}) == 1

    @property
    def all(self) -> Cell:
        """Return the sum of the cities; hidden where one of them is."""
        return sum_of([term.city for term in self.terms], code="sum", label=self.name)

    @cached_property
    def deciles(self) -> tuple[Cell, ...]:
        """Return the sum of each decile that a city has areas in, the most deprived first."""
        cells = [cell for term in self.terms for cell in term.deciles]
        present = sorted({cell.decile for cell in cells if cell.decile})
        return tuple(_sum_of_decile(cells, decile) for decile in present)

    @property
    def fifths(self) -> list[Fifth]:
        return fifths_of(self.deciles)

    @property
    def gap(self) -> Gap | None:
        return gap_between(self.deciles)

    @property
    def as_released(self) -> Released:
        """Return the sums in the shape of a release, for what is said of one."""
        return replace(self.terms[0], tables={"city": (self.all,), "decile": self.deciles})


def _sum_of_decile(cells: Sequence[Cell], decile: int) -> Cell:
    of_it = [cell for cell in cells if cell.decile == decile]
    return sum_of(of_it, code=str(decile), label=str(decile), decile=decile)
