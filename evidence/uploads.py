"""Files on their way in: begun, sent in pieces, gone on with after a dropped connection, or given up.

The bytes lie in a folder that nothing serves. How much has come is how large the file there is, so
that no two places can disagree; the table knows whose it is and how much is to come.
"""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound, TooMany
from evidence.models import Upload
from evidence.queries import bytes_kept_for, own_upload, unfinished_uploads, uploads_since
from evidence.store import coming_folder

MB = 1024 * 1024
#: The largest that comes in pieces, and the largest that comes with a form at once.
LARGEST_BYTES, LARGEST_AT_ONCE_BYTES = 250 * MB, 25 * MB
#: The largest piece of one.
LARGEST_PIECE_BYTES = 8 * MB
#: So long one can go on with a file.
LASTS = timedelta(hours=24)
AT_A_TIME = 3
#: Of one learner, in a day.
_MOST_A_DAY, _MOST_BYTES_A_DAY = 60, 1024 * MB
_DAY = timedelta(days=1)
_READ_BYTES = 256 * 1024


class OutOfStep(Conflict):
    """Sent from another place than where we stand: ask, and go on from there."""


class Busy(Conflict):
    """Another request is writing to this file."""

    status = 423


def begin_upload(
    db: Session, *, learner: User, length: int, mark: str, quota_bytes: int, now: datetime
) -> Upload:
    """Let a file come in. The same file begun before is gone on with. Flushes.

    :param mark: by what the sender knows the file again; "" for one that comes at once.
    :raises Conflict: it is empty or too large, three are on their way, or the learner has no room.
    :raises TooMany: so many came today.
    """
    if length < 1:
        raise Conflict(_("That file is empty."))
    if length > LARGEST_BYTES:
        raise Conflict(_("That file is too big. %(number)s MB is the most.", number=250))
    # Held, so that two begun at once count each other.
    lock(db, User, learner.id)
    begun = unfinished_uploads(db, learner, now=now)
    again = next(
        (each for each in begun if mark and (each.mark, each.length) == (mark, length)), None
    )
    if again is not None:
        return again
    if len(begun) >= AT_A_TIME:
        raise Conflict(_("Three files are on their way already. Finish one, or give it up."))
    _refuse_too_much(db, learner, length, quota_bytes, now)
    upload = Upload(
        uuid=uuid4(),
        learner=learner,
        length=length,
        mark=mark,
        started_at=now,
        expires_at=now + LASTS,
    )
    db.add(upload)
    db.flush()
    return upload


def open_upload(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Upload:
    """Return a file of this learner's that can still come in.

    :raises NotFound: there is none, or none any more.
    """
    upload = own_upload(db, learner, uuid)
    if upload is None or upload.closed_at is not None or upload.expires_at <= now:
        raise NotFound(_("We cannot find that file. Choose it again."))
    return upload


def give_up(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """Forget a file that is on its way. Twice is harmless. Flushes."""
    upload = own_upload(db, learner, uuid)
    if upload is not None and upload.closed_at is None:
        upload.closed_at = now
        db.flush()
        path_of(upload).unlink(missing_ok=True)


def received(upload: Upload) -> int:
    """Return how many bytes of a file have come."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def is_whole(upload: Upload) -> bool:
    return received(upload) == upload.length


def receive(upload: Upload, content: IO[bytes], *, offset: int) -> int:
    """Add what comes to a file, and return how much there is of it now.

    A connection that drops leaves what came before; the sender asks how much that was.

    :raises OutOfStep: the sender is elsewhere than we are.
    :raises Busy: another request is still writing: the one whose connection has dropped, as a rule.
    """
    with _held(upload) as file:
        stands_at = file.seek(0, 2)
        if stands_at != offset:
            raise OutOfStep(_("That is not where we stand. Ask how much has come."))
        for part in _parts(content, upload.length - offset):
            file.write(part)
            stands_at += len(part)
    return stands_at


def write_down(upload: Upload, content: Iterable[bytes]) -> int:
    """Write all of a file that comes from elsewhere than a sender; return how much it is."""
    with path_of(upload).open("wb") as file:
        return sum(file.write(part) for part in content)


def path_of(upload: Upload) -> Path:
    """Return where the bytes of a file lie while it comes in."""
    return coming_folder() / str(upload.uuid)


@contextmanager
def _held(upload: Upload) -> Iterator[BinaryIO]:
    with path_of(upload).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_("That file is being written to.")) from None
        yield file


def _parts(content: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield what comes, until it ends, as much as is wanted is there, or the connection drops."""
    while most > 0:
        try:
            part = content.read(min(_READ_BYTES, most))
        except Exception:
            # What a dropped connection raises is the server's own affair.
            return
        if not part:
            return
        most -= len(part)
        yield part


def _refuse_too_much(
    db: Session, learner: User, length: int, quota_bytes: int, now: datetime
) -> None:
    if bytes_kept_for(db, learner) >= quota_bytes:
        raise Conflict(_("You have no room left. Delete something that you do not need any more."))
    number, size = uploads_since(db, learner, now - _DAY)
    if number >= _MOST_A_DAY or size + length > _MOST_BYTES_A_DAY:
        raise TooMany(_("That is a lot for one day. Try again tomorrow."))
