"""A skill as a strip: one school year from left to right, each mark one thing that shows it.

The shape of a mark says who says so. There is no height, no sum and no scale: nothing to compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import LONDON
from app.terms import school_year_of, term_of
from record.models import Rung
from record.queries import Mark

WIDTH, _EDGE = 300, 12
#: Nearer than this, two marks would be one blot.
_APART = 11
_YEAR_DAYS = 366


@dataclass(frozen=True)
class Dot:
    """A mark at its place, in the units of a strip `WIDTH` wide."""

    x: int
    rung: Rung


def dots_of(marks: Sequence[Mark], year: date) -> list[Dot]:
    """Return where the marks of a school year stand. What happened close together and is known alike is one.

    :param year: its first day.
    :param marks: oldest first, all within it.
    """
    dots: list[Dot] = []
    for mark in marks:
        x = _place(mark.at.astimezone(LONDON).date(), year)
        near = [dot for dot in dots if x - dot.x < _APART]
        if any(dot.rung is mark.rung for dot in near):
            continue
        if near:
            x = near[-1].x + _APART
        if x <= WIDTH - _EDGE:
            dots.append(Dot(x, mark.rung))
    return dots


def ticks_of(year: date) -> list[int]:
    """Return where the terms of a school year begin, and where it ends."""
    starts, day = [year], year
    while (day := term_of(day).ends_on) < _end_of(year):
        starts.append(day)
    return [_place(day, year) for day in (*starts, _end_of(year))]


def year_of(now: datetime) -> date:
    """Return the first day of the running school year."""
    return school_year_of(now.astimezone(LONDON).date())


def _end_of(year: date) -> date:
    return year.replace(year=year.year + 1)


def _place(day: date, year: date) -> int:
    share = (day - year).days / _YEAR_DAYS
    return _EDGE + round(share * (WIDTH - 2 * _EDGE))
