"""A return as one document: what the page, the file and the paper all say. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from returns.tracing import People


class Name(StrEnum):
    """The returns, as addresses call them."""

    SUFFICIENCY = "sufficiency"
    ENRICHMENT = "enrichment"
    HOLIDAYS = "holidays"
    WORKPLACES = "workplaces"


class Unit(StrEnum):
    """What a public figure counts."""

    PEOPLE = "people"
    THINGS = "things"
    PLACE_HOURS = "place_hours"
    #: Weekly place-hours within reach of a hundred young people.
    OF_HUNDRED = "place_hours_of_100"
    DECILE = "decile"


@dataclass(frozen=True)
class Figure:
    """A public figure: of a census, an index, or what organisations offer. Nobody who came is in it."""

    unit: Unit
    number: float | None


#: `None` is a number that this period has not.
Value = People | Figure | None


@dataclass(frozen=True)
class Row:
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """Rows of numbers under heads; the first head is of the names."""

    caption: str
    heads: tuple[str, ...]
    rows: Sequence[Row]
    #: Where its public figures are from, and what else a reader has to know.
    note: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    #: What is to be said in the authority's own words, in room that is left for it.
    to_write: Sequence[str] = ()


@dataclass(frozen=True)
class Return:
    """All that a return says."""

    name: Name
    title: str
    lead: str
    sections: Sequence[Section]
    #: What the numbers cannot say, a sentence each.
    not_known: Sequence[str]

    def people(self) -> Iterator[People]:
        """Yield each number about people, in the order in which it is read."""
        for section in self.sections:
            for table in section.tables:
                for row in table.rows:
                    yield from (value for value in row.values if isinstance(value, People))

    @cached_property
    def references(self) -> dict[tuple, int]:
        """Return the number by which each set of cells is named, from 1, by its key."""
        keys = dict.fromkeys(value.key for value in self.people())
        return {key: place for place, key in enumerate(keys, start=1)}

    @cached_property
    def sources(self) -> list[tuple[int, People]]:
        """Return one number for each reference: what it says its cells are."""
        of_key = {value.key: value for value in reversed(list(self.people()))}
        return [(number, of_key[key]) for key, number in self.references.items()]

    def reference(self, value: People) -> int:
        return self.references[value.key]
