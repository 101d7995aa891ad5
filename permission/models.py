"""What a learner told us of school, and who else has said yes to something they want to do."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from opportunities.models import Opportunity


class SchoolYear(Base):
    """The school year of a learner, as they say it. Asked only where a rule needs it."""

    __tablename__ = "school_year"
    __table_args__ = (CheckConstraint("year = 0 OR year BETWEEN 7 AND 13", "a_school_year"),)

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    #: Counted as in England; 0 for someone who has left school.
    year: Mapped[int] = mapped_column(SmallInteger)
    said_on: Mapped[date]


class Part(StrEnum):
    """Who is asked."""

    GUARDIAN = "guardian"
    SCHOOL = "school"


class Way(StrEnum):
    """How the link comes to the adult. It decides when a yes counts: see `service.counts_from`."""

    #: The learner hands it on, to whomever.
    HANDED = "handed"
    #: We send it to an address that the learner gave.
    LEARNERS_ADDRESS = "learners_address"
    #: We send it to an address that another adult who was asked gave.
    ADULTS_ADDRESS = "adults_address"
    #: We send it to somebody of a school that the council has checked.
    SCHOOL_STAFF = "school_staff"


class Agreement(Base):
    """One adult asked whether a learner may do something, by a link that takes one answer."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("expires_at > asked_at", "expires_later"),
        CheckConstraint(
            "(answered_at IS NULL) = (agrees IS NULL) AND (answered_at IS NULL) = (name IS NULL)"
            " AND (answered_at IS NULL) = (role IS NULL)",
            "answered_whole",
        ),
        CheckConstraint("char_length(name) BETWEEN 2 AND 80", "name_short"),
        CheckConstraint("char_length(role) BETWEEN 2 AND 80", "role_short"),
        CheckConstraint("(agrees IS TRUE) = (takes_effect_at IS NOT NULL)", "yes_counts_from"),
        CheckConstraint("email IS NULL OR way <> 'handed'", "sent_where_addressed"),
        CheckConstraint("NOT ended_by_adult OR ended_at IS NOT NULL", "ended_by_someone"),
        # One is asked at a time for each part, and nobody while a yes stands.
        Index(
            "uq_agreement_open",
            "learner_id",
            "opportunity_id",
            "part",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND agrees IS NOT FALSE"),
        ),
        Index("ix_agreement_email", "email", postgresql_where=text("email IS NOT NULL")),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), index=True
    )
    part: Mapped[Part]
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    way: Mapped[Way] = mapped_column(default=Way.HANDED, server_default="handed")
    #: Where we send the link. Deleted once nothing waits there for an answer any more.
    email: Mapped[str | None]
    #: `en` or `cy`: how we write there.
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    #: When it was this adult's turn, and we first wrote.
    mailed_at: Mapped[datetime | None]
    #: How often we have said that no answer has come.
    reminders: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    #: Taken back by the learner or the adult, or run out when they asked anew. It stays, as the trace.
    ended_at: Mapped[datetime | None]
    ended_by_adult: Mapped[bool] = mapped_column(default=False, server_default="false")
    answered_at: Mapped[datetime | None]
    agrees: Mapped[bool | None]
    #: From when on a yes counts; empty where there is none.
    takes_effect_at: Mapped[datetime | None]
    #: Who says so, and what they are to the learner or to the school, as that adult wrote them.
    name: Mapped[str | None]
    role: Mapped[str | None]

    learner: Mapped[User] = relationship()
    opportunity: Mapped[Opportunity] = relationship()
