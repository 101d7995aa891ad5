"""What people chose to show, to be given and to keep."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from badges.models import AchievementCredential
from geo.models import City
from opportunities.models import Opportunity


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


class SuggestionChoice(Base):
    """Whether a learner wants to be given ideas. Where there is no row, they do not."""

    __tablename__ = "suggestion_choice"
    __table_args__ = (
        CheckConstraint("free_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]", "days_of_the_week"),
    )

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    is_on: Mapped[bool] = mapped_column(default=False)
    #: When they are free: days of the week, 1 is Monday. Empty where they did not say.
    free_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=list)
    #: Only in the evening.
    free_evenings: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]


class SavedSearch(Base):
    """A search that someone keeps to ask again. Only they see it."""

    __tablename__ = "saved_search"
    __table_args__ = (CheckConstraint("char_length(name) BETWEEN 1 AND 60", "name_short"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: The city whose page was searched, if it was one.
    city_id: Mapped[int | None] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    #: The query string as `opportunities.schemas.Asked` writes it: an area at most, no place.
    query: Mapped[str]
    #: In the owner's own words, or as it was suggested.
    name: Mapped[str]
    #: Whether what is new is said on the weekly page.
    wants_digest: Mapped[bool] = mapped_column(default=False)
    #: What was published later is new.
    last_seen_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]

    city: Mapped[City | None] = relationship()


class KeptOpportunity(Base):
    """Something that someone keeps to do later. Only they see it."""

    __tablename__ = "kept_opportunity"

    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    kept_at: Mapped[datetime]

    opportunity: Mapped[Opportunity] = relationship()
