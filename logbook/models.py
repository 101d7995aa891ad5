"""What learners did elsewhere, as they say it, and what those who were there said of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import Skill


class LoggedKind(StrEnum):
    """What sort of thing it was."""

    ACTIVITY = "activity"
    VOLUNTEERING = "volunteering"
    WORK = "work"
    PROJECT = "project"
    COURSE = "course"


class LoggedActivity(Base):
    """Something that a learner did elsewhere, in their own words. It counts as what they say."""

    __tablename__ = "logged_activity"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 80", "title_short"),
        CheckConstraint("char_length(place) BETWEEN 1 AND 80", "place_short"),
        CheckConstraint("char_length(description) <= 300", "description_short"),
        CheckConstraint("minutes BETWEEN 5 AND 1440", "minutes_of_a_day"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    kind: Mapped[LoggedKind] = mapped_column(default=LoggedKind.ACTIVITY, server_default="activity")
    title: Mapped[str]
    #: Where, in the learner's words. Only they and whom they ask read it.
    place: Mapped[str]
    #: What they did there, or what came of it.
    description: Mapped[str] = mapped_column(default="")
    #: The day in London.
    done_on: Mapped[date]
    minutes: Mapped[int]
    #: What they say they practised.
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    logged_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
    witnesses: Mapped[list["Witness"]] = relationship(
        back_populates="activity", order_by="Witness.id"
    )


class Witness(Base):
    """One person asked whether it was so, by a link that works once. They need no account.

    An adult says who they are. A friend says yes or no, and writes nothing.
    """

    __tablename__ = "witness"
    __table_args__ = (
        CheckConstraint("expires_at > asked_at", "expires_later"),
        CheckConstraint(
            "(answered_at IS NULL) = (was_so IS NULL) AND (name IS NULL) = (role IS NULL)"
            " AND (name IS NULL) = (answered_at IS NULL OR is_friend)",
            "answered_whole",
        ),
        CheckConstraint("char_length(name) BETWEEN 2 AND 80", "name_short"),
        CheckConstraint("char_length(role) BETWEEN 2 AND 80", "role_short"),
        # One adult and one friend are asked at a time, and none after a yes.
        Index(
            "uq_witness_open",
            "activity_id",
            "is_friend",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND was_so IS NOT FALSE"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    activity_id: Mapped[int] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="CASCADE"), index=True
    )
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    is_friend: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: Taken back by the learner, or run out when they asked anew.
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    was_so: Mapped[bool | None]
    #: Who says so, and how they know: a name and a role, as that adult wrote them.
    name: Mapped[str | None]
    role: Mapped[str | None]

    activity: Mapped[LoggedActivity] = relationship(back_populates="witnesses")
