"""Places that an organiser keeps for a group of young people, until some time before the start.

The last places are the kept ones: while more are left than are kept, everyone takes of the same.
So what is left for everyone follows from how many are booked, whoever booked, and no booking has to
say whose it is. Nor can an organiser find out: while places are kept it sees no name on the register,
and no more of the number booked than everyone sees; and places are kept only on sessions that nobody
had booked before.

`kept_capacity` of a session is worked out anew, under its row lock, from how many places are left.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from opportunities.models import Opportunity, ScheduledSession
from participation.models import GroupMember, KeptPlaces

#: At the latest so long before the start all places are everyone's, and names are shown.
_ENDS_BEFORE = timedelta(hours=24)


def kept_until(scheduled: ScheduledSession) -> datetime | None:
    """Return until when places are kept on a session, nothing where none are."""
    if scheduled.kept_until is None:
        return None
    # It may have been moved to an earlier day since.
    return min(scheduled.kept_until, scheduled.starts_at - _ENDS_BEFORE)


def is_keeping(scheduled: ScheduledSession, now: datetime) -> bool:
    """Return whether places may be kept on a session now, so that no organiser may see a name."""
    until = kept_until(scheduled)
    return until is not None and now < until


def most_kept(db: Session, scheduled: ScheduledSession, now: datetime) -> int:
    """Return how many of the places that are left are kept at most, by what its organiser says now."""
    rule = _rule_of(db, scheduled)
    until = _would_be_kept_until(scheduled, rule, now)
    return _half_at_most(scheduled, rule) if rule and until else 0


def share_out(db: Session, scheduled: ScheduledSession, now: datetime) -> None:
    """Say of what is left how much anyone may have, and how much is kept. Its row is held.

    Whoever waits in line is offered what that frees by `participation.waiting.settle`.
    """
    rule = _rule_of(db, scheduled)
    scheduled.kept_until = _would_be_kept_until(scheduled, rule, now)
    most = _half_at_most(scheduled, rule) if rule and scheduled.kept_until else 0
    left = scheduled.remaining_capacity + scheduled.kept_capacity
    scheduled.kept_capacity = min(left, most)
    scheduled.remaining_capacity = left - scheduled.kept_capacity


def how_many_keep(db: Session, opportunity: Opportunity, now: datetime) -> int:
    """Return on how many sessions to come places are kept, whether any is left of them or not."""
    of = ScheduledSession
    keeping = select(func.count()).where(
        of.opportunity_id == opportunity.id,
        of.cancelled_at.is_(None),
        func.least(of.kept_until, of.starts_at - _ENDS_BEFORE) > now,
    )
    return db.scalar(keeping.where(of.kept_until.is_not(None))) or 0


def members_among(
    db: Session, scheduled: ScheduledSession, learner_ids: Collection[int]
) -> set[int]:
    """Return which of these learners are in the group that places are kept for."""
    found = (
        select(GroupMember.learner_id)
        .join(KeptPlaces, KeptPlaces.group_id == GroupMember.group_id)
        .where(
            KeptPlaces.opportunity_id == scheduled.opportunity_id,
            GroupMember.learner_id.in_(learner_ids),
        )
    )
    return set(db.scalars(found))


def unshared(now: datetime) -> Select[int]:
    """Return the question for sessions that `share_out` would change, by their keys."""
    of = ScheduledSession
    left = of.remaining_capacity + of.kept_capacity
    half = func.least(KeptPlaces.places, of.maximum_capacity // 2)
    is_on = and_(KeptPlaces.opportunity_id.is_not(None), Opportunity.is_instant)
    is_over = func.least(of.kept_until, of.starts_at - _ENDS_BEFORE) <= now
    other = of.kept_capacity != case((is_on, func.least(half, left)), else_=0)
    is_new = and_(
        of.kept_until.is_(None),
        is_on,
        left == of.maximum_capacity,
        half > 0,
        of.starts_at > now,
        of.starts_at - func.make_interval(0, 0, 0, 0, KeptPlaces.hours_before) > now,
    )
    return (
        select(of.id)
        .join(of.opportunity)
        .outerjoin(KeptPlaces, KeptPlaces.opportunity_id == of.opportunity_id)
        .where(or_(and_(of.kept_until.is_not(None), or_(is_over, other)), is_new))
    )


def is_kept_for(learner_id: int) -> ColumnElement[bool]:
    """Return the condition that places of a session are kept for a group that a learner is in."""
    return (
        select(KeptPlaces.opportunity_id)
        .join(GroupMember, GroupMember.group_id == KeptPlaces.group_id)
        .where(
            KeptPlaces.opportunity_id == ScheduledSession.opportunity_id,
            GroupMember.learner_id == learner_id,
        )
        .exists()
    )


def _rule_of(db: Session, scheduled: ScheduledSession) -> KeptPlaces | None:
    # Read afresh: it may have changed while the caller waited for the session.
    rule = db.get(KeptPlaces, scheduled.opportunity_id, populate_existing=True)
    return rule if scheduled.opportunity.is_instant else None


def _would_be_kept_until(
    scheduled: ScheduledSession, rule: KeptPlaces | None, now: datetime
) -> datetime | None:
    """Return until when places are kept on a session, once its row says what it should."""
    until = kept_until(scheduled)
    if not scheduled.is_booked:
        # Of one that is booked it stays: to end it early would show who came in meanwhile.
        until = None
        if rule is not None and _half_at_most(scheduled, rule):
            until = scheduled.starts_at - timedelta(hours=rule.hours_before)
    return until if until is not None and now < until else None


def _half_at_most(scheduled: ScheduledSession, rule: KeptPlaces) -> int:
    return min(rule.places, scheduled.maximum_capacity // 2)
