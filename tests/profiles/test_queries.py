"""A learner's record, from what providers confirmed."""

from datetime import timedelta

from badges.models import Skill
from badges.service import award
from opportunities.models import Category
from participation.attendance import confirm_attendance, withdraw_attendance
from participation.models import BookingStatus
from profiles.queries import coming_booking, history_of, term_so_far
from record.queries import hours_of
from tests import factories
from tests.factories import NOW


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
    _went(learner, db=db)
    _went(learner, undone=True, db=db)
    factories.booking(of=learner)
    _went(factories.learner(), db=db)

    term = term_so_far(db, learner, since=NOW - timedelta(days=30))

    assert (term.times, hours_of(db, learner)) == (1, 2)


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

    term = term_so_far(db, learner, since=NOW - timedelta(days=30))

    assert (term.times, term.new_places, term.kept_going) == (3, 1, 1)


def test_the_coming_booking_is_the_next_one_that_stands(db):
    learner = factories.learner()
    for starts_at in (NOW - timedelta(days=1), NOW + timedelta(days=9)):
        factories.booking(of=learner, on=factories.scheduled_session(starts_at=starts_at))
    next_one = factories.booking(
        of=learner, on=factories.scheduled_session(starts_at=NOW + timedelta(days=3))
    )
    given_back = factories.booking(of=learner)
    given_back.status = BookingStatus.CANCELLED
    factories.booking()

    assert coming_booking(db, learner, now=NOW) is next_one


def test_history_is_what_was_booked_and_the_skills_of_it_and_of_badges(db):
    learner, clay = factories.learner(), factories.achievement(skills=[Skill.CREATIVITY])
    booked = factories.opportunity(achievement=clay, category=Category.ARTS_AND_CULTURE)
    factories.booking(of=learner, on=factories.scheduled_session(opportunity=booked))
    plain = factories.opportunity(category=Category.SPORT)
    factories.booking(of=learner, on=factories.scheduled_session(opportunity=plain))
    award(
        db,
        achievement=factories.achievement(skills=[Skill.TEAMWORK, Skill.PLANNING]),
        recipient=learner,
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    given_back = factories.booking(of=learner)
    given_back.status = BookingStatus.CANCELLED
    factories.booking(
        on=factories.scheduled_session(opportunity=factories.opportunity(category=Category.CIVIC))
    )
    db.flush()

    known = history_of(db, learner)

    assert known.opportunity_ids == {booked.id, plain.id}
    assert known.categories == {Category.ARTS_AND_CULTURE, Category.SPORT}
    assert known.skills == {Skill.CREATIVITY, Skill.TEAMWORK, Skill.PLANNING}
