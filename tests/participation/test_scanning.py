"""A pass at the door, on a phone or on paper: whose it is, and what follows."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts import passes
from accounts.models import AgeBand
from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from participation.models import Attendance, Booking, Method
from participation.scanning import let_in, take_pass
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=1)
SECRET = "a secret"
HALF_MINUTE = timedelta(seconds=passes.STEP_S)


@pytest.fixture
def scheduled(db):
    return factories.scheduled_session(starts_at=STARTS_AT, places=3)


@pytest.fixture
def keeper(scheduled):
    return factories.member(of=scheduled.opportunity.provider)


@pytest.fixture
def booking(scheduled):
    factories.booking(on=scheduled)
    return factories.booking(of=factories.learner(pass_code="7K4M92QXCDFG"), on=scheduled)


def take(db, scheduled, keeper, code, *, now=STARTS_AT, method=Method.SCAN, secret=SECRET):
    return take_pass(
        db,
        session_uuid=scheduled.uuid,
        code=code,
        keeper=keeper,
        method=method,
        secret=secret,
        now=now,
    )


def here(db) -> list[tuple[int, Method]]:
    return [(one.booking_id, one.method) for one in db.scalars(select(Attendance))]


@pytest.mark.parametrize("after", [timedelta(), HALF_MINUTE])
def test_a_phone_is_known_by_its_moving_code_and_the_same_scan_twice_is_harmless(
    db, scheduled, keeper, booking, after
):
    code = passes.moving_code(SECRET, booking.learner.uuid, STARTS_AT)

    for _ in range(2):
        assert take(db, scheduled, keeper, code, now=STARTS_AT + after).booking == booking
    assert here(db) == [(booking.id, Method.SCAN)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code[:-1] + ("0" if code[-1] != "0" else "1"),
        lambda code: code.replace(code.split(".")[2], str(int(code.split(".")[2]) + 1)),
        lambda code: code.rsplit(".", 1)[0],
        lambda code: f"{code}.x",
        lambda _code: "TIRNOD.no.such.code",
        lambda _code: "TIRNOD." + "\u0661" * 80,
        lambda _code: "123456",
        lambda _code: "7K4M 92QX CDFF",
        lambda _code: "'; DROP TABLE booking",
    ],
)
def test_a_code_that_is_forged_or_wrong_marks_nobody(db, scheduled, keeper, booking, spoil):
    code = spoil(passes.moving_code(SECRET, booking.learner.uuid, STARTS_AT))

    with pytest.raises(Conflict, match="old or not right"):
        take(db, scheduled, keeper, code)
    assert here(db) == []


@pytest.mark.parametrize("off", [2 * HALF_MINUTE, -HALF_MINUTE])
def test_an_old_code_or_one_of_a_minute_to_come_marks_nobody(db, scheduled, keeper, booking, off):
    uuid = booking.learner.uuid
    codes = (
        passes.moving_code(SECRET, uuid, STARTS_AT),
        passes.moving_digits(SECRET, uuid, STARTS_AT),
    )

    for code in codes:
        with pytest.raises(Conflict):
            take(db, scheduled, keeper, code, now=STARTS_AT + off)
    assert here(db) == []


def test_a_code_sealed_with_another_secret_marks_nobody(db, scheduled, keeper, booking):
    code = passes.moving_code("another", booking.learner.uuid, STARTS_AT)

    with pytest.raises(Conflict):
        take(db, scheduled, keeper, code)


def test_six_digits_and_a_code_from_paper_are_known_too(db, scheduled, keeper, booking):
    digits = passes.moving_digits(SECRET, booking.learner.uuid, STARTS_AT)
    spaced = f"{digits[:3]} {digits[3:]}"

    for code in (spaced, "7k4m-92qx cdfg"):
        shown = take(db, scheduled, keeper, code, method=Method.TYPED_CODE)
        assert shown.booking == booking
    assert here(db) == [(booking.id, Method.TYPED_CODE)]


def test_who_has_no_place_is_let_in_by_one_more_tap_while_there_is_one(db, scheduled, keeper):
    first, second = factories.learner(pass_code="7K4M92QXCDFG"), factories.learner()
    factories.booking(on=scheduled)
    factories.booking(on=scheduled)
    shown = take(db, scheduled, keeper, "7K4M92QXCDFG")
    assert (shown.learner, shown.booking, here(db)) == (first, None, [])

    asked = {"session_uuid": scheduled.uuid, "keeper": keeper, "now": STARTS_AT}
    for _ in range(2):
        booking = let_in(db, learner_uuid=first.uuid, **asked)
    assert here(db) == [(booking.id, Method.WALK_IN)]
    assert (booking.learner, scheduled.remaining_capacity) == (first, 0)
    with pytest.raises(Conflict, match="places have gone"):
        let_in(db, learner_uuid=second.uuid, **asked)
    assert scheduled.remaining_capacity == 0


def test_nobody_is_let_in_who_could_not_have_booked(db, scheduled, keeper):
    scheduled.opportunity.min_age = 18
    young = factories.learner(age_band=AgeBand.FROM_13_TO_15)
    asked = {"session_uuid": scheduled.uuid, "keeper": keeper, "now": STARTS_AT}

    with pytest.raises(NotAllowed, match="age group"):
        let_in(db, learner_uuid=young.uuid, **asked)
    with pytest.raises(NotFound):
        let_in(db, learner_uuid=keeper.uuid, **asked)
    with pytest.raises(NotFound):
        let_in(
            db,
            learner_uuid=young.uuid,
            **{**asked, "keeper": factories.member(of=factories.provider())},
        )
    with pytest.raises(Conflict, match="over"):
        let_in(
            db,
            learner_uuid=factories.learner(age_band=AgeBand.FROM_18_TO_24).uuid,
            **{**asked, "now": scheduled.ends_at + timedelta(hours=1)},
        )
    assert db.scalars(select(Booking)).all() == []


def test_the_pages_of_a_pass(app, db, scheduled, keeper, booking, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: STARTS_AT)
    address = f"/door/{scheduled.uuid}/pass"
    picture = sign_in(booking.learner).get("/me/pass/code").json
    stranger = factories.learner(name="Nia Haf", pass_code="9999QXQXCDFG")
    browser = sign_in(keeper)

    page = browser.get(address)
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "camera=()" in browser.get(f"/door/{scheduled.uuid}").headers["Permissions-Policy"]
    assert browser.post(address, data={"code": ""}).status_code == 422
    assert "old or not right" in browser.post(address, data={"code": "x" * 99}).text

    known = browser.post(address, data={"code": picture["digits"], "is_scanned": "yes"})
    assert known.location == f"{address}?here={booking.uuid}&scan=on"
    assert "Seren is here." in browser.get(known.location).text

    unknown = browser.post(address, data={"code": stranger.pass_code})
    assert ("Nia has no place" in unknown.text, "Haf" in unknown.text) == (True, False)
    who = unknown.text.split('name="who" value="')[1].split('"')[0]
    let = browser.post(f"/door/{scheduled.uuid}/walk-in", data={"who": who})
    assert "Nia is here." in browser.get(let.location).text
    other = factories.scheduled_session(
        opportunity=scheduled.opportunity, starts_at=STARTS_AT, places=3
    )
    db.commit()
    forged = browser.post(f"/door/{other.uuid}/walk-in", data={"who": who})
    assert (forged.status_code, "took too long" in forged.text) == (422, True)
