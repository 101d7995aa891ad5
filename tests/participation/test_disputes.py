"""A learner says that the register is wrong: who sees it, and what becomes of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AgeBand
from app import clock
from app.errors import Conflict, NotFound
from participation.attendance import confirm_attendance, confirm_everyone, withdraw_attendance
from participation.disputes import say_otherwise
from participation.models import AttendanceMark, Said
from participation.patterns import Pattern, odd_registers
from participation.queries import own_word, register_of
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=1)
AFTER = STARTS_AT + timedelta(hours=3)


@pytest.fixture
def city():
    return factories.city()


@pytest.fixture
def scheduled(city):
    provider = factories.provider(in_city=city)
    return factories.scheduled_session(
        opportunity=factories.opportunity(provider=provider), starts_at=STARTS_AT, places=20
    )


@pytest.fixture
def keeper(scheduled):
    return factories.member(of=scheduled.opportunity.provider)


@pytest.fixture
def booking(scheduled):
    factories.booking(on=scheduled)
    return factories.booking(on=scheduled)


def say(db, booking, *, came, now=AFTER):
    say_otherwise(db, booking_uuid=booking.uuid, learner=booking.learner, came=came, now=now)


def says(db, keeper, scheduled) -> list[Said]:
    register = register_of(db, keeper, scheduled.uuid, now=AFTER)
    return [row.learner_says for row in register.rows if row.learner_says]


def shown(db, city, now=AFTER) -> list[list[Pattern]]:
    return [odd.patterns for odd in odd_registers(db, factories.officer(of=city), now=now)]


def test_i_was_there_changes_nothing_until_the_provider_says_so(db, scheduled, keeper, booking):
    say(db, booking, came=True)
    say(db, booking, came=True)

    assert says(db, keeper, scheduled) == [Said.HERE]
    assert own_word(db, booking.learner, booking.uuid) is Said.HERE
    assert register_of(db, keeper, scheduled.uuid, now=AFTER).here == []
    assert db.scalar(select(func.count()).select_from(AttendanceMark)) == 1

    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=AFTER)
    assert says(db, keeper, scheduled) == []
    assert own_word(db, booking.learner, booking.uuid) is None


def test_i_was_not_there_is_answered_by_either_tap(db, scheduled, keeper, booking):
    asked = {"booking_uuid": booking.uuid, "now": AFTER}
    confirm_attendance(db, confirmed_by=keeper, booking_uuid=booking.uuid, now=STARTS_AT)
    say(db, booking, came=False)
    assert says(db, keeper, scheduled) == [Said.AWAY]

    confirm_attendance(db, confirmed_by=keeper, **asked)  # the register is right
    assert says(db, keeper, scheduled) == []
    say(db, booking, came=False, now=AFTER + timedelta(hours=1))
    assert says(db, keeper, scheduled) == [Said.AWAY]
    withdraw_attendance(
        db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=AFTER + timedelta(hours=2)
    )
    assert says(db, keeper, scheduled) == []


def test_nobody_says_it_for_another_before_the_start_or_after_14_days(db, booking):
    with pytest.raises(NotFound):
        say_otherwise(
            db, booking_uuid=booking.uuid, learner=factories.learner(), came=True, now=AFTER
        )
    for now, why in ((NOW, "not started"), (AFTER + timedelta(days=15), "14 days")):
        with pytest.raises(Conflict, match=why):
            say(db, booking, came=True, now=now)
    assert db.scalar(select(func.count()).select_from(AttendanceMark)) == 0


def test_unanswered_for_3_days_or_said_again_it_comes_before_an_officer_of_that_city_alone(
    db, city, scheduled, keeper, booking
):
    say(db, booking, came=True)
    assert shown(db, city) == []
    assert shown(db, city, AFTER + timedelta(days=3)) == [[Pattern.UNANSWERED]]
    assert shown(db, factories.city(), AFTER + timedelta(days=3)) == []

    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=AFTER)
    say(db, booking, came=False, now=AFTER + timedelta(hours=1))
    assert shown(db, city, AFTER + timedelta(hours=2)) == [[Pattern.SAID_AGAIN]]


def test_two_who_were_not_there_and_everyone_at_once_a_day_late_are_shown(
    db, city, scheduled, keeper
):
    bookings = [factories.booking(on=scheduled) for _ in range(4)]
    late = scheduled.ends_at + timedelta(hours=25)
    confirm_everyone(db, session=scheduled, confirmed_by=keeper, now=late)
    assert shown(db, city, late) == [[Pattern.LATE_AT_ONCE]]

    for booking in bookings[:2]:
        say(db, booking, came=False, now=late + timedelta(hours=1))
    later = late + timedelta(hours=2)
    assert shown(db, city, later) == [[Pattern.NOT_THERE, Pattern.LATE_AT_ONCE]]


def test_whoever_always_has_everyone_at_once_is_shown_from_the_fifth_session_on(db, city):
    provider = factories.provider(in_city=city)
    keeper = factories.member(of=provider)
    for number in range(5):
        assert shown(db, city) == []
        of_day = factories.scheduled_session(
            opportunity=factories.opportunity(provider=provider),
            starts_at=STARTS_AT - timedelta(days=number),
            places=4,
        )
        for _ in range(4):
            factories.booking(on=of_day)
        confirm_everyone(db, session=of_day, confirmed_by=keeper, now=of_day.ends_at)

    assert shown(db, city) == [[Pattern.ALWAYS_EVERYONE]] * 5


@pytest.mark.parametrize(
    ("bands", "places", "is_shown"),
    [
        ((AgeBand.FROM_13_TO_15,), 20, True),
        ((AgeBand.FROM_16_TO_17,), 1, True),
        ((AgeBand.FROM_18_TO_24,), 1, False),
        ((AgeBand.FROM_13_TO_15, AgeBand.FROM_18_TO_24), 20, False),
    ],
)
def test_one_adult_with_one_young_person_is_shown_before_it_starts(
    db, city, bands, places, is_shown
):
    provider = factories.provider(in_city=city)
    alone = factories.scheduled_session(
        opportunity=factories.opportunity(provider=provider), starts_at=STARTS_AT, places=places
    )
    for band in bands:
        factories.booking(of=factories.learner(age_band=band), on=alone)

    assert shown(db, city, NOW) == ([[Pattern.ONE_TO_ONE]] if is_shown else [])
    register = register_of(db, factories.member(of=provider), alone.uuid, now=NOW)
    assert register.is_one_to_one is is_shown
    assert shown(db, city, alone.ends_at) == []


def test_the_pages_of_a_dispute(db, city, scheduled, keeper, booking, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    own = f"/me/bookings/{booking.uuid}"
    learner = sign_in(booking.learner)
    assert "I was there" in learner.get(own).text
    assert learner.post(f"{own}/say", data={"came": "yes"}).location == own
    assert "You said that you were there." in learner.get(own).text
    assert learner.post(f"{own}/say", data={"came": "perhaps"}).status_code == 422

    door = sign_in(keeper).get(f"/door/{scheduled.uuid}").text
    assert ("says:" in door, "I was there." in door) == (True, True)
    finish = sign_in(keeper).get(f"/door/{scheduled.uuid}/finish").text
    assert finish.count("Did not come") == 2

    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=AFTER)
    sign_in(booking.learner).post(f"{own}/say", data={"came": "no"})
    page = sign_in(factories.officer(of=city)).get("/authority/registers").text
    assert "says again that the register is wrong" in page
    assert booking.learner.name not in page
    other = sign_in(factories.officer()).get("/authority/registers").text
    assert "There is nothing to look at." in other
