"""Other people's lists, what each of their rows became, and what was said of it at each reading."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, CreatedAt, Id, PublicId
from geo.models import Place
from opportunities.models import Opportunity, ScheduledSession
from providers.models import Provider

#: The largest file or answer that is taken in on the pages.
MOST_BYTES = 10 * 1024 * 1024


class SourceKind(StrEnum):
    """The format of a list."""

    CSV = "csv"
    JSON = "json"
    ICAL = "ical"
    RPDE = "rpde"
    OPEN_REFERRAL = "openreferral"
    SCHEMA_ORG = "schema_org"


class Takes(StrEnum):
    """What the rows of a list become."""

    ACTIVITIES = "activities"
    PLACES = "places"


class SourceState(StrEnum):
    #: Nothing of it was kept yet.
    DRAFT = "draft"
    ACTIVE = "active"
    STOPPED = "stopped"


class ItemState(StrEnum):
    PRESENT = "present"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What became of a row."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class Source(Base):
    """A list that an organisation brings in: a file that it sends, or an address that is read."""

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint("(address = '') <> (file_name = '')", "file_or_address"),
        # The same list brought again is the same source: what it made is updated, not made twice.
        UniqueConstraint("provider_id", "address", "file_name"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    kind: Mapped[SourceKind]
    takes: Mapped[Takes] = mapped_column(default=Takes.ACTIVITIES)
    #: http or https; empty for a file.
    address: Mapped[str] = mapped_column(default="")
    file_name: Mapped[str] = mapped_column(default="")
    #: What people call where it comes from. The public page says it.
    name: Mapped[str]
    #: Which column is what, and what holds where the list says nothing: see `sources.mapping`.
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    licence: Mapped[str] = mapped_column(default="")
    #: The page of a feed to read next; empty to begin at its address.
    cursor: Mapped[str] = mapped_column(default="")
    last_read_at: Mapped[datetime | None]
    state: Mapped[SourceState] = mapped_column(default=SourceState.DRAFT)
    created_at: Mapped[CreatedAt]

    provider: Mapped[Provider] = relationship()

    @property
    def where(self) -> str:
        return self.address or self.file_name


class ImportRun(Base):
    """One reading of a source, with the sum of its rows."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(
            "rows = made + updated + unchanged + withdrawn + refused", "every_row_accounted_for"
        ),
        Index("ix_import_run_source_id_started_at", "source_id", "started_at"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.id, ondelete="CASCADE"))
    #: What would happen; nothing did.
    is_dry: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    #: What is wrong with the list as a whole, in sentences.
    remarks: Mapped[list[str]] = mapped_column(JSONB, default=list)

    source: Mapped[Source] = relationship()


class ImportedRow(Base):
    """What became of one row at one reading."""

    __tablename__ = "imported_row"
    __table_args__ = (
        CheckConstraint("(verdict = 'refused') = (reason <> '')", "refused_for_a_reason"),
        Index("ix_imported_row_run_id_verdict", "run_id", "verdict", "position"),
    )

    run_id: Mapped[int] = mapped_column(
        ForeignKey(ImportRun.id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    #: The line of the file, or the place in the list; empty for what is no longer in it.
    number: Mapped[int | None]
    external_id: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    verdict: Mapped[Verdict]
    #: For what is refused: which column or property, as the list calls it, and why.
    field: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    #: What was guessed, cut or kept.
    notes: Mapped[list[str]] = mapped_column(JSONB, default=list)


class SourceItem(Base):
    """A row of a source that was taken in, and what it became."""

    __tablename__ = "source_item"
    __table_args__ = (
        CheckConstraint("num_nonnulls(opportunity_id, place_id) = 1", "became_one_thing"),
        UniqueConstraint("source_id", "external_id"),
        Index("ix_source_item_series_id", "series_id", "source_id"),
        Index("ix_source_item_source_id_state", "source_id", "state"),
    )

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.id, ondelete="CASCADE"))
    #: What the list calls the row.
    external_id: Mapped[str]
    #: What the list calls the activity: rows that share it are dates of one.
    series_id: Mapped[str]
    #: SHA-256 of what the row said, so that what has not changed is left alone.
    digest: Mapped[str]
    opportunity_id: Mapped[int | None] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), index=True
    )
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey(Place.id, ondelete="CASCADE"), index=True
    )
    #: It only gave one more date to an activity that another row made.
    is_date_only: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ItemState] = mapped_column(default=ItemState.PRESENT)
    #: The reading that saw it last. What a whole list no longer has is withdrawn.
    seen_in: Mapped[int] = mapped_column(BigInteger)

    opportunity: Mapped[Opportunity | None] = relationship()
    place: Mapped[Place | None] = relationship()


class SourceSitting(Base):
    """A session that a row made. One that somebody added by hand is in no row's charge."""

    __tablename__ = "source_sitting"

    scheduled_session_id: Mapped[int] = mapped_column(
        ForeignKey(ScheduledSession.id, ondelete="CASCADE"), primary_key=True
    )
    item_id: Mapped[int] = mapped_column(ForeignKey(SourceItem.id, ondelete="CASCADE"), index=True)

    scheduled_session: Mapped[ScheduledSession] = relationship()
    item: Mapped[SourceItem] = relationship()


class Upload(Base):
    """A file between being sent and being kept. It goes when it is kept, or after a day."""

    __tablename__ = "source_upload"
    __table_args__ = (
        CheckConstraint(f"octet_length(content) <= {MOST_BYTES}", "not_too_large"),
        Index("ix_source_upload_expires_at", "expires_at"),
    )

    source_id: Mapped[int] = mapped_column(
        ForeignKey(Source.id, ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: Its mapping, not yet the source's: that is changed when the file is kept.
    mapping: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'")
    )
    expires_at: Mapped[datetime]

    source: Mapped[Source] = relationship()
