"""What people worry about, who must not see it, and all that was ever said or done about it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from geo.models import City
from providers.models import Provider


class ConcernKind(StrEnum):
    """Whom or what someone worries about."""

    MYSELF = "myself"
    YOUNG_PERSON = "young_person"
    ADULT = "adult"
    ACTIVITY = "activity"
    MESSAGE = "message"
    #: Someone who works for the council: its officers do not read it, its admins do.
    COUNCIL = "council"
    OTHER = "other"


class Urgency(StrEnum):
    """How worried they are, the most first."""

    DANGER = "danger"
    TODAY = "today"
    WORRIED = "worried"


class Act(StrEnum):
    """What was said or done about a concern."""

    RAISED = "raised"
    #: How the one who raised it can be reached. It comes with `RAISED`, or not at all.
    CONTACT = "contact"
    #: Who or what it is about, in the words of the one who raised it.
    ABOUT = "about"
    ADDED = "added"
    LOOKED_BACK = "looked_back"
    READ = "read"
    TAKEN_ON = "taken_on"
    NOTED = "noted"
    EXPORTED = "exported"
    CLOSED = "closed"
    REOPENED = "reopened"


class ConcernDesk(Base):
    """How fast a city's officers take a concern on. A city without a row has the defaults."""

    __tablename__ = "concern_desk"
    __table_args__ = (
        CheckConstraint(
            "danger_hours BETWEEN 1 AND 24 AND today_hours BETWEEN 1 AND 24 "
            "AND worried_hours BETWEEN 1 AND 168",
            "hours_in_reason",
        ),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    danger_hours: Mapped[int] = mapped_column(default=1)
    today_hours: Mapped[int] = mapped_column(default=4)
    worried_hours: Mapped[int] = mapped_column(default=24)


class ConcernReader(Base):
    """An officer whom a city named to read its concerns. Where none is named, all officers do."""

    __tablename__ = "concern_reader"

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class Concern(Base):
    """One worry. Its words are in its entries, sealed; nothing else here says what happened.

    Never deleted, and what it is stays as it was: the database refuses.
    """

    __tablename__ = "concern"
    __table_args__ = (
        CheckConstraint("due_at > made_at", "due_after_it_was_made"),
        CheckConstraint("taken_on_at IS NOT NULL OR closed_at IS NULL", "taken_on_before_closed"),
        Index("ix_concern_open", "city_id", "due_at", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id), index=True)
    kind: Mapped[ConcernKind]
    urgency: Mapped[Urgency]
    #: A keyed hash of the code by which whoever raised it can look back.
    receipt_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    #: By when somebody must have taken it on.
    due_at: Mapped[datetime]
    #: Who looks after it now.
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    taken_on_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    city: Mapped[City] = relationship()
    owner: Mapped[User | None] = relationship()

    def is_overdue(self, now: datetime) -> bool:
        return self.taken_on_at is None and self.due_at <= now


class ConcernNamed(Base):
    """Somebody from whom a concern is kept: a person it names, or all who are or were in a provider."""

    __tablename__ = "concern_named"
    __table_args__ = (
        CheckConstraint("num_nonnulls(provider_id, user_id) <= 1", "one_of_two"),
        Index("uq_concern_named_provider", "concern_id", "provider_id", unique=True),
        Index("uq_concern_named_user", "concern_id", "user_id", unique=True),
    )

    id: Mapped[Id]
    concern_id: Mapped[int] = mapped_column(ForeignKey(Concern.id))
    provider_id: Mapped[int | None] = mapped_column(
        ForeignKey(Provider.id, ondelete="SET NULL"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )

    provider: Mapped[Provider | None] = relationship()


class ConcernEntry(Base):
    """One thing said or done about a concern, by whom, and when. Never changed and never deleted."""

    __tablename__ = "concern_entry"
    __table_args__ = (
        Index("ix_concern_entry_concern_id_made_at", "concern_id", "made_at"),
        CheckConstraint("octet_length(sealed) <= 30000", "words_short"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    concern_id: Mapped[int] = mapped_column(ForeignKey(Concern.id))
    made_at: Mapped[datetime]
    act: Mapped[Act]
    #: Empty for whoever raised it: of them nothing is kept but what they wrote.
    by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"), index=True)
    #: What the officer was called, so that the trace outlives the account.
    by_name: Mapped[str] = mapped_column(default="")
    #: The words, locked with `CONCERNS_SECRET`; empty where none were said.
    sealed: Mapped[bytes | None]

    concern: Mapped[Concern] = relationship()
