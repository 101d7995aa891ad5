"""Organisations that offer something, and the people who speak for them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import City


class ProviderKind(StrEnum):
    EMPLOYER = "employer"
    YOUTH_GROUP = "youth_group"
    CULTURAL_BODY = "cultural_body"
    SPORT = "sport"
    SCHOOL = "school"
    COUNCIL = "council"
    OTHER = "other"


class ProviderStatus(StrEnum):
    """How far the council's officers have decided. Whether young people may come is `standing`."""

    APPLIED = "applied"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    REFUSED = "refused"


class Register(StrEnum):
    """A public register that says that an organisation is what it says it is."""

    CHARITY_ENGLAND_WALES = "charity_england_wales"
    CHARITY_SCOTLAND = "charity_scotland"
    CHARITY_NORTHERN_IRELAND = "charity_northern_ireland"
    COMPANY = "company"
    SCHOOL = "school"


class MemberRole(StrEnum):
    """What someone does for an organisation."""

    ADMIN = "admin"
    ORGANISER = "organiser"
    DOOR = "door"
    SAFEGUARDING_LEAD = "safeguarding_lead"


class AssuranceKind(StrEnum):
    """What an organisation must have in place before young people can come. All five of them."""

    SAFEGUARDING_POLICY = "safeguarding_policy"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    INSURANCE = "insurance"
    RISK_ASSESSMENT = "risk_assessment"
    STAFF_CHECK = "staff_check"


class CheckLevel(StrEnum):
    """How far someone's criminal record was looked into (DBS, Disclosure Scotland, AccessNI)."""

    BASIC = "basic"
    STANDARD = "standard"
    ENHANCED = "enhanced"
    ENHANCED_BARRED = "enhanced_barred"


class DecisionKind(StrEnum):
    """What an officer decided."""

    IDENTITY_CHECKED = "identity_checked"
    EVIDENCE_ACCEPTED = "evidence_accepted"
    EVIDENCE_REFUSED = "evidence_refused"
    APPROVED = "approved"
    PUBLISHED = "published"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    LISTING_APPROVED = "listing_approved"
    LISTING_SENT_BACK = "listing_sent_back"
    LISTING_PAUSED = "listing_paused"
    LISTING_WITHDRAWN = "listing_withdrawn"
    ENDORSEMENT_TAKEN_DOWN = "endorsement_taken_down"


class Provider(Base):
    """An organisation (OpenActive: `Organization`)."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint(
            "status <> 'verified' OR (identity_checked_by_id IS NOT NULL "
            "AND approved_by_id IS NOT NULL AND verified_by_id IS NOT NULL "
            "AND verified_at IS NOT NULL AND approved_by_id <> verified_by_id)",
            "verified_by_two",
        ),
        CheckConstraint(
            "(registered_with IS NULL) = (registration_number = '')", "registered_with_number"
        ),
        # The forms of the numbers are in migration 0008, and in `identity`.
        CheckConstraint("umbrella_id <> id", "not_its_own_umbrella"),
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
    #: Where the council can look it up; empty for a group that is on no register.
    registered_with: Mapped[Register | None]
    registration_number: Mapped[str] = mapped_column(default="", server_default="")
    #: When it last said on which register it is, or that it is on none; empty while it has not.
    identity_given_at: Mapped[datetime | None]
    #: The body it belongs to, once both have said so: its admins may act for this one.
    umbrella_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"), index=True)
    status: Mapped[ProviderStatus] = mapped_column(default=ProviderStatus.APPLIED)
    applied_at: Mapped[CreatedAt]
    #: When it said that all it has is in, and an officer may look.
    evidence_in_at: Mapped[datetime | None]
    #: Which officer saw that it is what it says.
    identity_checked_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    identity_checked_at: Mapped[datetime | None]
    #: The first of two officers who said yes.
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    approved_at: Mapped[datetime | None]
    #: The second.
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    verified_at: Mapped[datetime | None]
    #: The instant at which the first of all that must be in place lapses; empty while one is
    #: missing. Written only by the database's own trigger on `assurance`.
    assured_until: Mapped[datetime | None]

    city: Mapped[City] = relationship()
    umbrella: Mapped["Provider | None"] = relationship(remote_side="Provider.id")


class ProviderMember(Base):
    """Someone who speaks for a provider, or once did."""

    __tablename__ = "provider_member"

    provider_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[MemberRole] = mapped_column(default=MemberRole.ADMIN, server_default="admin")
    joined_at: Mapped[CreatedAt]
    #: From then on they speak for it no more. The row stays: nobody decides on what they were in.
    ended_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    user: Mapped[User] = relationship()


class Assurance(Base):
    """One thing that an organisation has in place: what, who saw it, and until when it holds.

    Never a certificate, and no number of one: only that it was seen, when, and by whom.
    """

    __tablename__ = "assurance"
    __table_args__ = (
        CheckConstraint("seconded_by_id <> accepted_by_id", "accepted_by_two"),
        CheckConstraint(
            "(seconded_by_id IS NULL) = (seconded_at IS NULL) "
            "AND (accepted_by_id IS NULL) = (accepted_at IS NULL) "
            "AND (seconded_at IS NULL OR accepted_at IS NOT NULL)",
            "accepted_in_turn",
        ),
        CheckConstraint("(kind = 'staff_check') = (level IS NOT NULL)", "check_has_a_level"),
        CheckConstraint(
            "kind NOT IN ('staff_check', 'safeguarding_lead') OR person <> ''", "about_someone"
        ),
        CheckConstraint("expires_on >= seen_on", "expires_after_it_was_seen"),
        Index("ix_assurance_provider_id_kind", "provider_id", "kind"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    kind: Mapped[AssuranceKind]
    #: Whose check, or who leads; empty for papers.
    person: Mapped[str] = mapped_column(default="")
    level: Mapped[CheckLevel | None]
    #: When it was made, or when the certificate was seen, and who saw it.
    seen_on: Mapped[date]
    seen_by: Mapped[str]
    #: Where an officer finds it: an address, or in words.
    evidence: Mapped[str]
    #: The last day on which it holds.
    expires_on: Mapped[date]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    sent_at: Mapped[datetime]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    accepted_at: Mapped[datetime | None]
    seconded_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    seconded_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    #: Taken back by the organisation, or replaced by a newer one.
    withdrawn_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()


class Decision(Base):
    """What an officer decided, about what, and why. Never changed and never deleted."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_provider_id_made_at", "provider_id", text("made_at DESC")),
        CheckConstraint("char_length(reason) <= 500", "reason_short"),
    )

    id: Mapped[Id]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    kind: Mapped[DecisionKind]
    #: The piece of evidence, the listing or the endorsement, by its public key; empty for the organisation itself.
    about: Mapped[UUID | None]
    #: In words: what it is called.
    about_name: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]

    made_by: Mapped[User] = relationship()
    provider: Mapped[Provider] = relationship()


class Invitation(Base):
    """An address that lets someone join an organisation's team, once."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: SHA-256 of the token: the table alone opens no door.
    token_hash: Mapped[str] = mapped_column(unique=True)
    provider_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), index=True
    )
    email: Mapped[str]
    role: Mapped[MemberRole]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: When somebody answered it who was not signed in. From then on it is for that account alone.
    answered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    invited_by: Mapped[User] = relationship()


class UmbrellaRequest(Base):
    """One organisation asks another to belong to it. It does only once the other has said yes."""

    __tablename__ = "umbrella_request"
    __table_args__ = (
        CheckConstraint("umbrella_id <> member_id", "of_two"),
        CheckConstraint("answered_at IS NOT NULL OR NOT is_agreed", "agreed_is_answered"),
        Index(
            "uq_umbrella_request_open",
            "umbrella_id",
            "member_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: The body that asks.
    umbrella_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    asked_at: Mapped[datetime]
    #: When the other said yes or no, or the body took its question back.
    answered_at: Mapped[datetime | None]
    is_agreed: Mapped[bool] = mapped_column(default=False)

    umbrella: Mapped[Provider] = relationship(foreign_keys=umbrella_id)
    member: Mapped[Provider] = relationship(foreign_keys=member_id)
