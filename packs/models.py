"""A chosen part of a record, for one reader, for a time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from badges.models import AchievementCredential, Skill
from evidence.models import EvidencePiece
from record.models import LineKind


class PackKind(StrEnum):
    """What somebody makes it for. `packs.kinds` says what one writes in each."""

    SHOW = "show"
    UCAS = "ucas"
    CV = "cv"
    APPRENTICESHIP = "apprenticeship"
    INTERVIEW = "interview"
    MOVING_UP = "moving_up"
    WORK_EXPERIENCE = "work_experience"
    PROJECT = "project"


class Pack(Base):
    """An address that shows a chosen part of one learner's record until it ends."""

    __tablename__ = "pack"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", "expires_later"),
        CheckConstraint("char_length(intro) <= 300", "intro_short"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    kind: Mapped[PackKind] = mapped_column(default=PackKind.SHOW, server_default="show")
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: For whom, in the learner's own words; only the learner sees it.
    label: Mapped[str]
    #: Who they are, in their own words, for whoever opens it.
    intro: Mapped[str] = mapped_column(default="", server_default="")
    shows_name: Mapped[bool] = mapped_column(default=False)
    shows_hours: Mapped[bool] = mapped_column(default=False)
    #: Their ULN, for as long as they have one linked.
    shows_number: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship()
    badges: Mapped[list[AchievementCredential]] = relationship(secondary="pack_badge")
    pieces: Mapped[list[EvidencePiece]] = relationship(secondary="pack_piece")
    lines: Mapped[list["PackLine"]] = relationship(cascade="all, delete-orphan")
    strengths: Mapped[list["PackStrength"]] = relationship(
        cascade="all, delete-orphan", order_by="PackStrength.position"
    )
    sentences: Mapped[list["PackSentence"]] = relationship(
        cascade="all, delete-orphan", order_by="PackSentence.section, PackSentence.position"
    )


class PackBadge(Base):
    """A badge that a pack shows."""

    __tablename__ = "pack_badge"

    pack_id: Mapped[int] = mapped_column(ForeignKey(Pack.id, ondelete="CASCADE"), primary_key=True)
    credential_id: Mapped[int] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="CASCADE"), primary_key=True
    )


class PackPiece(Base):
    """A piece of evidence that a pack shows, as long as it may be shown at all."""

    __tablename__ = "pack_piece"

    pack_id: Mapped[int] = mapped_column(ForeignKey(Pack.id, ondelete="CASCADE"), primary_key=True)
    piece_id: Mapped[int] = mapped_column(
        ForeignKey(EvidencePiece.id, ondelete="CASCADE"), primary_key=True
    )


class PackLine(Base):
    """A line of the record that a pack shows, as long as it stands and is not hidden."""

    __tablename__ = "pack_line"

    pack_id: Mapped[int] = mapped_column(ForeignKey(Pack.id, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[LineKind] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(primary_key=True)

    @property
    def key(self) -> str:
        return f"{self.kind}_{self.uuid}"


def _about_a_line_of_the_pack() -> ForeignKeyConstraint:
    """Whatever is said in a pack is said of something that it shows."""
    return ForeignKeyConstraint(
        ["pack_id", "kind", "uuid"],
        [PackLine.pack_id, PackLine.kind, PackLine.uuid],
        ondelete="CASCADE",
    )


class PackStrength(Base):
    """One of up to three things that a reader should know first, with the line that proves it."""

    __tablename__ = "pack_strength"
    __table_args__ = (
        _about_a_line_of_the_pack(),
        CheckConstraint("position BETWEEN 1 AND 3", "three_at_most"),
        CheckConstraint("char_length(words) BETWEEN 1 AND 90", "words_short"),
    )

    pack_id: Mapped[int] = mapped_column(ForeignKey(Pack.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    words: Mapped[str]
    skill: Mapped[Skill | None]
    kind: Mapped[LineKind]
    uuid: Mapped[UUID]

    @property
    def key(self) -> str:
        return f"{self.kind}_{self.uuid}"


class PackSentence(Base):
    """Something a learner writes in a pack, tied to the line that shows it is so."""

    __tablename__ = "pack_sentence"
    __table_args__ = (
        _about_a_line_of_the_pack(),
        CheckConstraint("char_length(words) BETWEEN 1 AND 1000", "words_short"),
        CheckConstraint("position BETWEEN 1 AND 20", "few"),
    )

    pack_id: Mapped[int] = mapped_column(ForeignKey(Pack.id, ondelete="CASCADE"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    words: Mapped[str]
    kind: Mapped[LineKind]
    uuid: Mapped[UUID]

    @property
    def key(self) -> str:
        return f"{self.kind}_{self.uuid}"
