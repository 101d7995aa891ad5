"""Guests, whom to ring, and the register on paper."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from accounts.models import AgeBand, User
from app import clock
from app.errors import Conflict, NotFound
from participation.attendance import confirm_attendance, type_sheet
from participation.care import contacts_at_door, forget_people, keep_care
from participation.guests import add_guest, remove_guest
from participation.models import Absence, Attendance, Care, Guest, Method
from participation.queries import register_of
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=7)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture
def scheduled(db):
    return factories.scheduled_session(starts_at=STARTS_AT, places=9)


@pytest.fixture
def keeper(scheduled):
    return factories.member(of=scheduled.opportunity.provider)


@pytest.fixture
def booking(scheduled):
    factories.booking(on=scheduled)
    return factories.booking(of=factories.learner(name="Nia Haf"), on=scheduled)


def add(db, scheduled, keeper, guest_uuid, now=STARTS_AT):
    add_guest(
        db,
        session_uuid=scheduled.uuid,
        guest_uuid=guest_uuid,
        first_name="Bo",
        age_band=AgeBand.FROM_16_TO_17,
        added_by=keeper,
        now=now,
    )


def care(db, booking, learner=None, now=NOW, **given):
    told = {"contact_name": "Mam", "contact_phone": "01632 960 001", "leaves_alone": False}
    keep_care(
        db, booking_uuid=booking.uuid, learner=learner or booking.learner, now=now, **(told | given)
    )


def how_many(db, table) -> int:
    return db.scalar(select(func.count()).select_from(table))


def test_a_guest_is_counted_once_and_is_no_learner(db, scheduled, keeper):
    people = how_many(db, User)
    guest = uuid4()
    for uuid in (guest, guest, uuid4()):
        add(db, scheduled, keeper, uuid)
    remove_guest(
        db, session_uuid=scheduled.uuid, guest_uuid=guest, removed_by=keeper, now=STARTS_AT
    )

    register = register_of(db, keeper, scheduled.uuid, now=STARTS_AT)
    assert [one.first_name for one in register.guests] == ["Bo"]
    assert (how_many(db, Guest), how_many(db, User) - people) == (2, 0)


def test_nobody_else_adds_or_removes_a_guest_and_nobody_too_early(db, scheduled, keeper):
    guest = uuid4()
    add(db, scheduled, keeper, guest)
    stranger = factories.member(of=factories.provider())

    with pytest.raises(NotFound):
        add(db, scheduled, stranger, uuid4())
    with pytest.raises(NotFound):
        remove_guest(
            db, session_uuid=scheduled.uuid, guest_uuid=guest, removed_by=stranger, now=STARTS_AT
        )
    with pytest.raises(Conflict):
        add(db, scheduled, keeper, uuid4(), now=NOW)
    assert how_many(db, Guest) == 1


@pytest.mark.parametrize(
    ("now", "is_shown"),
    [
        (STARTS_AT - DAY - SECOND, False),
        (STARTS_AT - DAY, True),
        (STARTS_AT + timedelta(hours=2) + DAY, True),
        (STARTS_AT + timedelta(hours=2) + DAY + SECOND, False),
    ],
)
def test_whom_to_ring_is_seen_from_24_hours_before_until_24_hours_after(
    db, scheduled, keeper, booking, now, is_shown
):
    care(db, booking)
    register = register_of(db, keeper, scheduled.uuid, now=now)
    alone = {row.leaves_alone for row in register.rows}

    assert (register.has_contacts, alone) == (
        (True, {False, None}) if is_shown else (False, {None})
    )
    if is_shown:
        (contact,) = contacts_at_door(db, keeper, scheduled.uuid, now=now)
        assert (contact.first_name, contact.contact_phone) == ("Nia", "01632 960 001")
    else:
        with pytest.raises(Conflict, match="24 hours"):
            contacts_at_door(db, keeper, scheduled.uuid, now=now)


def test_whom_to_ring_is_told_by_the_learner_alone_and_taken_back_by_leaving_it_empty(
    db, scheduled, booking
):
    with pytest.raises(NotFound):
        care(db, booking, learner=factories.learner())
    with pytest.raises(Conflict):
        care(db, booking, now=scheduled.ends_at + SECOND)
    care(db, booking)
    care(db, booking, leaves_alone=True)
    assert db.scalars(select(Care.leaves_alone)).all() == [True]

    care(db, booking, contact_name="", contact_phone="", leaves_alone=None)
    assert how_many(db, Care) == 0


def test_strangers_never_see_whom_to_ring(db, scheduled, booking):
    care(db, booking)

    with pytest.raises(NotFound):
        contacts_at_door(
            db, factories.member(of=factories.provider()), scheduled.uuid, now=STARTS_AT
        )


def test_whom_to_ring_goes_a_day_after_and_names_of_guests_when_the_register_closes(
    db, scheduled, keeper, booking
):
    care(db, booking)
    add(db, scheduled, keeper, uuid4())
    later = factories.scheduled_session(starts_at=STARTS_AT + timedelta(days=30))
    care(db, factories.booking(on=later))
    end = scheduled.ends_at

    assert [forget_people(db, end + DAY), forget_people(db, end + DAY + SECOND)] == [0, 1]
    assert how_many(db, Care) == 1
    assert [forget_people(db, end + 14 * DAY), forget_people(db, end + 14 * DAY + SECOND)] == [0, 1]
    db.expire_all()
    (guest,) = db.scalars(select(Guest))
    assert (guest.first_name, guest.age_band) == (None, AgeBand.FROM_16_TO_17)


def test_a_sheet_of_paper_is_typed_back_in_one_go(db, scheduled, keeper, booking):
    ticked, unticked, unseen = (factories.booking(on=scheduled) for _ in range(3))
    for one in (unticked, unseen):
        confirm_attendance(db, booking_uuid=one.uuid, confirmed_by=keeper, now=STARTS_AT)

    for _ in range(2):
        type_sheet(
            db,
            session_uuid=scheduled.uuid,
            shown=[ticked.uuid, unticked.uuid, booking.uuid],
            came=[ticked.uuid, uuid4()],
            keeper=keeper,
            now=STARTS_AT,
        )

    live = select(Attendance.booking_id, Attendance.method).filter_by(withdrawn_at=None)
    assert set(db.execute(live).all()) == {(ticked.id, Method.PAPER), (unseen.id, Method.TAP)}
    assert how_many(db, Absence) == 0  # who is not ticked is not said to have been away


def test_the_pages_of_guests_paper_and_whom_to_ring(
    db, scheduled, keeper, booking, sign_in, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: STARTS_AT - timedelta(minutes=30))
    own, door = f"/me/bookings/{booking.uuid}", f"/door/{scheduled.uuid}"
    learner = sign_in(booking.learner)
    assert f"{own}/care" in learner.get(own).text
    half = learner.post(f"{own}/care", data={"contact_name": "Mam"})
    assert (half.status_code, "a name and a number" in half.text) == (422, True)
    assert learner.post(f"{own}/care", data={"contact_phone": "<b>"}).status_code == 422
    whole = {"contact_name": "<b>Mam", "contact_phone": "01632 960001", "leaves_alone": "no"}
    assert learner.post(f"{own}/care", data=whole).location == own
    assert "&lt;b&gt;Mam" in learner.get(f"{own}/care").text

    browser = sign_in(keeper)
    assert "Leaves alone: no" in browser.get(door).text
    assert "01632" not in browser.get(door).text  # a phone keeps that page
    assert "&lt;b&gt;Mam" in browser.get(f"{door}/contacts").text
    guest = {"guest": str(uuid4()), "first_name": "<i>Bo", "age_band": "16-17"}
    assert browser.post(f"{door}/guests", data={**guest, "age_band": "40"}).status_code == 422
    assert browser.post(f"{door}/guests", data={**guest, "first_name": " "}).status_code == 422
    added = browser.post(f"{door}/guests", data=guest)
    assert "&lt;i&gt;Bo" in browser.get(added.location).text
    browser.post(f"{door}/guests/{guest['guest']}/remove")
    assert "&lt;i&gt;Bo" not in browser.get(added.location).text
    assert "Nia" in browser.get(f"{door}/paper").text
    typed = browser.post(f"{door}/paper", data={"shown": [booking.uuid], "came": [booking.uuid]})
    assert typed.location == f"{door}/finish"
    assert "1 of 2 here" in browser.get(door).text
