"""What a learner chose to show, to whom, and for how long."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from badges.models import AchievementCredential


class ShareLink(Base):
    """An address that shows a chosen part of one learner's record until it ends."""

    __tablename__ = "share_link"
    __table_args__ = (CheckConstraint("expires_at > created_at", "expires_later"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: For whom, in the learner's own words; only the learner sees it.
    label: Mapped[str]
    shows_name: Mapped[bool] = mapped_column(default=False)
    shows_hours: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship()
    badges: Mapped[list[AchievementCredential]] = relationship(secondary="share_link_badge")


class ShareLinkBadge(Base):
    """A badge that a share link shows."""

    __tablename__ = "share_link_badge"

    share_link_id: Mapped[int] = mapped_column(
        ForeignKey(ShareLink.id, ondelete="CASCADE"), primary_key=True
    )
    credential_id: Mapped[int] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="CASCADE"), primary_key=True
    )
