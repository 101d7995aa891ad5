"""What is kept of a listing besides the listing: drafts, versions, and the places of a provider."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import Place
from listings.repeats import Rule, SchoolDays
from opportunities.models import Opportunity, ScheduledSession
from providers.models import Provider


class ReviewReason(StrEnum):
    """Why an officer looks at a listing before anybody finds it."""

    ONE_PLACE = "one_place"
    NIGHT = "night"
    CONTACT = "contact"
    WEB = "web"
    SECRET = "secret"
    UNDER_16_AT_WORK = "under_16_at_work"
    NEW_AND_BIG = "new_and_big"
    SENT_BACK = "sent_back"


class VersionState(StrEnum):
    #: It is what the listing says, or said: the last of these is what people see.
    LIVE = "live"
    #: An officer has to look at it first.
    WAITING = "waiting"
    #: An officer sent it back.
    REFUSED = "refused"
    #: A later one took its place before anybody looked.
    REPLACED = "replaced"


class ListingDraft(Base):
    """What someone has typed so far. Its UUID becomes that of the listing."""

    __tablename__ = "listing_draft"
    __table_args__ = (
        # The service says so in words, field by field; this is for whatever goes round it.
        CheckConstraint("octet_length(typed::text) <= 65536", "small"),
        Index("ix_listing_draft_provider_id_updated_at", "provider_id", "updated_at"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    #: Who typed last.
    typed_by_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    #: As the form sent it: texts, and lists of them where several may be ticked.
    typed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class ListingVersion(Base):
    """What a listing said, who made it say so, and who decided where somebody had to."""

    __tablename__ = "listing_version"
    __table_args__ = (
        UniqueConstraint("opportunity_id", "number"),
        CheckConstraint("number > 0", "counts_from_one"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", "decided_by_someone"),
        CheckConstraint("decided_by_id <> made_by_id", "nobody_decides_on_their_own"),
        CheckConstraint("state <> 'refused' OR decided_at IS NOT NULL", "refused_by_someone"),
        CheckConstraint("state <> 'waiting' OR decided_at IS NULL", "waiting_is_undecided"),
        Index(
            "uq_listing_version_waiting",
            "opportunity_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    opportunity_id: Mapped[int] = mapped_column(ForeignKey(Opportunity.id, ondelete="CASCADE"))
    number: Mapped[int]
    #: Empty for what stood there before versions were kept.
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    made_at: Mapped[datetime]
    #: As `listings.versions.values_of` writes it.
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[VersionState]
    #: Why an officer looks at it; empty where nobody has to.
    reasons: Mapped[list[ReviewReason]] = mapped_column(ARRAY(Text), default=list)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    decided_at: Mapped[datetime | None]
    #: What the officer says to the provider.
    words: Mapped[str] = mapped_column(default="")

    opportunity: Mapped[Opportunity] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=made_by_id)


class ProviderPlace(Base):
    """A place that a provider has added, remembered whether or not anything is on there."""

    __tablename__ = "provider_place"

    provider_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    place_id: Mapped[int] = mapped_column(
        ForeignKey(Place.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime]


class Schedule(Base):
    """When a listing repeats (OpenActive: `Schedule`)."""

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint("end_time > start_time", "ends_after_start"),
        CheckConstraint("until >= first_on", "until_after_first"),
        CheckConstraint("places BETWEEN 1 AND 500", "places"),
        CheckConstraint("char_length(rrule) <= 200", "rrule_short"),
    )

    id: Mapped[Id]
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), unique=True
    )
    #: As calendars write it (RFC 5545), without the day it starts from.
    rrule: Mapped[str]
    first_on: Mapped[date]
    #: What London's clocks show.
    start_time: Mapped[time]
    end_time: Mapped[time]
    #: The last day, if it ends.
    until: Mapped[date | None]
    school: Mapped[SchoolDays]
    places: Mapped[int]
    left_out: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    added: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    changed_at: Mapped[datetime]

    opportunity: Mapped[Opportunity] = relationship()

    @property
    def rule(self) -> Rule:
        return Rule(
            rrule=self.rrule,
            first_on=self.first_on,
            start=self.start_time,
            end=self.end_time,
            until=self.until,
            school=self.school,
            left_out=frozenset(self.left_out),
            added=frozenset(self.added),
        )

    @rule.setter
    def rule(self, rule: Rule) -> None:
        self.rrule, self.first_on, self.until = rule.rrule, rule.first_on, rule.until
        self.start_time, self.end_time, self.school = rule.start, rule.end, rule.school
        self.left_out, self.added = sorted(rule.left_out), sorted(rule.added)


class ScheduleOccurrence(Base):
    """Which day of a schedule a session stands for."""

    __tablename__ = "schedule_occurrence"

    schedule_id: Mapped[int] = mapped_column(
        ForeignKey(Schedule.id, ondelete="CASCADE"), primary_key=True
    )
    occurs_on: Mapped[date] = mapped_column(primary_key=True)
    scheduled_session_id: Mapped[int] = mapped_column(
        ForeignKey(ScheduledSession.id, ondelete="CASCADE"), unique=True
    )

    scheduled_session: Mapped[ScheduledSession] = relationship()
