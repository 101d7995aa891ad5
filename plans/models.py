"""What learners want to reach and try next, how it ended, and what they say of how things went."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import AchievementCredential, Skill
from feedback.models import Feedback
from logbook.models import LoggedActivity
from opportunities.models import ScheduledSession
from participation.models import Booking


class GoalState(StrEnum):
    """Where a goal stands. Its learner says so, and nobody else."""

    OPEN = "open"
    REACHED = "reached"
    LET_GO = "let_go"


class ItemState(StrEnum):
    """Where something to try stands."""

    OPEN = "open"
    #: Its learner went somewhere for it, and is asked how it went. Written by `plans.looking`.
    TRIED = "tried"
    DONE = "done"
    #: Another item follows it.
    STILL_WORKING = "still_working"
    DROPPED = "dropped"


#: Something to try has not ended in these, and ends in one of the others for good.
UNENDED = (ItemState.OPEN, ItemState.TRIED)
ENDINGS = (ItemState.DONE, ItemState.STILL_WORKING, ItemState.DROPPED)


class Stem(StrEnum):
    """How a sentence of how it went begins; one is enough."""

    NEW = "new"
    KEPT_GOING = "kept_going"
    PROUD = "proud"
    TOGETHER = "together"
    DIFFERENTLY = "differently"
    NOT_FOR_ME = "not_for_me"


class Goal(Base):
    """What a learner wants to reach, in their own words. Only they see it."""

    __tablename__ = "goal"
    __table_args__ = (
        CheckConstraint("char_length(words) BETWEEN 1 AND 200", "words_short"),
        CheckConstraint(
            "char_length(why) <= 300 AND char_length(where_now) <= 300"
            " AND char_length(because) <= 300",
            "rest_short",
        ),
        CheckConstraint("(closed_at IS NULL) = (state = 'open')", "closed_when_ended"),
        CheckConstraint("because = '' OR state <> 'open'", "because_of_the_end"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    words: Mapped[str]
    #: Why it matters to them; empty where they did not say.
    why: Mapped[str] = mapped_column(default="")
    #: Where they were when they set it: what the end is read beside.
    where_now: Mapped[str] = mapped_column(default="")
    by: Mapped[date | None]
    made_at: Mapped[datetime]
    state: Mapped[GoalState] = mapped_column(default=GoalState.OPEN)
    closed_at: Mapped[datetime | None]
    #: Where they are now that it is reached, or why they let it go.
    because: Mapped[str] = mapped_column(default="")

    learner: Mapped[User] = relationship()


class PlanItem(Base):
    """One thing that a learner will try: a skill, and a day to look again. Only they see it."""

    __tablename__ = "plan_item"
    __table_args__ = (
        CheckConstraint("char_length(words) BETWEEN 1 AND 600", "words_short"),
        CheckConstraint("char_length(because) <= 300", "because_short"),
        CheckConstraint("(closed_at IS NULL) = (state IN ('open', 'tried'))", "closed_when_ended"),
        CheckConstraint("because = '' OR closed_at IS NOT NULL", "because_of_the_end"),
        CheckConstraint("because <> '' OR state <> 'dropped'", "dropped_because"),
        CheckConstraint("follows_id <> id", "follows_another"),
        # One thing that somebody said is tried once at a time; when that has ended, it may be again.
        Index(
            "uq_plan_item_feedback_unended",
            "feedback_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'tried')"),
        ),
        Index(
            "ix_plan_item_unended",
            "learner_id",
            postgresql_where=text("state IN ('open', 'tried')"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: Of the same learner, as is what it follows: the database refuses any other.
    goal_id: Mapped[int | None] = mapped_column(
        ForeignKey(Goal.id, ondelete="SET NULL"), index=True
    )
    #: The feedback whose "try next" it was; empty for one of their own, and for what goes on from one.
    feedback_id: Mapped[int | None] = mapped_column(ForeignKey(Feedback.id, ondelete="SET NULL"))
    words: Mapped[str]
    skill: Mapped[Skill]
    #: The day on which to look again how it stands. Nothing happens when it goes by.
    look_again_on: Mapped[date]
    made_at: Mapped[datetime]
    state: Mapped[ItemState] = mapped_column(default=ItemState.OPEN)
    closed_at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(default="")
    #: The item that this one goes on from. Only one goes on from each.
    follows_id: Mapped[int | None] = mapped_column(
        ForeignKey("plan_item.id", ondelete="SET NULL"), unique=True
    )

    learner: Mapped[User] = relationship()
    goal: Mapped[Goal | None] = relationship()
    feedback: Mapped[Feedback | None] = relationship()
    follows: Mapped["PlanItem | None"] = relationship(remote_side="PlanItem.id")

    @property
    def has_ended(self) -> bool:
        return self.state in ENDINGS


class PlanItemSession(Base):
    """A session that a learner picked for something to try, whether a place was booked or not."""

    __tablename__ = "plan_item_session"

    plan_item_id: Mapped[int] = mapped_column(
        ForeignKey(PlanItem.id, ondelete="CASCADE"), primary_key=True
    )
    scheduled_session_id: Mapped[int] = mapped_column(
        ForeignKey(ScheduledSession.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    picked_at: Mapped[datetime]


class Reflection(Base):
    """How something went, by a stem, in own words, or both. Only its learner sees it."""

    __tablename__ = "reflection"
    __table_args__ = (
        CheckConstraint("char_length(words) <= 600", "words_short"),
        CheckConstraint("stem IS NOT NULL OR words <> ''", "says_something"),
        CheckConstraint(
            "num_nonnulls(booking_id, logged_activity_id, credential_id, plan_item_id, goal_id) <= 1",
            "about_one_thing",
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: What it is about. The database refuses what is somebody else's.
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), index=True
    )
    logged_activity_id: Mapped[int | None] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="CASCADE"), index=True
    )
    plan_item_id: Mapped[int | None] = mapped_column(
        ForeignKey(PlanItem.id, ondelete="CASCADE"), index=True
    )
    goal_id: Mapped[int | None] = mapped_column(ForeignKey(Goal.id, ondelete="CASCADE"), index=True)
    stem: Mapped[Stem | None]
    words: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
