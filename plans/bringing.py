"""What a learner planned at another site, brought along as it stood there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict
from badges.models import Skill
from plans.models import (
    ENDINGS,
    UNENDED,
    Goal,
    GoalState,
    ItemState,
    PlanItem,
    Reflection,
    Stem,
)


@dataclass(frozen=True, kw_only=True)
class End:
    """How something stood, and why it ended so."""

    state: str
    closed_at: datetime | None
    because: str


def bring_goal(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    words: str,
    why: str,
    where_now: str,
    by: date | None,
    made_at: datetime,
    end: End,
) -> Goal:
    """Keep a goal as it stood. Flushes."""
    is_open = end.state not in (GoalState.REACHED, GoalState.LET_GO) or end.closed_at is None
    goal = Goal(
        uuid=uuid,
        learner=learner,
        words=words,
        why=why,
        where_now=where_now,
        by=by,
        made_at=made_at,
        state=GoalState.OPEN if is_open else GoalState(end.state),
        closed_at=None if is_open else end.closed_at,
        because="" if is_open else end.because,
    )
    db.add(goal)
    db.flush()
    return goal


def bring_items(db: Session, *, learner: User, items: Mapping[str, PlanItem]) -> None:
    """Keep things to try, each as it stood, and what goes on from what. Flushes.

    :param items: by what each is known by where it comes from; what one follows stands before it.
    :raises Conflict: one goes on from what is not there, or has not ended so.
    """
    for item in items.values():
        item.learner = learner
        if item.follows is not None and item.follows.state is not ItemState.STILL_WORKING:
            raise Conflict(_("This goes on from something that has ended."))
    followed = {id(item.follows) for item in items.values() if item.follows is not None}
    for item in items.values():
        if item.state is ItemState.STILL_WORKING and id(item) not in followed:
            raise Conflict(_("This goes on with something that is not there."))
    db.add_all(items.values())
    db.flush()


def item_as_it_stood(
    *,
    uuid: UUID,
    words: str,
    skill: Skill,
    look_again_on: date,
    made_at: datetime,
    end: End,
    goal: Goal | None,
    follows: PlanItem | None,
) -> PlanItem:
    """Return something to try, to be kept by `bring_items`."""
    state = ItemState(end.state) if end.state in set(ItemState) else ItemState.OPEN
    if state in ENDINGS and end.closed_at is None:
        state = ItemState.OPEN
    if state is ItemState.DROPPED and not end.because:
        state = ItemState.DONE
    return PlanItem(
        uuid=uuid,
        words=words,
        skill=skill,
        look_again_on=look_again_on,
        made_at=made_at,
        state=state,
        closed_at=None if state in UNENDED else end.closed_at,
        because="" if state in UNENDED else end.because,
        goal=goal,
        follows=follows,
    )


def bring_reflection(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    stem: Stem | None,
    words: str,
    said_at: datetime,
    goal: Goal | None,
    item: PlanItem | None,
) -> Reflection:
    """Keep what a learner said of how something went. Flushes."""
    said = Reflection(
        uuid=uuid,
        learner=learner,
        stem=stem,
        words=words,
        said_at=said_at,
        goal_id=goal.id if goal else None,
        plan_item_id=item.id if item and not goal else None,
    )
    db.add(said)
    db.flush()
    return said
