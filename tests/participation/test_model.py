"""Booking, cancelling, confirming and undoing in any order agree with a plain model of them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.db import current_db
from app.errors import Conflict
from badges.queries import badges_of
from participation.attendance import confirm_attendance, confirm_everyone, withdraw_attendance
from participation.models import Attendance, Booking, BookingStatus
from participation.service import book, cancel_booking
from tests import factories
from tests.factories import NOW

PLACES = 2
#: Soon, so that the door is open while places are still booked and given back.
STARTS_AT = (NOW + timedelta(minutes=45), NOW + timedelta(minutes=75))
WHO = st.integers(0, 2)
WHERE = st.integers(0, 1)


class Model:
    """What should be so, in sets: (who, where) that hold a place, and that are said to be here."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.places: set[tuple[int, int]] = set()
        self.here: set[tuple[int, int]] = set()

    def has_started(self, where: int) -> bool:
        return STARTS_AT[where] <= self.now

    def is_door_open(self, where: int) -> bool:
        opens, closes = STARTS_AT[where] - timedelta(hours=1), timedelta(hours=2, days=14)
        return opens <= self.now <= STARTS_AT[where] + closes

    def at(self, where: int) -> set[tuple[int, int]]:
        return {place for place in self.places if place[1] == where}

    def may_book(self, who: int, where: int) -> bool:
        is_free = (who, where) not in self.places and len(self.at(where)) < PLACES
        return is_free and not self.has_started(where)

    def may_cancel(self, who: int, where: int) -> bool:
        return (who, where) not in self.here and not self.has_started(where)


class TakingPart(RuleBasedStateMachine):
    """Three learners, two sessions of two places that earn the same badge, and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        provider = factories.provider()
        self.keeper = factories.member(of=provider)
        offer = factories.opportunity(
            provider=provider, achievement=factories.achievement(issuer=provider)
        )
        home = factories.area()
        self.learners = [factories.learner(home=home) for _ in range(3)]
        self.sessions = [
            factories.scheduled_session(places=PLACES, opportunity=offer, starts_at=starts_at)
            for starts_at in STARTS_AT
        ]
        #: The latest booking of each (who, where), live or not.
        self.bookings: dict[tuple[int, int], Booking] = {}

    def teardown(self) -> None:
        current_db.rollback()

    @rule(hours=st.sampled_from([0.25, 0.25, 0.25, 0.5, 24 * 14]))
    def time_passes(self, hours) -> None:
        self.model.now += timedelta(hours=hours)

    @rule(who=WHO, where=WHERE)
    def books(self, who, where) -> None:
        def act():
            self.bookings[who, where] = book(
                current_db(),
                learner=self.learners[who],
                scheduled_session_uuid=self.sessions[where].uuid,
                now=self.model.now,
            )

        if tried(act, allowed=self.model.may_book(who, where)):
            self.model.places.add((who, where))

    @rule(who=WHO, where=WHERE)
    def cancels(self, who, where) -> None:
        if (who, where) not in self.bookings:
            return
        is_again = (who, where) not in self.model.places
        allowed = is_again or self.model.may_cancel(who, where)
        if tried(lambda: self._cancel(who, where), allowed=allowed):
            self.model.places.discard((who, where))

    @rule(who=WHO, where=WHERE)
    def is_here(self, who, where) -> None:
        if (who, where) not in self.bookings:
            return
        allowed = (who, where) in self.model.places and self.model.is_door_open(where)
        if tried(lambda: self._confirm(who, where), allowed=allowed):
            self.model.here.add((who, where))

    @rule(who=WHO, where=WHERE)
    def is_not_here_after_all(self, who, where) -> None:
        if (who, where) not in self.bookings:
            return
        allowed = self.model.is_door_open(where)
        if tried(lambda: self._withdraw(who, where), allowed=allowed):
            self.model.here.discard((who, where))

    @rule(where=WHERE)
    def everyone_is_here(self, where) -> None:
        def act():
            confirm_everyone(
                current_db(),
                session=self.sessions[where],
                confirmed_by=self.keeper,
                now=self.model.now,
            )

        if tried(act, allowed=self.model.is_door_open(where)):
            self.model.here |= self.model.at(where)

    @invariant()
    def places_add_up(self) -> None:
        for where, scheduled in enumerate(self.sessions):
            current_db.refresh(scheduled)
            assert scheduled.remaining_capacity == PLACES - len(self.model.at(where))
        assert self._known(Booking.status == BookingStatus.CONFIRMED) == self.model.places

    @invariant()
    def only_who_was_confirmed_came(self) -> None:
        came = select(Attendance.booking_id).where(Attendance.withdrawn_at.is_(None))
        assert self._known(Booking.id.in_(came)) == self.model.here

    @invariant()
    def a_badge_stands_while_an_attendance_does(self) -> None:
        earned = {who for who, _ in self.model.here}
        held = [badges_of(current_db(), learner) for learner in self.learners]
        assert [len(badges) for badges in held] == [int(who in earned) for who in range(3)]

    def _known(self, condition) -> set[tuple[int, int]]:
        """Return (who, where) of every booking that the database says this of."""
        learners = [learner.id for learner in self.learners]
        sessions = [scheduled.id for scheduled in self.sessions]
        rows = current_db.execute(
            select(Booking.learner_id, Booking.scheduled_session_id).where(
                condition, Booking.learner_id.in_(learners)
            )
        )
        return {(learners.index(learner), sessions.index(sitting)) for learner, sitting in rows}

    def _cancel(self, who, where) -> None:
        cancel_booking(
            current_db(),
            booking_uuid=self.bookings[who, where].uuid,
            learner=self.learners[who],
            now=self.model.now,
        )

    def _confirm(self, who, where) -> None:
        confirm_attendance(
            current_db(),
            booking_uuid=self.bookings[who, where].uuid,
            confirmed_by=self.keeper,
            now=self.model.now,
        )

    def _withdraw(self, who, where) -> None:
        withdraw_attendance(
            current_db(),
            booking_uuid=self.bookings[who, where].uuid,
            withdrawn_by=self.keeper,
            now=self.model.now,
        )


def tried(act, *, allowed: bool) -> bool:
    """Do it, or see it refused and nothing kept, as the model says; return whether it was done."""
    if not allowed:
        with pytest.raises(Conflict), current_db.begin_nested():
            act()
        return False
    with current_db.begin_nested():
        act()
    return True


@pytest.mark.slow
def test_taking_part_agrees_with_the_model(db):
    run_state_machine_as_test(
        TakingPart,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
