"""Where each step of a pathway can be done in the coming month."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import null, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, contains_eager

from accounts.models import Role, User
from geo.queries import metres_from
from opportunities.models import Opportunity, ScheduledSession
from opportunities.near_home import age_to_search_for, home_of
from opportunities.queries import Found, bookable
from pathways.models import Pathway, PathwayStep, StepKind

AHEAD = timedelta(days=31)
#: So many things are named for a step, each by its next session.
_SHOWN = 3


def where_to_go(
    db: Session, pathway: Pathway, *, viewer: User | None, now: datetime
) -> dict[int, Sequence[Found]]:
    """Return where to do each step, by its position, in one question: three things at most.

    For a learner the nearest to the middle of their home area come first, and what is not for their
    age is left out. For everyone else, the soonest.
    """
    learner = viewer if viewer and viewer.role is Role.LEARNER else None
    found = sorted(_next_sessions(db, pathway, learner, now), key=_order)
    return {
        step.position: [each for each in found if _counts(pathway, step, each)][:_SHOWN]
        for step in pathway.steps
        if step.kind is not StepKind.EVIDENCE
    }


def _next_sessions(
    db: Session, pathway: Pathway, learner: User | None, now: datetime
) -> list[Found]:
    items = [item for step in pathway.steps for item in step.items]
    is_anything_of_theirs = any(_is_anything(step) for step in pathway.steps)
    distance = metres_from(*home_of(db, learner)) if learner else null()
    of_opportunity = contains_eager(ScheduledSession.opportunity)
    soonest = (
        select(ScheduledSession, distance)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .join(Opportunity.place)
        .options(
            of_opportunity.contains_eager(Opportunity.provider),
            of_opportunity.contains_eager(Opportunity.place),
        )
        .where(
            bookable(now),
            ScheduledSession.starts_at <= now + AHEAD,
            or_(
                Opportunity.id.in_([item.opportunity_id for item in items if item.opportunity_id]),
                Opportunity.achievement_id.in_(
                    [item.achievement_id for item in items if item.achievement_id]
                ),
                Opportunity.provider_id == (pathway.provider_id if is_anything_of_theirs else None),
            ),
            _is_for(learner),
        )
        .ext(distinct_on(ScheduledSession.opportunity_id))
        .order_by(ScheduledSession.opportunity_id, ScheduledSession.starts_at, ScheduledSession.id)
    )
    return [Found(scheduled, metres) for scheduled, metres in db.execute(soonest)]


def _is_for(learner: User | None):
    if learner is None:
        return true()
    age = age_to_search_for(learner)
    return (Opportunity.min_age <= age) & (Opportunity.max_age >= age)


def _counts(pathway: Pathway, step: PathwayStep, found: Found) -> bool:
    opportunity = found.scheduled.opportunity
    if _is_anything(step):
        return opportunity.provider_id == pathway.provider_id
    return any(
        item.opportunity_id == opportunity.id
        or (item.achievement_id and item.achievement_id == opportunity.achievement_id)
        for item in step.items
    )


def _is_anything(step: PathwayStep) -> bool:
    """Return whether all that the organisation offers counts for a step."""
    return step.kind is StepKind.HOURS and not step.items


def _order(found: Found) -> tuple[float, datetime, int]:
    return found.distance_m or 0, found.scheduled.starts_at, found.scheduled.id
