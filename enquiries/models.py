"""Questions of young people to organisations, what was answered, and which officer looked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from opportunities.models import Opportunity


class QuickQuestion(StrEnum):
    """What young people ask most, in words that are ours."""

    BRING = "bring"
    FRIEND = "friend"
    STEPS = "steps"
    QUIET = "quiet"
    COST = "cost"
    FIND = "find"


class QuickAnswer(StrEnum):
    """What organisations answer most, in words that are ours."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"
    ON_THE_PAGE = "on_the_page"
    AT_THE_DOOR = "at_the_door"
    SOON = "soon"


class MessageState(StrEnum):
    SENT = "sent"
    #: It may ask for a secret: an officer looks at it first. Only the organisation and officers see it.
    HELD = "held"
    #: An officer let it through.
    RELEASED = "released"
    #: An officer stopped it for good.
    STOPPED = "stopped"


class Enquiry(Base):
    """One question of a learner about one thing on offer, and all that followed."""

    __tablename__ = "enquiry"
    __table_args__ = (Index("ix_enquiry_learner_id_asked_at", "learner_id", "asked_at"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), index=True
    )
    asked_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
    opportunity: Mapped[Opportunity] = relationship()


class EnquiryMessage(Base):
    """One thing said in an enquiry: a sentence of ours, words of one's own, or both. Never changed."""

    __tablename__ = "enquiry_message"
    __table_args__ = (
        CheckConstraint("char_length(words) <= 300", "words_short"),
        CheckConstraint("num_nonnulls(question, answer) <= 1", "asks_or_answers"),
        CheckConstraint("num_nonnulls(question, answer) = 1 OR words <> ''", "says_something"),
        # A learner's own words are refused at once, and never held.
        CheckConstraint("NOT from_learner OR state = 'sent'", "only_answers_are_held"),
        CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)", "decided_by_an_officer"
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey(Enquiry.id, ondelete="CASCADE"), index=True)
    from_learner: Mapped[bool]
    #: Who of the team wrote it. Learners are told the organisation, the team and officers the name.
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    author_name: Mapped[str] = mapped_column(default="")
    question: Mapped[QuickQuestion | None]
    answer: Mapped[QuickAnswer | None]
    #: In their own words; empty where a sentence of ours said it.
    words: Mapped[str] = mapped_column(default="")
    state: Mapped[MessageState] = mapped_column(default=MessageState.SENT)
    sent_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]

    enquiry: Mapped[Enquiry] = relationship()

    @property
    def reaches_learner(self) -> bool:
        return self.state in (MessageState.SENT, MessageState.RELEASED)


class EnquiryLook(Base):
    """An officer read an enquiry, and why. The learner sees when. Never changed."""

    __tablename__ = "enquiry_look"
    __table_args__ = (CheckConstraint("char_length(reason) BETWEEN 5 AND 300", "for_a_reason"),)

    id: Mapped[Id]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey(Enquiry.id, ondelete="CASCADE"), index=True)
    officer_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    officer_name: Mapped[str]
    reason: Mapped[str]
    looked_at: Mapped[datetime]
