"""Badges from elsewhere, the programs that a learner lets in, and the hosts that we fetch from.

Of the secrets that we give out only a hash is kept. Those that others give us are locked.
"""

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
    HOST = "host"


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
        CheckConstraint("(came_by = 'host') = (host IS NOT NULL)", "from_a_named_host"),
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
    #: The host that it was fetched from.
    host: Mapped[str | None]
    imported_at: Mapped[datetime]
    #: What was found at `checked_at`, as `Verification.as_plain` says it, without the badge itself.
    checks: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[Outcome]
    checked_at: Mapped[datetime]

    @property
    def found(self) -> Verification:
        """What was found when it was last looked at."""
        return Verification.from_plain(self.checks)


class BadgeHost(Base):
    """Another host of badges that took us on as a program of its own. What it is called never changes.

    Where it says that anything of this is elsewhere now, we register anew.
    """

    __tablename__ = "badge_host"
    __table_args__ = (
        Index(
            "uq_badge_host_live",
            "described",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    #: As a learner is shown it.
    host: Mapped[str]
    #: SHA-256 of all that it says of where it is to be asked, and of where it leads back to.
    described: Mapped[str]
    server_url: Mapped[str]
    authorization_url: Mapped[str]
    token_url: Mapped[str]
    revocation_url: Mapped[str | None]
    client_id: Mapped[str]
    #: Locked: see `wallet.fetching`.
    sealed_secret: Mapped[bytes]
    secret_expires_at: Mapped[datetime | None]
    registered_at: Mapped[datetime]
    #: When it first let us in by what it gave us. Until then it may have forgotten us again.
    proven_at: Mapped[datetime | None]
    #: From then on what it gave us is used no more.
    ended_at: Mapped[datetime | None]


class FetchStage(StrEnum):
    """How far fetching from a host has come."""

    #: The learner was shown the way there.
    AWAY = "away"
    #: The learner came back with a yes.
    BACK = "back"
    READING = "reading"
    CHECKING = "checking"
    DONE = "done"
    #: Nothing was fetched.
    ENDED = "ended"


class FetchEnd(StrEnum):
    """Why nothing was fetched."""

    SAID_NO = "said_no"
    NOT_LET_IN = "not_let_in"
    NO_ANSWER = "no_answer"
    NOT_UNDERSTOOD = "not_understood"
    BROKEN_OFF = "broken_off"


class BadgeFetch(Base):
    """A learner's fetching of badges from one host, once. No token of the host is kept, ever."""

    __tablename__ = "badge_fetch"
    __table_args__ = (
        Index(
            "uq_badge_fetch_live",
            "learner_id",
            unique=True,
            postgresql_where=text("stage NOT IN ('done', 'ended')"),
        ),
        CheckConstraint("(stage = 'ended') = (ended_why IS NOT NULL)", "ended_for_a_reason"),
        # What opens the host's door is gone as soon as it was used.
        CheckConstraint("(stage = 'back') = (sealed_code IS NOT NULL)", "code_until_it_is_used"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey(BadgeHost.id, ondelete="CASCADE"), index=True)
    stage: Mapped[FetchStage]
    ended_why: Mapped[FetchEnd | None]
    started_at: Mapped[datetime]
    #: What the learner came back with, locked, until a worker takes it.
    sealed_code: Mapped[bytes | None]
    #: Whether there may be more than we read.
    is_cut: Mapped[bool] = mapped_column(default=False)
    #: Whether the host took back what it had let us in by.
    is_given_back: Mapped[bool] = mapped_column(default=False)

    #: At once, so that nothing is held open while that host is asked.
    host: Mapped[BadgeHost] = relationship(lazy="immediate")
    learner: Mapped[User] = relationship()


class Kept(StrEnum):
    """What became of a badge that was brought."""

    NEW = "new"
    REPLACED = "replaced"
    SAME = "same"


class WhyNot(StrEnum):
    """Why a badge that was brought is not kept."""

    GIVEN_HERE = "given_here"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    NOT_NEWER = "not_newer"
    LESS_SURE = "less_sure"
    CHECK_FAILED = "check_failed"
    ISSUER_UNKNOWN = "issuer_unknown"
    UNREADABLE = "unreadable"


class FetchedBadge(Base):
    """One badge that a host gave us: waiting to be looked at, or what became of it."""

    __tablename__ = "fetched_badge"
    __table_args__ = (
        UniqueConstraint("fetch_id", "position"),
        CheckConstraint("num_nonnulls(original, kept, why_not) = 1", "waits_or_is_settled"),
        CheckConstraint(f"octet_length(original) <= {LARGEST_BYTES}", "small"),
    )

    id: Mapped[Id]
    fetch_id: Mapped[int] = mapped_column(ForeignKey(BadgeFetch.id, ondelete="CASCADE"))
    #: From 1, in the order of the host.
    position: Mapped[int]
    #: Until it was looked at.
    original: Mapped[bytes | None]
    kept: Mapped[Kept | None]
    why_not: Mapped[WhyNot | None]
    #: What failed, as `badges.findings` names it.
    findings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    #: What is kept of it, or was before it came.
    imported_id: Mapped[int | None] = mapped_column(
        ForeignKey(ImportedCredential.id, ondelete="SET NULL"), index=True
    )

    imported: Mapped[ImportedCredential | None] = relationship()
