"""Who did not come, time after time: what counts, what does not, and what they can still do."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from accounts.models import Role
from app import clock
from app.errors import NotAllowed
from participation.attendance import (
    confirm_attendance,
    record_absence,
    take_taps,
    withdraw_attendance,
)
from participation.disputes import say_otherwise
from participation.marks import Tap
from participation.models import Booking, BookingStatus, Method, NoShowRule, Said
from participation.no_shows import HeldBack, drop_rule, held_back_until, rule_of_city, set_rule
from participation.service import book, cancel_booking, move_booking, take_offer
from tests import factories
from tests.factories import NOW

#: Of every rule here, unless a test says otherwise: twice within 30 days, then two places.
RULE = {"absences": 2, "within_days": 30, "most_to_come": 2}
TODAY = date(2026, 6, 1)


@pytest.fixture
def in_words(app):
    """Days are said in the language of a page."""
    with app.test_request_context():
        yield


@pytest.fixture
def city():
    return factories.city()


@pytest.fixture
def provider(city):
    return factories.provider(in_city=city)


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def learner():
    return factories.learner()


@pytest.fixture
def rule(db, city):
    return set_rule(db, officer=factories.officer(of=city), now=NOW, **RULE)


@pytest.fixture
def sitting(provider):
    def sitting(at, of=provider, **given):
        offer = given.pop("opportunity", None) or factories.opportunity(provider=of, **given)
        return factories.scheduled_session(opportunity=offer, starts_at=at)

    return sitting


@pytest.fixture
def not_come(db, sitting, keeper, learner):
    """Let the learner have had a place so many days ago, and somebody say that they did not come."""

    def not_come(days, of=None, by=None, **given):
        at = NOW - timedelta(days=days)
        booking = factories.booking(of=learner, on=sitting(at, **({"of": of} if of else {})))
        booking.booked_for = given.get("booked_for", at)
        record_absence(db, booking_uuid=booking.uuid, recorded_by=by or keeper, now=at)
        return booking

    return not_come


@pytest.fixture
def holds(sitting, learner):
    """Let the learner have so many places to come, none at the same time as another."""

    def holds(places, days=1, **given):
        return [
            factories.booking(of=learner, on=sitting(NOW + timedelta(days=days + each), **given))
            for each in range(places)
        ]

    return holds


def asks(db, learner, scheduled, now=NOW) -> Booking:
    return book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=now)


def ends(db, learner, rule, now=NOW) -> date | None:
    db.flush()
    return held_back_until(db, learner, rule, now)


def test_without_a_rule_nobody_is_held_back(db, city, learner, sitting, not_come, holds):
    for days in (2, 3, 4, 5):
        not_come(days)
    holds(3)

    assert rule_of_city(db, factories.officer(of=city)) is None
    assert asks(db, learner, sitting(NOW + timedelta(days=9))).status is BookingStatus.CONFIRMED


@pytest.mark.usefixtures("in_words")
def test_who_did_not_come_holds_so_many_places_and_is_told_kindly_what_they_can_do(
    db, learner, sitting, not_come, holds, rule
):
    not_come(2)
    not_come(9)
    held, wanted = holds(1), sitting(NOW + timedelta(days=9))

    assert asks(db, learner, wanted).status is BookingStatus.CONFIRMED
    with pytest.raises(HeldBack) as refused:
        asks(db, learner, sitting(NOW + timedelta(days=11)))
    assert str(refused.value) == (
        "For now you can have 2 places to come at a time. That is because places you had were not"
        " used, so others missed out. Go to one, or give one back, and you can book again. From"
        " Mon 22 Jun all is as before. Were you there? Say so on that booking, and it does not"
        " count."
    )

    cancel_booking(db, booking_uuid=held[0].uuid, learner=learner, now=NOW)
    assert asks(db, learner, sitting(NOW + timedelta(days=11))).status is BookingStatus.CONFIRMED


def test_another_learner_is_not_held_back(db, learner, sitting, not_come, holds, rule):
    not_come(2)
    not_come(9)
    other = factories.learner()

    assert ends(db, learner, rule) == TODAY + timedelta(days=21)
    assert ends(db, other, rule) is None


@pytest.mark.parametrize(
    ("days", "until"),
    [
        pytest.param((2,), None, id="once is no pattern"),
        pytest.param((2, 9), 21, id="the second last runs out first"),
        pytest.param((2, 9, 16), 21, id="a third before them changes nothing"),
        pytest.param((2, 29), 1, id="the last day of the window"),
        pytest.param((2, 30), None, id="the day after it"),
    ],
)
def test_it_is_over_on_the_day_that_is_said(db, learner, not_come, rule, days, until):
    for each in days:
        not_come(each)

    found = ends(db, learner, rule)
    assert found == (None if until is None else TODAY + timedelta(days=until))
    if found is not None:
        last = NOW + timedelta(days=until - 1)
        # Noon in UTC is one o'clock in London: eleven hours are left of the last day.
        just_before = last + timedelta(hours=10, minutes=59)
        assert ends(db, learner, rule, just_before) == found
        assert ends(db, learner, rule, just_before + timedelta(minutes=1)) is None


def test_what_the_learner_disputes_stops_counting_at_once_and_counts_when_answered(
    db, learner, keeper, not_come, rule
):
    not_come(9)
    booking = not_come(2)
    say_otherwise(db, booking_uuid=booking.uuid, learner=learner, came=True, now=NOW)
    assert ends(db, learner, rule) is None

    later = NOW + timedelta(minutes=1)
    record_absence(db, booking_uuid=booking.uuid, recorded_by=keeper, now=later)
    assert ends(db, learner, rule) == TODAY + timedelta(days=21)

    say_otherwise(db, booking_uuid=booking.uuid, learner=learner, came=True, now=later)
    assert ends(db, learner, rule) is None


@pytest.mark.parametrize("put_right", [confirm_attendance, withdraw_attendance])
def test_a_register_put_right_takes_effect_at_once(db, learner, keeper, not_come, rule, put_right):
    not_come(9)
    booking = not_come(2)
    by = {confirm_attendance: "confirmed_by", withdraw_attendance: "withdrawn_by"}[put_right]

    assert ends(db, learner, rule) is not None
    put_right(db, booking_uuid=booking.uuid, now=NOW, **{by: keeper})
    assert ends(db, learner, rule) is None


def test_where_two_at_the_door_differ_nobody_is_held_to_it(
    db, learner, provider, keeper, not_come, rule
):
    not_come(9)
    booking = not_come(2)
    other, at = factories.member(of=provider), booking.scheduled_session.starts_at
    device = "5e2f2d0e-7d6e-4d4e-9d9a-1d8f0a8f6f11"
    earlier = Tap(
        uuid=booking.uuid,
        booking_uuid=booking.uuid,
        said=Said.HERE,
        method=Method.TAP,
        at=at - timedelta(minutes=1),
    )
    assert ends(db, learner, rule) is not None
    take_taps(db, taps=[earlier], keeper=other, device_uuid=device, sent_at=NOW, now=NOW)

    assert ends(db, learner, rule) is None


def test_what_was_given_back_never_counts(db, learner, keeper, sitting, not_come, rule):
    not_come(9)
    booking = factories.booking(of=learner, on=sitting(NOW + timedelta(hours=1)))
    cancel_booking(db, booking_uuid=booking.uuid, learner=learner, now=NOW)

    assert ends(db, learner, rule, NOW + timedelta(days=1)) is None


def test_a_row_that_nobody_tapped_says_nothing(db, learner, sitting, not_come, rule):
    not_come(9)
    for days in (2, 3, 4):
        factories.booking(of=learner, on=sitting(NOW - timedelta(days=days)))

    assert ends(db, learner, rule) is None


def test_what_was_moved_or_called_off_never_counts(db, learner, not_come, rule):
    not_come(9)
    not_come(2, booked_for=NOW - timedelta(days=3))
    off = not_come(4)
    off.scheduled_session.cancelled_at = NOW

    assert ends(db, learner, rule) is None


@pytest.mark.usefixtures("in_words")
def test_a_city_looks_at_its_own_organisations_only(db, learner, sitting, not_come, holds, rule):
    elsewhere = factories.provider(in_city=factories.city())
    keeper = factories.member(of=elsewhere)
    not_come(9)
    not_come(2, of=elsewhere, by=keeper)
    assert ends(db, learner, rule) is None

    not_come(3)
    holds(1)
    holds(5, days=10, of=elsewhere)
    # What they have elsewhere does not count here, and nothing holds them back there.
    assert asks(db, learner, sitting(NOW + timedelta(days=5))).status is BookingStatus.CONFIRMED
    with pytest.raises(HeldBack):
        asks(db, learner, sitting(NOW + timedelta(days=6)))
    wanted = sitting(NOW + timedelta(days=20), of=elsewhere)
    assert asks(db, learner, wanted).status is BookingStatus.CONFIRMED


def test_who_has_more_than_that_keeps_it_and_may_move_to_a_day_on_which_they_can_come(
    db, learner, sitting, not_come, holds, rule
):
    not_come(2)
    not_come(9)
    held = holds(4)
    offer = held[0].scheduled_session.opportunity
    other_day = sitting(NOW + timedelta(days=20), opportunity=offer)

    moved = move_booking(
        db, booking_uuid=held[0].uuid, learner=learner, to_session_uuid=other_day.uuid, now=NOW
    )

    assert moved.status is BookingStatus.CONFIRMED
    assert [each.status for each in held[1:]] == [BookingStatus.CONFIRMED] * 3


@pytest.mark.usefixtures("in_words")
def test_a_place_that_came_free_is_taken_only_within_it(
    db, learner, sitting, not_come, holds, rule
):
    not_come(2)
    not_come(9)
    held = holds(2)
    offered = factories.booking(of=learner, on=sitting(NOW + timedelta(days=9)))
    offered.status, offered.held_until = BookingStatus.OFFERED, NOW + timedelta(hours=3)
    db.flush()

    with pytest.raises(HeldBack):
        take_offer(db, booking_uuid=offered.uuid, learner=learner, now=NOW)
    cancel_booking(db, booking_uuid=held[0].uuid, learner=learner, now=NOW)
    taken = take_offer(db, booking_uuid=offered.uuid, learner=learner, now=NOW)
    assert taken.status is BookingStatus.CONFIRMED


@pytest.mark.usefixtures("in_words")
def test_a_rule_that_is_taken_away_frees_everyone_at_once(
    db, city, learner, sitting, not_come, holds, rule
):
    not_come(2)
    not_come(9)
    holds(2)
    wanted = sitting(NOW + timedelta(days=9))
    with pytest.raises(HeldBack):
        asks(db, learner, wanted)

    drop_rule(db, officer=factories.officer(of=city))
    drop_rule(db, officer=factories.officer(of=city))
    assert asks(db, learner, wanted).status is BookingStatus.CONFIRMED


@pytest.mark.parametrize("name", ["absences", "within_days", "most_to_come"])
@pytest.mark.parametrize("side", [0, 1])
def test_the_database_holds_the_bounds(db, city, name, side):
    bounds = {"absences": (2, 10), "within_days": (14, 120), "most_to_come": (1, 5)}[name]
    by = factories.officer(of=city)
    on_it = RULE | {name: bounds[side]}
    beyond = RULE | {name: bounds[side] + (1 if side else -1)}

    set_rule(db, officer=by, now=NOW, **on_it)
    with pytest.raises(IntegrityError, match=f"ck_no_show_rule_{name}_bounds"), db.begin_nested():
        set_rule(db, officer=by, now=NOW, **beyond)


def test_only_an_officer_of_a_city_sets_its_rule(db, city, provider, keeper):
    elsewhere = set_rule(db, officer=factories.officer(), now=NOW, **RULE)
    set_rule(db, officer=factories.officer(of=city), now=NOW, **RULE | {"absences": 4})

    assert elsewhere.absences == 2
    for stranger in (keeper, factories.adult(Role.CITY_ADMIN), factories.learner()):
        with pytest.raises(NotAllowed):
            set_rule(db, officer=stranger, now=NOW, **RULE)
        with pytest.raises(NotAllowed):
            drop_rule(db, officer=stranger)
    assert db.scalar(select(func.count()).select_from(NoShowRule)) == 2


# --- Pages ---


def test_an_officer_turns_the_rule_on_and_off(db, sign_in, city):
    client = sign_in(factories.officer(of=city))
    page = client.get("/authority/fairness").text
    assert "The rule is off." in page

    kept = client.post("/authority/fairness", data={"is_on": "yes"} | RULE)
    page = client.get(kept.location).text
    rule = db.get_one(NoShowRule, city.id)
    assert (kept.status_code, rule.absences, rule.within_days, rule.most_to_come) == (303, 2, 30, 2)
    assert "Saved." in page
    assert "The rule is on, as set on 1 June 2026." in page

    client.post("/authority/fairness", data={"is_on": "no", "absences": "many"})
    assert "The rule is off." in client.get("/authority/fairness").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"is_on": ""}, "Say yes or no.", id="nothing"),
        pytest.param({"absences": "1"}, "Type a number from 2 to 10.", id="too few"),
        pytest.param({"within_days": "9" * 40}, "Type a number from 14 to 120.", id="too many"),
        pytest.param({"most_to_come": "x"}, "Type a number from 1 to 5.", id="no number"),
        pytest.param({"most_to_come": ""}, "Type a number.", id="empty"),
    ],
)
def test_a_rule_out_of_bounds_is_not_kept(db, sign_in, city, typed, said):
    client = sign_in(factories.officer(of=city))

    page = client.post("/authority/fairness", data={"is_on": "yes"} | RULE | typed)

    assert (page.status_code, db.get(NoShowRule, city.id)) == (422, None)
    assert said in page.text


def test_only_officers_come_to_that_page(app, sign_in, keeper, learner):
    for who in (keeper, learner):
        assert sign_in(who).get("/authority/fairness").status_code == 403
    assert app.test_client().get("/authority/fairness").status_code == 303


def test_a_learner_reads_why_before_they_book_and_nobody_else_reads_it(
    db, sign_in, monkeypatch, learner, keeper, sitting, not_come, holds, rule
):
    was = not_come(2)
    not_come(9)
    holds(2)
    wanted = sitting(NOW + timedelta(days=9))
    address = f"/a/{wanted.opportunity.slug}/book?session={wanted.uuid}"

    client = sign_in(learner)
    page, sent = client.get(address), client.post(address, data={})
    assert (page.status_code, sent.status_code) == (200, 409)
    for answer in (page, sent):
        assert "From Mon 22 Jun all is as before." in answer.text
        assert "See my bookings" in answer.text

    client = sign_in(keeper)
    door = f"/door/{was.scheduled_session.uuid}"
    monkeypatch.setattr(clock, "now", lambda: was.scheduled_session.starts_at)
    for page in (client.get("/provide"), client.get(door), client.get("/provide/numbers")):
        assert page.status_code == 200
        assert "were not used" not in page.text
