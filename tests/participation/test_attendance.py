"""The provider's word that a learner came, and the badge that hangs on it: every rule."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, NotAllowed, NotFound
from badges.facts import credential_facts
from badges.models import AchievementCredential
from badges.openbadges import open_badge
from badges.queries import badges_of, credential_of
from badges.service import revoke
from participation.attendance import (
    NOBODY_SAYS_THEY_CAME,
    confirm_attendance,
    confirm_everyone,
    withdraw_attendance,
)
from participation.models import Attendance
from participation.queries import register_of
from participation.service import book, cancel_booking
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

STARTS_AT = NOW + timedelta(days=1)
AT_THE_DOOR = STARTS_AT + timedelta(minutes=5)
LAST_MOMENT = STARTS_AT + timedelta(hours=2, days=14)


@pytest.fixture
def offer(db):
    """An opportunity whose provider gives a badge to whoever comes."""
    provider = factories.provider()
    badge = factories.achievement(issuer=provider)
    return factories.opportunity(provider=provider, achievement=badge)


@pytest.fixture
def scheduled(offer):
    return factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT)


@pytest.fixture
def keeper(offer):
    """Someone who keeps the door."""
    return factories.member(of=offer.provider)


@pytest.fixture
def confirm(db, keeper):
    def confirm(booking, now=AT_THE_DOOR, by=keeper):
        return confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=by, now=now)

    return confirm


@pytest.fixture
def withdraw(db, keeper):
    def withdraw(booking, now=AT_THE_DOOR, by=keeper):
        return withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=by, now=now)

    return withdraw


def how_many(db, model):
    return db.scalar(select(func.count()).select_from(model))


def test_confirm_records_who_says_so_for_how_long_and_from_where(confirm, scheduled, keeper):
    booking = factories.booking(on=scheduled)

    attendance = confirm(booking)

    assert (attendance.confirmed_by, attendance.confirmed_at) == (keeper, AT_THE_DOOR)
    assert (attendance.minutes, attendance.withdrawn_at) == (120, None)
    assert attendance.home_lsoa_code == booking.learner.home_lsoa_code


def test_moving_house_rewrites_no_history(db, confirm, withdraw, scheduled):
    booking = factories.booking(on=scheduled)
    lived_in = booking.learner.home_lsoa_code
    confirm(booking)
    booking.learner.home_lsoa_code = factories.area().lsoa_code
    withdraw(booking)

    assert confirm(booking).home_lsoa_code == lived_in


def test_confirm_awards_the_badge_once(db, confirm, scheduled, offer):
    booking = factories.booking(on=scheduled)

    first, second = confirm(booking), confirm(booking, now=AT_THE_DOOR + timedelta(hours=1))

    assert first is second
    assert first.confirmed_at == AT_THE_DOOR
    (badge,) = badges_of(db, booking.learner)
    assert (badge.achievement, badge.activity_started_at) == (offer.achievement, STARTS_AT)
    assert booking.learner.name not in badge.evidence


def test_coming_twice_gives_one_badge(db, confirm, offer, scheduled):
    learner = factories.learner()
    again = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT + timedelta(days=7))

    confirm(factories.booking(of=learner, on=scheduled))
    confirm(factories.booking(of=learner, on=again), now=AT_THE_DOOR + timedelta(days=7))

    assert (how_many(db, Attendance), how_many(db, AchievementCredential)) == (2, 1)


def test_what_earns_no_badge_can_be_attended_too(db):
    booking = factories.booking()
    keeper = factories.member(of=booking.scheduled_session.opportunity.provider)

    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=AT_THE_DOOR)

    assert (how_many(db, Attendance), how_many(db, AchievementCredential)) == (1, 0)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (STARTS_AT - timedelta(hours=1, seconds=1), "one hour before"),
        (LAST_MOMENT + timedelta(seconds=1), "closed"),
    ],
)
def test_the_register_opens_and_closes(db, confirm, withdraw, scheduled, keeper, now, reason):
    booking = factories.booking(on=scheduled)

    for act in (confirm, withdraw):
        with pytest.raises(Conflict, match=reason):
            act(booking, now=now)
    with pytest.raises(Conflict, match=reason):
        confirm_everyone(db, session=scheduled, confirmed_by=keeper, now=now)


@pytest.mark.parametrize("now", [STARTS_AT - timedelta(hours=1), LAST_MOMENT])
def test_the_register_is_open_to_the_second(confirm, scheduled, now):
    assert confirm(factories.booking(on=scheduled), now=now).confirmed_at == now


def test_a_place_given_back_cannot_be_confirmed(db, confirm, scheduled):
    booking = factories.booking(on=scheduled)
    cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)

    with pytest.raises(Conflict, match="not a place any more"):
        confirm(booking)

    assert (how_many(db, Attendance), how_many(db, AchievementCredential)) == (0, 0)


def test_only_the_providers_own_people_keep_its_door(db, confirm, withdraw, scheduled):
    booking, stranger = factories.booking(on=scheduled), factories.member(of=factories.provider())

    for act in (confirm, withdraw):
        for someone in (stranger, booking.learner):
            with pytest.raises(NotFound):
                act(booking, by=someone)
    with pytest.raises(NotFound):
        confirm_everyone(db, session=scheduled, confirmed_by=stranger, now=AT_THE_DOOR)
    with pytest.raises(NotFound):
        register_of(db, stranger, scheduled.uuid, now=NOW)


def test_a_booking_that_is_not_there_cannot_be_confirmed(db, keeper):
    with pytest.raises(NotFound):
        confirm_attendance(db, booking_uuid=uuid4(), confirmed_by=keeper, now=AT_THE_DOOR)


@pytest.mark.parametrize("status", [ProviderStatus.APPLIED, ProviderStatus.SUSPENDED])
def test_a_provider_that_is_not_verified_sees_and_confirms_nobody(
    db, confirm, scheduled, keeper, status
):
    booking = factories.booking(on=scheduled)
    scheduled.opportunity.provider.status = status

    with pytest.raises((NotAllowed, NotFound)):
        confirm(booking)
    with pytest.raises((NotAllowed, NotFound)):
        register_of(db, keeper, scheduled.uuid, now=NOW)


def test_undo_takes_the_badge_back_and_keeps_the_trace(db, confirm, withdraw, scheduled, offer):
    booking = factories.booking(on=scheduled)
    confirm(booking)

    first = withdraw(booking)
    second = withdraw(booking, now=AT_THE_DOOR + timedelta(minutes=1))

    assert (first, first.withdrawn_at) == (second, AT_THE_DOOR)
    badge = credential_of(db, booking.learner, offer.achievement)
    assert badge
    assert badge.revocation_reason == NOBODY_SAYS_THEY_CAME
    assert badges_of(db, booking.learner) == []


def test_undo_of_what_never_was_is_harmless(db, withdraw, scheduled):
    assert withdraw(factories.booking(on=scheduled)) is None


def test_confirming_again_brings_the_same_badge_back(db, confirm, withdraw, scheduled, keeper):
    booking = factories.booking(on=scheduled)
    confirm(booking)
    (badge,) = badges_of(db, booking.learner)
    withdraw(booking)
    other_keeper = factories.member(of=scheduled.opportunity.provider)
    later = AT_THE_DOOR + timedelta(minutes=1)

    attendance = confirm(booking, now=later, by=other_keeper)

    assert (attendance.withdrawn_at, attendance.confirmed_by) == (None, other_keeper)
    assert attendance.confirmed_at == later
    assert badges_of(db, booking.learner) == [badge]


def test_a_badge_stays_while_another_attendance_earns_it(db, confirm, withdraw, offer, scheduled):
    learner = factories.learner()
    other_offer = factories.opportunity(provider=offer.provider, achievement=offer.achievement)
    elsewhere = factories.scheduled_session(opportunity=other_offer, starts_at=STARTS_AT)
    here = factories.booking(of=learner, on=scheduled)
    there = factories.booking(of=learner, on=elsewhere)
    confirm(here)
    confirm(there)

    withdraw(here)
    held_after_one = len(badges_of(db, learner))
    withdraw(there)

    assert (held_after_one, badges_of(db, learner)) == (1, [])


def test_undo_leaves_a_badge_that_someone_else_earned(db, confirm, withdraw, scheduled):
    mine, noise = factories.booking(on=scheduled), factories.booking(on=scheduled)
    confirm(mine)
    confirm(noise)

    withdraw(mine)

    assert len(badges_of(db, noise.learner)) == 1


def test_undo_does_not_change_why_a_badge_was_taken_back_before(db, confirm, withdraw, scheduled):
    booking = factories.booking(on=scheduled)
    confirm(booking)
    (badge,) = badges_of(db, booking.learner)
    revoke(db, credential=badge, reason="Made by mistake.", now=AT_THE_DOOR)

    withdraw(booking)

    assert badge.revocation_reason == "Made by mistake."


def test_everyone_is_everyone_with_a_live_place(db, scheduled, keeper, offer):
    here = factories.booking(on=scheduled)
    gone = factories.booking(on=scheduled)
    cancel_booking(db, booking_uuid=gone.uuid, learner=gone.learner, now=NOW)
    factories.booking(on=factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT))

    for _ in range(2):
        confirm_everyone(db, session=scheduled, confirmed_by=keeper, now=AT_THE_DOOR)

    assert db.scalars(select(Attendance.booking_id)).all() == [here.id]
    assert how_many(db, AchievementCredential) == 1


def test_everyone_leaves_out_who_booked_after_the_page_was_drawn(db, scheduled, keeper):
    seen = factories.booking(on=scheduled)
    early = STARTS_AT - timedelta(minutes=10)
    late = book(db, learner=factories.learner(), scheduled_session_uuid=scheduled.uuid, now=early)

    confirm_everyone(
        db, session=scheduled, confirmed_by=keeper, now=early, shown=[seen.uuid, uuid4()]
    )

    assert db.get(Attendance, seen.id) is not None
    assert db.get(Attendance, late.id) is None


def test_the_register_shows_first_name_age_band_and_what_was_asked_for(db, scheduled, keeper):
    booking = factories.booking(of=factories.learner(name="Ffion Mair Rhys"), on=scheduled)
    booking.access_needs = "A ramp, please"

    (row,) = register_of(db, keeper, scheduled.uuid, now=NOW).rows

    assert (row.first_name, row.age_band) == ("Ffion", booking.learner.age_band)
    assert (row.access_needs, row.is_here) == ("A ramp, please", False)


def test_the_register_counts_nobody_as_here_for_having_booked(db, scheduled, keeper, confirm):
    factories.booking(on=scheduled)
    came = factories.booking(on=scheduled)
    confirm(came)

    register = register_of(db, keeper, scheduled.uuid, now=NOW)

    assert [row.booking_uuid for row in register.here] == [came.uuid]
    assert len(register.rows) == 2


def test_first_time_means_never_at_this_provider_before(db, offer, scheduled, keeper, confirm):
    new, regular, from_elsewhere = (factories.learner(name=name) for name in "ABC")
    last_week = factories.scheduled_session(
        opportunity=offer, starts_at=STARTS_AT - timedelta(days=7)
    )
    confirm(factories.booking(of=regular, on=last_week), now=AT_THE_DOOR - timedelta(days=7))
    factories.booking(of=new, on=last_week)  # booked, and never came
    other = factories.booking(
        of=from_elsewhere, on=factories.scheduled_session(starts_at=STARTS_AT - timedelta(days=7))
    )
    confirm(
        other,
        now=AT_THE_DOOR - timedelta(days=7),
        by=factories.member(of=other.scheduled_session.opportunity.provider),
    )
    for learner in (new, regular, from_elsewhere):
        confirm(factories.booking(of=learner, on=scheduled))

    rows = register_of(db, keeper, scheduled.uuid, now=NOW).rows

    assert [(row.first_name, row.is_first_time) for row in rows] == [
        ("A", True),
        ("B", False),
        ("C", True),
    ]


def test_the_badge_is_new_only_at_the_session_that_earned_it(db, offer, scheduled, keeper, confirm):
    learner = factories.learner()
    next_week = factories.scheduled_session(
        opportunity=offer, starts_at=STARTS_AT + timedelta(days=7)
    )
    confirm(factories.booking(of=learner, on=scheduled))
    confirm(factories.booking(of=learner, on=next_week), now=AT_THE_DOOR + timedelta(days=7))

    first, second = (
        register_of(db, keeper, of.uuid, now=NOW).rows[0] for of in (scheduled, next_week)
    )

    assert (first.has_new_badge, second.has_new_badge) == (True, False)


def test_a_bodys_badge_is_given_on_the_word_of_who_belongs_to_it(db, keeper):
    body, learner = factories.provider(name="The Body"), factories.learner()
    group = factories.provider(name="The Group", umbrella=body)
    offer = factories.opportunity(provider=group, achievement=factories.achievement(issuer=body))
    booking = factories.booking(
        of=learner, on=factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT)
    )
    door = factories.member(of=group)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=door, now=AT_THE_DOOR)

    [given] = badges_of(db, learner)
    told = open_badge(credential_facts(given, "https://tirnod.example"))
    assert (given.issuer, given.source) == (body, group)
    assert told["issuer"]["name"] == "The Body"
    assert told["credentialSubject"]["source"]["name"] == "The Group"
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=door, now=AT_THE_DOOR)
    assert list(badges_of(db, learner)) == []
    group.umbrella = None  # and with that the badge is theirs to give no more
    db.flush()
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=door, now=AT_THE_DOOR)
    assert list(badges_of(db, learner)) == []


def test_ones_own_badge_is_given_on_nobody_elses_word(db, scheduled, keeper):
    booking = factories.booking(on=scheduled)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=AT_THE_DOOR)

    [given] = badges_of(db, booking.learner)
    assert given.source is None
