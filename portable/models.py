"""What is on its way out, what is on its way in, and who is gone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId


class BundleState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Bundle(Base):
    """All that is a learner's, in one file that a worker makes and that lies ready for a day."""

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (ready_at IS NOT NULL)", "ready_at_a_time"),
        CheckConstraint("(state = 'ready') = (bytes IS NOT NULL)", "ready_is_there"),
        CheckConstraint("expires_at > asked_at", "expires_later"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: One at a time: who asks again gets another in its place.
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), unique=True)
    asked_at: Mapped[datetime]
    state: Mapped[BundleState] = mapped_column(default=BundleState.WAITING)
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    bytes: Mapped[int | None]

    learner: Mapped[User] = relationship()


class BroughtState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"


class WhyRefused(StrEnum):
    """Why nothing of a file was kept."""

    NO_BUNDLE = "no_bundle"
    TOO_LARGE = "too_large"
    UNSAFE = "unsafe"
    CHANGED = "changed"
    SIGNATURE = "signature"
    UNREADABLE = "unreadable"
    NEWER = "newer"
    OWN = "own"
    TAKEN = "taken"
    FAILED = "failed"


class BroughtBundle(Base):
    """A file from another site that a learner brought: on its way in, and then what became of each part."""

    __tablename__ = "brought_bundle"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", "done_at_a_time"),
        CheckConstraint("(state = 'refused') = (why_not IS NOT NULL)", "refused_for_a_reason"),
        CheckConstraint("octet_length(report::text) <= 400000", "report_small"),
        # One is looked at at a time.
        Index(
            "uq_brought_bundle_waiting",
            "learner_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    came_at: Mapped[datetime]
    state: Mapped[BroughtState] = mapped_column(default=BroughtState.WAITING)
    why_not: Mapped[WhyRefused | None]
    done_at: Mapped[datetime | None]
    #: The site that made it, as its signature says; "" until that is known.
    host: Mapped[str] = mapped_column(default="")
    #: A digest of whom it is about, and where: one person here brings what is of one person there.
    subject_hash: Mapped[str] = mapped_column(default="", index=True)
    #: Whether that site signed it: empty where it could not be asked.
    is_signed: Mapped[bool | None]
    #: Whether we know that site.
    is_trusted: Mapped[bool] = mapped_column(default=False)
    #: What became of each part: what sort of thing, its title, a word for what became of it.
    report: Mapped[list[Any]] = mapped_column(JSONB, default=list)

    learner: Mapped[User] = relationship()


class Erasure(Base):
    """That somebody was erased, by a digest of the random number that their account had here.

    It tells of nobody, and lets an older copy of the database be brought up to date: see `erasing`.
    """

    __tablename__ = "erasure"

    learner_hash: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
