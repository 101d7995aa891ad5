"""What should be so of places, in plain Python: written from the rules' words and not from the product.

A place is taken by who has one, who asked for one and who is offered one. An ask is answered within
three days, an offer taken within one, or within half of the time that is left if that is less; after
that it is over. Whoever waits is offered what comes free, in the order in which they came. What is
over is written down by whoever next changes something on that session.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIVE = ("confirmed", "asked", "offered", "waiting")
TAKES = ("confirmed", "asked", "offered")


@dataclass
class Listing:
    is_instant: bool
    has_list: bool
    #: How long before the start booking closes.
    closes: timedelta = timedelta(0)
    status: str = "published"


@dataclass
class Sitting:
    listing: int
    starts_at: datetime
    places: int
    is_off: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=2)


@dataclass
class Entry:
    """A booking: the place in the list of all of them is the order in which they came."""

    who: int
    where: int
    state: str
    until: datetime | None = None
    asked: bool = False


@dataclass
class Places:
    now: datetime
    listings: list[Listing]
    sittings: list[Sitting]
    people: int
    entries: list[Entry] = field(default_factory=list)
    #: Which entries are said to have come.
    here: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def tried(self, act: Callable[[], int | bool]) -> int | bool:
        """Do what the rules allow, or nothing at all; return what came of it, False for nothing."""
        before = copy.deepcopy((self.listings, self.sittings, self.entries, self.here, self.gone))
        result = act()
        if result is False:
            self.listings, self.sittings, self.entries, self.here, self.gone = before
        return result

    # --- What may be asked of it ---

    def of(self, where: int, *states: str) -> list[Entry]:
        return [each for each in self.entries if each.where == where and each.state in states]

    def remaining(self, where: int) -> int:
        return self.sittings[where].places - len(self.of(where, *TAKES))

    def is_over(self, entry: Entry) -> bool:
        return entry.until is not None and entry.until <= self.now

    def closes_at(self, where: int) -> datetime:
        sitting = self.sittings[where]
        return sitting.starts_at - self.listings[sitting.listing].closes

    def is_open(self, where: int) -> bool:
        sitting = self.sittings[where]
        is_listed = self.listings[sitting.listing].status == "published"
        return is_listed and not sitting.is_off and self.now < self.closes_at(where)

    def is_door_open(self, where: int) -> bool:
        sitting = self.sittings[where]
        opens = sitting.starts_at - timedelta(hours=1)
        return opens <= self.now <= sitting.ends_at + timedelta(days=14)

    def clashes(self, who: int, where: int, but: Entry | None = None) -> bool:
        this = self.sittings[where]
        return any(
            other.starts_at < this.ends_at and other.ends_at > this.starts_at
            for entry in self.entries
            if entry.who == who and entry.where != where and entry is not but
            if entry.state in ("confirmed", "asked") and not self.is_over(entry)
            for other in [self.sittings[entry.where]]
            if not other.is_off
        )

    def has_live(self, who: int, where: int) -> bool:
        return any(each.who == who for each in self.of(where, *LIVE))

    # --- What happens ---

    def settle(self, where: int) -> None:
        for entry in self.of(where, "asked", "offered"):
            if self.is_over(entry):
                entry.state, entry.until = "lapsed", None
        if not self.is_open(where):
            return
        for entry in self.of(where, "waiting")[: self.remaining(where)]:
            entry.state, entry.until = "offered", self.half(where, timedelta(days=1))

    def half(self, where: int, longest: timedelta) -> datetime:
        return self.now + min(longest, (self.closes_at(where) - self.now) / 2)

    def give_or_ask(self, entry: Entry) -> None:
        if self.listings[self.sittings[entry.where].listing].is_instant:
            entry.state, entry.until = "confirmed", None
        else:
            entry.state, entry.asked = "asked", True
            entry.until = self.half(entry.where, timedelta(days=3))

    def book(self, who: int, where: int, may_wait: bool) -> int | bool:
        self.settle(where)
        if who in self.gone or self.has_live(who, where) or not self.is_open(where):
            return False
        if self.clashes(who, where):
            return False
        entry = Entry(who, where, "waiting")
        if self.remaining(where) > len(self.of(where, "waiting")):
            self.give_or_ask(entry)
        elif not (may_wait and self.listings[self.sittings[where].listing].has_list):
            return False
        self.entries.append(entry)
        return len(self.entries) - 1

    def may_leave(self, key: int) -> bool:
        has_begun = self.sittings[self.entries[key].where].starts_at <= self.now
        return not has_begun and key not in self.here

    def cancel(self, key: int) -> bool:
        entry = self.entries[key]
        if entry.state not in LIVE:
            return True
        if not self.may_leave(key):
            return False
        entry.state, entry.until = "cancelled", None
        self.settle(entry.where)
        return True

    def take(self, key: int) -> bool:
        entry = self.entries[key]
        if entry.state in ("confirmed", "asked"):
            return True
        if entry.state != "offered" or self.is_over(entry):
            return False
        sitting = self.sittings[entry.where]
        if sitting.is_off or self.listings[sitting.listing].status != "published":
            return False
        if self.clashes(entry.who, entry.where, but=entry):
            return False
        self.give_or_ask(entry)
        return True

    def move(self, key: int, to: int) -> int | bool:
        entry = self.entries[key]
        if self.sittings[entry.where].listing != self.sittings[to].listing:
            return False
        if entry.state not in ("confirmed", "asked") or self.is_over(entry):
            return False
        self.settle(to)
        free = self.remaining(to) > len(self.of(to, "waiting"))
        is_free_then = not self.clashes(entry.who, to, but=entry)
        may_come = self.is_open(to) and not self.has_live(entry.who, to) and is_free_then
        if not (self.may_leave(key) and may_come and free):
            return False
        until = self.half(to, timedelta(days=3)) if entry.state == "asked" else None
        self.entries.append(Entry(entry.who, to, entry.state, until, entry.asked))
        entry.state, entry.until = "cancelled", None
        self.settle(entry.where)
        return len(self.entries) - 1

    def answer(self, key: int, says: str) -> bool:
        entry = self.entries[key]
        done = {"yes": "confirmed", "no": "declined"}[says]
        if entry.state == done:
            return True
        if entry.state != "asked" or self.is_over(entry):
            return False
        entry.state, entry.until = done, None
        if says == "no":
            self.settle(entry.where)
        return True

    def confirm(self, key: int) -> bool:
        entry = self.entries[key]
        if entry.state != "confirmed" or not self.is_door_open(entry.where):
            return False
        self.here.add(key)
        return True

    def correct(self, key: int) -> bool:
        if not self.is_door_open(self.entries[key].where):
            return False
        self.here.discard(key)
        return True

    def call_off(self, where: int) -> bool:
        sitting = self.sittings[where]
        if sitting.starts_at <= self.now:
            return False
        sitting.is_off = True
        return True

    def forget(self, who: int) -> bool:
        """Whoever is forgotten leaves no booking, and their places are free."""
        self.gone.add(who)
        touched = sorted(
            {each.where for each in self.entries if each.who == who and each.state in LIVE}
        )
        for where in touched:
            for entry in self.of(where, *LIVE):
                if entry.who == who:
                    entry.state, entry.until = "cancelled", None
            self.settle(where)
        self.here = {key for key in self.here if self.entries[key].who != who}
        return True
