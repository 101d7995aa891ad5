"""Background work of listings: sessions made in good time, and the question whether all is right."""

from collections.abc import Iterator
from dataclasses import dataclass

from app import clock
from app.db import current_db, unit_of_work
from app.jobs import regularly
from listings.freshness import ask_whether_right
from listings.schedules import extend_one, repeating


@dataclass
class Extended:
    """How far the making of sessions has come."""

    listings: int
    done: int = 0
    sessions: int = 0


@regularly("20 1 * * *")
def extend() -> None:
    """Make the sessions of all that repeats, half a year ahead."""
    for _step in extend_each():
        pass


@regularly("0 9 * * *")
def ask() -> None:
    """Ask organisations whether what they offer is still right."""
    with unit_of_work() as db:
        ask_whether_right(db, clock.now())


def extend_each() -> Iterator[Extended]:
    """Make the sessions of all that repeats, each listing committed by itself; yield how far it is."""
    now, ids = clock.now(), repeating(current_db())
    extended = Extended(len(ids))
    yield extended
    for extended.done, id in enumerate(ids, start=1):
        with unit_of_work() as db:
            extended.sessions += extend_one(db, id, now=now)
        yield extended
