"""The rules of bringing a list in: try it, keep it, stop it.

To try a list does everything that keeping it does, and takes it back: the report says what happens.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.db import lock
from app.errors import Conflict, NotAllowed
from providers.models import Provider, ProviderStatus
from sources import ical_file, openreferral, rpde, schema_org
from sources.csv_file import Table, open_csv
from sources.found import Refused, Row
from sources.json_file import open_json
from sources.mapping import guess_columns, read_row
from sources.models import (
    MOST_BYTES,
    ImportedRow,
    ImportRun,
    Source,
    SourceKind,
    SourceState,
    Takes,
    Upload,
    Verdict,
)
from sources.queries import source_like
from sources.reading import Progress, WrongList
from sources.settling import Defaults, settle
from sources.writing import BATCH, Told, Writer

#: Formats whose columns have to be told apart first.
TABLES = (SourceKind.CSV, SourceKind.JSON)
#: How long a file that was sent waits to be kept.
WAITS = timedelta(days=1)
_RUNS_KEPT = 5
Tell = Callable[[Told], None]


def add_source(
    db: Session,
    *,
    provider: Provider,
    kind: SourceKind,
    name: str,
    address: str = "",
    file_name: str = "",
    takes: Takes = Takes.ACTIVITIES,
    licence: str = "",
) -> Source:
    """Return the list of this address or file name, made where it is new. Flushes.

    :raises NotAllowed: the organisation is paused.
    :raises Conflict: it was another kind of list before.
    """
    lock(db, Provider, provider.id)
    if provider.status is ProviderStatus.SUSPENDED:
        raise NotAllowed(_("The council has paused this organisation."))
    source = source_like(db, provider, address, file_name)
    if source is None:
        source = Source(
            provider_id=provider.id,
            kind=kind,
            takes=takes,
            name=name,
            address=address,
            file_name=file_name,
            licence=licence,
        )
        db.add(source)
    elif source.state is SourceState.DRAFT:
        source.kind, source.takes = kind, takes
    elif source.kind is not kind:
        raise Conflict(
            _(
                "You brought in another kind of list from there before. Stop that first, or give the file another name."
            )
        )
    db.flush()
    return source


def hold(db: Session, source: Source, content: bytes, now: datetime) -> Upload:
    """Hold what was sent until it is kept, for a day at most. Flushes.

    :raises WrongList: it is too large.
    """
    if len(content) > MOST_BYTES:
        raise WrongList(_("The file is larger than 10 megabytes."))
    forget_old_uploads(db, now)
    upload = db.get(Upload, source.id) or Upload(source_id=source.id)
    upload.content, upload.expires_at = content, now + WAITS
    upload.mapping = source.mapping
    db.add(upload)
    db.flush()
    return upload


def forget_old_uploads(db: Session, now: datetime) -> None:
    """Delete what was sent and not kept within a day."""
    db.execute(delete(Upload).where(Upload.expires_at <= now))


def open_table(kind: SourceKind, content: IO[bytes], progress: Progress | None = None) -> Table:
    """Return the table that a file holds.

    :raises WrongList: it cannot be read.
    """
    return (open_csv if kind is SourceKind.CSV else open_json)(content, progress)


def try_out(
    db: Session,
    source: Source,
    content: IO[bytes],
    mapping: dict[str, Any],
    now: datetime,
    *,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> ImportRun:
    """Say what keeping a list would do, row by row, and do nothing of it. Flushes the report.

    :raises WrongList: it cannot be read at all.
    """
    with tempfile.TemporaryFile("w+") as spool:

        def note(told: Told) -> None:
            spool.write(json.dumps(asdict(told)) + "\n")
            if tell:
                tell(told)

        attempt = db.begin_nested()
        try:
            run = _new_run(db, source, now, is_dry=False)
            _read(db, source, run, content, mapping, now, note, progress)
            remarks = run.remarks
        finally:
            attempt.rollback()
            db.expire_all()
        report = _new_run(db, source, now, is_dry=True)
        report.remarks = remarks
        spool.seek(0)
        with _Report(db, report) as noted:
            for line in spool:
                told = json.loads(line)
                noted(Told(**told | {"verdict": Verdict(told["verdict"])}))
    report.ended_at = now
    _forget_old_runs(db, source)
    db.flush()
    return report


def keep(
    db: Session,
    source: Source,
    content: IO[bytes],
    mapping: dict[str, Any],
    now: datetime,
    *,
    run: ImportRun | None = None,
    at: str = "",
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> ImportRun:
    """Take a whole list in, or the next page of a feed. Flushes; the caller commits all or nothing.

    :param run: the reading that a page of a feed belongs to; the first page begins one.
    :param at: the address of that page.
    :raises WrongList: it cannot be read at all.
    :raises NotAllowed: the organisation is paused.
    """
    locked = lock(db, Source, source.id)
    provider = locked.provider if locked else source.provider
    if provider.status is ProviderStatus.SUSPENDED:
        raise NotAllowed(_("The council has paused this organisation."))
    run = run or _new_run(db, source, now, is_dry=False)
    with _Report(db, run) as noted:

        def note(told: Told) -> None:
            noted(told)
            if tell:
                tell(told)

        _read(db, source, run, content, mapping, now, note, progress, at=at)
    source.mapping, source.state, source.last_read_at = mapping, SourceState.ACTIVE, now
    run.ended_at = now
    db.execute(delete(Upload).where(Upload.source_id == source.id))
    _forget_old_runs(db, source)
    db.flush()
    return run


def stop(db: Session, source: Source, now: datetime, *, withdraws: bool) -> ImportRun | None:
    """Read a list no more. Flushes.

    :param withdraws: what came from it goes too; what somebody has booked stays until it is over.
    """
    lock(db, Source, source.id)
    source.state, source.cursor = SourceState.STOPPED, ""
    db.execute(delete(Upload).where(Upload.source_id == source.id))
    run = None
    if withdraws:
        run = _new_run(db, source, now, is_dry=False)
        writer = Writer(db, source, reading=run.id, now=now, may_repeat=False)
        with _Report(db, run) as noted:
            for told in writer.withdraw_unseen():
                noted(told)
        run.ended_at = now
    db.flush()
    return run


def _read(
    db: Session,
    source: Source,
    run: ImportRun,
    content: IO[bytes],
    mapping: dict[str, Any],
    now: datetime,
    tell: Tell,
    progress: Progress | None,
    at: str = "",
) -> None:
    defaults = Defaults.of(mapping.get("defaults") or {})
    page = rpde.Page() if source.kind is SourceKind.RPDE else None
    rows = _rows(source, content, mapping, now, page, progress)
    writer = Writer(db, source, reading=run.id, now=now, may_repeat=page is not None)
    for batch in _batches(rows):
        for told in writer.take([settle(row, defaults, now) for row in batch]):
            tell(told)
    if page is None:
        for told in writer.withdraw_unseen():
            tell(told)
    else:
        _turn_page(source, run, page, at or source.address)


def _turn_page(source: Source, run: ImportRun, page: rpde.Page, at: str) -> None:
    source.cursor = page.next_address(at) if at else ""
    source.licence = page.licence or source.licence
    # The same thing is wrong on every page of a feed: it is said once.
    run.remarks = list(dict.fromkeys([*run.remarks, *page.remarks]))[:20]


def _rows(
    source: Source,
    content: IO[bytes],
    mapping: dict[str, Any],
    now: datetime,
    page: rpde.Page | None,
    progress: Progress | None,
) -> Iterator[Row]:
    if page is not None:
        yield from rpde.read_page(content, page, now, progress)
    elif source.kind in TABLES:
        yield from _rows_of_table(source, content, mapping, progress)
    elif source.kind is SourceKind.ICAL:
        yield from ical_file.read_calendar(content, now, progress)
    elif source.kind is SourceKind.SCHEMA_ORG:
        yield from schema_org.read_page(content, now)
    else:
        yield from openreferral.read_services(content, now, progress=progress)


def _rows_of_table(
    source: Source, content: IO[bytes], mapping: dict[str, Any], progress: Progress | None
) -> Iterator[Row]:
    table = open_table(source.kind, content, progress)
    columns = mapping.get("columns") or guess_columns(table.headings, source.takes)
    columns = {name: heading for name, heading in columns.items() if heading in table.headings}
    for entry in table.rows:
        if isinstance(entry, Refused):
            yield entry
        else:
            yield read_row(entry[0], entry[1], columns, source.takes)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows a batch at a time; of rows with one number, each in a batch of its own."""
    batch: list[Row] = []
    ids: set[str] = set()
    for row in rows:
        if len(batch) >= BATCH or (row.external_id and row.external_id in ids):
            yield batch
            batch, ids = [], set()
        batch.append(row)
        ids.add(row.external_id)
    if batch:
        yield batch


def _new_run(db: Session, source: Source, now: datetime, *, is_dry: bool) -> ImportRun:
    run = ImportRun(source_id=source.id, started_at=now, is_dry=is_dry, remarks=[])
    db.add(run)
    db.flush()
    return run


def _forget_old_runs(db: Session, source: Source) -> None:
    db.flush()
    old = (
        select(ImportRun.id)
        .filter_by(source_id=source.id)
        .order_by(ImportRun.started_at.desc(), ImportRun.id.desc())
        .offset(_RUNS_KEPT)
    )
    ids = db.scalars(old).all()
    db.execute(
        delete(ImportRun).where(ImportRun.id.in_(ids)).execution_options(synchronize_session=False)
    )


class _Report:
    """The rows of one reading, written together, and their sums on the run."""

    def __init__(self, db: Session, run: ImportRun):
        self.db, self.run = db, run
        self.counts: Counter[Verdict] = Counter()
        self.waiting: list[dict[str, Any]] = []
        self.position = run.rows

    def __enter__(self) -> Tell:
        return self._note

    def __exit__(self, kind: object, *_more: object) -> None:
        if kind is None:
            self._write()
            for verdict, count in self.counts.items():
                setattr(self.run, verdict.value, getattr(self.run, verdict.value) + count)
            self.run.rows = self.position

    def _note(self, told: Told) -> None:
        self.position += 1
        self.counts[told.verdict] += 1
        self.waiting.append(
            asdict(told)
            | {
                "run_id": self.run.id,
                "position": self.position,
                "external_id": told.external_id[:200],
                "notes": list(told.notes),
            }
        )
        if len(self.waiting) >= 1000:
            self._write()

    def _write(self) -> None:
        if self.waiting:
            self.db.execute(insert(ImportedRow), self.waiting)
        self.waiting = []
