"""From a file that was checked to the few plain facts that are kept beside it.

Every word in it is a stranger's. What could lead a child to that stranger is left out here, before
it is anywhere: the file itself keeps it, for whoever takes the file elsewhere.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Any

from app import screening
from badges.bake import open_upload
from badges.findings import Finding
from badges.verifier import Outcome, Subject, Verification
from wallet.models import FileKind

_LONGEST_NAME, _LONGEST_DESCRIPTION = 120, 600
_LONGEST_ID = 1000
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A badge that somebody brought, and what was found."""

    original: bytes
    kind: FileKind
    found: Verification
    issuer_id: str
    credential_id: str
    issuer_name: str
    name: str
    description: str
    has_hidden_words: bool
    is_older: bool
    valid_from: datetime | None

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return sha256(self.original).hexdigest()

    @property
    def checks(self) -> dict[str, Any]:
        """What was found, without the badge itself: that is in the file."""
        return plain_checks(self.found)


def read_brought(original: bytes, found: Verification) -> Brought | None:
    """Return what is to be kept of a file; `None` where nothing of it could be read, or it failed.

    :param found: what looking at `original` found: nothing is opened here that was not sound there.
    """
    document = found.document
    if document is None or found.outcome is Outcome.FAILED:
        return None
    issuer_id, credential_id = found.issuer_id, _text(document.get("id"))
    if not _is_a_name(issuer_id) or not _is_a_name(credential_id):
        return None
    achievement = _part(_part(document, "credentialSubject"), "achievement")
    words = {
        "issuer_name": shown(_text(_part(document, "issuer").get("name")), _LONGEST_NAME),
        "name": shown(_text(achievement.get("name")), _LONGEST_NAME),
        "description": shown(_text(achievement.get("description")), _LONGEST_DESCRIPTION),
    }
    fit = {name: "" if screening.find([text]) else text for name, text in words.items()}
    return Brought(
        original=original,
        kind=_kind_of(original),
        found=found,
        issuer_id=issuer_id,
        credential_id=credential_id,
        has_hidden_words=fit != words,
        is_older=found.check(Subject.SHAPE).finding is Finding.OLDER_SOUND,
        valid_from=_instant(document.get("validFrom")),
        **fit,
    )


def signed_text(original: bytes) -> str:
    """Return the credential inside a file that was kept: JSON, or a compact JWS."""
    return open_upload(original).text.decode("utf-8-sig")


def plain_checks(found: Verification) -> dict[str, Any]:
    """Return what was found as JSON, without the badge itself."""
    issuer = {"issuer": {"id": found.issuer_id}}
    return Verification(found.checks, issuer if found.issuer_id else None).as_plain()


def shown(text: str, longest: int) -> str:
    """Return a stranger's text as one line, without what turns it around or cannot be seen."""
    spaced = "".join(" " if each.isspace() else each for each in text)
    seen = "".join(each for each in spaced if unicodedata.category(each) not in _NOT_SHOWN)
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _kind_of(original: bytes) -> FileKind:
    if original.startswith(b"\x89PNG"):
        return FileKind.PNG
    text = original.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return FileKind.SVG
    return FileKind.TOKEN if text.startswith(b"eyJ") else FileKind.JSON


def _is_a_name(text: str) -> bool:
    """Whether this can be kept as the name of something: to the letter, so nothing is mended."""
    return 0 < len(text) <= _LONGEST_ID and shown(text, _LONGEST_ID) == text


def _instant(value: Any) -> datetime | None:
    """Read a time as any version of Open Badges writes it."""
    try:
        if isinstance(value, int):
            moment = datetime.fromtimestamp(value, UTC)
        elif len(value) == len("2026-06-01"):
            moment = datetime.combine(date.fromisoformat(value), time.min, UTC)
        else:
            moment = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    # Years at either end cannot be told in another time zone.
    if not 1900 <= moment.year <= 9000:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
