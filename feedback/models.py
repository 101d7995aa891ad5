"""What adults say to a learner of what they did: no mark, no letter and no number has a place here."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import AchievementCredential, Skill
from enquiries.models import MessageState
from logbook.models import LoggedActivity
from participation.models import Booking

_ONE_THING = "num_nonnulls(booking_id, logged_activity_id, credential_id) <= 1"
_KNOWN_SKILLS = (
    "skills <@ ARRAY['literacy', 'numeracy', 'oracy', 'digital', 'listening', 'speaking', "
    "'problem_solving', 'creativity', 'adapting', 'planning', 'leadership', 'teamwork']"
)


class GiverKind(StrEnum):
    """Who says it, as a learner sorts what was said."""

    TEACHER = "teacher"
    MENTOR = "mentor"
    COACH = "coach"
    YOUTH_WORKER = "youth_worker"
    CAREERS_ADVISER = "careers_adviser"
    GUARDIAN = "guardian"
    OTHER = "other"
    #: Of the organisation whose session it was.
    ORGANISER = "organiser"
    #: Without an account, by a link that the learner made.
    GUEST = "guest"


class Feedback(Base):
    """What one adult says: what went well, even better if, and what to try next. Never changed."""

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint(
            "what_went_well <> '' OR even_better_if <> '' OR try_next <> ''", "says_something"
        ),
        CheckConstraint(
            "char_length(what_went_well) <= 600 AND char_length(even_better_if) <= 600 "
            "AND char_length(try_next) <= 600",
            "boxes_short",
        ),
        CheckConstraint(
            "char_length(giver_name) BETWEEN 1 AND 80 AND char_length(giver_role) <= 80",
            "names_short",
        ),
        CheckConstraint(_KNOWN_SKILLS, "known_skills"),
        CheckConstraint(_ONE_THING, "about_one_thing"),
        CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)", "decided_by_an_officer"
        ),
        Index("ix_feedback_learner_id_given_at", "learner_id", "given_at"),
        Index("ix_feedback_held", "given_at", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    giver_kind: Mapped[GiverKind]
    #: Empty for an adult without an account, and once an account is gone.
    giver_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    giver_name: Mapped[str]
    #: What they are to the learner: the organisation's name, or what an adult without account wrote.
    giver_role: Mapped[str] = mapped_column(default="")
    what_went_well: Mapped[str] = mapped_column(default="")
    even_better_if: Mapped[str] = mapped_column(default="")
    try_next: Mapped[str] = mapped_column(default="")
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    #: What it is about: one of these, or nothing in particular. A piece of evidence is to join them.
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey(Booking.id, ondelete="SET NULL"), index=True
    )
    logged_activity_id: Mapped[int | None] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="SET NULL"), index=True
    )
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="SET NULL"), index=True
    )
    given_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(default=MessageState.SENT)
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]
    #: When the learner first read it.
    seen_at: Mapped[datetime | None]
    #: Put away by the learner: no longer shown to anybody else.
    hidden_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship(foreign_keys=[learner_id])
    giver: Mapped[User | None] = relationship(foreign_keys=[giver_id])
    booking: Mapped[Booking | None] = relationship()
    logged_activity: Mapped[LoggedActivity | None] = relationship()
    credential: Mapped[AchievementCredential | None] = relationship()

    @property
    def reaches_learner(self) -> bool:
        return self.state in (MessageState.SENT, MessageState.RELEASED)


class FeedbackRequest(Base):
    """A learner asks one adult for feedback: a supporter, or whoever holds an address that works once."""

    __tablename__ = "feedback_request"
    __table_args__ = (
        CheckConstraint("num_nonnulls(token_hash, asked_of_id) = 1", "by_link_or_of_someone"),
        CheckConstraint("expires_at > asked_at", "expires_later"),
        CheckConstraint("(answered_at IS NULL) = (feedback_id IS NULL)", "answered_with_feedback"),
        CheckConstraint(_ONE_THING, "about_one_thing"),
        Index(
            "ix_feedback_request_asked_of_id",
            "asked_of_id",
            postgresql_where=text("answered_at IS NULL AND ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    asked_of_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), index=True
    )
    logged_activity_id: Mapped[int | None] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="CASCADE"), index=True
    )
    #: What was said before, where the learner asks for another look.
    again_id: Mapped[int | None] = mapped_column(
        ForeignKey(Feedback.id, ondelete="SET NULL"), index=True
    )
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: Taken back by the learner.
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    feedback_id: Mapped[int | None] = mapped_column(
        ForeignKey(Feedback.id, ondelete="CASCADE"), unique=True
    )

    learner: Mapped[User] = relationship(foreign_keys=[learner_id])
    asked_of: Mapped[User | None] = relationship(foreign_keys=[asked_of_id])
    booking: Mapped[Booking | None] = relationship()
    logged_activity: Mapped[LoggedActivity | None] = relationship()
    credential: Mapped[AchievementCredential | None] = relationship()
    again: Mapped[Feedback | None] = relationship(foreign_keys=[again_id])


class FeedbackReply(Base):
    """What a learner or the giver says next. Never changed."""

    __tablename__ = "feedback_reply"
    __table_args__ = (
        CheckConstraint("char_length(words) BETWEEN 1 AND 300", "words_short"),
        # A learner's own words are refused at once, and never held.
        CheckConstraint("NOT from_learner OR state = 'sent'", "only_adults_are_held"),
        CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)", "decided_by_an_officer"
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    feedback_id: Mapped[int] = mapped_column(
        ForeignKey(Feedback.id, ondelete="CASCADE"), index=True
    )
    from_learner: Mapped[bool]
    words: Mapped[str]
    state: Mapped[MessageState] = mapped_column(default=MessageState.SENT)
    said_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]

    feedback: Mapped[Feedback] = relationship()

    @property
    def reaches_learner(self) -> bool:
        return self.state in (MessageState.SENT, MessageState.RELEASED)


class FeedbackLook(Base):
    """An officer read what was said, and why. The learner sees when. Never changed."""

    __tablename__ = "feedback_look"
    __table_args__ = (CheckConstraint("char_length(reason) BETWEEN 5 AND 300", "for_a_reason"),)

    id: Mapped[Id]
    feedback_id: Mapped[int] = mapped_column(
        ForeignKey(Feedback.id, ondelete="CASCADE"), index=True
    )
    officer_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    officer_name: Mapped[str]
    reason: Mapped[str]
    looked_at: Mapped[datetime]
