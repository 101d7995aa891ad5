"""From a file that a stranger may have made to plain values that can be kept, or to why not.

Whoever signed it, every word in it is somebody else's: each part is read by itself, by a schema, and a
part that cannot be read is left out and told of.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from app.fetcher import Fetcher
from badges import facts
from badges.findings import Finding, UnsoundDocument
from badges.guards import without_unreadable_characters
from badges.issuers import domain_of
from badges.resolver import Asking, check_list_of
from badges.service import IssuingHost
from portable.bundle import MANIFEST, RECORD, SIGNATURE
from portable.cell import NotTaken, Unpacked
from portable.models import WhyRefused
from portable.telling import FORMAT, VERSION

_MOST_MANIFEST, _MOST_RECORD, _MOST_SIGNATURE = 2 * 1024**2, 8 * 1024**2, 4096
#: More of one sort nobody has: it was made to keep us busy.
_MOST = 10_000
_LISTS = ("lines", "evidence", "goals", "plan_items", "reflections", "feedback")


@dataclass(frozen=True)
class Bundle:
    """What a learner brings: whole, as it was listed, and said by a host or by nobody."""

    unpacked: Unpacked
    #: A `did:web`, and the host that it is bound to.
    host_did: str
    host: str
    #: Whom it is about, by the number that they have there.
    subject: str
    #: Whether the host signed it; nothing where the host could not be asked.
    is_signed: bool | None
    files: frozenset[str]
    record: Mapping[str, Any]


class _Read(Schema):
    class Meta:
        unknown = EXCLUDE


class _Text(fields.String):
    """Words without the signs that no database and no page takes."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        return without_unreadable_characters(super()._deserialize(value, attr, data, **more) or "")


def _text(longest: int, least: int = 0) -> fields.String:
    return _Text(load_default="", validate=validate.Length(min=least, max=longest))


def _words() -> fields.List:
    return fields.List(fields.String(), load_default=list, validate=validate.Length(max=50))


class LineRead(_Read):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    title = _text(400)
    who = _text(400)
    minutes = fields.Integer(load_default=None, allow_none=True)
    skills = _words()
    sort = _text(40)
    rung = _text(40)
    according_to = fields.String(load_default=None, allow_none=True)
    is_hidden = fields.Boolean(load_default=False)
    counts = fields.Boolean(load_default=True)


class FileRead(_Read):
    path = fields.String(required=True)


class PieceRead(_Read):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    title = _text(80, 1)
    words = _text(4000)
    alt_text = _text(500)
    transcript = _text(20_000)
    source = _text(80)
    link = _text(500)
    happened_on = fields.Date(required=True)
    skills = _words()
    state = _text(40)
    is_try = fields.Boolean(load_default=False)
    follows = fields.String(load_default=None, allow_none=True)
    file = fields.Nested(FileRead, load_default=None, allow_none=True)


class _Ended(_Read):
    state = _text(40)
    closed_at = fields.AwareDateTime(load_default=None, allow_none=True)
    because = _text(300)


class GoalRead(_Ended):
    id = fields.UUID(required=True)
    words = _text(200, 1)
    why = _text(300)
    where_now = _text(300)
    by = fields.Date(load_default=None, allow_none=True)
    made_at = fields.AwareDateTime(required=True)


class ItemRead(_Ended):
    id = fields.UUID(required=True)
    words = _text(600, 1)
    skill = _text(40)
    look_again_on = fields.Date(required=True)
    made_at = fields.AwareDateTime(required=True)
    goal = fields.String(load_default=None, allow_none=True)
    follows = fields.String(load_default=None, allow_none=True)


class AboutRead(_Read):
    goal = fields.String(load_default=None, allow_none=True)
    plan_item = fields.String(load_default=None, allow_none=True)


class ReflectionRead(_Read):
    id = fields.UUID(required=True)
    stem = fields.String(load_default=None, allow_none=True)
    words = _text(600)
    said_at = fields.AwareDateTime(required=True)
    about = fields.Nested(AboutRead, load_default=None, allow_none=True)


class ReplyRead(_Read):
    from_learner = fields.Boolean(required=True)
    words = _text(300)


class FeedbackRead(_Read):
    id = fields.UUID(required=True)
    given_at = fields.AwareDateTime(required=True)
    name = _text(80, 1)
    role = _text(80)
    what_went_well = _text(600)
    even_better_if = _text(600)
    try_next = _text(600)
    skills = _words()
    replies = fields.List(
        fields.Nested(ReplyRead), load_default=list, validate=validate.Length(max=100)
    )


def read_bundle(
    unpacked: Unpacked, *, subject: str, host: IssuingHost, fetcher: Fetcher, now: datetime
) -> Bundle:
    """Return what a learner brings, once it is as it was listed, and nobody changed it since.

    Asks the host that made it for its keys, with no transaction open.

    :param subject: the learner's own number here: what they took from here is here already.
    :raises NotTaken: it is no such file, is not whole, was changed, or its signature does not hold.
    """
    manifest = unpacked.read(MANIFEST, most=_MOST_MANIFEST)
    said = _manifest(manifest)
    did, signature = said["host"], unpacked.read(SIGNATURE, most=_MOST_SIGNATURE)
    _require_as_listed(unpacked, said["files"])
    if did == facts.issuer_did(None, host.base_url) and said["learner"] == subject:
        raise NotTaken(WhyRefused.OWN)
    return Bundle(
        unpacked=unpacked,
        host_did=did,
        host=domain_of(did),
        subject=said["learner"],
        is_signed=_is_signed(manifest, signature, did, Asking(host, now, fetcher)),
        files=frozenset(said["files"]),
        record=_record(unpacked, did),
    )


def read_part(schema: type[Schema], part: Any) -> Mapping[str, Any] | None:
    """Return one part of a record; nothing where it cannot be read."""
    try:
        return schema().load(part) if isinstance(part, Mapping) else None
    except (ValidationError, OverflowError):
        return None


def _manifest(content: bytes) -> Mapping[str, Any]:
    said = _json(content)
    files, host = said.get("files"), said.get("host")
    is_one = (
        said.get("format") == "tirnod-bundle"
        and isinstance(files, dict)
        and isinstance(host, str)
        and isinstance(said.get("learner"), str)
    )
    if not is_one:
        raise NotTaken(WhyRefused.NO_BUNDLE)
    if said.get("version") != 1:
        raise NotTaken(WhyRefused.NEWER)
    # Of the site itself, and of nobody who has a place on it: an organisation confirms no records.
    if not domain_of(host) or host.count(":") != 2:
        raise NotTaken(WhyRefused.SIGNATURE)
    return said


def _require_as_listed(unpacked: Unpacked, files: Mapping[str, Any]) -> None:
    """Make sure that the zip holds what is listed, byte for byte, and nothing else."""
    if {*files, MANIFEST, SIGNATURE} != set(unpacked.members) or RECORD not in files:
        raise NotTaken(WhyRefused.CHANGED)
    for name, about in files.items():
        digest = sha256()
        for part in unpacked.parts(name):
            digest.update(part)
        if not isinstance(about, Mapping) or about.get("sha256") != digest.hexdigest():
            raise NotTaken(WhyRefused.CHANGED)


def _is_signed(manifest: bytes, signature: bytes, did: str, asking: Asking) -> bool | None:
    """Return whether the host signed it; nothing where it could not be asked.

    :raises NotTaken: it did not.
    """
    try:
        check_list_of(manifest, signature.decode("ascii", "replace"), did, asking)
    except UnsoundDocument as problem:
        if problem.finding is Finding.ISSUER_UNREACHABLE:
            return None
        raise NotTaken(WhyRefused.SIGNATURE) from None
    return True


def _record(unpacked: Unpacked, did: str) -> Mapping[str, Any]:
    said = _json(unpacked.read(RECORD, most=_MOST_RECORD))
    if said.get("format") != FORMAT or said.get("host") != did:
        raise NotTaken(WhyRefused.UNREADABLE)
    if said.get("version") != VERSION:
        raise NotTaken(WhyRefused.NEWER)
    for name in _LISTS:
        if not isinstance(said.get(name, []), list) or len(said.get(name, [])) > _MOST:
            raise NotTaken(WhyRefused.UNREADABLE)
    return said


def _json(content: bytes) -> Mapping[str, Any]:
    """Read JSON as strictly as a signature deserves, though it may be larger than a badge."""
    try:
        said = json.loads(content.decode("utf-8"), object_pairs_hook=_once_each)
        if not isinstance(said, dict):
            raise ValueError("Not an object.")
        return said
    except (ValueError, RecursionError):
        raise NotTaken(WhyRefused.UNREADABLE) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A key is said twice.")
    return found
