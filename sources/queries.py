"""Questions about the lists that an organisation brings in, asked by its own people."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from opportunities.models import Opportunity, OpportunityStatus
from providers.models import Provider
from providers.queries import speaks_for
from sources.models import (
    ImportedRow,
    ImportRun,
    ItemState,
    Source,
    SourceItem,
    SourceState,
    Upload,
    Verdict,
)


def sources_of(db: Session, provider: Provider) -> Sequence[Source]:
    """Return what a provider has brought in and not stopped, the latest read first."""
    found = (
        select(Source)
        .where(Source.provider_id == provider.id, Source.state == SourceState.ACTIVE)
        .order_by(Source.last_read_at.desc(), Source.id)
    )
    return db.scalars(found).all()


def own_source(db: Session, viewer: User, uuid: UUID) -> Source | None:
    """Return a list of the viewer's own organisation; None for anybody else's."""
    found = select(Source).filter_by(uuid=uuid)
    source = db.scalar(found.options(joinedload(Source.provider, innerjoin=True)))
    return source if source and speaks_for(db, viewer, source.provider) else None


def source_like(db: Session, provider: Provider, address: str, file_name: str) -> Source | None:
    """Return the list that a provider brought in before from this address, or under this name."""
    return db.scalar(
        select(Source).filter_by(provider_id=provider.id, address=address, file_name=file_name)
    )


def sources_to_read(db: Session) -> Sequence[int]:
    """Return the ids of all lists that have an address and are still read, longest ago first."""
    found = select(Source.id).where(Source.state == SourceState.ACTIVE, Source.address != "")
    return db.scalars(found.order_by(Source.last_read_at, Source.id)).all()


def upload_of(db: Session, source: Source, now: datetime) -> Upload | None:
    """Return what was sent of a list and not kept yet; None once it has lain for too long."""
    upload = db.get(Upload, source.id)
    return upload if upload and upload.expires_at > now else None


def last_run(db: Session, source: Source) -> ImportRun | None:
    """Return the latest reading of a list, tried or kept."""
    found = select(ImportRun).filter_by(source_id=source.id)
    return db.scalar(found.order_by(ImportRun.started_at.desc(), ImportRun.id.desc()).limit(1))


def own_run(db: Session, viewer: User, uuid: UUID) -> ImportRun | None:
    """Return one reading of a list of the viewer's own organisation."""
    found = select(ImportRun).filter_by(uuid=uuid)
    run = db.scalar(
        found.options(joinedload(ImportRun.source, innerjoin=True).joinedload(Source.provider))
    )
    return run if run and speaks_for(db, viewer, run.source.provider) else None


def rows_of(
    db: Session, run: ImportRun, verdict: Verdict | None, *, limit: int, offset: int = 0
) -> Sequence[ImportedRow]:
    """Return what became of the rows of a reading, in their order."""
    found = select(ImportedRow).filter_by(run_id=run.id)
    if verdict is not None:
        found = found.filter_by(verdict=verdict)
    return db.scalars(found.order_by(ImportedRow.position).limit(limit).offset(offset)).all()


def every_row_of(db: Session, run: ImportRun) -> Iterator[ImportedRow]:
    """Yield what became of each row of a reading, however many there are."""
    found = select(ImportedRow).filter_by(run_id=run.id).order_by(ImportedRow.position)
    yield from db.scalars(found.execution_options(yield_per=1000))


def held_count(db: Session, source: Source) -> int:
    """Return how many activities of a list an officer has to look at first."""
    found = (
        select(func.count(Opportunity.id.distinct()))
        .join(SourceItem, SourceItem.opportunity_id == Opportunity.id)
        .where(SourceItem.source_id == source.id, Opportunity.status == OpportunityStatus.REVIEW)
    )
    return db.scalar(found) or 0


def listed_count(db: Session, source: Source) -> int:
    """Return how many rows of a list stand here today."""
    found = select(func.count()).select_from(SourceItem)
    mine = found.filter_by(source_id=source.id, state=ItemState.PRESENT)
    return db.scalar(mine) or 0
