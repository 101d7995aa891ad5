"""The rules of goals and of what to try next: a learner's own to set, to end and to delete."""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotFound
from badges.models import Skill
from feedback.models import Feedback
from opportunities.models import ScheduledSession
from opportunities.queries import is_on_offer, session_by_uuid
from plans.looking import look_at
from plans.models import ENDINGS, Goal, GoalState, ItemState, PlanItem, PlanItemSession
from plans.queries import (
    feedback_to,
    follower_of,
    goals_of,
    open_items,
    own_goal,
    own_item,
    unended_item_from,
)

#: A few things at a time can be kept in mind. More would be a list that nobody looks at.
MOST_GOALS, MOST_ITEMS = 10, 20
#: When a learner is asked to look again, unless they choose another day.
LOOK_AGAIN_AFTER = timedelta(days=28)
#: No plan reaches farther.
FARTHEST = timedelta(days=3 * 366)


def add_goal(
    db: Session,
    *,
    learner: User,
    words: str,
    now: datetime,
    why: str = "",
    where_now: str = "",
    by: date | None = None,
) -> Goal:
    """Keep what a learner wants to reach. The same words twice are one goal. Flushes.

    :param where_now: where they are now: they read it beside where they have come to.
    :raises Conflict: the day has gone by or is too far off, or they have enough goals for now.
    """
    if by is not None:
        _refuse_day(by, now)
    lock(db, User, learner.id)
    still_open = [goal for goal in goals_of(db, learner) if goal.state is GoalState.OPEN]
    if same := next((goal for goal in still_open if goal.words == words), None):
        return same
    if len(still_open) >= MOST_GOALS:
        raise Conflict(
            _("You have %(number)s goals. End one before you add one.", number=MOST_GOALS)
        )
    goal = Goal(
        learner=learner, words=words, why=why, where_now=where_now, by=by, made_at=now, because=""
    )
    db.add(goal)
    db.flush()
    return goal


def end_goal(
    db: Session, *, learner: User, uuid: UUID, ending: GoalState, now: datetime, because: str = ""
) -> Goal:
    """Let a learner say that a goal is reached, or let it go. Saying it twice is harmless. Flushes.

    :param because: where they are now, or why they let it go.
    :raises NotFound: they have no such goal.
    :raises Conflict: it ended otherwise before.
    """
    goal = _held_goal(db, learner, uuid)
    if goal.state is GoalState.OPEN:
        goal.state, goal.closed_at, goal.because = ending, now, because
        db.flush()
    elif goal.state is not ending:
        raise Conflict(ended_before())
    return goal


def delete_goal(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete a goal that has ended, and what was said of it; what was tried for it stays. Flushes.

    Twice is harmless.

    :raises Conflict: it is still open.
    """
    goal = own_goal(db, learner, uuid)
    if goal is None:
        return
    lock(db, Goal, goal.id)
    if goal.state is GoalState.OPEN:
        raise Conflict(_("End it before you delete it."))
    db.delete(goal)
    db.flush()


def add_item(
    db: Session,
    *,
    learner: User,
    words: str,
    skill: Skill,
    look_again_on: date,
    now: datetime,
    goal_uuid: UUID | None = None,
    feedback_uuid: UUID | None = None,
) -> PlanItem:
    """Keep what a learner will try. The same words for the same skill twice are one item. Flushes.

    :param feedback_uuid: what somebody said to them, where it comes from there.
    :raises NotFound: no such goal of theirs, and nobody said such a thing to them.
    :raises Conflict: the goal has ended, the day has gone by or is too far off, or they have enough
        to try for now.
    """
    _refuse_day(look_again_on, now)
    lock(db, User, learner.id)
    goal = _open_goal(db, learner, goal_uuid)
    said = _said_to(db, learner, feedback_uuid) if feedback_uuid else None
    if said and (item := unended_item_from(db, said)):
        return item
    still_open = open_items(db, learner)
    if same := next((i for i in still_open if (i.words, i.skill) == (words, skill)), None):
        return same
    if len(still_open) >= MOST_ITEMS:
        raise Conflict(
            _("You have %(number)s things to try. End one before you add one.", number=MOST_ITEMS)
        )
    item = PlanItem(
        learner=learner,
        goal=goal,
        feedback=said,
        words=words,
        skill=skill,
        look_again_on=look_again_on,
        made_at=now,
        because="",
    )
    db.add(item)
    db.flush()
    look_at(db, [item])
    return item


def from_feedback(
    db: Session, *, learner: User, feedback_uuid: UUID, now: datetime
) -> PlanItem | None:
    """Make what somebody said to try next an item: their words, its skill, and a day in four weeks.

    The learner can change all three. Twice gives the same item, while it has not ended. Returns
    none where nothing tells which skill it is about: then the learner has to say. Flushes.

    :raises NotFound: nobody said such a thing to this learner.
    :raises Conflict: it says nothing to try, or they have enough to try for now.
    """
    said = _said_to(db, learner, feedback_uuid)
    if not said.try_next:
        raise Conflict(_("It does not say what to try next."))
    lock(db, User, learner.id)
    if item := unended_item_from(db, said):
        return item
    skill = suggested_skill(said)
    if skill is None:
        return None
    day = suggested_day(now)
    return add_item(
        db,
        learner=learner,
        words=said.try_next,
        skill=skill,
        look_again_on=day,
        feedback_uuid=feedback_uuid,
        now=now,
    )


def suggested_skill(said: Feedback) -> Skill | None:
    """Return the skill that something said is about: its own, or one of what it was said of."""
    achievement = None
    if said.credential:
        achievement = said.credential.achievement
    elif said.booking:
        achievement = said.booking.scheduled_session.opportunity.achievement
    named = [*said.skills, *(achievement.skills if achievement else ())]
    return Skill(named[0]) if named else None


def change_item(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    words: str,
    skill: Skill,
    look_again_on: date,
    now: datetime,
    goal_uuid: UUID | None = None,
) -> PlanItem:
    """Let a learner say otherwise what they will try, for which skill and until when. Flushes.

    :raises NotFound: no such item, or goal, of theirs.
    :raises Conflict: it has ended, or the goal has; or the day has gone by or is too far off.
    """
    item = _held_item(db, learner, uuid)
    if item.has_ended:
        raise Conflict(ended_before())
    if look_again_on != item.look_again_on:
        _refuse_day(look_again_on, now)
    was_for = item.goal_id and item.goal and item.goal.uuid
    if goal_uuid != was_for:
        item.goal = _open_goal(db, learner, goal_uuid)
    item.words, item.skill, item.look_again_on = words, skill, look_again_on
    db.flush()
    look_at(db, [item])
    return item


def pick_session(
    db: Session, *, learner: User, uuid: UUID, session_uuid: UUID, now: datetime
) -> ScheduledSession:
    """Keep that a learner means to go to a session for an item: whoever books it goes for the item. Flushes.

    Picking twice is harmless. Whether there is a place is for booking to say.

    :raises NotFound: no such item of theirs, or no such session on offer.
    :raises Conflict: the item has ended.
    """
    item = _held_item(db, learner, uuid)
    if item.has_ended:
        raise Conflict(ended_before())
    scheduled = session_by_uuid(db, session_uuid)
    if (
        scheduled is None
        or not is_on_offer(scheduled.opportunity, now)
        or scheduled.starts_at <= now
    ):
        raise NotFound(_("We cannot find that session."))
    row = {"plan_item_id": item.id, "scheduled_session_id": scheduled.id, "picked_at": now}
    db.execute(insert(PlanItemSession).values(row).on_conflict_do_nothing())
    look_at(db, [item])
    return scheduled


def end_item(
    db: Session, *, learner: User, uuid: UUID, ending: ItemState, now: datetime, because: str = ""
) -> PlanItem:
    """Let a learner say that an item is done, still worked on, or dropped because. Flushes.

    Returns the item that they now have before them: of what is still worked on, the one that
    follows it, with a new day. Saying the same twice is harmless.

    :raises NotFound: they have no such item.
    :raises Conflict: it is dropped without saying why, or ended otherwise before.
    """
    item = _held_item(db, learner, uuid)
    if item.has_ended:
        if item.state is not ending:
            raise Conflict(ended_before())
        return follower_of(db, item) or item
    if ending not in ENDINGS:
        raise ValueError(ending)
    if ending is ItemState.DROPPED and not because:
        raise Conflict(_("Say why you drop it. Your reason is for you alone."))
    item.state, item.closed_at, item.because = ending, now, because
    follower = _following(item, now) if ending is ItemState.STILL_WORKING else None
    if follower:
        db.add(follower)
    db.flush()
    return follower or item


def delete_item(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete an item that has ended, and what was said of it. Twice is harmless. Flushes.

    :raises Conflict: it has not ended.
    """
    item = own_item(db, learner, uuid)
    if item is None:
        return
    lock(db, PlanItem, item.id)
    if not item.has_ended:
        raise Conflict(_("End it before you delete it."))
    if follower := follower_of(db, item):
        follower.follows = None
        db.flush()
    db.delete(item)
    db.flush()


def ended_before() -> str:
    """Return what is said of something that has ended already."""
    return _("This has ended already. You can add a new one.")


def suggested_day(now: datetime) -> date:
    """Return when to look again, unless the learner chooses another day."""
    return now.astimezone(LONDON).date() + LOOK_AGAIN_AFTER


def _following(item: PlanItem, now: datetime) -> PlanItem:
    return PlanItem(
        learner_id=item.learner_id,
        goal_id=item.goal_id,
        words=item.words,
        skill=item.skill,
        look_again_on=suggested_day(now),
        made_at=now,
        because="",
        follows=item,
    )


def _refuse_day(day: date, now: datetime) -> None:
    today = now.astimezone(LONDON).date()
    if day < today:
        raise Conflict(_("That day has gone by. Choose one to come."))
    if day > today + FARTHEST:
        raise Conflict(_("That is more than three years away. Choose a day that is nearer."))


def _open_goal(db: Session, learner: User, uuid: UUID | None) -> Goal | None:
    if uuid is None:
        return None
    goal = _held_goal(db, learner, uuid)
    if goal.state is not GoalState.OPEN:
        raise Conflict(_("That goal has ended. Choose another, or none."))
    return goal


def _said_to(db: Session, learner: User, uuid: UUID) -> Feedback:
    said = feedback_to(db, learner, uuid)
    if said is None:
        raise NotFound(_("We cannot find that."))
    return said


def _held_goal(db: Session, learner: User, uuid: UUID) -> Goal:
    goal = own_goal(db, learner, uuid)
    if goal is None:
        raise NotFound(_("We cannot find that goal."))
    lock(db, Goal, goal.id)
    return goal


def _held_item(db: Session, learner: User, uuid: UUID) -> PlanItem:
    item = own_item(db, learner, uuid)
    if item is None:
        raise NotFound(_("We cannot find that."))
    lock(db, PlanItem, item.id)
    return item
