"""Badges from elsewhere, and the programs that a learner lets in. Of every secret only a hash is kept."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.verifier import Outcome, Verification

#: The largest badge that is kept, its picture included.
LARGEST_BYTES = 256 * 1024


class Program(Base):
    """A program elsewhere that has registered itself: whose it is, nobody has looked at."""

    __tablename__ = "program"

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    #: What it calls itself. Shown beside the host that it leads back to, never alone.
    name: Mapped[str]
    #: Where it may have people sent back to, to the letter.
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: What it may ask for at all.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    registered_at: Mapped[datetime]


class Connection(Base):
    """A learner's yes to a program. Once stopped it is over, with all that was given out by it."""

    __tablename__ = "program_connection"
    __table_args__ = (
        Index(
            "uq_program_connection_live",
            "learner_id",
            "program_id",
            unique=True,
            postgresql_where=text("stopped_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    program_id: Mapped[int] = mapped_column(ForeignKey(Program.id, ondelete="CASCADE"), index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: What the last yes was to. What was given out before may do no more than this.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Where the program led back to when the learner said yes.
    host: Mapped[str]
    connected_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]

    program: Mapped[Program] = relationship()
    learner: Mapped[User] = relationship()


class ConnectionCode(Base):
    """What a program gets in its hand when a learner says yes: good once, for tokens."""

    __tablename__ = "connection_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey(Connection.id, ondelete="CASCADE"), index=True
    )
    #: What all tokens have in common that come from this code.
    family: Mapped[UUID] = mapped_column(unique=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: PKCE, always S256.
    challenge: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    connection: Mapped[Connection] = relationship()


class ConnectionToken(Base):
    """An access token, and the refresh token that came with it if any did."""

    __tablename__ = "connection_token"
    __table_args__ = (
        CheckConstraint(
            "(refresh_hash IS NULL) = (refresh_expires_at IS NULL)", "refreshed_until_a_time"
        ),
    )

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(
        ForeignKey(Connection.id, ondelete="CASCADE"), index=True
    )
    family: Mapped[UUID] = mapped_column(index=True)
    access_hash: Mapped[str] = mapped_column(unique=True)
    refresh_hash: Mapped[str | None] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime | None]
    #: When its refresh token was spent. Whoever brings that one again has stolen it, or was robbed.
    refreshed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    connection: Mapped[Connection] = relationship()


class CameBy(StrEnum):
    """How a badge came here."""

    UPLOAD = "upload"
    PASTE = "paste"
    ADDRESS = "address"
    PROGRAM = "program"


class FileKind(StrEnum):
    """What it came in."""

    JSON = "json"
    TOKEN = "jwt"
    PNG = "png"
    SVG = "svg"


class ImportedCredential(Base):
    """A badge from elsewhere, as it came, and what was found when it was last looked at.

    The words beside the file are a stranger's: only such stand here as hold no way to be reached.
    """

    __tablename__ = "imported_credential"
    __table_args__ = (
        UniqueConstraint("learner_id", "issuer_id", "credential_id"),
        CheckConstraint(f"octet_length(original) BETWEEN 1 AND {LARGEST_BYTES}", "small"),
        CheckConstraint("came_by <> 'program' OR program_name IS NOT NULL", "by_a_named_program"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    original: Mapped[bytes]
    kind: Mapped[FileKind]
    #: SHA-256 of `original`.
    digest: Mapped[str]
    issuer_id: Mapped[str]
    #: The host that the issuer's id is bound to; "" for one that is bound to none.
    issuer_domain: Mapped[str]
    credential_id: Mapped[str]
    #: "" where it has none, or one that is not to be shown.
    issuer_name: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    #: Whether words were left out that hold a way to be reached.
    has_hidden_words: Mapped[bool]
    #: Whether it is of version 1 or 2, which programs that ask for version 3 do not get.
    is_older: Mapped[bool]
    #: When its issuer says it was given.
    valid_from: Mapped[datetime | None]
    came_by: Mapped[CameBy]
    program_id: Mapped[int | None] = mapped_column(
        ForeignKey(Program.id, ondelete="SET NULL"), index=True
    )
    #: What the program called itself then: it may be gone by now.
    program_name: Mapped[str | None]
    imported_at: Mapped[datetime]
    #: What was found at `checked_at`, as `Verification.as_plain` says it, without the badge itself.
    checks: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[Outcome]
    checked_at: Mapped[datetime]

    @property
    def found(self) -> Verification:
        """What was found when it was last looked at."""
        return Verification.from_plain(self.checks)
