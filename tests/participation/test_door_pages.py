"""The register's pages: each answer they can give."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from accounts.models import Role
from app import clock
from badges.queries import badges_of
from participation.attendance import confirm_attendance
from participation.models import Attendance
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=1)


@pytest.fixture
def scheduled(db):
    provider = factories.provider()
    badge = factories.achievement(issuer=provider)
    offer = factories.opportunity(provider=provider, achievement=badge)
    return factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=20)


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def at(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    return at


@pytest.fixture
def keeper(scheduled, sign_in, at):
    """The browser of someone who keeps this door, as the session starts."""
    at(STARTS_AT)
    return sign_in(factories.member(of=scheduled.opportunity.provider))


def door(scheduled) -> str:
    return f"/door/{scheduled.uuid}"


def row(booking) -> str:
    return f"/door/{booking.scheduled_session.uuid}/{booking.uuid}"


def came(db) -> list[int]:
    live = select(Attendance.booking_id).where(Attendance.withdrawn_at.is_(None))
    return list(db.scalars(live.order_by(Attendance.booking_id)))


def test_the_register_shows_who_has_a_place_and_nobody_as_here(db, scheduled, keeper):
    booking = factories.booking(of=factories.learner(name="Nia Haf Jones"), on=scheduled)
    booking.access_needs = "Please <b>speak</b> slowly"
    db.commit()

    page = keeper.get(door(scheduled)).text

    assert ("Nia" in page, "Haf" in page, "13 to 15" in page) == (True, False, True)
    assert "Please &lt;b&gt;speak&lt;/b&gt; slowly" in page
    assert ("First time" in page, "0 of 1 here" in page) == (True, True)
    assert 'aria-pressed="true"' not in page


def test_a_tap_says_here_and_a_second_one_undoes_it(db, scheduled, keeper):
    booking = factories.booking(on=scheduled)
    db.commit()

    here = keeper.post(row(booking), data={"came": "yes"})
    after_one = keeper.get(door(scheduled)).text
    undone = keeper.post(row(booking), data={"came": "no"})

    assert [answer.status_code for answer in (here, undone)] == [303, 303]
    assert here.location == f"{door(scheduled)}#row-{booking.uuid}"
    assert ("1 of 1 here" in after_one, 'aria-pressed="true"' in after_one) == (True, True)
    assert f'id="row-{booking.uuid}"' in after_one
    assert (came(db), badges_of(db, booking.learner)) == ([], [])


def test_a_repeated_tap_changes_nothing(db, scheduled, keeper):
    booking = factories.booking(on=scheduled)
    db.commit()

    for _ in range(3):
        keeper.post(row(booking), data={"came": "yes"})

    assert came(db) == [booking.id]
    assert len(badges_of(db, booking.learner)) == 1


@pytest.mark.parametrize("sent", [{}, {"came": "maybe"}])
def test_a_tap_that_says_nothing_is_refused(db, scheduled, keeper, sent):
    booking = factories.booking(on=scheduled)
    db.commit()

    assert keeper.post(row(booking), data=sent).status_code == 422
    assert came(db) == []


def test_a_script_is_answered_in_a_word(db, scheduled, keeper):
    booking = factories.booking(on=scheduled)
    db.commit()
    as_script = {"Accept": "application/json"}

    saved = keeper.post(row(booking), data={"came": "yes"}, headers=as_script)
    refused = keeper.post(f"{door(scheduled)}/{uuid4()}", data={"came": "yes"}, headers=as_script)

    assert (saved.status_code, saved.json) == (200, {"saved": True})
    assert (refused.status_code, refused.json) == (404, {"error": "We cannot find that booking."})


def test_everyone_is_whoever_stood_on_the_page(db, scheduled, keeper):
    shown = [factories.booking(on=scheduled) for _ in range(2)]
    factories.booking(on=scheduled)
    noise = factories.booking()
    db.commit()
    sent = {"shown": [str(booking.uuid) for booking in (*shown, noise)]}

    answer = keeper.post(f"{door(scheduled)}/everyone", data=sent)

    assert (answer.status_code, answer.location) == (303, f"{door(scheduled)}#tally")
    assert came(db) == [booking.id for booking in shown]


def test_the_end_says_who_came_and_which_badges_that_gave(db, scheduled, keeper):
    before = factories.scheduled_session(
        opportunity=scheduled.opportunity, starts_at=STARTS_AT - timedelta(days=7)
    )
    after = factories.scheduled_session(
        opportunity=scheduled.opportunity, starts_at=STARTS_AT + timedelta(days=7)
    )
    regular = factories.learner(name="Rhys")
    member = factories.member(of=scheduled.opportunity.provider)
    for booking in (
        factories.booking(of=regular, on=before),
        factories.booking(of=regular, on=scheduled),
        factories.booking(of=factories.learner(name="Nia"), on=scheduled),
    ):
        now = booking.scheduled_session.starts_at
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=member, now=now)
    factories.booking(of=factories.learner(name="Absent"), on=scheduled)
    db.commit()

    page = keeper.get(f"{door(scheduled)}/finish").text

    assert ("Rhys" in page, "Nia" in page, "Absent" in page) == (True, True, True)
    assert (page.count("New badge"), page.count("Had it already")) == (1, 1)
    assert page.count("Did not come") == 1
    assert (door(after) in page, door(before) in page) == (True, False)


def test_the_end_of_an_evening_nobody_was_marked_says_so(db, scheduled, keeper):
    factories.booking(on=scheduled)
    db.commit()

    assert "Nobody is marked as here yet." in keeper.get(f"{door(scheduled)}/finish").text


def test_an_empty_register_says_so(scheduled, keeper):
    assert "Nobody has booked a place yet." in keeper.get(door(scheduled)).text


def test_before_the_door_opens_the_register_can_be_read_and_not_written(db, scheduled, keeper, at):
    booking = factories.booking(of=factories.learner(name="Nia"), on=scheduled)
    db.commit()
    at(STARTS_AT - timedelta(hours=2))

    page = keeper.get(door(scheduled)).text
    tap = keeper.post(row(booking), data={"came": "yes"})

    assert ("opens one hour before" in page, "Nia" in page) == (True, True)
    assert "aria-pressed" not in page
    assert tap.status_code == 409


def test_a_closed_register_counts_and_names_nobody(db, scheduled, keeper, at):
    factories.booking(of=factories.learner(name="Nia"), on=scheduled)
    db.commit()
    at(STARTS_AT + timedelta(days=20))

    page = keeper.get(door(scheduled)).text
    end = keeper.get(f"{door(scheduled)}/finish")

    assert ("The register is closed." in page, "Nia" in page) == (True, False)
    assert (end.status_code, end.location) == (303, door(scheduled))


def test_other_providers_learn_not_even_that_a_session_exists(db, scheduled, sign_in, at):
    at(STARTS_AT)
    booking = factories.booking(on=scheduled)
    stranger = sign_in(factories.member(of=factories.provider()))

    nobodys = uuid4()
    real, unreal = stranger.get(door(scheduled)), stranger.get(f"/door/{nobodys}")
    answers = [
        stranger.get(f"{door(scheduled)}/finish"),
        stranger.post(row(booking), data={"came": "yes"}),
        stranger.post(f"{door(scheduled)}/everyone", data={"shown": [str(booking.uuid)]}),
    ]

    assert (real.status_code, unreal.status_code) == (404, 404)
    assert real.text == unreal.text.replace(str(nobodys), str(scheduled.uuid))
    assert [answer.status_code for answer in answers] == [404] * 3
    assert came(db) == []


@pytest.mark.parametrize("role", [Role.AUTHORITY_OFFICER, Role.CITY_ADMIN, Role.LEARNER])
def test_registers_are_for_people_of_providers(db, scheduled, sign_in, role):
    someone = factories.learner() if role is Role.LEARNER else factories.adult(role)
    browser = sign_in(someone)

    assert browser.get(door(scheduled)).status_code == 403
    assert browser.get(f"/door/{uuid4()}").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("page", ["", "/finish"])
def test_a_register_costs_the_same_however_long(db, scheduled, keeper, count_queries, rows, page):
    member = factories.member(of=scheduled.opportunity.provider)
    for _ in range(rows):
        booking = factories.booking(on=scheduled)
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=member, now=STARTS_AT)
        factories.booking(on=scheduled)
    db.commit()
    db.remove()
    count_queries.clear()

    answer = keeper.get(door(scheduled) + page)

    asked = [sql for sql in count_queries if sql.startswith("SELECT")]
    assert (answer.status_code, len(asked)) == (200, 11 if page else 10)
