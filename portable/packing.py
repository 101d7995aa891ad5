"""The one file with all that is a learner's: made and signed by a worker, or by a command."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import unit_of_work
from badges import facts, openbadges
from badges.jobs import sign_record
from badges.queries import badges_of
from badges.records import ensure_record, record_kept_for
from badges.records import kept_edition as kept_record
from badges.service import IssuingHost
from badges.signing import signed_list
from evidence import store
from evidence.models import Size
from portable.bundle import MANIFEST, README, RECORD, SIGNATURE
from portable.telling import all_pieces, kept, name_of_file, record
from wallet.queries import imported_badges_of

#: A file in the bundle: its name, its bytes a part at a time, and whether it can be made smaller.
Member = tuple[str, Iterator[bytes], bool]


def pack(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    into: BinaryIO,
    host: IssuingHost,
    equality_secret: str,
    now: datetime,
) -> None:
    """Write all that is a learner's into a zip, with a signed list of what is in it. Flushes.

    :param uuid: names this bundle in the log of signatures.
    :param equality_secret: opens what they told of themselves to be counted.
    """
    listed: dict[str, dict[str, Any]] = {}
    with ZipFile(into, "w") as file:
        for name, parts, shrinks in _members(db, learner, host, equality_secret, now):
            listed[name] = _written(file, name, parts, now, shrinks=shrinks)
        manifest = _as_json(_manifest(learner, listed, host, now))
        signature = signed_list(db, manifest, about=uuid.urn, host=host)
        for name, content in ((MANIFEST, manifest), (SIGNATURE, signature.encode())):
            _written(file, name, iter([content]), now, shrinks=True)


def sign_badges_of(learner_id: int) -> None:
    """Have what a learner holds signed as it is now. Opens units of work of its own."""
    with unit_of_work() as db:
        learner = db.get(User, learner_id)
        has_badges = learner is not None and bool(badges_of(db, learner))
        record_id = ensure_record(db, learner).id if learner and has_badges else None
    if record_id is not None:
        sign_record(record_id)


def _manifest(
    learner: User, listed: Mapping[str, Any], host: IssuingHost, now: datetime
) -> dict[str, Any]:
    return {
        "format": "tirnod-bundle",
        "version": 1,
        "host": facts.issuer_did(None, host.base_url),
        "made_at": now.isoformat(),
        "learner": learner.subject_uuid.urn,
        "files": listed,
    }


def _members(
    db: Session, learner: User, host: IssuingHost, equality_secret: str, now: datetime
) -> Iterator[Member]:
    did = facts.issuer_did(None, host.base_url)
    yield README, iter([_readme(learner).encode()]), True
    yield RECORD, iter([_as_json(record(db, learner, host=did, now=now))]), True
    yield "kept.json", iter([_as_json(kept(db, learner, equality_secret=equality_secret))]), True
    yield from _badges(db, learner, host)
    for piece in all_pieces(db, learner):
        if piece.full is not None:
            yield name_of_file(piece), store.read(piece, Size.FULL, 0, piece.full.bytes), False


def _badges(db: Session, learner: User, host: IssuingHost) -> Iterator[Member]:
    signed = [(badge.uuid, badge.signed_document) for badge in badges_of(db, learner)]
    signed = [(key, document) for key, document in signed if document is not None]
    for key, document in signed:
        yield f"badges/{key}.json", iter([openbadges.as_bytes(document)]), True
    kept_for = record_kept_for(db, learner)
    edition = kept_record(db, kept_for, host=host) if kept_for and signed else None
    if edition is not None:
        yield "badges/all.clr.json", iter([openbadges.as_bytes(edition)]), True
    for each in imported_badges_of(db, learner):
        yield f"badges-brought/{each.uuid}.{each.kind.value}", iter([each.original]), True


def _written(
    file: ZipFile, name: str, parts: Iterator[bytes], now: datetime, *, shrinks: bool
) -> dict[str, Any]:
    """Write one file into the zip; return what the list says of it."""
    entry = ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED if shrinks else ZIP_STORED
    entry.external_attr = 0o600 << 16
    digest, length = sha256(), 0
    with file.open(entry, "w") as out:
        for part in parts:
            out.write(part)
            digest.update(part)
            length += len(part)
    return {"sha256": digest.hexdigest(), "bytes": length}


def _as_json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _readme(learner: User) -> str:
    with force_locale(learner.language):
        return "\n\n".join(
            (
                _("This is all that is yours on Tirnod."),
                _(
                    "record.json is your record: what you did, what you said of it, and what adults"
                    " said to you. kept.json is everything else that we keep of you."
                ),
                _(
                    "The folder badges has each badge that you were given, signed. The folder"
                    " badges-brought has those that you brought. The folder evidence has your files."
                ),
                _(
                    "manifest.json lists each file with its SHA-256, and manifest.jws is our"
                    " signature of that list. Another Tirnod can take this whole file in."
                ),
                "",
            )
        )
