"""Where the files of learners are kept, by one set of calls: a folder, or a store that speaks S3."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import obstore
from flask import Flask, current_app
from obstore.store import LocalStore, ObjectStore, from_url

from app.config import Settings
from evidence.models import EvidencePiece, Size

_KEPT, _COMING = "kept", "coming"
_FOLDER, _BUNDLES = "pieces", "bundles"
#: So much is asked of the store at a time.
_PART_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A file in the store: whose, and since when."""

    piece_uuid: str
    path: str
    since: datetime


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions["evidence_folder"] = Path(settings.evidence_dir)


def coming_folder() -> Path:
    """Return where files lie that are on their way in. Only we may look into it."""
    folder: Path = current_app.extensions["evidence_folder"] / _COMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(piece_uuid: UUID, size: Size, content: BinaryIO) -> None:
    """Keep a file in one of its forms, in place of what was there."""
    content.seek(0)
    obstore.put(_store(), _path(piece_uuid, size), content)


def read(piece: EvidencePiece, size: Size, start: int, end: int) -> Iterator[bytes]:
    """Return what is kept, from one byte to before another, a part at a time.

    What is asked for first is there before this returns: a file that is gone is known at once.

    :raises FileNotFoundError: it is gone.
    """
    # Whoever reads on does so when the request that asked is over.
    parts = _parts(_store(), _path(piece.uuid, size), start, end)
    return chain([next(parts, b"")], parts)


def _parts(store: ObjectStore, path: str, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, _PART_BYTES):
        yield bytes(obstore.get_range(store, path, start=at, end=min(at + _PART_BYTES, end)))


def forget(piece_uuid: UUID | str) -> None:
    """Delete all that is kept of a piece. Twice is harmless."""
    for some in obstore.list(_store(), prefix=f"{_FOLDER}/{piece_uuid}"):
        obstore.delete(_store(), [each["path"] for each in some])


def all_kept() -> Iterator[list[Kept]]:
    """Yield everything in the store, some at a time."""
    for some in obstore.list(_store(), prefix=_FOLDER, chunk_size=500):
        yield [
            Kept(each["path"].split("/")[1], each["path"], each["last_modified"]) for each in some
        ]


def keep_bundle(uuid: UUID, content: BinaryIO) -> None:
    """Keep all that is a learner's in one file, for a day: see `portable`."""
    content.seek(0)
    obstore.put(_store(), _bundle_path(uuid), content)


def read_bundle(uuid: UUID, length: int) -> Iterator[bytes]:
    """Return such a file a part at a time.

    :raises FileNotFoundError: it is gone.
    """
    parts = _parts(_store(), _bundle_path(uuid), 0, length)
    return chain([next(parts, b"")], parts)


def forget_bundle(uuid: UUID | str) -> None:
    """Delete such a file. Twice is harmless."""
    for some in obstore.list(_store(), prefix=_BUNDLES):
        named = [each["path"] for each in some if each["path"] == _bundle_path(uuid)]
        obstore.delete(_store(), named)


def all_bundles() -> Iterator[list[Kept]]:
    """Yield every such file, some at a time: each with the random number of its bundle."""
    for some in obstore.list(_store(), prefix=_BUNDLES, chunk_size=500):
        yield [
            Kept(each["path"].rpartition("/")[2], each["path"], each["last_modified"])
            for each in some
        ]


def _bundle_path(uuid: UUID | str) -> str:
    return f"{_BUNDLES}/{uuid}"


def _store() -> ObjectStore:
    """Return the store of this application. Made when it is first needed: a site may need none."""
    made = current_app.extensions.get("evidence_store")
    if made is None:
        made = current_app.extensions["evidence_store"] = _made()
    return made


def _made() -> ObjectStore:
    settings: Settings = current_app.extensions["settings"]
    if settings.evidence_store:
        return from_url(settings.evidence_store)
    folder = current_app.extensions["evidence_folder"] / _KEPT
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _path(uuid: UUID, size: Size) -> str:
    return f"{_FOLDER}/{uuid}/{size.value}"
