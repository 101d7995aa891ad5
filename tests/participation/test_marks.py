"""What phones say late, twice and in any order: what stands of it."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from badges.queries import badges_of
from participation.attendance import (
    confirm_attendance,
    confirm_everyone,
    record_absence,
    take_taps,
    withdraw_attendance,
)
from participation.marks import Tap
from participation.models import Absence, Attendance, AttendanceMark, Method, Said
from participation.queries import register_of
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=1)
MINUTE = timedelta(minutes=1)
HERE, AWAY, NOTHING = Said


@pytest.fixture
def scheduled(db):
    provider = factories.provider()
    offer = factories.opportunity(
        provider=provider, achievement=factories.achievement(issuer=provider)
    )
    return factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=20)


@pytest.fixture
def booking(scheduled):
    factories.booking(on=scheduled)  # noise: nobody says anything of this one
    return factories.booking(on=scheduled)


class Phone:
    """A phone at the door, with a clock that may be wrong."""

    def __init__(self, db, scheduled, keeper=None, clock_off=timedelta()):
        self.db, self.device, self.clock_off = db, uuid4(), clock_off
        self.keeper = keeper or factories.member(of=scheduled.opportunity.provider)

    def tap(self, booking, said, *, at):
        """Tap `at` so many minutes after the start."""
        moment = STARTS_AT + at * MINUTE + self.clock_off
        return Tap(uuid4(), booking.uuid, said, Method.TAP, moment)

    def send(self, *taps, at):
        now = STARTS_AT + at * MINUTE
        return take_taps(
            self.db,
            taps=taps,
            keeper=self.keeper,
            device_uuid=self.device,
            sent_at=now + self.clock_off,
            now=now,
        )


def stands(db, scheduled, booking):
    register = register_of(
        db, factories.member(of=scheduled.opportunity.provider), scheduled.uuid, now=STARTS_AT
    )
    (row,) = [row for row in register.rows if row.booking_uuid == booking.uuid]
    said = HERE if row.is_here else AWAY if row.is_away else NOTHING
    assert bool(badges_of(db, booking.learner)) is row.is_here
    return said, row.is_doubted


def marks(db) -> int:
    return db.scalar(select(func.count()).select_from(AttendanceMark))


def test_taps_sent_twice_count_once(db, scheduled, booking):
    phone = Phone(db, scheduled)
    taps = [phone.tap(booking, said, at=at) for at, said in enumerate((HERE, NOTHING, HERE))]

    first = phone.send(*taps[:2], at=5)
    again = phone.send(*taps, at=6)

    assert (len(first.saved), len(again.saved), marks(db)) == (2, 3, 3)
    assert stands(db, scheduled, booking) == (HERE, False)
    assert db.scalar(select(func.count()).select_from(Attendance)) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_one_phone_the_last_tap_by_its_own_clock_stands_in_whatever_order_they_come(
    db, scheduled, booking, order
):
    phone = Phone(db, scheduled)
    taps = [phone.tap(booking, said, at=at) for at, said in enumerate((HERE, NOTHING, AWAY))]

    for which in order:
        phone.send(taps[which], at=30)

    assert stands(db, scheduled, booking) == (AWAY, False)


@pytest.mark.parametrize("clock_off", [timedelta(days=-400), timedelta(), timedelta(days=400)])
def test_a_phone_whose_clock_is_wrong_is_put_right(db, scheduled, booking, clock_off):
    wrong, right = Phone(db, scheduled, clock_off=clock_off), Phone(db, scheduled)
    wrong.send(wrong.tap(booking, HERE, at=1), at=20)
    right.send(right.tap(booking, AWAY, at=30), at=30)

    assert stands(db, scheduled, booking) == (AWAY, False)
    assert db.get(Absence, booking.id).recorded_at == STARTS_AT + 30 * MINUTE
    said_at = db.scalars(select(AttendanceMark.said_at).order_by(AttendanceMark.id)).all()
    assert said_at == [STARTS_AT + MINUTE, STARTS_AT + 30 * MINUTE]


def test_two_phones_that_did_not_know_of_each_other_differ_and_both_are_kept(
    db, scheduled, booking
):
    one, two = Phone(db, scheduled), Phone(db, scheduled)
    two.send(two.tap(booking, AWAY, at=5), at=5)
    one.send(one.tap(booking, HERE, at=3), at=40)

    assert stands(db, scheduled, booking) == (AWAY, True)
    assert marks(db) == 2

    one.send(one.tap(booking, HERE, at=50), at=50)
    assert stands(db, scheduled, booking) == (HERE, False)


def test_whoever_saw_what_another_said_and_undoes_it_puts_it_right(db, scheduled, booking):
    one, two = Phone(db, scheduled), Phone(db, scheduled)
    one.send(one.tap(booking, HERE, at=3), at=3)
    two.send(two.tap(booking, NOTHING, at=4), at=9)

    assert stands(db, scheduled, booking) == (NOTHING, False)


def test_a_slip_undone_on_one_phone_takes_nothing_back_that_another_said_unknown_to_it(
    db, scheduled, booking
):
    one, two = Phone(db, scheduled), Phone(db, scheduled)
    two.send(two.tap(booking, HERE, at=5), two.tap(booking, NOTHING, at=6), at=7)
    one.send(one.tap(booking, HERE, at=3), at=40)

    assert stands(db, scheduled, booking) == (HERE, False)


def test_the_same_person_on_two_phones_is_two_recorders(db, scheduled, booking):
    keeper = factories.member(of=scheduled.opportunity.provider)
    one, two = Phone(db, scheduled, keeper), Phone(db, scheduled, keeper)
    two.send(two.tap(booking, HERE, at=5), at=5)
    one.send(one.tap(booking, AWAY, at=6), at=7)
    one.send(one.tap(booking, AWAY, at=4), at=8)

    assert stands(db, scheduled, booking) == (AWAY, False)


def test_one_tap_that_cannot_be_taken_stops_no_other(db, scheduled, booking):
    phone = Phone(db, scheduled)
    elsewhere = factories.booking(on=factories.scheduled_session(starts_at=STARTS_AT))
    nobody = Tap(uuid4(), uuid4(), HERE, Method.TAP, STARTS_AT)
    taps = [phone.tap(elsewhere, HERE, at=1), nobody, phone.tap(booking, HERE, at=1)]

    taken = phone.send(*taps, at=2)

    assert taken.saved == [taps[2].uuid]
    assert taken.refused == {
        taps[0].uuid: "We cannot find that session.",
        nobody.uuid: "We cannot find that booking.",
    }
    assert taken.is_stranger
    assert (marks(db), stands(db, scheduled, booking)) == (1, (HERE, False))


def test_after_14_days_no_tap_is_taken(db, scheduled, booking):
    phone = Phone(db, scheduled)
    tap = phone.tap(booking, HERE, at=1)
    taken = phone.send(tap, at=60 * 24 * 15)

    assert (taken.saved, taken.is_stranger) == ([], False)
    assert taken.refused == {tap.uuid: "The register is closed. It stays open for 14 days."}
    assert marks(db) == 0


def test_absence_is_said_by_a_person_and_taken_back_like_anything_else(db, scheduled, booking):
    keeper = factories.member(of=scheduled.opportunity.provider)
    asked = {"booking_uuid": booking.uuid, "now": STARTS_AT}
    confirm_attendance(db, confirmed_by=keeper, **asked)

    record_absence(db, recorded_by=keeper, **asked)
    record_absence(db, recorded_by=keeper, **asked)
    assert stands(db, scheduled, booking) == (AWAY, False)
    assert db.get(Absence, booking.id).recorded_by_id == keeper.id

    withdraw_attendance(db, withdrawn_by=keeper, **asked)
    assert stands(db, scheduled, booking) == (NOTHING, False)
    confirm_attendance(db, confirmed_by=keeper, **asked)
    assert stands(db, scheduled, booking) == (HERE, False)
    assert db.scalar(select(func.count()).select_from(Absence)) == 0


def test_attendance_says_how_it_was_known(db, scheduled, booking):
    keeper = factories.member(of=scheduled.opportunity.provider)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=STARTS_AT)
    confirm_everyone(db, session=scheduled, confirmed_by=keeper, now=STARTS_AT)

    how = dict(
        db.execute(select(Attendance.method, func.count()).group_by(Attendance.method)).all()
    )
    assert how == {Method.TAP: 1, Method.EVERYONE: 1}
    assert marks(db) == 2


@pytest.mark.parametrize(
    "act", ["UPDATE attendance_mark SET said = 'away'", "DELETE FROM attendance_mark"]
)
def test_what_was_said_is_never_changed(db, scheduled, booking, act):
    phone = Phone(db, scheduled)
    phone.send(phone.tap(booking, HERE, at=1), at=1)

    with pytest.raises(IntegrityError, match="never changed"), db.begin_nested():
        db.connection().exec_driver_sql(act)


def test_what_was_said_goes_with_the_learner(db, scheduled, booking):
    phone = Phone(db, scheduled)
    phone.send(phone.tap(booking, HERE, at=1), at=1)

    db.delete(booking.learner)
    db.flush()

    assert marks(db) == 0
