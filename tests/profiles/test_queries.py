"""A learner's record, from what providers confirmed."""

from datetime import timedelta

import pytest

from participation.service import confirm_attendance, withdraw_attendance
from profiles.queries import hours_of, next_step_for, record_of
from tests import factories
from tests.factories import NOW, YORK


def _went(learner, *, on=None, started=NOW - timedelta(days=2), undone=False, db=None):
    """A session that a provider confirmed the learner came to."""
    scheduled = on or factories.scheduled_session(starts_at=started)
    booking = factories.booking(of=learner, on=scheduled)
    staff = factories.member(of=scheduled.opportunity.provider)
    attendance = confirm_attendance(
        db, booking_uuid=booking.uuid, confirmed_by=staff, now=scheduled.ends_at
    )
    if undone:
        withdraw_attendance(
            db, booking_uuid=booking.uuid, withdrawn_by=staff, now=scheduled.ends_at
        )
    return attendance


def test_the_record_counts_what_was_confirmed_and_nothing_else(db):
    learner = factories.learner()
    went = _went(learner, db=db)
    _went(learner, undone=True, db=db)
    factories.booking(of=learner)
    _went(factories.learner(), db=db)

    record = record_of(db, learner, since=NOW - timedelta(days=30))

    assert list(record.attendances) == [went]
    assert (record.hours, hours_of(db, learner)) == (2, 2)


def test_the_warm_sentence_counts_places_new_this_term_and_things_done_again(db):
    learner, opportunity = factories.learner(), factories.opportunity()
    long_ago = NOW - timedelta(days=200)
    known = factories.place()
    _went(
        learner,
        on=factories.scheduled_session(
            opportunity=factories.opportunity(place=known), starts_at=long_ago
        ),
        db=db,
    )
    _went(
        learner,
        on=factories.scheduled_session(
            opportunity=factories.opportunity(place=known), starts_at=NOW - timedelta(days=5)
        ),
        db=db,
    )
    for days in (9, 2):
        scheduled = factories.scheduled_session(
            opportunity=opportunity, starts_at=NOW - timedelta(days=days)
        )
        _went(learner, on=scheduled, db=db)

    record = record_of(db, learner, since=NOW - timedelta(days=30))

    assert (record.times, record.new_places, record.kept_going) == (3, 1, 1)


def test_the_next_step_is_near_for_this_age_and_not_tried_before(db):
    learner = factories.learner(home=factories.area())
    lon, _lat = YORK
    tried = factories.scheduled_session()
    factories.booking(of=learner, on=tried)
    factories.scheduled_session(opportunity=factories.opportunity(min_age=18))
    far = factories.opportunity(place=factories.place(lon=lon + 0.05))
    near = factories.opportunity(place=factories.place(lon=lon + 0.01))
    factories.scheduled_session(opportunity=far)
    next_step = factories.scheduled_session(opportunity=near)

    assert next_step_for(db, learner, now=NOW) is next_step


def test_no_next_step_when_there_is_none_nearby(db):
    learner = factories.learner()
    lon, _lat = YORK
    away = factories.opportunity(place=factories.place(lon=lon + 1))
    factories.scheduled_session(opportunity=away)

    assert next_step_for(db, learner, now=NOW) is None


@pytest.mark.parametrize("sessions", [1, 3])
def test_a_record_costs_two_questions_however_long_it_is(db, count_queries, sessions):
    learner = factories.learner()
    for _ in range(sessions):
        _went(learner, db=db)
    db.flush()
    count_queries.clear()

    record_of(db, learner, since=NOW - timedelta(days=30))

    assert len([sent for sent in count_queries if sent.startswith("SELECT")]) == 2
