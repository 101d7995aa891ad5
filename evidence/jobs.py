"""Background work of evidence: files are made anew, and what nobody needs any more is deleted."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, timedelta
from tempfile import TemporaryFile
from typing import BinaryIO
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from accounts.models import User
from app import clock
from app.config import Settings
from app.db import current_db, lock, unit_of_work
from app.jobs import job, job_in_turn, regularly
from evidence import cell, store
from evidence.models import EvidencePiece, Rendition, Size, State
from evidence.queries import (
    bytes_kept_for,
    ended_uploads,
    known_pieces,
    known_uploads,
    upload_of,
    waiting_since,
)
from evidence.remaking.findings import Made, Reason
from evidence.service import begin_remaking
from evidence.uploads import MB, path_of

#: What nobody's row knows may belong to a transaction that has not landed yet.
_SURELY_LEFT = timedelta(hours=3)
#: What could not be made anew in so long never will be: the file is gone by then, or we fail at it.
_GIVEN_UP = timedelta(hours=6)
#: What waits for so long may have failed. To ask for it twice changes nothing.
_ASKED_AGAIN = timedelta(minutes=50)
_A_FEW = 200

log = logging.getLogger(__name__)


@job_in_turn
def remake(piece_id: int) -> None:
    """Make a file anew, keep what was made, and delete what came. Done already, it changes nothing."""
    piece = current_db().get(EvidencePiece, piece_id)
    upload = upload_of(current_db(), piece) if piece and piece.state is State.WAITING else None
    if piece is None or upload is None:
        return
    came = path_of(upload)
    if not came.exists():
        _refuse(piece_id, Reason.FAILED)
        return
    kind, uuid = piece.kind, piece.uuid
    # Minutes may pass: no transaction stays open meanwhile.
    current_db.rollback()
    with came.open("rb") as file, _two_files() as (full, thumb):
        outcome = cell.remake(kind, file, full, thumb)
        if outcome.refused is not None:
            _refuse(piece_id, outcome.refused)
        else:
            made = list(zip(Size, outcome.made, (full, thumb), strict=False))
            _keep(piece_id, uuid, made)
    came.unlink(missing_ok=True)


def remake_within(db: Session, piece: EvidencePiece) -> None:
    """Make a file anew in the caller's own transaction: for the demo, which waits for no worker. Flushes."""
    upload = upload_of(db, piece)
    if upload is None:
        return
    came = path_of(upload)
    with came.open("rb") as file, _two_files() as (full, thumb):
        outcome = cell.remake(piece.kind, file, full, thumb)
        for size, made, content in zip(Size, outcome.made, (full, thumb), strict=False):
            store.keep(piece.uuid, size, content)
            piece.renditions.append(_rendition(size, made, _length(content)))
    piece.state = State.REFUSED if outcome.refused else State.READY
    piece.reason = outcome.refused
    came.unlink(missing_ok=True)
    db.flush()


@job_in_turn
def remake_film(piece_id: int) -> None:
    """Make a film anew, as `remake` does: in a line of its own, since each takes minutes."""
    remake(piece_id)


@job
def forget(piece_uuid: str) -> None:
    """Delete all that is kept of a piece that was deleted."""
    store.forget(piece_uuid)


@regularly("25 * * * *")
def tidy() -> None:
    """Forget files that never came to their end, and stop waiting for those that never will be ready."""
    now = clock.now()
    with unit_of_work() as db:
        for upload in ended_uploads(db, before=now, limit=_A_FEW):
            path_of(upload).unlink(missing_ok=True)
            db.delete(upload)
    with unit_of_work() as db:
        for piece in waiting_since(db, now - _GIVEN_UP):
            piece.state, piece.reason = State.REFUSED, Reason.FAILED
        # What failed for a reason of ours, such as a store that did not answer.
        for piece in waiting_since(db, now - _ASKED_AGAIN):
            begin_remaking(db, piece)
    _forget_what_nobody_sends()


@regularly("10 3 * * *")
def sweep() -> None:
    """Delete what lies in the store of pieces that are no more, such as those of erased learners."""
    before = clock.now() - _SURELY_LEFT
    for some in store.all_kept():
        old = {each.piece_uuid for each in some if each.since.astimezone(UTC) < before}
        with unit_of_work() as db:
            left = old - known_pieces(db, old)
        for uuid in left:
            log.info("evidence: deleting what is left of %s", uuid)
            store.forget(uuid)


def _refuse(piece_id: int, reason: Reason) -> None:
    with unit_of_work() as db:
        piece = lock(db, EvidencePiece, piece_id)
        if piece is not None and piece.state is State.WAITING:
            piece.state, piece.reason = State.REFUSED, reason


def _keep(piece_id: int, uuid: UUID, made: list[tuple[Size, Made, BinaryIO]]) -> None:
    """Put into the store what was made, then say so; where nobody wants it any more, take it away."""
    for size, _made, content in made:
        store.keep(uuid, size, content)
    with unit_of_work() as db:
        is_kept = _say_kept(
            db, piece_id, [(size, each, _length(file)) for size, each, file in made]
        )
    if not is_kept:
        store.forget(uuid)


def _say_kept(db: Session, piece_id: int, made: list[tuple[Size, Made, int]]) -> bool:
    """Write down what was made, and return whether it is to stay."""
    piece = db.get(EvidencePiece, piece_id)
    if piece is None:
        return False
    # Held, so that two files made at once do not both find room.
    lock(db, User, piece.learner_id)
    piece = lock(db, EvidencePiece, piece_id)
    if piece is None or piece.state is State.REFUSED:
        return False
    if piece.state is State.READY:
        return True
    if not _has_room(db, piece, sum(length for _size, _made, length in made)):
        piece.state, piece.reason = State.REFUSED, Reason.NO_ROOM
        return False
    piece.renditions = [_rendition(*each) for each in made]
    piece.state = State.READY
    return True


def _length(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _has_room(db: Session, piece: EvidencePiece, more: int) -> bool:
    settings: Settings = current_app.extensions["settings"]
    return bytes_kept_for(db, piece.learner) + more <= settings.evidence_quota_mb * MB


def _rendition(size: Size, made: Made, length: int) -> Rendition:
    return Rendition(
        size=size,
        content_type=made.content_type,
        bytes=length,
        width=made.width,
        height=made.height,
        seconds=made.seconds,
    )


def _forget_what_nobody_sends() -> None:
    """Delete files whose row is gone: of learners who were erased, or of a crash."""
    before = (clock.now() - _SURELY_LEFT).timestamp()
    old = {
        UUID(path.name): path
        for path in store.coming_folder().iterdir()
        if path.stat().st_mtime < before
    }
    with unit_of_work() as db:
        known = known_uploads(db, old.keys())
    for uuid in old.keys() - known:
        old[uuid].unlink(missing_ok=True)


@contextmanager
def _two_files() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    with ExitStack() as stack:
        yield stack.enter_context(TemporaryFile()), stack.enter_context(TemporaryFile())
