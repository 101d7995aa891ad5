"""What people are told, each written in the transaction of what it tells."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from notices.kinds import NoticeKind


class Notice(Base):
    """One message to one person: in the inbox of their account, by e-mail, or both.

    It is deleted a while after it went; see `service`.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, email) = 1", "to_someone"),
        CheckConstraint("language IN ('en', 'cy')", "in_a_language"),
        CheckConstraint("octet_length(details::text) <= 20000", "details_small"),
        CheckConstraint("user_id IS NOT NULL OR is_mailed", "reaches_someone"),
        CheckConstraint(
            "is_mailed OR num_nonnulls(claimed_at, sent_at, given_up_at) = 0", "sent_where_mailed"
        ),
        CheckConstraint("num_nonnulls(sent_at, given_up_at) <= 1", "one_end"),
        CheckConstraint("given_up_at IS NULL OR last_error <> ''", "given_up_for_a_reason"),
        # The same thing is told to the same person once.
        Index(
            "uq_notice_key_user_id",
            "key",
            "user_id",
            unique=True,
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index(
            "uq_notice_key_email",
            "key",
            "email",
            unique=True,
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index(
            "ix_notice_waiting",
            "due_at",
            "id",
            postgresql_where=text("is_mailed AND sent_at IS NULL AND given_up_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    #: Names the message to mail systems: sent twice, it is the same message twice.
    uuid: Mapped[PublicId]
    #: Somebody with an account, in whose inbox it stands; or else `email`, for somebody without one.
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    email: Mapped[str | None]
    kind: Mapped[NoticeKind]
    #: What its words need, as the schema of its kind says. Once it is sent or given up, as much of
    #: it stays as an inbox shows: nothing where there is none, and no address that opens a door.
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Whether an e-mail goes out, too. What follows of sending is of that e-mail.
    is_mailed: Mapped[bool]
    #: `en` or `cy`: how this person is written to by e-mail. An inbox is read in the page's language.
    language: Mapped[str]
    #: What it tells, in a name of the caller's making: `lapsing:<provider>:<day>`. No personal data.
    key: Mapped[str]
    told_at: Mapped[datetime]
    #: Not before then. Moves on with each try that failed.
    due_at: Mapped[datetime]
    #: When a sender took it up, which may have stopped midway.
    claimed_at: Mapped[datetime | None]
    #: How often it was handed to a mail server that did not take it, or may not have.
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    #: When its person first opened their inbox with it in it.
    read_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()
