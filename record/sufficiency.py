"""When a record may say something about a skill: after enough small things, from enough sides.

A point is one line that shows the skill. Nothing is said until there are enough of them, from enough
places, and seen by enough people beside the learner. What is missing is said instead, and it is never
compared with anybody else's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from record.models import Rung


@dataclass(frozen=True)
class Rule:
    """How many things, in how many places, seen by how many people."""

    points: int = 4
    contexts: int = 2
    people: int = 2


@dataclass(frozen=True)
class Point:
    """One line that shows a skill."""

    uuid: UUID
    rung: Rung
    #: Where it was; two of one place are equal.
    context: str
    #: Who says so beside the learner, if anybody does.
    person: str | None


@dataclass(frozen=True)
class Standing:
    """What there is for a skill, and what is missing until something can be said of it."""

    points: int
    contexts: int
    people: int
    missing_points: int
    missing_contexts: int
    missing_people: int

    @property
    def is_enough(self) -> bool:
        return not (self.missing_points or self.missing_contexts or self.missing_people)


def standing_of(points: Iterable[Point], rule: Rule) -> Standing:
    """Return whether something can be said, and else what is missing. The same line counts once."""
    each = {point.uuid: point for point in points}.values()
    contexts = {point.context for point in each}
    people = {point.person for point in each if point.person}
    return Standing(
        points=len(each),
        contexts=len(contexts),
        people=len(people),
        missing_points=max(0, rule.points - len(each)),
        missing_contexts=max(0, rule.contexts - len(contexts)),
        missing_people=max(0, rule.people - len(people)),
    )
