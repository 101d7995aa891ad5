"""Pathways for tests, and what learners did on the way."""

from datetime import timedelta

from app.db import current_db
from participation.attendance import confirm_attendance
from pathways.keeping import Plan, StepPlan, lay_out, publish
from pathways.models import StepKind
from pathways.queries import Choice
from pathways.service import set_out
from tests import factories
from tests.factories import NOW


def do(*things, needed=1, title="Try something"):
    """A step of things: opportunities and achievements."""
    return StepPlan(title=title, kind=StepKind.ANY_OF, needed=needed, items=choices(*things))


def hours(number, *things, title="Keep at it"):
    return StepPlan(title=title, kind=StepKind.HOURS, hours=number, items=choices(*things))


def words(title="Say what came of it"):
    return StepPlan(title=title, kind=StepKind.EVIDENCE)


def choices(*things):
    return [
        Choice(achievement=each) if hasattr(each, "criteria") else Choice(opportunity=each)
        for each in things
    ]


def plan(*steps, badge=None, **given):
    return Plan(
        title=given.pop("title", "Into the arts"),
        description=given.pop("description", "From a first try to your own thing."),
        min_age=given.pop("min_age", 11),
        max_age=given.pop("max_age", 24),
        achievement=badge,
        steps=steps,
        **given,
    )


class Club:
    """An organisation with somebody who speaks for it, and what it offers."""

    def __init__(self, **given):
        self.provider = factories.provider(**given)
        self.keeper = factories.member(self.provider)
        self.badge = factories.achievement(self.provider, name="Arts Path")

    def offers(self, title="Pottery", **given):
        return factories.opportunity(title, provider=self.provider, **given)

    def lays_out(self, *steps, **given):
        return lay_out(
            current_db(),
            provider=self.provider,
            laid_by=self.keeper,
            plan=plan(*steps, **({"badge": self.badge} | given)),
        )

    def publishes(self, *steps, **given):
        pathway = self.lays_out(*steps, **given)
        publish(current_db(), pathway=pathway, published_by=self.keeper, now=NOW)
        return pathway


def went(learner, opportunity, *, times=1, days_ago=7):
    """Let a learner have come to something, as its organiser confirmed; returns the last booking."""
    starts_at = NOW - timedelta(days=days_ago)
    for _each in range(times):
        session = factories.scheduled_session(opportunity=opportunity, starts_at=starts_at)
        booking = factories.booking(of=learner, on=session)
        confirm_attendance(
            current_db(),
            booking_uuid=booking.uuid,
            confirmed_by=factories.member(opportunity.provider),
            now=NOW,
        )
    return booking


def starts(learner, pathway, now=NOW):
    return set_out(current_db(), learner=learner, pathway=pathway, now=now)


def noise():
    """Somebody else's life: another club and its pathway, which another learner is half through."""
    club, other = Club(name="Elsewhere"), factories.learner(name="Noa")
    offer = club.offers("Chess")
    pathway = club.publishes(do(offer), words())
    starts(other, pathway)
    went(other, offer)
    return other
