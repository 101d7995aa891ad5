"""Which numbers about young people may be shown together, so that no small one can be worked out.

Pure: knows numbers and what ties them to each other, and neither people nor tables. A number below
`SMALLEST_SHOWN` is hidden. What is shown beside it may still give it away, by subtraction or
because one number cannot be larger than another; then more is hidden, until each small number
could be at least three different ones, or as many as anybody could have thought of anyway.

This keeps a small number from being read off a page. It is no protection against whoever knows the
people: an organisation has its own registers. What the council sees of a whole city is made safe in
another way, by noise.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

#: As for all numbers about young people here: fewer is not said.
SMALLEST_SHOWN = 5
#: Two would do for a reader who goes from number to number; three leave room for cleverer ones,
#: who reason about who can have been where. `tests/participation/test_own_numbers.py` tries all.
_LEAST_CHOICE = 3
#: What everybody knows of a number before anything is shown.
_ANY: tuple[float, float] = (0, inf)
#: Bounds that still move after so many rounds are as narrow as anyone would make them.
_MOST_ROUNDS = 100

#: What a number is called: anything that can be a key.
Name = Any
#: The least and the most that a number can be.
Bounds = dict[Name, tuple[float, float]]


class Hidden(StrEnum):
    """What stands in the place of a number, from what says most to what says least."""

    #: It is below the smallest that is shown.
    TOO_FEW = "too_few"
    #: It is not, but it would give another one away.
    NOT_SHOWN = "not_shown"
    #: Looks the same to people, and may be of any size.
    UNTOLD = "untold"


Shown = int | Hidden
#: What to hide next, and how, for the sake of one number: the gentlest first.
Ladder = Callable[[Name], Iterable[tuple[Hidden, Collection[Name]]]]
_STRENGTH = {Hidden.TOO_FEW: 1, Hidden.NOT_SHOWN: 1, Hidden.UNTOLD: 2}


@dataclass(frozen=True)
class Limit:
    """What every reader knows of the numbers: factor times number, summed, is at most `most`."""

    factors: Mapping[Name, int]
    most: int = 0


def at_most(number: Name, other: Name) -> Limit:
    """Return the limit that a number is no larger than another."""
    return Limit({number: 1, other: -1})


def adds_up(total: Name, parts: Iterable[Name]) -> tuple[Limit, Limit]:
    """Return the limits that parts make a total."""
    summed = dict.fromkeys(parts, 1)
    less = Limit({total: -1} | summed)
    return Limit({name: -factor for name, factor in less.factors.items()}), less


def covers(total: Name, parts: Sequence[Name]) -> tuple[Limit, ...]:
    """Return the limits of a number of different people, each of whom is in one part or more."""
    return adds_up(total, parts)[0], *(at_most(part, total) for part in parts)


def withhold(
    numbers: Mapping[Name, int],
    limits: Sequence[Limit],
    ladder: Ladder,
    *,
    untold: Collection[Name] = (),
    smallest_shown: int = SMALLEST_SHOWN,
) -> dict[Name, Shown]:
    """Return what may be shown of each number.

    :param numbers: the true ones.
    :param limits: all that a reader knows of how they hang together. What follows from these
        alone, such as that nobody came to what nobody booked, is no secret and is shown.
    :param untold: what is hidden whatever its size.
    """
    known = _narrowed(dict.fromkeys(numbers, _ANY), limits)
    secret = {name for name in numbers if _choice(known[name]) > 1}
    enough = {name: min(_LEAST_CHOICE, smallest_shown, _choice(known[name])) for name in secret}
    shown: dict[Name, Shown] = dict(numbers)
    shown |= dict.fromkeys(secret & set(untold), Hidden.UNTOLD)
    shown |= {name: Hidden.TOO_FEW for name in secret if numbers[name] < smallest_shown}
    while exposed := _given_away(shown, limits, enough, smallest_shown):
        if all(shown[name] is Hidden.UNTOLD for name in secret):
            break
        # One at a time: what is hidden for the first may be enough for all.
        hide, others = _next_step(ladder(exposed[0]), shown, secret)
        shown |= dict.fromkeys(others or secret, hide)
    return shown


def what_readers_can_tell(
    shown: Mapping[Name, Shown], limits: Sequence[Limit], smallest_shown: int
) -> Bounds:
    """Return between which values, both inclusive, each number has to lie for a reader."""
    told: dict[Hidden, tuple[float, float]] = {
        Hidden.TOO_FEW: (0, smallest_shown - 1),
        # Whoever knows the rule knows that a small one would have been marked as small.
        Hidden.NOT_SHOWN: (smallest_shown, inf),
        Hidden.UNTOLD: _ANY,
    }
    of_each: Bounds = {
        name: told[value] if isinstance(value, Hidden) else (value, value)
        for name, value in shown.items()
    }
    return _narrowed(of_each, limits)


def _given_away(
    shown: Mapping[Name, Shown],
    limits: Sequence[Limit],
    enough: Mapping[Name, float],
    smallest_shown: int,
) -> list[Name]:
    bounds = what_readers_can_tell(shown, limits, smallest_shown)
    return [
        name
        for name, least in enough.items()
        if isinstance(shown[name], Hidden)
        and _choice(bounds[name]) < least
        and bounds[name][0] < smallest_shown
    ]


def _next_step(
    steps: Iterable[tuple[Hidden, Collection[Name]]],
    shown: Mapping[Name, Shown],
    secret: Collection[Name],
) -> tuple[Hidden, list[Name]]:
    """Return the first step that hides anything more; after the last one nothing is said at all."""
    for hide, names in steps:
        more = [name for name in names if name in secret and _is_less_than(shown[name], hide)]
        if more:
            return hide, more
    return Hidden.UNTOLD, []


def _is_less_than(value: Shown, hide: Hidden) -> bool:
    return not isinstance(value, Hidden) or _STRENGTH[value] < _STRENGTH[hide]


def _choice(bounds: tuple[float, float]) -> float:
    """Return how many different values lie within bounds."""
    return bounds[1] - bounds[0] + 1


def _narrowed(bounds: Bounds, limits: Sequence[Limit]) -> Bounds:
    """Return bounds as narrow as going from limit to limit makes them."""
    # A limit may name what stands on no page: it only ties others together.
    bounds = {name: _ANY for limit in limits for name in limit.factors} | bounds
    for _round in range(_MOST_ROUNDS):
        if not sum(_narrow(bounds, limit) for limit in limits):
            break
    return bounds


def _narrow(bounds: Bounds, limit: Limit) -> bool:
    """Narrow the bounds of each number of one limit; say whether any moved."""
    least = {name: factor * bounds[name][factor < 0] for name, factor in limit.factors.items()}
    boundless = [name for name, value in least.items() if value == -inf]
    if len(boundless) > 1:
        return False
    bounded = sum(value for value in least.values() if value != -inf)
    has_moved = False
    for name in boundless or limit.factors:
        factor, (low, high) = limit.factors[name], bounds[name]
        room = limit.most - (bounded if boundless else bounded - least[name])
        if factor > 0 and room // factor < high:
            bounds[name], has_moved = (low, room // factor), True
        elif factor < 0 and -(room // -factor) > low:
            bounds[name], has_moved = (-(room // -factor), high), True
    return has_moved
