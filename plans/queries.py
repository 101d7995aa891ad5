"""A learner's own goals, what they mean to try, and what they said of how things went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import User
from feedback.models import Feedback
from opportunities.models import Opportunity, ScheduledSession
from participation.models import LIVE, Booking
from plans.models import UNENDED, Goal, GoalState, ItemState, PlanItem, PlanItemSession, Reflection


@dataclass(frozen=True)
class Plan:
    """A learner's goals, and what they mean to try: what is open first, what ended by its end."""

    goals: Sequence[Goal]
    items: Sequence[PlanItem]
    ended_goals: Sequence[Goal]
    ended_items: Sequence[PlanItem]

    def items_for(self, goal: Goal | None) -> list[PlanItem]:
        """Return the open items of a goal; of none, those that belong to no goal shown as open."""
        shown = {each.id for each in self.goals}
        if goal is None:
            return [item for item in self.items if item.goal_id not in shown]
        return [item for item in self.items if item.goal_id == goal.id]


def plan_of(db: Session, learner: User) -> Plan:
    """Return all that a learner plans and planned, in three questions."""
    goals = goals_of(db, learner)
    ended = _latest_tries().where(PlanItem.learner_id == learner.id, PlanItem.state.not_in(UNENDED))
    ended = ended.order_by(PlanItem.closed_at.desc(), PlanItem.id.desc())
    return Plan(
        goals=[goal for goal in goals if goal.state is GoalState.OPEN],
        items=open_items(db, learner),
        ended_goals=[goal for goal in goals if goal.state is not GoalState.OPEN],
        ended_items=db.scalars(ended).all(),
    )


def goals_of(db: Session, learner: User) -> Sequence[Goal]:
    """Return a learner's goals: the open ones first, each newest first."""
    own = select(Goal).filter_by(learner_id=learner.id)
    return db.scalars(own.order_by(Goal.closed_at.desc().nulls_first(), Goal.id.desc())).all()


def own_goal(db: Session, learner: User, uuid: UUID) -> Goal | None:
    """Return one goal of this learner."""
    return db.scalar(select(Goal).filter_by(uuid=uuid, learner_id=learner.id))


def open_items(db: Session, learner: User) -> Sequence[PlanItem]:
    """Return what a learner means to try, first what was tried and asks how it went, then by day."""
    return db.scalars(_unended(learner)).all()


def due_items(db: Session, learner: User, today: date) -> Sequence[PlanItem]:
    """Return which open items to look at now: what was tried, and what its learner's own day has come for."""
    is_due = or_(PlanItem.state == ItemState.TRIED, PlanItem.look_again_on <= today)
    return db.scalars(_unended(learner).where(is_due)).all()


def own_item(db: Session, learner: User, uuid: UUID) -> PlanItem | None:
    """Return one item of this learner, with its goal and what it goes on from."""
    own = select(PlanItem).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(
        own.options(
            joinedload(PlanItem.goal), joinedload(PlanItem.follows), joinedload(PlanItem.feedback)
        )
    )


def feedback_to(db: Session, learner: User, uuid: UUID) -> Feedback | None:
    """Return what somebody said to this learner, if it reached them."""
    said = db.scalar(select(Feedback).filter_by(uuid=uuid, learner_id=learner.id))
    return said if said and said.reaches_learner else None


def unended_item_from(db: Session, feedback: Feedback) -> PlanItem | None:
    """Return the item by which the learner tries what this said, while it has not ended."""
    from_it = select(PlanItem).where(
        PlanItem.feedback_id == feedback.id, PlanItem.state.in_(UNENDED)
    )
    return db.scalar(from_it)


def follower_of(db: Session, item: PlanItem) -> PlanItem | None:
    """Return the item that goes on from this one."""
    return db.scalar(select(PlanItem).filter_by(follows_id=item.id))


def items_of_goal(db: Session, goal: Goal) -> Sequence[PlanItem]:
    """Return what its learner tries or tried for a goal, newest first: of one thing, the latest try."""
    of_goal = _latest_tries().where(PlanItem.goal_id == goal.id)
    return db.scalars(of_goal.order_by(PlanItem.id.desc())).all()


def places_for(db: Session, item: PlanItem) -> Sequence[Booking]:
    """Return the places that a learner has, or asked for, on what they picked for an item, soonest first."""
    of_session = contains_eager(Booking.scheduled_session)
    own = (
        select(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .options(
            of_session.contains_eager(ScheduledSession.opportunity).joinedload(
                Opportunity.place, innerjoin=True
            )
        )
        .where(
            Booking.learner_id == item.learner_id,
            Booking.status.in_(LIVE),
            ScheduledSession.opportunity_id.in_(_picked_opportunities(item)),
            ScheduledSession.starts_at >= item.made_at,
        )
        .order_by(ScheduledSession.starts_at, Booking.id)
    )
    return db.scalars(own).all()


def reflections_for(
    db: Session,
    learner: User,
    *,
    bookings: Collection[int] = (),
    logged: Collection[int] = (),
    badges: Collection[int] = (),
    items: Collection[int] = (),
    goals: Collection[int] = (),
) -> Sequence[Reflection]:
    """Return what a learner said of any of these, by their ids, in the order in which they said it."""
    about = {
        Reflection.booking_id: bookings,
        Reflection.logged_activity_id: logged,
        Reflection.credential_id: badges,
        Reflection.plan_item_id: items,
        Reflection.goal_id: goals,
    }
    is_about = [column.in_(ids) for column, ids in about.items() if ids]
    if not is_about:
        return []
    said = select(Reflection).where(Reflection.learner_id == learner.id, or_(*is_about))
    return db.scalars(said.order_by(Reflection.said_at, Reflection.id)).all()


def own_reflection(db: Session, learner: User, uuid: UUID) -> Reflection | None:
    """Return one thing that this learner said."""
    return db.scalar(select(Reflection).filter_by(uuid=uuid, learner_id=learner.id))


def _unended(learner: User) -> Select[PlanItem]:
    asks_first = case((PlanItem.state == ItemState.TRIED, 0), else_=1)
    return (
        select(PlanItem)
        .where(PlanItem.learner_id == learner.id, PlanItem.state.in_(UNENDED))
        .order_by(asks_first, PlanItem.look_again_on, PlanItem.id)
    )


def _latest_tries() -> Select[PlanItem]:
    """Select the items that no other goes on from: an earlier try is one link further, and no list."""
    later = aliased(PlanItem)
    return select(PlanItem).where(~select(later.id).where(later.follows_id == PlanItem.id).exists())


def _picked_opportunities(item: PlanItem):
    return (
        select(ScheduledSession.opportunity_id)
        .join(PlanItemSession, PlanItemSession.scheduled_session_id == ScheduledSession.id)
        .where(PlanItemSession.plan_item_id == item.id)
    )
