"""The rules of trust once more, in plain Python: what the product is held against.

Written from what the council and the law ask, not from the product's code, and it imports none of
it. Everything is looked for anew each time, so there is nothing here that could get out of step.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
KINDS = ("safeguarding_policy", "safeguarding_lead", "insurance", "risk_assessment", "staff_check")
ABOUT_SOMEONE = ("safeguarding_lead", "staff_check")
#: For how many months the council takes each for good, whatever it says itself.
HOLDS_MONTHS = dict(zip(KINDS, (12, 24, 12, 12, 36), strict=True))
LEVELS = ("basic", "standard", "enhanced", "enhanced_barred")
#: In England, whoever is supervised needs a barred-list check too from this day on.
BARRED_FROM = date(2026, 9, 1)
#: A listing that nobody has confirmed for so long is paused.
CONFIRMED_FOR = timedelta(days=180)
#: So many places to come may one learner hold.
MOST_TO_COME = 20
DOOR_OPENS, DOOR_CLOSES = timedelta(hours=1), timedelta(days=14)


@dataclass
class Person:
    key: int
    name: str
    is_officer: bool = False
    is_of_a_provider: bool = False
    city: str = ""


@dataclass
class Membership:
    role: str
    has_ended: bool = False


@dataclass
class Paper:
    key: object
    kind: str
    person: str
    last_day: date
    first: int | None = None
    second: int | None = None
    is_out: bool = False
    #: Refused or taken back; both are for good.
    is_withdrawn: bool = False

    @property
    def is_there(self) -> bool:
        return not (self.is_out or self.is_withdrawn)

    def counts_on(self, day: date) -> bool:
        """Two different officers accepted it, it is still there, and its last day is not over."""
        is_accepted = None not in (self.first, self.second) and self.first != self.second
        return self.is_there and is_accepted and day <= self.last_day


@dataclass
class Sitting:
    key: object
    starts_at: datetime
    ends_at: datetime
    places: int
    #: Who has a place now, by name, and the booking's key.
    booked: dict[int, object] = field(default_factory=dict)
    came: set[int] = field(default_factory=set)

    def overlaps(self, other: "Sitting") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass
class Listing:
    key: int
    checked_at: datetime
    is_withdrawn: bool = False
    sittings: list[Sitting] = field(default_factory=list)


@dataclass
class Org:
    key: int
    slug: str
    city: str
    umbrella: "Org | None" = None
    status: str = "applied"
    identity: int | None = None
    yes: int | None = None
    members: dict[int, Membership] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)

    # --- Whether young people may come ---

    def is_trusted(self, now: datetime) -> bool:
        today = london_day(now)
        return self.status == "verified" and all(
            any(paper.kind == kind and paper.counts_on(today) for paper in self.papers)
            for kind in KINDS
        )

    def lapses_at(self) -> datetime | None:
        """Return the midnight at which the first of what counts is over; nothing if one is missing."""
        last_days = []
        for kind in KINDS:
            good = [p.last_day for p in self.papers if p.kind == kind and p.counts_on(date.min)]
            if not good:
                return None
            last_days.append(max(good))
        return midnight_after(min(last_days))

    def has_all(self, now: datetime) -> bool:
        """Whether something of each kind was sent in and has not lapsed, accepted or not."""
        today = london_day(now)
        there = {paper.kind for paper in self.papers if paper.is_there and today <= paper.last_day}
        return there == set(KINDS)

    # --- Who may do what ---

    def may_decide(self, person: Person) -> bool:
        """An officer of the same city who never belonged to it, nor to the body it is part of."""
        bodies = [self] if self.umbrella is None else [self, self.umbrella]
        is_own = any(person.key in body.members for body in bodies)
        return person.is_officer and person.city == self.city and not is_own

    def role_of(self, person: Person) -> str | None:
        membership = self.members.get(person.key)
        if membership is None or membership.has_ended or self.status == "suspended":
            return None
        return membership.role if person.is_of_a_provider else None

    def may_assure(self, person: Person) -> bool:
        return self.role_of(person) in ("admin", "safeguarding_lead")

    def may_post(self, person: Person) -> bool:
        if self.role_of(person) in ("admin", "organiser", "safeguarding_lead"):
            return True
        is_umbrellas = self.umbrella is not None and self.umbrella.role_of(person) == "admin"
        return is_umbrellas and self.status != "suspended"

    def may_see_names(self, person: Person, now: datetime) -> bool:
        """Only who is in its own team today, and only while it is trusted."""
        return self.role_of(person) is not None and self.is_trusted(now)

    # --- What can be found ---

    def is_on_offer(self, listing: Listing, now: datetime) -> bool:
        is_fresh = now < listing.checked_at + CONFIRMED_FOR
        return not listing.is_withdrawn and is_fresh and self.is_trusted(now)

    def open_sittings(self, listing: Listing, now: datetime) -> list[Sitting]:
        if not self.is_on_offer(listing, now):
            return []
        return [s for s in listing.sittings if s.starts_at > now and len(s.booked) < s.places]

    def listed_until(self, listing: Listing) -> datetime:
        lapse = self.lapses_at()
        assert lapse is not None
        return min(listing.checked_at + CONFIRMED_FOR, lapse)


def london_day(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def midnight_after(day: date) -> datetime:
    following = day + timedelta(days=1)
    london = datetime(following.year, following.month, following.day, tzinfo=LONDON)
    return london.astimezone(UTC)


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def level_is_enough(level: str, today: date) -> bool:
    needed = "enhanced_barred" if today >= BARRED_FROM else "enhanced"
    return LEVELS.index(level) >= LEVELS.index(needed)
