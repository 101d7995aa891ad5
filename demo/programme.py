"""What is on: the opportunities of the demo, and their sessions past and to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from uuid import uuid4

from sqlalchemy.orm import Session

from app.clock import LONDON
from app.terms import Period
from demo.catalogue import Idea, ideas
from demo.hosting import Hosting, Venue, address, define_badges
from demo.rows import copy, new_ids
from demo.weeks import coming_days, days_of_clubs, instant
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession, Welcome

#: Weekdays and times of day that an idea's `when` leaves open. Monday is 0.
_DAYS = {"evening": (0, 1, 2, 3, 4), "saturday": (5,), "sunday": (6,), "day": (1, 2, 3)}
_TIMES = {
    "evening": (time(16), time(16, 30), time(17), time(17, 30), time(18)),
    "saturday": (time(10), time(10, 30), time(11), time(13), time(14)),
    "sunday": (time(10), time(10, 30), time(13), time(13, 30)),
    "day": (time(9), time(9, 30), time(10)),
}
#: How many weeks lie between two sessions, and how often that is so.
_RHYTHMS, _HOW_OFTEN = (1, 2, 3, 6), (48, 28, 14, 10)
#: How many sessions of an opportunity the history remembers from one term.
_REMEMBERED, _REMEMBERED_OFTEN = (1, 2, 3), (3, 4, 2)
#: The share of opportunities that come without a badge, and of those that began in an earlier term.
_NO_BADGE, _HAS_A_PAST = 0.06, 0.7
#: The share of things for many ages that say for which they are meant.
_SAYS_FOR_WHOM = 0.3
_WELCOMES = {
    Welcome.NEW_PEOPLE: 0.55,
    Welcome.QUIET_SPACE: 0.22,
    Welcome.SIGN_LANGUAGE: 0.06,
    Welcome.TRAVEL_PAID: 0.2,
    Welcome.FOOD: 0.3,
}


@dataclass
class Sitting:
    """A session, and who has a place on it."""

    offer: "Offer"
    starts_at: datetime
    maximum: int
    id: int = 0
    learner_ids: set[int] = field(default_factory=set)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.offer.idea.minutes)

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(LONDON).date()

    @property
    def remaining(self) -> int:
        return self.maximum - len(self.learner_ids)


@dataclass
class Offer:
    """An opportunity in the making."""

    hosting: Hosting
    idea: Idea
    venue: Venue
    ages: tuple[int, int]
    weekday: int
    starts: time
    #: Weeks from one session to the next.
    rhythm: int
    #: Which of the terms it began in; the number of terms when it is new.
    since: int
    has_badge: bool
    id: int = 0
    #: Sessions that were, by number of the term; and those to come.
    past: dict[int, list[Sitting]] = field(default_factory=dict)
    coming: list[Sitting] = field(default_factory=list)

    @property
    def achievement_id(self) -> int | None:
        return self.hosting.achievement_ids[self.idea.badge] if self.has_badge else None

    @property
    def sittings(self) -> Iterator[Sitting]:
        for remembered in self.past.values():
            yield from remembered
        yield from self.coming


def plan(
    hostings: Sequence[Hosting],
    *,
    opportunities: int,
    terms: Sequence[Period],
    chance: Random,
    now: datetime,
) -> list[Offer]:
    """Return that many opportunities, spread over the providers, each with a session to come."""
    today = now.astimezone(LONDON).date()
    active = [hosting for hosting in hostings if not hosting.host.awaits]
    choices = {hosting.id: _choices(hosting, chance) for hosting in active}
    # The provider whose people the demo signs in comes round more often than the others.
    turns = cycle([active[0], *active[: len(active) // 2], active[0], *active[len(active) // 2 :]])
    offers: list[Offer] = []
    while len(offers) < opportunities and any(choices.values()):
        hosting = next(turns)
        if choices[hosting.id]:
            offers.append(_offer(hosting, *choices[hosting.id].pop(0), len(terms), chance))
    for offer in offers:
        _fill_the_diary(offer, terms, chance, today, now)
    return offers


def write(db: Session, offers: Sequence[Offer], *, chance: Random, now: datetime) -> None:
    """Give the opportunities, their badges and their sessions keys and rows. Sessions have yet no one."""
    define_badges(db, ((o.hosting, o.idea) for o in offers if o.has_badge), chance=chance, now=now)
    for offer, id in zip(offers, new_ids(db, Opportunity, len(offers)), strict=True):
        offer.id = id
    copy(db, Opportunity, (_opportunity_row(offer, chance, now) for offer in offers))
    sittings = [sitting for offer in offers for sitting in offer.sittings]
    for sitting, id in zip(sittings, new_ids(db, ScheduledSession, len(sittings)), strict=True):
        sitting.id = id


def write_sessions(db: Session, offers: Sequence[Offer]) -> None:
    """Write the sessions, with the places that are left once everyone has booked."""
    copy(
        db,
        ScheduledSession,
        (
            {
                "id": sitting.id,
                "uuid": uuid4(),
                "opportunity_id": offer.id,
                "starts_at": sitting.starts_at,
                "ends_at": sitting.ends_at,
                "maximum_capacity": sitting.maximum,
                "remaining_capacity": sitting.remaining,
            }
            for offer in offers
            for sitting in offer.sittings
        ),
    )


def _choices(hosting: Hosting, chance: Random) -> list[tuple[Idea, Venue]]:
    """Return what a host would offer and where, what it is known for first, nothing twice at a place."""
    own = [idea for idea in ideas() if hosting.host.is_known_for(idea)]
    usual = [idea for idea in ideas() if hosting.host.would_offer(idea) and idea not in own]
    chance.shuffle(own)
    chance.shuffle(usual)
    once = [(idea, chance.choice(hosting.venues)) for idea in own + usual]
    again = [(idea, venue) for idea in own for venue in hosting.venues if (idea, venue) not in once]
    return once + again


def _offer(hosting: Hosting, idea: Idea, venue: Venue, terms: int, chance: Random) -> Offer:
    return Offer(
        hosting=hosting,
        idea=idea,
        venue=venue,
        ages=_narrowed(idea.ages, chance),
        weekday=chance.choice(_DAYS[idea.when]),
        starts=chance.choice(_TIMES[idea.when]),
        rhythm=chance.choices(_RHYTHMS, _HOW_OFTEN)[0],
        since=_beginning(terms, chance) if chance.random() < _HAS_A_PAST else terms,
        has_badge=chance.random() >= _NO_BADGE,
    )


def _beginning(terms: int, chance: Random) -> int:
    """Return the term something began in: often the first, so that the first is not empty."""
    return chance.choices(range(terms), [5, *[2] * (terms - 1)])[0]


def _narrowed(ages: tuple[int, int], chance: Random) -> tuple[int, int]:
    """Return the ages a group is for: often fewer than the idea could be for."""
    youngest, oldest = ages
    narrower = [(youngest, 15), (16, oldest), (13, oldest), (youngest, 18)]
    fitting = [(a, b) for a, b in narrower if youngest <= a and b <= oldest and b - a >= 3]
    return chance.choice(fitting) if fitting and chance.random() < 0.4 else ages


def _meant_for(offer: Offer) -> tuple[int, int] | None:
    """Return the ages that some groups are meant for, where many more may come."""
    youngest, oldest = offer.ages
    # A chance of its own: it moves nothing else of the demo.
    is_said = Random(f"{offer.idea.title}:{youngest}-{oldest}").random() < _SAYS_FOR_WHOM
    return (youngest, youngest + 3) if is_said and oldest - youngest >= 6 else None


def _fill_the_diary(
    offer: Offer, terms: Sequence[Period], chance: Random, today: date, now: datetime
) -> None:
    places = max(2, round(offer.idea.places * chance.uniform(0.8, 1.25)))
    for number, term in enumerate(terms):
        if number >= offer.since:
            days = days_of_clubs(term, offer.weekday, today)
            remembered = min(len(days), chance.choices(_REMEMBERED, _REMEMBERED_OFTEN)[0])
            offer.past[number] = [
                Sitting(offer, instant(day, offer.starts), places)
                for day in sorted(chance.sample(days, remembered))
            ]
    days = coming_days(today, offer.weekday)
    first = chance.randrange(min(offer.rhythm, len(days) - 1))
    sittings = [
        Sitting(offer, instant(day, offer.starts), places) for day in days[first :: offer.rhythm]
    ]
    # What began earlier today still happened; it only must not be all there is.
    if all(sitting.starts_at <= now for sitting in sittings):
        sittings = [Sitting(offer, instant(days[-1], offer.starts), places)]
    offer.coming = sittings


def _opportunity_row(offer: Offer, chance: Random, now: datetime) -> dict:
    idea = offer.idea
    first = min(sitting.starts_at for sitting in offer.sittings)
    posted_at = min(
        first - timedelta(days=chance.randint(9, 30)), now - timedelta(days=chance.randint(2, 20))
    )
    checked_at = max(
        posted_at, now - timedelta(days=chance.choice((0, 1, 2, 4, 6, 9, 12, 15, 19, 26)))
    )
    suits = _meant_for(offer)
    return {
        "id": offer.id,
        "uuid": uuid4(),
        "slug": address(idea.title, chance),
        "provider_id": offer.hosting.id,
        "place_id": offer.venue.id,
        "achievement_id": offer.achievement_id,
        "title": idea.title,
        "description": idea.description,
        "kind": idea.kind,
        "category": idea.category,
        "min_age": offer.ages[0],
        "max_age": offer.ages[1],
        "suits_min_age": suits[0] if suits else None,
        "suits_max_age": suits[1] if suits else None,
        "mode": idea.mode,
        "cost_pence": idea.cost,
        "welcome": [tag for tag, share in _WELCOMES.items() if chance.random() < share],
        "status": OpportunityStatus.PUBLISHED,
        "created_at": posted_at,
        "published_at": posted_at,
        "checked_at": checked_at,
    }
