"""What a return is made of: a city, a released period, and what several returns ask of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from cube.queries import Released
from geo.models import City
from reach.measures import Fifth, fifths_of
from returns.document import Row, Value
from returns.tracing import Parts, cells_of, count, share


@dataclass(frozen=True)
class Asked:
    """Whose return, for which period, and when it is asked for."""

    #: For what is public. What is about people comes with the period.
    db: Session
    city: City
    term: Released
    now: datetime

    @property
    def fifths(self) -> list[Fifth]:
        return fifths_of(self.term.deciles)

    def cells(self, table: str, *codes: str) -> Parts | None:
        return cells_of(self.term, table, codes)

    def came(self, *fifths: Fifth) -> Parts | None:
        """Return who came from these fifths: the sum of their deciles, or the one cell of the city."""
        if list(fifths) == self.fifths:
            return self.cells("city", "all")
        return self.cells("decile", *(cell.code for fifth in fifths for cell in fifth.cells))

    def did(self, table: str, key: str, *fifths: Fifth) -> Parts | None:
        """Return who did something more, of these fifths."""
        return self.cells(table, *(f"{fifth.first_decile}:{key}" for fifth in fifths))

    def told(self, key: str) -> "Told":
        """Return what was told of one question, by age and by fifth, of those who answered it."""
        return Told(self, key, self.cells("told", f"told_{key}"))

    def by_fifth(self, values: Callable[..., tuple[Value, ...]]) -> list[Row]:
        """Return a row for each fifth and one for all of them.

        :param values: says the values of a row, of the fifths that it is of.
        """
        rows = [Row(name_of_fifth(fifth), values(fifth)) for fifth in self.fifths]
        return [*rows, Row(_("All areas"), values(*self.fifths))]


@dataclass(frozen=True)
class Told:
    """Who said yes to one of the questions that learners may answer."""

    asked: Asked
    key: str
    #: Who answered it at all.
    answered: Parts | None

    def of_age(self, *bands: str) -> tuple[Value, ...]:
        """Return how many of these ages said yes, and what part that is of all who answered."""
        return self._values(self.asked.cells("told_age", *(f"{band}:{self.key}" for band in bands)))

    def of_fifths(self, *fifths: Fifth) -> tuple[Value, ...]:
        """Return the same of these fifths."""
        return self._values(self.asked.did("told_fifth", self.key, *fifths))

    def _values(self, parts: Parts | None) -> tuple[Value, ...]:
        return count(parts), share(parts, self.answered)


def name_of_fifth(fifth: Fifth) -> str:
    words = _(
        "Deciles %(first)s and %(second)s",
        first=fifth.first_decile,
        second=fifth.first_decile + 1,
    )
    if fifth.is_most_deprived:
        return f"{words} ({_('most deprived')})"
    return f"{words} ({_('least deprived')})" if fifth.is_least_deprived else words


def name_of_ages(code: str) -> str:
    """Return an age band as people say it: `13 to 15`."""
    youngest, _dash, oldest = code.partition("-")
    return _("%(youngest)s to %(oldest)s", youngest=youngest, oldest=oldest)


def has_any(rows: Iterable[Row]) -> bool:
    """Tell whether there is anything in rows that the period may not have."""
    return any(value is not None for row in rows for value in row.values)
