"""What there is in a record: things somebody went to, was given, and says."""

from datetime import date, timedelta

from app.links import token_hash, token_of
from logbook.models import LoggedKind
from logbook.service import LINK_KIND, answer_as_adult, answer_as_friend, ask_witness, log_activity
from participation.attendance import confirm_attendance
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"


def went(db, learner, *, days_ago=2, by=None, **given):
    """A session that an organisation confirmed the learner came to."""
    opportunity = factories.opportunity(**given)
    scheduled = factories.scheduled_session(
        opportunity=opportunity, starts_at=NOW - timedelta(days=days_ago)
    )
    booking = factories.booking(of=learner, on=scheduled)
    return confirm_attendance(
        db,
        booking_uuid=booking.uuid,
        confirmed_by=by or factories.member(of=opportunity.provider),
        now=scheduled.ends_at,
    )


def badge(provider=None, **given):
    """An achievement, and what makes an opportunity of the same provider give it."""
    provider = provider or factories.provider()
    return {"provider": provider, "achievement": factories.achievement(provider, **given)}


def logged(db, learner, *, days_ago=3, kind=LoggedKind.ACTIVITY, skills=(), place="The food bank"):
    """Something that a learner says they did elsewhere."""
    return log_activity(
        db,
        learner=learner,
        title="Sorted tins",
        place=place,
        description="We filled forty boxes.",
        done_on=date(2026, 6, 1) - timedelta(days=days_ago),
        minutes=60,
        kind=kind,
        skills=skills,
        now=NOW,
    )


def seen(db, learner, activity, *, by="Sam Lewis"):
    """An adult says that it was so; or a friend, where there is no name."""
    friend = by is None
    witness = ask_witness(
        db, learner=learner, uuid=activity.uuid, friend=friend, secret=SECRET, now=NOW
    )
    token = token_hash(token_of(witness.uuid, secret=SECRET, kind=LINK_KIND))
    if friend:
        return answer_as_friend(db, token_hash=token, was_so=True, now=NOW)
    return answer_as_adult(
        db, token_hash=token, was_so=True, name=by, role="runs the food bank", now=NOW
    )
