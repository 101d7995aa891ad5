"""Whoever earned a badge is told of it: once, in their inbox, and not of one that was taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from badges.queries import credential_of
from badges.service import revoke
from notices.kinds import NoticeKind
from notices.models import Notice
from participation.attendance import confirm_attendance, withdraw_attendance
from participation.jobs import tell_of_badge
from tests import factories
from tests.factories import NOW

AT_THE_DOOR = NOW + timedelta(days=1, minutes=5)


@pytest.fixture
def booking(db):
    provider = factories.provider()
    badge = factories.achievement(issuer=provider)
    offer = factories.opportunity(provider=provider, achievement=badge)
    return factories.booking(on=factories.scheduled_session(opportunity=offer))


@pytest.fixture
def keeper(booking):
    return factories.member(of=booking.scheduled_session.opportunity.provider)


def _came(db, booking, keeper, now=AT_THE_DOOR):
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=now)
    return credential_of(db, booking.learner, booking.scheduled_session.opportunity.achievement)


def _waiting(db):
    ours = "SELECT task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'participation.%'"
    return db.execute(text(f"{ours} ORDER BY id")).all()


def _notices(db):
    return [(each.user_id, each.kind, each.details) for each in db.query(Notice)]


def test_a_badge_brings_a_job_and_the_job_a_notice_and_no_second(db, booking, keeper):
    badge = _came(db, booking, keeper)
    (job,) = _waiting(db)

    for _time in range(2):
        tell_of_badge(**job.args)

    assert job.task_name == "participation.tell_of_badge"
    assert _notices(db) == [
        (
            booking.learner_id,
            NoticeKind.BADGE_GIVEN,
            {"badge": "Clay Hand", "path": f"/me/badges/{badge.uuid}"},
        )
    ]


def test_a_tap_that_is_undone_at_once_tells_nothing_until_it_is_made_again(db, booking, keeper):
    badge = _came(db, booking, keeper)
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=AT_THE_DOOR)
    tell_of_badge(badge.id)
    undone = _notices(db)
    _came(db, booking, keeper)
    again = _waiting(db)[-1]
    tell_of_badge(**again.args)

    assert undone == []
    assert len(_notices(db)) == 1


def test_a_badge_held_for_long_is_no_news(db, booking, keeper):
    badge = _came(db, booking, keeper)
    later = factories.scheduled_session(
        opportunity=booking.scheduled_session.opportunity, starts_at=NOW + timedelta(days=60)
    )
    again = factories.booking(of=booking.learner, on=later)
    _came(db, again, keeper, now=NOW + timedelta(days=60))

    assert [job.args for job in _waiting(db)] == [{"credential_id": badge.id}]


def test_a_badge_that_is_gone_or_taken_back_is_told_to_nobody(db, booking, keeper):
    badge = _came(db, booking, keeper)
    revoke(db, credential=badge, reason="by mistake", now=NOW)

    tell_of_badge(badge.id)
    tell_of_badge(badge.id + 1)

    assert _notices(db) == []
