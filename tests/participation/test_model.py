"""Whatever is done with places, in whatever order: the product agrees with a plain model of them.

Chance is Python's own, on one connection with savepoints: Hypothesis' state machine took several
times as long. A number always makes the same run; one that fails is told step by step. `MODEL_RUNS`
says how many are played, each of fifty steps, and `MODEL_RUNS_FROM` the number of the first:

    MODEL_RUNS=1000 script/test tests/participation/test_model.py
"""

import os
from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import create_engine, delete, text
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import current_db
from app.errors import Refusal
from listings import service as listings
from opportunities.models import Opportunity, ScheduledSession
from participation.asking import accept, decline
from participation.attendance import confirm_attendance, confirm_everyone, withdraw_attendance
from participation.models import Answer
from participation.once import once
from participation.service import (
    book,
    call_off,
    cancel_booking,
    give_everything_up,
    move_booking,
    settle_session,
    take_offer,
)
from participation.waiting import unsettled
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW
from tests.participation.places import Listing, Places, Sitting

RUNS = int(os.environ.get("MODEL_RUNS", "8"))
FIRST = int(os.environ.get("MODEL_RUNS_FROM", "0"))
STEPS = 50
PEOPLE = 5
#: What each listing is, and the sessions of each: which listing, in how many hours, places.
LISTINGS = (
    Listing(is_instant=True, has_list=True),
    Listing(is_instant=False, has_list=True),
    Listing(is_instant=True, has_list=False, closes=timedelta(hours=6)),
)
SITTINGS = ((0, 30, 1), (0, 80, 2), (1, 31, 1), (1, 150, 2), (2, 54, 2))
#: How often each comes, as it has to for much to happen.
ACTS = {
    "book": 22,
    "again": 3,
    "cancel": 8,
    "take": 9,
    "move": 5,
    "accept": 6,
    "decline": 4,
    "here": 8,
    "everyone": 2,
    "correct": 3,
    "to_the_edge": 5,
    "to_a_door": 2,
    "pass_time": 3,
    "tidy": 2,
    "pause": 1,
    "resume": 3,
    "withdraw": 0.3,
    "call_off": 0.4,
    "forget": 0.5,
}
#: What is never refused; in so many runs everything else comes about, and is refused too.
_NEVER_REFUSED = {"to_the_edge", "to_a_door", "pass_time", "tidy", "forget", "again", "resume"}
_ENOUGH = 100

_BOOKINGS = text(
    "SELECT uuid, status, held_until FROM booking WHERE learner_id = ANY(:learners) ORDER BY id"
)
_REMAINING = text(
    "SELECT remaining_capacity FROM scheduled_session WHERE id = ANY(:sessions) ORDER BY id"
)
_HERE = text(
    "SELECT b.uuid FROM attendance a JOIN booking b ON b.id = a.booking_id"
    " WHERE a.withdrawn_at IS NULL AND b.learner_id = ANY(:learners)"
)
_BADGES = text(
    "SELECT recipient_id FROM achievement_credential"
    " WHERE revoked_at IS NULL AND recipient_id = ANY(:learners)"
)
_OFFERS_TOLD = text("SELECT count(*) FROM notice WHERE kind = 'place_offered'")


class World:
    """The rows that every run begins with, by their keys."""

    def __init__(self) -> None:
        provider, home = factories.provider(), factories.area()
        self.keeper = factories.member(of=provider).id
        badge = factories.achievement(issuer=provider)
        offers = [
            factories.opportunity(
                provider=provider,
                achievement=badge,
                is_instant=each.is_instant,
                has_waiting_list=each.has_list,
                booking_closes_hours=each.closes // timedelta(hours=1) or None,
            )
            for each in LISTINGS
        ]
        sessions = [
            factories.scheduled_session(
                opportunity=offers[of], places=places, starts_at=NOW + timedelta(hours=hours)
            )
            for of, hours, places in SITTINGS
        ]
        self.learners = [factories.learner(home=home).id for _ in range(PEOPLE)]
        self.offers = [each.id for each in offers]
        self.sessions = [each.id for each in sessions]


class Run:
    """One sequence: each step is tried on the product and on the model, and both are compared."""

    def __init__(self, db: Session, world: World, number: int) -> None:
        self.db, self.world, self.chance = db, world, Random(number)
        self.model = Places(
            now=NOW,
            listings=[Listing(each.is_instant, each.has_list, each.closes) for each in LISTINGS],
            sittings=[
                Sitting(of, NOW + timedelta(hours=hours), places) for of, hours, places in SITTINGS
            ],
            people=PEOPLE,
        )
        #: The booking of each entry of the model.
        self.uuids: list[UUID] = []
        self.told: list[str] = []
        self.happened: Counter[tuple[str, str]] = Counter()
        #: What was asked with a key, when, and the entry that was the answer.
        self.keys: list[tuple] = []

    def play(self) -> None:
        for name in self.chance.choices(list(ACTS), list(ACTS.values()), k=STEPS):
            self.step = name
            getattr(self, name)()
            self.compare()

    # --- Steps ---

    def book(self) -> None:
        who, where = self.draw(PEOPLE), self.draw(len(SITTINGS))
        if who in self.model.gone:
            return
        may_wait, key = self.chance.random() < 0.7, UUID(int=self.chance.getrandbits(128))
        self.by_key(who, where, may_wait, key)

    def again(self) -> None:
        """The same form comes in again: whatever happened since, it gets the same and does nothing."""
        if not self.keys:
            return
        who, where, may_wait, key, asked_at, entry = self.chance.choice(self.keys)
        if who in self.model.gone or self.model.now >= asked_at + timedelta(days=2):
            return
        answered = self.once(who, where, may_wait, key)
        said = answered.booking and answered.booking.uuid
        assert said == (None if entry is False else self.uuids[entry]), self.story()
        self.note("again", "done")

    def by_key(self, who: int, where: int, may_wait: bool, key: UUID) -> None:
        entry = self.model.tried(lambda: self.model.book(who, where, may_wait))
        answered = self.once(who, where, may_wait, key)
        self.keys.append((who, where, may_wait, key, self.model.now, entry))
        self.note(
            f"{who} books {where}, may wait: {may_wait}", "refused" if entry is False else "done"
        )
        assert (answered.booking is None) == (entry is False), self.story(answered.refusal)
        if answered.booking is not None:
            self.uuids.append(answered.booking.uuid)

    def once(self, who: int, where: int, may_wait: bool, key: UUID):
        learner = self.user(self.world.learners[who])
        uuid = self.session(where).uuid
        with self.db.begin_nested():
            return once(
                self.db,
                by=learner,
                key=key,
                asked=("book", uuid, may_wait),
                act=lambda: book(
                    self.db,
                    learner=learner,
                    scheduled_session_uuid=uuid,
                    now=self.model.now,
                    may_wait=may_wait,
                ),
                now=self.model.now,
            )

    def cancel(self) -> None:
        self.on_booking(self.model.cancel, cancel_booking)

    def take(self) -> None:
        self.on_booking(self.model.take, take_offer, self.having("offered"))

    def move(self) -> None:
        key = self.any_booking(self.having("confirmed", "asked"))
        if key is None:
            return
        to = self.draw(len(SITTINGS))
        if self.chance.random() < 0.8:
            same = self.model.sittings[self.model.entries[key].where].listing
            to = self.chance.choice([n for n, each in enumerate(SITTINGS) if each[0] == same])
        moved = self.tried(
            f"move {key} to {to}",
            lambda: self.model.move(key, to),
            lambda: move_booking(
                self.db,
                booking_uuid=self.uuids[key],
                learner=self.learner_of(key),
                to_session_uuid=self.session(to).uuid,
                now=self.model.now,
            ),
        )
        if moved is not None:
            self.uuids.append(moved.uuid)

    def accept(self) -> None:
        self.answer("yes", accept)

    def decline(self) -> None:
        self.answer("no", decline, answer=Answer.FULL)

    def answer(self, says: str, act, **more) -> None:
        key = self.any_booking(self.having("asked"))
        if key is not None:
            self.tried(
                f"{says} to {key}",
                lambda: self.model.answer(key, says),
                lambda: act(
                    self.db,
                    booking_uuid=self.uuids[key],
                    by=self.keeper(),
                    now=self.model.now,
                    **more,
                ),
            )

    def here(self) -> None:
        self.at_door(self.model.confirm, confirm_attendance, "confirmed_by")

    def correct(self) -> None:
        self.at_door(self.model.correct, withdraw_attendance, "withdrawn_by")

    def at_door(self, rule, act, by: str) -> None:
        key = self.any_booking(self.having("confirmed"))
        if key is not None:
            self.tried(
                f"{self.step} {key}",
                lambda: rule(key),
                lambda: act(
                    self.db,
                    booking_uuid=self.uuids[key],
                    now=self.model.now,
                    **{by: self.keeper()},
                ),
            )

    def everyone(self) -> None:
        where = self.draw(len(SITTINGS))

        def rule() -> bool:
            if not self.model.is_door_open(where):
                return False
            all_of_it = enumerate(self.model.entries)
            self.model.here |= {
                key for key, each in all_of_it if (each.where, each.state) == (where, "confirmed")
            }
            return True

        self.tried(
            f"everyone at {where}",
            rule,
            lambda: confirm_everyone(
                self.db,
                session=self.session(where),
                confirmed_by=self.keeper(),
                now=self.model.now,
            ),
        )

    def to_the_edge(self) -> None:
        """To the instant at which something runs out, or just before it."""
        ends = sorted({each.until for each in self.model.entries if each.until})
        ends = [each for each in ends if each > self.model.now]
        if ends:
            just_before = timedelta(microseconds=self.chance.randrange(2))
            self.model.now = max(self.model.now, ends[0] - just_before)
            self.note(f"it is {self.model.now}", "done")

    def to_a_door(self) -> None:
        opens = [each.starts_at - timedelta(minutes=50) for each in self.model.sittings]
        coming = [each for each in opens if each > self.model.now]
        if coming:
            self.model.now = coming[0]
            self.note(f"it is {self.model.now}", "done")

    def pass_time(self) -> None:
        self.model.now += timedelta(hours=self.chance.choice([0.3, 2, 9]))
        self.note(f"it is {self.model.now}", "done")

    def tidy(self) -> None:
        """What the command does: what it finds settled needs nothing more."""
        for session_id in unsettled(self.db, now=self.model.now):
            settle_session(self.db, session_id, now=self.model.now)
        for where, sitting in enumerate(self.model.sittings):
            if not sitting.is_off:
                self.model.settle(where)
        self.note("tidy", "done")

    def pause(self) -> None:
        self.on_listing("published", "paused", listings.pause, "paused_by")

    def resume(self) -> None:
        self.on_listing("paused", "published", listings.resume, "resumed_by", now=self.model.now)

    def withdraw(self) -> None:
        self.on_listing(None, "withdrawn", listings.withdraw, "withdrawn_by")

    def on_listing(self, was: str | None, to: str, act, by: str, **more) -> None:
        key = self.draw(len(LISTINGS))

        def rule() -> bool:
            listing = self.model.listings[key]
            if listing.status != was and (was or listing.status == to):
                return False
            listing.status = to
            return True

        offer = self.db.get_one(Opportunity, self.world.offers[key])
        who = {by: self.keeper()}
        self.tried(
            f"{self.step} {key}", rule, lambda: act(self.db, opportunity=offer, **who, **more)
        )

    def call_off(self) -> None:
        where = self.draw(len(SITTINGS))
        self.tried(
            f"call off {where}",
            lambda: self.model.call_off(where),
            lambda: call_off(
                self.db,
                session_uuid=self.session(where).uuid,
                by=self.keeper(),
                now=self.model.now,
            ),
        )

    def forget(self) -> None:
        who = self.draw(PEOPLE)
        if who in self.model.gone:
            return
        learner = self.user(self.world.learners[who])

        def act() -> None:
            give_everything_up(self.db, learner, now=self.model.now)
            self.db.execute(delete(User).where(User.id == learner.id))

        self.tried(f"forget {who}", lambda: self.model.forget(who), act)

    # --- What has to be so ---

    def compare(self) -> None:
        learners, sessions = self.world.learners, self.world.sessions
        said = [tuple(row) for row in self.db.execute(_BOOKINGS, {"learners": learners})]
        expected = [
            (self.uuids[key], each.state, each.until)
            for key, each in enumerate(self.model.entries)
            if each.who not in self.model.gone
        ]
        assert said == expected, self.story(said, expected)
        free = list(self.db.scalars(_REMAINING, {"sessions": sessions}))
        assert free == [self.model.remaining(each) for each in range(len(SITTINGS))], self.story()
        here = set(self.db.scalars(_HERE, {"learners": learners}))
        assert here == {self.uuids[key] for key in self.model.here}, self.story()
        badges = sorted(self.db.scalars(_BADGES, {"learners": learners}))
        came = {learners[self.model.entries[key].who] for key in self.model.here}
        assert badges == sorted(came), self.story()
        for where in range(len(SITTINGS)):
            assert self.model.remaining(where) >= 0, self.story()

    # --- Helpers ---

    def on_booking(self, rule, act, keys: list[int] | None = None) -> None:
        key = self.any_booking(keys or [])
        if key is not None:
            self.tried(
                f"{self.step} {key}",
                lambda: rule(key),
                lambda: act(
                    self.db,
                    booking_uuid=self.uuids[key],
                    learner=self.learner_of(key),
                    now=self.model.now,
                ),
            )

    def tried(self, what: str, rule, act):
        """Do it, or see it refused and nothing kept, as the model says; return what was done."""
        result = self.model.tried(rule)
        self.note(what, "refused" if result is False else "done")
        self.db.expire_all()
        done, refusal = None, None
        try:
            with self.db.begin_nested():
                done = act()
                self.db.flush()
        except Refusal as said:
            refusal = said
        assert (refusal is not None) == (result is False), self.story(refusal)
        return done

    def having(self, *states: str) -> list[int]:
        return [key for key, each in enumerate(self.model.entries) if each.state in states]

    def any_booking(self, first: list[int]) -> int | None:
        """One of `first` mostly, else any there is."""
        known = [n for n, each in enumerate(self.model.entries) if each.who not in self.model.gone]
        likely = [key for key in first if key in known]
        if likely and self.chance.random() < 0.85:
            return self.chance.choice(likely)
        return self.chance.choice(known) if known else None

    def draw(self, below: int) -> int:
        return self.chance.randrange(below)

    def user(self, key: int) -> User:
        return self.db.get_one(User, key)

    def keeper(self) -> User:
        return self.user(self.world.keeper)

    def learner_of(self, key: int) -> User:
        return self.user(self.world.learners[self.model.entries[key].who])

    def session(self, where: int) -> ScheduledSession:
        return self.db.get_one(ScheduledSession, self.world.sessions[where])

    def note(self, what: str, came: str) -> None:
        self.told.append(f"{what}: {came}")
        self.happened[self.step, came] += 1

    def story(self, *more) -> str:
        return "\n".join([*map(str, more), f"at {self.model.now}", *self.told])


@pytest.fixture(scope="module")
def stage(app):
    """A database of its own in which a world stands."""
    with fresh_database() as url:
        engine = create_engine(url)
        with engine.connect() as connection, app.test_request_context():
            current_db.remove()
            current_db.configure(bind=connection, join_transaction_mode="create_savepoint")
            world = World()
            current_db.commit()
            current_db.remove()
            connection.commit()
            yield connection, world
        engine.dispose()


@pytest.mark.slow
def test_taking_part_agrees_with_the_model(stage):
    connection, world = stage
    happened: Counter[tuple[str, str]] = Counter()
    for number in range(FIRST, FIRST + RUNS):
        all_of_it = connection.begin()
        try:
            with Session(bind=connection, join_transaction_mode="create_savepoint") as db:
                run = Run(db, world, number)
                run.play()
                happened += run.happened
        except Exception as error:
            raise AssertionError(f"Run {number}") from error
        finally:
            all_of_it.rollback()
        if number % 100 == 99:
            print(f"{number + 1 - FIRST} of {RUNS}", flush=True)
    print(*sorted((*what, often) for what, often in happened.items()), sep="\n")
    if RUNS >= _ENOUGH:
        assert happened.keys() >= {(act, "done") for act in ACTS}
        assert happened.keys() >= {(act, "refused") for act in ACTS if act not in _NEVER_REFUSED}
