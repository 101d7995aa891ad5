"""One badge for several who were there."""

from datetime import timedelta

import pytest

from app.errors import Conflict, NotAllowed, NotFound
from awards.giving import ToGive, give_to_several, sessions_to_give_at
from badges.queries import badges_of
from badges.service import define_achievement
from participation.attendance import confirm_attendance, withdraw_attendance
from tests import factories
from tests.awards.there import jobs_waiting, opportunity_of
from tests.badges.test_achievements import SAID, SEEN
from tests.factories import NOW

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def badge(db, provider):
    return define_achievement(db, issuer=provider, **SAID, **SEEN)


@pytest.fixture
def scheduled(provider):
    return factories.scheduled_session(
        opportunity=opportunity_of(provider, title="Pottery"), starts_at=NOW, places=5
    )


@pytest.fixture
def here(db, scheduled, keeper):
    bookings = [factories.booking(on=scheduled) for _ in range(3)]
    for booking in bookings:
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    return bookings


def _give(db, scheduled, keeper, provider, badge, to):
    return give_to_several(
        db,
        provider=provider,
        slug=badge.slug,
        session_uuid=scheduled.uuid,
        keeper=keeper,
        to=to,
        now=NOW,
    )


def test_each_gets_their_own_words_and_whoever_has_it_is_passed_over(
    db, scheduled, keeper, provider, badge, here
):
    first, second, third = here
    to = [ToGive(first.uuid, "Threw a bowl.", 2), ToGive(second.uuid)]

    assert _give(db, scheduled, keeper, provider, badge, to) == 2
    assert _give(db, scheduled, keeper, provider, badge, to) == 0
    [given] = badges_of(db, first.learner)
    db.refresh(given)
    assert (given.narrative, given.seen.name) == ("Threw a bowl.", "Alone")
    assert given.evidence == "Took part in Pottery, says Pot House."
    assert [each.narrative for each in badges_of(db, second.learner)] == [""]
    assert badges_of(db, third.learner) == []
    assert len(jobs_waiting(db, "participation.tell_of_badge")) == 2


def test_words_are_added_once_to_what_this_session_gave(
    db, scheduled, keeper, provider, badge, here
):
    first = here[0]
    _give(db, scheduled, keeper, provider, badge, [ToGive(first.uuid)])
    [given] = badges_of(db, first.learner)
    elsewhere = factories.scheduled_session(opportunity=scheduled.opportunity, starts_at=LATER)
    there = factories.booking(of=first.learner, on=elsewhere)
    confirm_attendance(db, booking_uuid=there.uuid, confirmed_by=keeper, now=LATER)

    _give(db, elsewhere, keeper, provider, badge, [ToGive(there.uuid, "Not of that one.")])
    assert (given.narrative, given.reissued_at) == ("", None)
    for words in ("Even walls.", "Something else."):
        assert not _give(db, scheduled, keeper, provider, badge, [ToGive(first.uuid, words, 2)])
    db.refresh(given)
    assert (given.narrative, given.seen.name) == ("Even walls.", "Alone")
    assert given.issued_at > given.awarded_at


def test_all_or_none(db, scheduled, keeper, provider, badge, here):
    absent = factories.booking(on=scheduled)
    withdraw_attendance(db, booking_uuid=here[2].uuid, withdrawn_by=keeper, now=NOW)
    for wrong in (absent, here[2], factories.booking()):
        with pytest.raises(NotFound, match="not marked as here"):
            _give(
                db, scheduled, keeper, provider, badge, [ToGive(here[0].uuid), ToGive(wrong.uuid)]
            )
    with pytest.raises(Conflict, match="at least one"):
        _give(db, scheduled, keeper, provider, badge, [])
    with pytest.raises(Conflict), db.begin_nested():
        _give(
            db,
            scheduled,
            keeper,
            provider,
            badge,
            [ToGive(here[0].uuid), ToGive(here[1].uuid, level=9)],
        )
    assert badges_of(db, here[0].learner) == []


def test_words_about_several_name_none_of_them(db, scheduled, keeper, provider, badge, here):
    here[0].learner.name = "Idris"
    db.flush()
    with pytest.raises(Conflict, match="names nobody"):
        _give(db, scheduled, keeper, provider, badge, [ToGive(here[0].uuid, "Idris helped.")])
    assert _give(db, scheduled, keeper, provider, badge, [ToGive(here[0].uuid, "You helped.")])


def test_only_the_team_gives_and_only_its_own_badge(db, scheduled, keeper, provider, badge, here):
    elsewhere = factories.provider(name="Elsewhere")
    outsider, theirs = factories.member(of=elsewhere), factories.achievement(issuer=elsewhere)
    to = [ToGive(here[0].uuid)]
    with pytest.raises(NotAllowed):
        _give(db, scheduled, outsider, provider, badge, to)
    with pytest.raises(NotFound):
        _give(db, scheduled, outsider, elsewhere, theirs, to)
    with pytest.raises(NotFound):
        _give(db, scheduled, keeper, provider, theirs, to)
    assert badges_of(db, here[0].learner) == []


def test_sessions_at_which_somebody_was_are_offered(db, scheduled, provider, here):
    factories.scheduled_session(opportunity=scheduled.opportunity, starts_at=NOW)
    factories.scheduled_session(starts_at=NOW)

    assert list(sessions_to_give_at(db, provider, now=NOW)) == [scheduled]
