"""A number about people, and the released cells that it is made of. Pure.

There is no way to make such a number but from cells: what stands in a return can always be found
again in the cube, and worked out again from it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from cube.cells import Cell, share_of, sum_of
from cube.queries import Released


class Sort(StrEnum):
    """What is made of the cells."""

    #: How many: a cell, or a sum of some.
    COUNT = "count"
    #: For every 1,000 young people who live there.
    RATE = "per_1000"
    #: What part of others.
    SHARE = "share"


@dataclass(frozen=True)
class Parts:
    """Cells of one table of one release, to be added up."""

    release: UUID
    table: str
    cells: tuple[Cell, ...]

    @property
    def key(self) -> tuple[UUID, str, tuple[str, ...]]:
        return self.release, self.table, tuple(cell.code for cell in self.cells)

    @cached_property
    def total(self) -> Cell:
        """Return the cell, or the sum of several; hidden where one of them is."""
        if len(self.cells) == 1:
            return self.cells[0]
        return sum_of(self.cells, code="+".join(self.key[2]), label="")


@dataclass(frozen=True)
class People:
    """A number about people, as what it is made of."""

    sort: Sort
    parts: Parts
    #: Of a share: the whole.
    of: Parts | None = None

    @property
    def key(self) -> tuple:
        """Return what names the cells: a count and a rate of the same ones have the same."""
        return self.parts.key, self.of and self.of.key

    @property
    def number(self) -> int | float | None:
        """Return the number; `None` where it is hidden or cannot be said."""
        if self.of is not None:
            return share_of(self.parts.total, self.of.total)
        total = self.parts.total
        return total.per_thousand if self.sort is Sort.RATE else total.learners

    @property
    def is_hidden(self) -> bool:
        return self.parts.total.is_hidden or (self.of is not None and self.number is None)


#: What a return says of cells that the period has not.
Maybe = People | None


def cells_of(term: Released, table: str, codes: Collection[str]) -> Parts | None:
    """Return those cells of a table, in that order; `None` where one of them was not released."""
    cells = tuple(cell for code in codes if (cell := term.cell(table, code)))
    if not codes or len(cells) < len(codes):
        return None
    return Parts(term.uuid, table, cells)


def count(parts: Parts | None) -> Maybe:
    return People(Sort.COUNT, parts) if parts else None


def rate(parts: Parts | None) -> Maybe:
    return People(Sort.RATE, parts) if parts else None


def share(parts: Parts | None, of: Parts | None) -> Maybe:
    return People(Sort.SHARE, parts, of) if parts and of else None
