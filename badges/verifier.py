"""Is this badge to be believed? Separate checks, each answered by itself, and never more than known.

The badge, its issuer's DID document and its status list all come from strangers. Fetching them is
the caller's business: the two callbacks answer `None`, or raise, when something cannot be had.
"""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from badges.bake import read_upload
from badges.findings import Finding, UnsoundDocument
from badges.guards import require_sound
from badges.keys import public_key
from badges.openbadges import STATUS_LIST_LENGTH
from badges.proof import check_proof, proof_of

#: Finds a document by its address (an issuer's DID, a status list's URL).
Lookup = Callable[[str], Mapping[str, Any] | None]

#: The longest status list we unpack, in bytes: eight times as long as lists usually are.
_LONGEST_LIST_BYTES = STATUS_LIST_LENGTH
#: Open Badges allows one; a badge that sends us to many addresses is up to something.
_MOST_STATUS_ENTRIES = 4
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_INDEX = re.compile("0|[1-9][0-9]{0,9}")


class Outcome(StrEnum):
    """How a check ended. "Could not check" is neither good nor bad news."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "could_not_check"


class Subject(StrEnum):
    """What a check is about, in the order a person would ask."""

    SHAPE = "shape"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    STATUS = "status"
    DATES = "dates"
    ENDORSEMENTS = "endorsements"


_GOOD = frozenset(
    {
        Finding.SHAPE_SOUND,
        Finding.SIGNATURE_HOLDS,
        Finding.KEY_IS_THE_ISSUERS,
        Finding.STATUS_GOOD,
        Finding.STATUS_NOT_USED,
        Finding.DATES_GOOD,
    }
)
_UNKNOWN = frozenset(
    {
        Finding.ISSUER_UNREACHABLE,
        Finding.STATUS_UNREACHABLE,
        Finding.STATUS_OUT_OF_DATE,
        Finding.STATUS_KIND_UNKNOWN,
        Finding.STATUS_LIST_FORGED,
        Finding.INNER_CREDENTIALS,
        Finding.NOT_LOOKED_AT,
    }
)


@dataclass(frozen=True)
class Check:
    """One question, and what was found."""

    subject: Subject
    finding: Finding

    @property
    def outcome(self) -> Outcome:
        if self.finding in _GOOD:
            return Outcome.PASSED
        return Outcome.UNCHECKED if self.finding in _UNKNOWN else Outcome.FAILED


@dataclass(frozen=True)
class Verification:
    """What was found out about a badge. `document` is what could be read of it, if anything."""

    checks: tuple[Check, ...]
    document: Mapping[str, Any] | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of all: one failed check fails, one that could not be made leaves it open."""
        found = {check.outcome for check in self.checks}
        for outcome in (Outcome.FAILED, Outcome.UNCHECKED):
            if outcome in found:
                return outcome
        return Outcome.PASSED

    @property
    def is_valid(self) -> bool:
        return self.outcome is Outcome.PASSED

    def check(self, subject: Subject) -> Check:
        """Return the check about one subject."""
        return next(check for check in self.checks if check.subject is subject)


def verify_upload(
    upload: bytes, *, resolve_issuer: Lookup, fetch_status_list: Lookup, now: datetime
) -> Verification:
    """Check a badge in a file that someone brought: JSON, or a baked PNG or SVG. Never raises."""
    try:
        document = read_upload(upload)
    except UnsoundDocument as problem:
        return _unreadable(problem.finding)
    return verify(
        document, resolve_issuer=resolve_issuer, fetch_status_list=fetch_status_list, now=now
    )


def verify(
    document: Mapping[str, Any],
    *,
    resolve_issuer: Lookup,
    fetch_status_list: Lookup,
    now: datetime,
) -> Verification:
    """Check a badge against its issuer's own word. Never raises, whatever the badge holds.

    :param resolve_issuer: from the issuer's id to its DID document.
    :param fetch_status_list: from the address of a status list to the signed list. It is asked
        only once the signature holds, so a forgery cannot send us anywhere.
    """
    shape = _finding(_look_at_shape, document)
    if shape is not Finding.SHAPE_SOUND:
        return _unreadable(shape, document)
    issuer = _Issuer(_id_of(document["issuer"]), resolve_issuer)
    signature = _finding(_look_at_signature, document, issuer)
    trusted = signature is Finding.SIGNATURE_HOLDS
    checks = [
        Check(Subject.SHAPE, shape),
        Check(Subject.SIGNATURE, signature),
        Check(Subject.ISSUER, _finding(_look_at_issuer, document, issuer)),
        Check(
            Subject.STATUS,
            _finding(_look_at_status, document, issuer, fetch_status_list, now)
            if trusted
            else Finding.NOT_LOOKED_AT,
        ),
        Check(Subject.DATES, _finding(_look_at_dates, document, now)),
    ]
    if _holds_inner_credentials(document):
        checks.append(Check(Subject.ENDORSEMENTS, Finding.INNER_CREDENTIALS))
    return Verification(tuple(checks), document)


def _unreadable(finding: Finding, document: Mapping[str, Any] | None = None) -> Verification:
    rest = (Subject.SIGNATURE, Subject.ISSUER, Subject.STATUS, Subject.DATES)
    skipped = (Check(subject, Finding.NOT_LOOKED_AT) for subject in rest)
    return Verification((Check(Subject.SHAPE, finding), *skipped), document)


def _finding(look: Callable[..., Finding], *given: Any) -> Finding:
    try:
        return look(*given)
    except UnsoundDocument as problem:
        return problem.finding


class _Issuer:
    """An issuer by its id, with the document that says which keys are its own."""

    def __init__(self, did: str, resolve: Lookup) -> None:
        self.did = did
        self._document = _ask(resolve, did)

    def key(self, method: str) -> Ed25519PublicKey:
        """Return the key that `method` names, if the issuer itself lists it for signing badges.

        :raises UnsoundDocument: the issuer cannot be asked, is another, or does not list it.
        """
        if self._document is None:
            raise UnsoundDocument(Finding.ISSUER_UNREACHABLE)
        if self._document.get("id") != self.did:
            raise UnsoundDocument(Finding.ISSUER_IS_ANOTHER)
        if method not in [self._full(_id_of(entry)) for entry in self._entries("assertionMethod")]:
            raise UnsoundDocument(Finding.KEY_NOT_LISTED)
        return self._public_key(self._described(method))

    def _described(self, method: str) -> Mapping[str, Any]:
        for entry in (*self._entries("verificationMethod"), *self._entries("assertionMethod")):
            if isinstance(entry, Mapping) and self._full(_id_of(entry)) == method:
                return entry
        raise UnsoundDocument(Finding.KEY_NOT_LISTED)

    def _public_key(self, entry: Mapping[str, Any]) -> Ed25519PublicKey:
        if entry.get("controller") != self.did:
            raise UnsoundDocument(Finding.KEY_NOT_LISTED)
        if "revoked" in entry or "expires" in entry:
            raise UnsoundDocument(Finding.KEY_WITHDRAWN)
        try:
            return public_key(entry["publicKeyMultibase"])
        except (KeyError, AttributeError, ValueError):
            raise UnsoundDocument(Finding.KEY_UNREADABLE) from None

    def _entries(self, name: str) -> list[Any]:
        entries = (self._document or {}).get(name)
        return entries if isinstance(entries, list) else []

    def _full(self, address: str) -> str:
        return self.did + address if address.startswith("#") else address


def _look_at_shape(document: Mapping[str, Any]) -> Finding:
    if not isinstance(document, Mapping):
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    require_sound(document)
    kinds = document.get("type")
    if not isinstance(kinds, list) or "VerifiableCredential" not in kinds:
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    if not {"OpenBadgeCredential", "AchievementCredential"} & {
        k for k in kinds if isinstance(k, str)
    }:
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    for part in _required_texts(document):
        if not isinstance(part, str) or not part:
            raise UnsoundDocument(Finding.PART_MISSING)
    return Finding.SHAPE_SOUND


def _required_texts(document: Mapping[str, Any]) -> list[Any]:
    """What Open Badges 3.0 asks of every badge, as far as it is a text."""
    achievement = _part(_part(document, "credentialSubject"), "achievement")
    criteria = _part(achievement, "criteria")
    return [
        document.get("id"),
        _id_of(document.get("issuer")),
        document.get("validFrom"),
        *(achievement.get(name) for name in ("id", "name", "description")),
        criteria.get("narrative") or criteria.get("id"),
    ]


def _look_at_signature(document: Mapping[str, Any], issuer: _Issuer) -> Finding:
    method = proof_of(document)["verificationMethod"]
    try:
        key = issuer.key(method)
    except UnsoundDocument:
        # Without the issuer's key there is nothing to check against; ISSUER says why.
        return Finding.NOT_LOOKED_AT
    return check_proof(document, key).why


def _look_at_issuer(document: Mapping[str, Any], issuer: _Issuer) -> Finding:
    try:
        method = proof_of(document)["verificationMethod"]
    except UnsoundDocument:
        return Finding.NOT_LOOKED_AT
    issuer.key(method)
    return Finding.KEY_IS_THE_ISSUERS


def _look_at_status(
    document: Mapping[str, Any], issuer: _Issuer, fetch: Lookup, now: datetime
) -> Finding:
    entries = document.get("credentialStatus", [])
    entries = entries if isinstance(entries, list) else [entries]
    if not entries:
        return Finding.STATUS_NOT_USED
    if len(entries) > _MOST_STATUS_ENTRIES:
        return Finding.STATUS_KIND_UNKNOWN
    found = [_finding(_look_at_entry, entry, issuer, fetch, now) for entry in entries]
    if Finding.REVOKED in found:
        return Finding.REVOKED
    return next((finding for finding in found if finding not in _GOOD), Finding.STATUS_GOOD)


def _look_at_entry(entry: Any, issuer: _Issuer, fetch: Lookup, now: datetime) -> Finding:
    url, index = _list_and_index(entry)
    listed = _ask(fetch, url)
    if listed is None:
        raise UnsoundDocument(Finding.STATUS_UNREACHABLE)
    _require_own_list(listed, url, issuer)
    _require_current(listed, now)
    subject = _part(listed, "credentialSubject")
    purposes = subject.get("statusPurpose")
    if entry["statusPurpose"] not in (purposes if isinstance(purposes, list) else [purposes]):
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    bits = _unpacked(subject.get("encodedList"))
    if index >= len(bits) * 8:
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    is_set = bits[index // 8] & 0x80 >> index % 8
    return Finding.REVOKED if is_set else Finding.STATUS_GOOD


def _list_and_index(entry: Any) -> tuple[str, int]:
    if not isinstance(entry, Mapping) or entry.get("type") != "BitstringStatusListEntry":
        raise UnsoundDocument(Finding.STATUS_KIND_UNKNOWN)
    if entry.get("statusPurpose") not in ("revocation", "suspension") or "statusSize" in entry:
        raise UnsoundDocument(Finding.STATUS_KIND_UNKNOWN)
    url, index = entry.get("statusListCredential"), entry.get("statusListIndex")
    if not isinstance(url, str) or not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    return url, int(index)


def _require_own_list(listed: Mapping[str, Any], url: str, issuer: _Issuer) -> None:
    """The list must be the one named, signed by the badge's own issuer."""
    kinds = listed.get("type")
    named = listed.get("id") == url and _id_of(listed.get("issuer")) == issuer.did
    if not named or not isinstance(kinds, list) or "BitstringStatusListCredential" not in kinds:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED)
    try:
        require_sound(listed)
        holds = check_proof(listed, issuer.key(proof_of(listed)["verificationMethod"]))
    except UnsoundDocument:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED) from None
    if not holds:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED)


def _require_current(listed: Mapping[str, Any], now: datetime) -> None:
    try:
        finding = _look_at_dates(listed, now)
    except UnsoundDocument:
        finding = Finding.STATUS_OUT_OF_DATE
    if finding is not Finding.DATES_GOOD:
        raise UnsoundDocument(Finding.STATUS_OUT_OF_DATE)


def _unpacked(encoded: Any) -> bytes:
    """Unpack a list, and never more of it than a list may hold."""
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    try:
        packed = urlsafe_b64decode(encoded[1:] + "=" * (-(len(encoded) - 1) % 4))
        bits = zlib.decompressobj(wbits=31).decompress(packed, _LONGEST_LIST_BYTES)
    except (ValueError, zlib.error):
        raise UnsoundDocument(Finding.STATUS_UNCLEAR) from None
    if len(bits) * 8 < STATUS_LIST_LENGTH:
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    return bits


def _look_at_dates(document: Mapping[str, Any], now: datetime) -> Finding:
    starts = document.get("validFrom")
    if starts is not None and _moment(starts) > now:
        return Finding.NOT_YET_VALID
    ends = [document.get("validUntil"), *(proof.get("expires") for proof in _proofs(document))]
    if any(_moment(end) <= now for end in ends if end is not None):
        return Finding.EXPIRED
    return Finding.DATES_GOOD


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise UnsoundDocument(Finding.DATES_UNCLEAR)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise UnsoundDocument(Finding.DATES_UNCLEAR) from None


def _proofs(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    proofs = document.get("proof", [])
    proofs = proofs if isinstance(proofs, list) else [proofs]
    return [proof for proof in proofs if isinstance(proof, Mapping)]


def _holds_inner_credentials(part: Any, outermost: bool = True) -> bool:
    """Whether another signed thing lies inside: an endorsement, which nobody has checked yet."""
    match part:
        case Mapping():
            inner = {"endorsementJwt", "verifiableCredential"} | (set() if outermost else {"proof"})
            return bool(inner & part.keys()) or any(
                _holds_inner_credentials(value, False) for value in part.values()
            )
        case list():
            return any(_holds_inner_credentials(value, False) for value in part)
    return False


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _id_of(part: Any) -> str:
    """Return the id of something that is either an id or an object with one; "" without."""
    found = part.get("id") if isinstance(part, Mapping) else part
    return found if isinstance(found, str) else ""


def _ask(lookup: Lookup, address: str) -> Mapping[str, Any] | None:
    """Ask a callback, which may fail in any way that networks do."""
    try:
        found = lookup(address)
    except Exception:
        return None
    return found if isinstance(found, Mapping) else None
