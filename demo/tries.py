"""What Seren plans: a goal, something to try, something she tried, and something that is done."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from app.clock import LONDON
from badges.models import Achievement, Skill
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Attendance, Booking
from plans.about import Kind
from plans.models import ItemState, PlanItem, Stem
from plans.reflecting import reflect
from plans.service import add_goal, add_item, end_item, suggested_day

_GOAL = "Speak in front of people without notes"
_WHY = "I want to say what I think at the school council."
_WHERE_NOW = "I read from a page and talk to the floor."
_TO_TRY = "Ask one question out loud, where people I do not know can hear it."
#: What to try for a skill, in words of Seren's own.
_TRIES = {
    Skill.LISTENING: "Say back what somebody told me before I answer.",
    Skill.SPEAKING: "Explain one thing to the group without looking at my page.",
    Skill.PROBLEM_SOLVING: "Try two ways before I ask for help.",
    Skill.CREATIVITY: "Make three rough versions before I choose one.",
    Skill.ADAPTING: "Carry on when the plan changes, and see what happens.",
    Skill.PLANNING: "Write down the steps before I start.",
    Skill.LEADERSHIP: "Ask the quiet ones what they think.",
    Skill.TEAMWORK: "Swap jobs half way, so that everybody has a turn.",
}
_HOW_IT_WENT = "My hands shook at first. Then I forgot about them."
_WHAT_CHANGED = "I do it without thinking about it now."
_BEFORE = timedelta(days=3)


def plan_some(db: Session, seren: User, now: datetime) -> None:
    """Let Seren have set a goal, and have tried things at what she went to. Flushes."""
    month_ago = now - timedelta(days=30)
    goal = add_goal(
        db,
        learner=seren,
        words=_GOAL,
        why=_WHY,
        where_now=_WHERE_NOW,
        by=(now + timedelta(days=120)).astimezone(LONDON).date(),
        now=month_ago,
    )
    add_item(
        db,
        learner=seren,
        words=_TO_TRY,
        skill=Skill.SPEAKING,
        look_again_on=suggested_day(now),
        goal_uuid=goal.uuid,
        now=now,
    )
    *earlier, last = _went_to(db, seren)[::-1]
    # What was done comes first: the same again, while it is open, would be the same item.
    for scheduled in earlier:
        _end(db, _tried_at(db, seren, scheduled), scheduled)
    _tried_at(db, seren, last)


def _tried_at(db: Session, seren: User, scheduled: ScheduledSession) -> PlanItem:
    """Return what she meant to try, some days before she went where she could."""
    achievement = scheduled.opportunity.achievement
    skill = Skill(achievement.skills[0] if achievement else Skill.TEAMWORK)
    made_at = scheduled.starts_at - _BEFORE
    return add_item(
        db,
        learner=seren,
        words=_TRIES[skill],
        skill=skill,
        look_again_on=suggested_day(made_at),
        now=made_at,
    )


def _end(db: Session, item: PlanItem, scheduled: ScheduledSession) -> None:
    next_day = scheduled.ends_at + timedelta(days=1)
    reflect(
        db,
        learner=item.learner,
        kind=Kind.PLAN,
        uuid=item.uuid,
        stem=Stem.KEPT_GOING,
        words=_HOW_IT_WENT,
        now=next_day,
    )
    end_item(
        db,
        learner=item.learner,
        uuid=item.uuid,
        ending=ItemState.DONE,
        because=_WHAT_CHANGED,
        now=next_day,
    )


def _went_to(db: Session, seren: User) -> Sequence[ScheduledSession]:
    """Return the two sessions that she last went to where a skill was practised."""
    of_session = contains_eager(ScheduledSession.opportunity)
    went = (
        select(ScheduledSession)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(ScheduledSession.opportunity)
        .join(Achievement, Opportunity.achievement)
        .options(of_session.contains_eager(Opportunity.achievement))
        .where(Booking.learner_id == seren.id, func.cardinality(Achievement.skills) > 0)
        .order_by(ScheduledSession.starts_at.desc())
        .limit(2)
    )
    return db.scalars(went).all()
