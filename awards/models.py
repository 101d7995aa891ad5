"""Rules that award by themselves, badges that were asked for, and codes for those who walk up."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import Achievement
from opportunities.models import Opportunity


class RuleKind(StrEnum):
    """What is counted."""

    SESSIONS = "sessions"
    HOURS = "hours"
    BADGES = "badges"


class AwardRule(Base):
    """A badge that is given by itself to whoever did enough. It never changes: another one follows it."""

    __tablename__ = "award_rule"
    __table_args__ = (
        CheckConstraint("needed BETWEEN 1 AND 500", "needed_bounds"),
        Index(
            "uq_award_rule_live",
            "achievement_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    achievement_id: Mapped[int] = mapped_column(ForeignKey(Achievement.id))
    kind: Mapped[RuleKind]
    #: How many sessions, hours or badges.
    needed: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    achievement: Mapped[Achievement] = relationship()
    #: Whose sessions or hours count; where none is named, all of the organisation's.
    opportunities: Mapped[list[Opportunity]] = relationship(secondary="award_rule_opportunity")
    #: Which badges count, in whichever version.
    badges: Mapped[list[Achievement]] = relationship(secondary="award_rule_badge")


class AwardRuleOpportunity(Base):
    """An activity that a rule counts."""

    __tablename__ = "award_rule_opportunity"

    rule_id: Mapped[int] = mapped_column(
        ForeignKey(AwardRule.id, ondelete="CASCADE"), primary_key=True
    )
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id), primary_key=True, index=True
    )


class AwardRuleBadge(Base):
    """A badge that a rule counts."""

    __tablename__ = "award_rule_badge"

    rule_id: Mapped[int] = mapped_column(
        ForeignKey(AwardRule.id, ondelete="CASCADE"), primary_key=True
    )
    achievement_id: Mapped[int] = mapped_column(
        ForeignKey(Achievement.id), primary_key=True, index=True
    )


class RequestState(StrEnum):
    """What became of a badge that was asked for."""

    ASKED = "asked"
    GIVEN = "given"
    #: With words about what to try next. One can ask again.
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"


class AwardRequest(Base):
    """A learner shows in words what they did, and somebody who was there looks at it.

    It holds words and no mark.
    """

    __tablename__ = "award_request"
    __table_args__ = (
        CheckConstraint("words <> ''", "says_something"),
        CheckConstraint(
            "(state IN ('given', 'not_yet')) = (assessed_at IS NOT NULL) "
            "AND (assessed_at IS NULL) = (assessed_by_id IS NULL)",
            "assessed_by_someone",
        ),
        CheckConstraint("state NOT IN ('given', 'not_yet') OR feedback <> ''", "answered_in_words"),
        Index(
            "uq_award_request_open",
            "achievement_id",
            "learner_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    achievement_id: Mapped[int] = mapped_column(ForeignKey(Achievement.id))
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: What the learner did, in their own words.
    words: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[RequestState] = mapped_column(default=RequestState.ASKED)
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    assessed_at: Mapped[datetime | None]
    #: What the one who looked at it saw, or what to try next.
    feedback: Mapped[str] = mapped_column(default="", server_default="")

    achievement: Mapped[Achievement] = relationship()
    learner: Mapped[User] = relationship(foreign_keys=learner_id)
    assessed_by: Mapped[User | None] = relationship(foreign_keys=assessed_by_id)


class ClaimCode(Base):
    """A code that gives a badge to those who walk up: so many, between two times."""

    __tablename__ = "claim_code"
    __table_args__ = (
        CheckConstraint("most BETWEEN 1 AND 500", "most_bounds"),
        CheckConstraint("used BETWEEN 0 AND most", "used_within_most"),
        CheckConstraint(
            "closes_at > opens_at AND closes_at <= opens_at + interval '31 days'", "closes_soon"
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    achievement_id: Mapped[int] = mapped_column(ForeignKey(Achievement.id), index=True)
    #: Made with a secret that the database does not hold: the table alone gives nothing away.
    code_hash: Mapped[str] = mapped_column(unique=True)
    most: Mapped[int]
    used: Mapped[int] = mapped_column(default=0, server_default="0")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    ended_at: Mapped[datetime | None]

    achievement: Mapped[Achievement] = relationship()


class CodeClaim(Base):
    """That a learner used a code: each may once."""

    __tablename__ = "code_claim"

    code_id: Mapped[int] = mapped_column(
        ForeignKey(ClaimCode.id, ondelete="CASCADE"), primary_key=True
    )
    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )
