"""Projects, and days with employers."""

from datetime import date, timedelta

from app.links import token_hash, token_of
from logbook.models import EntryKind, LoggedKind, ProjectKind
from logbook.project_service import note_entry, start_project
from logbook.service import LINK_KIND, answer_as_adult, ask_witness, log_activity
from opportunities.models import OpportunityKind, Placement
from participation.attendance import confirm_attendance
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
TODAY = date(2026, 6, 1)


def project(db, learner, **given):
    """A project that somebody set out on a month ago."""
    said = {
        "kind": ProjectKind.EXTENDED,
        "title": "Can our school run on the sun?",
        "brief": "I want to know, because the bills are high.",
        "started_on": TODAY - timedelta(days=30),
        "now": NOW,
    }
    return start_project(db, learner=learner, **said | given)


def entry(db, of, *, days_ago=3, **given):
    """Something written in the log of a project."""
    said = {
        "kind": EntryKind.DID,
        "words": "I measured the roof.",
        "minutes": 60,
        "done_on": TODAY - timedelta(days=days_ago),
        "now": NOW,
    }
    return note_entry(db, learner=of.learner, uuid=of.uuid, **said | given)


def ask(db, of):
    """Let a supervisor be asked. Returns who is asked, and the hash that opens the address."""
    witness = ask_witness(
        db, learner=of.learner, uuid=of.uuid, friend=False, secret=SECRET, now=NOW
    )
    return witness, token_hash(token_of(witness.uuid, secret=SECRET, kind=LINK_KIND))


def supervised(db, of, *, was_so=True, now=NOW):
    """A supervisor says that it was so."""
    _witness, opens = ask(db, of)
    said = {"name": "Sam Lewis", "role": "teaches physics", "was_so": was_so}
    return answer_as_adult(db, token_hash=opens, now=now, **said)


def worked(db, learner, *, at, days_ago, points=None, kind=OpportunityKind.WORK_EXPERIENCE):
    """A session that an employer confirmed."""
    opportunity = factories.opportunity("In the workshop", provider=at, kind=kind)
    if points is not None:
        opportunity.placement = Placement(points=points)
    scheduled = factories.scheduled_session(
        opportunity=opportunity, starts_at=NOW - timedelta(days=days_ago)
    )
    booking = factories.booking(of=learner, on=scheduled)
    return confirm_attendance(
        db,
        booking_uuid=booking.uuid,
        confirmed_by=factories.member(of=at),
        now=scheduled.ends_at,
    )


def logged_work(db, learner, *, place="Hill Street Garage", days_ago=5, kind=LoggedKind.WORK):
    """A day of work that a learner logged."""
    return log_activity(
        db,
        learner=learner,
        title="Changed tyres",
        place=place,
        description="",
        done_on=TODAY - timedelta(days=days_ago),
        minutes=240,
        kind=kind,
        now=NOW,
    )
