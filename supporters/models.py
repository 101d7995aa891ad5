"""Who helps a learner: what was offered and agreed, which groups there are, and who looked at what."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from providers.models import Provider


class SupportKind(StrEnum):
    """What an adult is to a learner."""

    TEACHER = "teacher"
    MENTOR = "mentor"
    COACH = "coach"
    YOUTH_WORKER = "youth_worker"
    CAREERS_ADVISER = "careers_adviser"
    GUARDIAN = "guardian"
    OTHER = "other"


class SupportScope(StrEnum):
    """What a learner lets an adult do. There is nothing else to let."""

    SEE_RECORD = "see_record"
    SEE_EVIDENCE = "see_evidence"
    SEE_PLANS = "see_plans"
    COMMENT = "comment"


class EndedBy(StrEnum):
    LEARNER = "learner"
    ADULT = "adult"
    #: A guardian of a learner under 13.
    GUARDIAN = "guardian"
    OFFICER = "officer"
    #: The learner turned 18, and guardian's rights ended with that.
    AGE = "age"


class PageKind(StrEnum):
    """What an adult looked at: no finer than a learner wants to know."""

    OVERVIEW = "overview"
    RECORD = "record"
    EVIDENCE = "evidence"
    PLANS = "plans"
    FEEDBACK = "feedback"
    BOOKINGS = "bookings"


class SupporterGroup(Base):
    """A class or group that an adult of an organisation works with. Each learner says yes to it."""

    __tablename__ = "supporter_group"
    __table_args__ = (CheckConstraint("char_length(name) BETWEEN 2 AND 60", "name_short"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: For whom the owner acts. Nobody has a group by themselves alone.
    provider_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), index=True
    )
    #: What its owner calls it, and each learner in it reads.
    name: Mapped[str]
    #: What learners type to join: made with a secret that the database does not hold.
    code_hash: Mapped[str] = mapped_column(unique=True)
    #: A new one takes the place of a code that went astray.
    code_number: Mapped[int] = mapped_column(default=1, server_default="1")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    owner: Mapped[User] = relationship()
    provider: Mapped[Provider] = relationship()


class SupporterLink(Base):
    """One adult whom a learner asked to help: offered, taken up, agreed, and over."""

    __tablename__ = "supporter_link"
    __table_args__ = (
        CheckConstraint(
            "scopes <@ ARRAY['see_record', 'see_evidence', 'see_plans', 'comment']", "known_scopes"
        ),
        CheckConstraint("invited_until > asked_at", "invited_for_a_time"),
        CheckConstraint("(adult_id IS NULL) = (taken_up_at IS NULL)", "taken_up_by_someone"),
        CheckConstraint("agreed_at IS NULL OR adult_id IS NOT NULL", "agreed_by_two"),
        CheckConstraint("adult_id IS NULL OR adult_id <> learner_id", "of_two"),
        CheckConstraint("(agreed_at IS NULL) = (takes_effect_at IS NULL)", "takes_effect_once"),
        CheckConstraint("takes_effect_at >= agreed_at", "takes_effect_after_a_yes"),
        CheckConstraint(
            "(expires_at IS NOT NULL) = (agreed_at IS NOT NULL OR is_by_adult)", "expires_some_day"
        ),
        CheckConstraint(
            "expires_at <= coalesce(renewed_at, agreed_at, asked_at) + interval '366 days'",
            "a_year_at_most",
        ),
        # Until the learner has said yes, an adult who made the account may write, and see nothing.
        CheckConstraint(
            "agreed_at IS NOT NULL OR NOT is_by_adult OR scopes = ARRAY['comment']",
            "sees_nothing_before_a_yes",
        ),
        CheckConstraint("NOT is_by_adult OR provider_id IS NOT NULL", "made_for_an_organisation"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", "ended_by_someone"),
        Index(
            "uq_supporter_link_live",
            "learner_id",
            "adult_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_supporter_link_adult_id",
            "adult_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: Empty while nobody has taken the invitation up.
    adult_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    kind: Mapped[SupportKind]
    scopes: Mapped[list[SupportScope]] = mapped_column(ARRAY(Text))
    #: For whom the adult acts; the link holds only while they do. Empty for a private person.
    provider_id: Mapped[int | None] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), index=True
    )
    #: SHA-256 of the token in the invitation: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    invited_until: Mapped[datetime]
    taken_up_at: Mapped[datetime | None]
    #: When the learner said yes to the one who took it up.
    agreed_at: Mapped[datetime | None]
    #: From when on it holds: a guardian of a child waits a day, so that others can object.
    takes_effect_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    #: When the learner last made it longer.
    renewed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[EndedBy | None]
    #: An adult made the learner's account for a class; the learner has still to say yes to the link.
    is_by_adult: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: It came with joining a group, and goes with leaving it.
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey(SupporterGroup.id, ondelete="SET NULL"), index=True
    )

    learner: Mapped[User] = relationship(foreign_keys=[learner_id])
    adult: Mapped[User | None] = relationship(foreign_keys=[adult_id])
    provider: Mapped[Provider | None] = relationship()
    group: Mapped[SupporterGroup | None] = relationship()


class SupporterGroupMember(Base):
    """A learner in a group, from their yes until they leave."""

    __tablename__ = "supporter_group_member"

    group_id: Mapped[int] = mapped_column(
        ForeignKey(SupporterGroup.id, ondelete="CASCADE"), primary_key=True
    )
    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    joined_at: Mapped[datetime]

    group: Mapped[SupporterGroup] = relationship()
    learner: Mapped[User] = relationship()


class SupporterLook(Base):
    """That an adult looked at something of a learner's on a day, for the learner to see."""

    __tablename__ = "supporter_look"
    __table_args__ = (
        Index(
            "uq_supporter_look_once_a_day",
            "learner_id",
            "adult_id",
            "page",
            "looked_on",
            unique=True,
        ),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    adult_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    #: What they were called, so that the trace outlives the account.
    adult_name: Mapped[str]
    page: Mapped[PageKind]
    #: The day in London.
    looked_on: Mapped[date]


class SupporterBlock(Base):
    """An officer's word that an adult may not support a learner. It stays as the trace when lifted."""

    __tablename__ = "supporter_block"
    __table_args__ = (
        CheckConstraint("char_length(reason) BETWEEN 5 AND 300", "for_a_reason"),
        Index(
            "uq_supporter_block_live",
            "learner_id",
            "adult_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    adult_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    officer_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    officer_name: Mapped[str]
    #: Why, for officers alone.
    reason: Mapped[str]
    blocked_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship(foreign_keys=[learner_id])
    adult: Mapped[User] = relationship(foreign_keys=[adult_id])
