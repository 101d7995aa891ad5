"""The log of signatures: each line holds the hash of the one before, so that none can go missing.

A line holds digests and names nobody, not even a badge. Who holds a badge can make its digest and
find its line; who holds none learns nothing from the log but how long it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from badges.models import LoggedSignature, SignaturePurpose
from badges.proof import instant

#: What stands before the first line.
BEGINNING = "0" * 64
#: So many lines are told at once.
PAGE_LENGTH = 1_000


def digest_of(signed: Mapping[str, Any] | str) -> str:
    """Return the SHA-256 of a signed document or token, in hex.

    Of a document its keys are sorted and its spaces left out, so that it does not matter how a
    wallet wrote it: `jq -cjS . badge.json | sha256sum`.
    """
    if isinstance(signed, str):
        return sha256(signed.strip().encode()).hexdigest()
    plain = json.dumps(signed, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(plain.encode()).hexdigest()


def log_signature(
    db: Session,
    signed: Mapping[str, Any] | str,
    *,
    credential: str,
    key: str,
    purpose: SignaturePurpose,
) -> None:
    """Add a line for what was signed; nothing for the same once more. Flushes.

    Holds the end of the log until the transaction ends, so sign last. The time is the database's own.

    :param signed: the document with its proof, or the token.
    :param credential: the address of the badge or list.
    :param key: the key's address in the issuer's DID document.
    """
    log_signatures(db, [Signature(digest_of(signed), credential, key, purpose)])


@dataclass(frozen=True)
class Signature:
    """One signature to be logged: the digest of what was signed, and as `log_signature` takes it."""

    digest: str
    credential: str
    key: str
    purpose: SignaturePurpose


def log_signatures(db: Session, signatures: Sequence[Signature]) -> None:
    """Add a line for each of several signatures, as `log_signature` does for one. Flushes."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("logged_signature"))))
    digests = [each.digest for each in signatures]
    known = select(LoggedSignature.digest).where(LoggedSignature.digest.in_(digests))
    logged = set(db.scalars(known))
    last, signed_at = last_line(db), clock.of_database(db).replace(microsecond=0)
    number, previous = (last.number, last.hash) if last else (0, BEGINNING)
    for each in signatures:
        if each.digest in logged:
            continue
        logged.add(each.digest)
        number += 1
        line = LoggedSignature(
            number=number,
            credential=sha256(each.credential.encode()).hexdigest(),
            digest=each.digest,
            key=each.key,
            purpose=each.purpose,
            signed_at=signed_at,
            previous=previous,
        )
        line.hash = previous = chained(previous, leaf_of(line))
        db.add(line)
    db.flush()


def leaf_of(line: LoggedSignature) -> str:
    """Return the SHA-256 of what a line says: the digest that the chain is made of."""
    return digest_of(told(line))


def told(line: LoggedSignature) -> dict[str, Any]:
    """Return what a line says, as programs read it."""
    return {
        "number": line.number,
        "credential": line.credential,
        "digest": line.digest,
        "key": line.key,
        "purpose": line.purpose.value,
        "signedAt": instant(line.signed_at),
    }


def chained(previous: str, leaf: str) -> str:
    """Return the hash of a line from that of the line before and what this one says."""
    return sha256(f"{previous}{leaf}".encode()).hexdigest()


def first_break(lines: Iterable[LoggedSignature]) -> int | None:
    """Return the number of the first line that does not follow from the one before, if any."""
    number, previous = 1, BEGINNING
    for line in lines:
        follows = (line.number, line.previous) == (number, previous)
        if not follows or line.hash != chained(previous, leaf_of(line)):
            return number
        number, previous = number + 1, line.hash
    return None


def line_about(db: Session, digest: str) -> LoggedSignature | None:
    """Return the line about what has this digest."""
    return db.scalar(select(LoggedSignature).filter_by(digest=digest))


def last_line(db: Session) -> LoggedSignature | None:
    """Return the newest line."""
    newest = select(LoggedSignature).order_by(LoggedSignature.number.desc()).limit(1)
    return db.scalar(newest)


def lines_after(db: Session, number: int) -> Sequence[LoggedSignature]:
    """Return up to `PAGE_LENGTH` lines that follow a number, oldest first."""
    following = (
        select(LoggedSignature)
        .where(LoggedSignature.number > number)
        .order_by(LoggedSignature.number)
        .limit(PAGE_LENGTH)
    )
    return db.scalars(following).all()


def all_lines(db: Session) -> Iterable[LoggedSignature]:
    """Yield the whole log, oldest first, a page at a time."""
    number = 0
    while lines := lines_after(db, number):
        yield from lines
        number = lines[-1].number
