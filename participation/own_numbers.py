"""An organisation's own numbers, made up for its page: what is counted, and what is said of it.

Pure. Sessions and places are its own doing and are exact. What is about young people goes through
`small_numbers`, all of a page at once, so that no table gives away what another one hides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain, product
from uuid import UUID

from accounts.models import AgeBand
from participation.small_numbers import (
    SMALLEST_SHOWN,
    Hidden,
    Limit,
    Shown,
    adds_up,
    at_most,
    covers,
    withhold,
)


class Figure(StrEnum):
    """What is counted of young people, the most important first."""

    PEOPLE = "people"
    CAME = "came"
    BACK = "back"
    BADGES = "badges"


class Span(StrEnum):
    """The times that the page tells of."""

    TERM = "term"
    LAST_TERM = "last_term"
    YEAR = "year"


@dataclass(frozen=True)
class Offered:
    """What an organisation knows anyway: the sessions that are over, and their places."""

    sessions: int = 0
    places: int = 0
    booked: int = 0

    def __add__(self, other: "Offered") -> "Offered":
        return Offered(
            self.sessions + other.sessions, self.places + other.places, self.booked + other.booked
        )


@dataclass(frozen=True, order=True)
class Activity:
    """Something offered. Two of one name are two."""

    title: str
    uuid: UUID


@dataclass(frozen=True)
class Sitting:
    """The sessions of one activity in one month, together."""

    activity: Activity
    #: The first day of the month, in London.
    month: date
    offered: Offered


#: A scope is a `Span`; or, of the school year, an `AgeBand`, an `Activity`, the first day of a
#: month, or what an activity did in one month.
Scope = Span | AgeBand | Activity | date | tuple[Activity, date]
Counts = Mapping[tuple[Figure, Scope], int]


@dataclass(frozen=True)
class Line:
    """One scope: what was offered in it, and what may be said of who came."""

    scope: Scope
    offered: Offered
    shown: Mapping[Figure, Shown]


@dataclass(frozen=True)
class OwnNumbers:
    spans: Mapping[Span, Line]
    activities: Sequence[Line]
    months: Sequence[Line]
    ages: Mapping[AgeBand, Shown] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(line.offered.sessions for line in self.spans.values())


def own_numbers(
    sittings: Mapping[Span, Sequence[Sitting]],
    counts: Counts,
    *,
    smallest_shown: int = SMALLEST_SHOWN,
) -> OwnNumbers:
    """Return what the page says.

    :param sittings: of each span. Those of the year hold those of a term that lies in it.
    :param counts: of young people, for each span, and for the year by age, activity and month.
    """
    scopes = _Scopes(sittings)
    numbers = {key: counts.get(key, 0) for key in _keys(scopes)}
    shown = withhold(
        numbers,
        list(_limits(scopes, numbers)),
        _Ladder(scopes, numbers),
        # How often a few came would say much of how few they are.
        untold={
            (Figure.CAME, scope)
            for scope in scopes.offered
            if numbers[Figure.PEOPLE, scope] < smallest_shown
        },
        smallest_shown=smallest_shown,
    )
    return OwnNumbers(
        spans={span: _line(span, scopes, shown) for span in Span},
        activities=[_line(name, scopes, shown) for name in scopes.activities],
        months=[_line(month, scopes, shown) for month in scopes.months],
        ages={age: shown[Figure.PEOPLE, age] for age in AgeBand},
    )


class _Scopes:
    """What the page has rows for, and what was offered in each."""

    def __init__(self, sittings: Mapping[Span, Sequence[Sitting]]) -> None:
        year = sittings[Span.YEAR]
        self.activities = sorted({each.activity for each in year}, key=_by_title)
        self.months = sorted({each.month for each in year})
        #: What each activity offered in each month: not on the page, but known to its people.
        self.corners = {(each.activity, each.month): each.offered for each in year}
        self.offered: dict[Scope, Offered] = {span: _sum(sittings[span]) for span in Span}
        for activity in self.activities:
            self.offered[activity] = _sum(each for each in year if each.activity == activity)
        for month in self.months:
            self.offered[month] = _sum(each for each in year if each.month == month)
        self.months_of = {
            span: sorted({each.month for each in sittings[span]} & set(self.months))
            for span in Span
        }

        self.terms = [span for span in (Span.TERM, Span.LAST_TERM) if self.months_of[span]]

    def in_corners(self) -> Iterator[tuple[Scope, list[Scope]]]:
        """Yield each activity and each month with the corners where the two tables meet."""
        for place, scopes in enumerate((self.activities, self.months)):
            for scope in scopes:
                yield scope, [corner for corner in self.corners if corner[place] == scope]

    def parted(self) -> Iterator[tuple[Scope, list[Scope]]]:
        """Yield each scope that others make up between them, with those."""
        yield Span.YEAR, list(self.activities)
        for span in (Span.YEAR, *self.terms):
            yield span, list(self.months_of[span])
        if self.are_all_the_year:
            yield Span.YEAR, list(self.terms)

    @property
    def are_all_the_year(self) -> bool:
        """Say whether what has been of the school year is the terms of the page."""
        return {month for term in self.terms for month in self.months_of[term]} == {*self.months}


def _by_title(activity: Activity) -> tuple[str, Activity]:
    return activity.title.casefold(), activity


def _sum(sittings: Iterable[Sitting]) -> Offered:
    return sum((each.offered for each in sittings), Offered())


def _keys(scopes: _Scopes) -> Iterator[tuple[Figure, Scope]]:
    """Yield the numbers about young people."""
    yield from product(Figure, Span)
    yield from product((Figure.PEOPLE, Figure.CAME), (*scopes.activities, *scopes.months))
    yield from product((Figure.PEOPLE,), AgeBand)


class _Ladder:
    """What to hide for the sake of a small number: first other rows of its table, then totals."""

    def __init__(self, scopes: _Scopes, numbers: Counts) -> None:
        self.scopes, self.numbers = scopes, numbers

    def __call__(self, name: tuple[Figure, Scope]) -> Iterator[tuple[Hidden, list]]:
        figure, scope = name
        if figure is Figure.BACK:
            # People and visits give away who came back; and parts of the visits all of them.
            yield Hidden.UNTOLD, self._came((scope, *self.scopes.months_of.get(scope, ())))
            yield Hidden.UNTOLD, self._came(self.scopes.offered)
        elif figure is Figure.BADGES:
            yield Hidden.NOT_SHOWN, list(product([Figure.BADGES], Span))
            yield Hidden.UNTOLD, list(product([Figure.BADGES], Span))
            yield Hidden.UNTOLD, self._came(self.scopes.offered)
        else:
            yield from self._rows_beside(scope)

    def _came(self, scopes: Iterable[Scope]) -> list:
        return list(product([Figure.CAME], scopes))

    def _rows_beside(self, scope: Scope) -> Iterator[tuple[Hidden, list]]:
        rows = self._table_of(scope)
        for row in sorted(rows, key=lambda row: self.numbers[Figure.PEOPLE, row]):
            yield Hidden.NOT_SHOWN, self._whole(row)
        yield Hidden.UNTOLD, [name for row in rows for name in self._whole(row)]

    def _whole(self, row: Scope) -> list:
        """Return all of a row, with the months that a term is made of."""
        parts = (row, *self.scopes.months_of.get(row, ()))
        both = product((Figure.PEOPLE, Figure.CAME), parts)
        return [name for name in both if name in self.numbers]

    def _table_of(self, scope: Scope) -> Sequence[Scope]:
        scopes = self.scopes
        for term in scopes.terms:
            if scope in scopes.months_of[term]:
                return scopes.months_of[term]
        tables = (scopes.activities, scopes.months, list(AgeBand), scopes.terms)
        return next((table for table in tables if scope in table), [])


def _limits(scopes: _Scopes, numbers: Counts) -> Iterator[Limit]:
    """Yield all that ties the numbers to each other and to what was offered."""
    for scope, offered in (scopes.offered | scopes.corners).items():
        yield from _visits(scope, offered)
    for scope, parts in chain(scopes.parted(), scopes.in_corners()):
        yield from adds_up((Figure.CAME, scope), [(Figure.CAME, part) for part in parts])
        yield from covers((Figure.PEOPLE, scope), [(Figure.PEOPLE, part) for part in parts])
    for scope, parts in scopes.parted():
        yield _who_is_in_several_parts(scope, parts)
    yield from adds_up((Figure.PEOPLE, Span.YEAR), [(Figure.PEOPLE, age) for age in AgeBand])
    yield from _terms_of_the_year(scopes)
    for span in Span:
        yield from _back(span, scopes.offered[span])
        # Nearly always: unless a badge outlived the word that earned it.
        if numbers[Figure.BADGES, span] <= numbers[Figure.CAME, span]:
            yield at_most((Figure.BADGES, span), (Figure.CAME, span))


def _visits(scope: Scope, offered: Offered) -> Iterator[Limit]:
    """Yield that only the booked come, and that nobody comes to one session twice."""
    came, people = (Figure.CAME, scope), (Figure.PEOPLE, scope)
    yield Limit({came: 1}, offered.booked)
    yield at_most(people, came)
    yield Limit({came: 1, people: -offered.sessions})


def _back(span: Span, offered: Offered) -> Iterator[Limit]:
    """Yield that who came back was there at least twice, and everyone else once."""
    came, people, back = ((figure, span) for figure in (Figure.CAME, Figure.PEOPLE, Figure.BACK))
    yield at_most(back, people)
    yield Limit({people: 1, back: 1, came: -1})
    yield Limit({back: 2, came: -1})
    if offered.sessions < 2:
        yield Limit({back: 1})
    yield Limit({came: 1, people: -1, back: 1 - offered.sessions})


def _who_is_in_several_parts(scope: Scope, parts: Sequence[Scope]) -> Limit:
    """Return that whoever is counted in two months, or in two activities, has come back."""
    seen = {(Figure.PEOPLE, part): 1 for part in parts}
    return Limit(seen | {(Figure.PEOPLE, scope): -1, (Figure.BACK, scope): 1 - max(len(parts), 1)})


def _terms_of_the_year(scopes: _Scopes) -> Iterator[Limit]:
    """Yield that the year has all that its terms have, and no more once they are all of it."""
    for figure in (Figure.BACK, Figure.BADGES):
        for term in scopes.terms:
            yield at_most((figure, term), (figure, Span.YEAR))
    if scopes.are_all_the_year:
        terms = [(Figure.BADGES, term) for term in scopes.terms]
        yield from adds_up((Figure.BADGES, Span.YEAR), terms)
        if len(scopes.terms) == 1:
            yield at_most((Figure.BACK, Span.YEAR), (Figure.BACK, scopes.terms[0]))


def _line(scope: Scope, scopes: _Scopes, shown: Mapping[tuple[Figure, Scope], Shown]) -> Line:
    return Line(
        scope,
        scopes.offered[scope],
        {figure: shown[figure, scope] for figure in Figure if (figure, scope) in shown},
    )
