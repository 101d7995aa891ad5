"""Who booked, who came and what it earned them: worked out in memory, as the services would have it."""

import math
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from uuid import uuid4

from sqlalchemy.orm import Session

from badges.models import AchievementCredential
from badges.openbadges import STATUS_LIST_LENGTH
from demo.learners import Learner
from demo.programme import Offer, Sitting
from demo.rows import copy, new_ids
from participation.attendance import ATTENDANCE
from participation.models import Attendance, Booking, BookingStatus

#: How likely a learner is to come to anything in a term, where life is easiest; and how much less
#: likely where it is hardest, in the first term and in the last: the gap closes, slowly.
_COMES, _GAP_AT_FIRST, _GAP_AT_LAST = 0.9, 0.42, 0.16
_CANCELS, _STAYS_AWAY, _COMES_AGAIN = 0.06, 0.09, 0.35
#: How far people go: at this many kilometres about a third as many do.
_A_LONG_WAY_KM = 2.4
#: How often someone looks again after finding a session full, or a day taken.
_TRIES = 4
#: Places that one learner holds on sessions to come.
_MOST_AHEAD = 3
_ACCESS_NEEDS = (
    "I use a wheelchair.",
    "I am deaf in my left ear. Please let me sit at the front.",
    "I need a quiet place to go to now and then.",
    "I am allergic to nuts.",
    "My English is new. Please speak slowly.",
    "I cannot see small print well.",
)


@dataclass(eq=False)
class Mark:
    """A line in a register: a place that was booked, and what became of it."""

    learner: Learner
    sitting: Sitting
    booked_at: datetime
    cancelled_at: datetime | None = None
    came: bool = False
    id: int = 0

    @property
    def confirmed_at(self) -> datetime:
        # Registers are filled in as people leave, in the order they booked.
        return self.sitting.ends_at + timedelta(minutes=5, seconds=self.id % 60)


class Register:
    """Every place that was ever booked in the demo, kept so that no session is overfull."""

    def __init__(self, chance: Random, now: datetime) -> None:
        self.chance = chance
        self.now = now
        self.marks: list[Mark] = []

    def book(
        self, learner: Learner, sitting: Sitting, *, is_past: bool, sure: bool = False
    ) -> bool:
        """Give a learner a place if there is one and they are free that day. Say whether they got it."""
        if not _can_book(learner, sitting):
            return False
        booked_at = self._when_booked(sitting)
        mark = Mark(learner, sitting, booked_at)
        learner.busy.add(sitting.day)
        if not sure and self.chance.random() < _CANCELS:
            mark.cancelled_at = self._between(booked_at, min(sitting.starts_at, self.now))
        else:
            sitting.learner_ids.add(learner.id)
            mark.came = is_past and (sure or self.chance.random() >= _STAYS_AWAY)
        self.marks.append(mark)
        self._remember(learner, mark)
        return True

    def _remember(self, learner: Learner, mark: Mark) -> None:
        if mark.came:
            learner.likes.append(mark.sitting.offer)
        joined_at = mark.booked_at - timedelta(minutes=self.chance.randint(3, 4_000))
        learner.created_at = min(learner.created_at or joined_at, joined_at)

    def _when_booked(self, sitting: Sitting) -> datetime:
        latest = min(sitting.starts_at - timedelta(hours=2), self.now - timedelta(minutes=5))
        return self._between(latest - timedelta(days=14), latest)

    def _between(self, start: datetime, end: datetime) -> datetime:
        return start + (end - start) * self.chance.random()


class Nearby:
    """What there is for a learner in a term, the nearest most often."""

    def __init__(self, offers: Sequence[Offer], chance: Random) -> None:
        self.offers = offers
        self.chance = chance
        self._known: dict[tuple, tuple[list[Offer], list[float]]] = {}

    def pick(self, learner: Learner, term: int) -> Offer | None:
        key = (learner.home.lsoa_code, learner.age_band, term)
        if key not in self._known:
            self._known[key] = self._look(learner, term)
        offers, weights = self._known[key]
        return self.chance.choices(offers, cum_weights=weights)[0] if offers else None

    def _look(self, learner: Learner, term: int) -> tuple[list[Offer], list[float]]:
        offers = [o for o in self.offers if o.past.get(term) and learner.is_of_age(o.ages)]
        return offers, list(
            accumulate(math.exp(-distance_km(learner, o) / _A_LONG_WAY_KM) for o in offers)
        )


def live_through(
    register: Register, learners: Sequence[Learner], offers: Sequence[Offer], terms: int
) -> None:
    """Let the learners book and come, term after term."""
    nearby = Nearby(offers, register.chance)
    for term in range(terms):
        for learner in learners:
            if learner.joined <= term and register.chance.random() < _activity(
                learner, term, terms
            ):
                for _ in range(_times_in_a_term(register.chance)):
                    _go_somewhere(register, nearby, learner, term)


def look_ahead(register: Register, learners: Sequence[Learner], offers: Sequence[Offer]) -> None:
    """Let the learners book what is coming: some of it fills up, some of it nearly."""
    for sitting in sorted(
        (sitting for offer in offers for sitting in offer.coming), key=lambda one: one.starts_at
    ):
        wanted = _wanted(sitting, register)
        for learner in _who_might(register.chance, sitting, learners, 3 * wanted):
            if wanted <= 0:
                break
            if register.book(learner, sitting, is_past=False):
                learner.ahead += 1
                wanted -= 1


def write(db: Session, register: Register) -> None:
    """Write the bookings, the attendances and the badges, each badge once."""
    marks = register.marks
    for mark, id in zip(marks, new_ids(db, Booking, len(marks)), strict=True):
        mark.id = id
    copy(db, Booking, (_booking_row(mark, register.chance) for mark in marks))
    came = sorted(
        (mark for mark in marks if mark.came), key=lambda mark: (mark.confirmed_at, mark.id)
    )
    copy(db, Attendance, (_attendance_row(mark) for mark in came))
    copy(db, AchievementCredential, list(_credential_rows(db, came)))


def _go_somewhere(register: Register, nearby: Nearby, learner: Learner, term: int) -> None:
    """Let a learner book one past session of a term: what they like, or something near home."""
    again = [offer for offer in learner.likes if offer.past.get(term)]
    for _ in range(_TRIES):
        is_regular = again and register.chance.random() < _COMES_AGAIN
        offer = register.chance.choice(again) if is_regular else nearby.pick(learner, term)
        if offer and register.book(learner, register.chance.choice(offer.past[term]), is_past=True):
            return


def _activity(learner: Learner, term: int, terms: int) -> float:
    """Return how likely a learner is to come to anything in a term."""
    gap = _GAP_AT_FIRST + (_GAP_AT_LAST - _GAP_AT_FIRST) * term / max(1, terms - 1)
    return _COMES * (1 - gap * (10 - learner.home.decile) / 9)


def _times_in_a_term(chance: Random) -> int:
    return 1 + min(7, int(chance.expovariate(1 / 2.2)))


def _can_book(learner: Learner, sitting: Sitting) -> bool:
    return (
        sitting.remaining > 0
        and sitting.day not in learner.busy
        and learner.is_of_age(sitting.offer.ages)
    )


def _wanted(sitting: Sitting, register: Register) -> int:
    """Return how many places of a coming session should be taken: fewer the further off it is."""
    lot = register.chance.random()
    if lot < 0.08:
        return sitting.maximum
    if lot < 0.24:
        return max(1, sitting.maximum - register.chance.randint(1, 4))
    days = max(0, (sitting.starts_at - register.now).days)
    return round(sitting.maximum * register.chance.uniform(0.05, 0.5) * (1 - days / 55))


def _who_might(
    chance: Random, sitting: Sitting, learners: Sequence[Learner], how_many: int
) -> Iterator[Learner]:
    """Yield learners of the right age who live near, some of them at most."""
    asked = chance.sample(learners, min(len(learners), 8 * how_many))
    free = [one for one in asked if one.ahead < _MOST_AHEAD and one.is_of_age(sitting.offer.ages)]
    yield from sorted(free, key=lambda learner: distance_km(learner, sitting.offer))[:how_many]


def distance_km(learner: Learner, offer: Offer) -> float:
    """Return the distance from home to the place: flat-earth, good enough within a city."""
    (lon, lat), (other_lon, other_lat) = learner.home.point, offer.venue.point
    east = (lon - other_lon) * 111.3 * math.cos(math.radians(lat))
    return math.hypot(east, (lat - other_lat) * 111.3)


def _booking_row(mark: Mark, chance: Random) -> dict:
    is_cancelled = mark.cancelled_at is not None
    return {
        "id": mark.id,
        "uuid": uuid4(),
        "learner_id": mark.learner.id,
        "scheduled_session_id": mark.sitting.id,
        "status": BookingStatus.CANCELLED if is_cancelled else BookingStatus.CONFIRMED,
        "access_needs": chance.choice(_ACCESS_NEEDS) if chance.random() < 0.03 else "",
        "booked_at": mark.booked_at,
        "cancelled_at": mark.cancelled_at,
    }


def _attendance_row(mark: Mark) -> dict:
    return {
        "booking_id": mark.id,
        "uuid": uuid4(),
        "confirmed_by_id": mark.sitting.offer.hosting.member_ids[mark.id % 2],
        "confirmed_at": mark.confirmed_at,
        "minutes": mark.sitting.offer.idea.minutes,
        "home_lsoa_code": mark.learner.home.lsoa_code,
    }


def _credential_rows(db: Session, came: Sequence[Mark]) -> Iterator[dict]:
    earned: dict[tuple[int, int], Mark] = {}
    for mark in came:
        if mark.sitting.offer.achievement_id is not None:
            earned.setdefault((mark.sitting.offer.achievement_id, mark.learner.id), mark)
    taken: set[tuple[int, int]] = set()
    ids = new_ids(db, AchievementCredential, len(earned))
    for id, ((achievement_id, learner_id), mark) in zip(ids, earned.items(), strict=True):
        offer = mark.sitting.offer
        yield {
            "id": id,
            "uuid": uuid4(),
            "achievement_id": achievement_id,
            "issuer_id": offer.hosting.id,
            "recipient_id": learner_id,
            "grounds": [ATTENDANCE],
            "evidence": f"Came to {offer.idea.title}, says {offer.hosting.name}.",
            "activity_started_at": mark.sitting.starts_at,
            "activity_ended_at": mark.sitting.ends_at,
            "awarded_at": mark.confirmed_at,
            "status_index": _place_in_list(offer.hosting.id, taken),
            "is_public": False,
        }


def _place_in_list(issuer_id: int, taken: set[tuple[int, int]]) -> int:
    while (place := (issuer_id, secrets.randbelow(STATUS_LIST_LENGTH))) in taken:
        continue
    taken.add(place)
    return place[1]
