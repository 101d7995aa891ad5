"""Organisations that offer something, and the people who speak for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import City


class ProviderKind(StrEnum):
    EMPLOYER = "employer"
    YOUTH_GROUP = "youth_group"
    CULTURAL_BODY = "cultural_body"


class ProviderStatus(StrEnum):
    APPLIED = "applied"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


class Provider(Base):
    """An organisation (OpenActive: `Organization`)."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint(
            "status <> 'verified' OR (verified_at IS NOT NULL AND verified_by_id IS NOT NULL)",
            "verified_by_someone",
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[ProviderKind]
    description: Mapped[str] = mapped_column(default="")
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id), index=True)
    #: Who leads on safeguarding there.
    safeguarding_lead: Mapped[str] = mapped_column(default="")
    status: Mapped[ProviderStatus] = mapped_column(default=ProviderStatus.APPLIED)
    applied_at: Mapped[CreatedAt]
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))

    city: Mapped[City] = relationship()


class ProviderMember(Base):
    """Someone who speaks for a provider."""

    __tablename__ = "provider_member"

    provider_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )

    provider: Mapped[Provider] = relationship()
    user: Mapped[User] = relationship()
