"""Is this badge to be believed? Separate checks, each answered by itself, and never more than known.

The badge, its issuer's DID document and its status list all come from strangers. Fetching them is
the caller's business: the callbacks answer `None`, or raise, when something cannot be had.
"""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from badges import older
from badges.bake import open_upload
from badges.findings import Finding, UnsoundDocument
from badges.guards import read_json, require_sound
from badges.issuers import Issuer, Lookup, ask, domain_of
from badges.openbadges import STATUS_LIST_LENGTH
from badges.proof import check_proof, proof_of
from badges.recipients import look_at_recipient
from badges.tokens import PublicKey, Token, check_token, id_of, is_token, read_token

#: The longest status list we unpack, in bytes: eight times as long as lists usually are.
_LONGEST_LIST_BYTES = STATUS_LIST_LENGTH
#: Open Badges allows one; a badge that sends us to many addresses is up to something.
_MOST_STATUS_ENTRIES = 4
#: Each sends us to an issuer of its own.
_MOST_ENDORSEMENTS = 8
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
#: Of the year 9999, as tokens count time.
_LAST_SECOND = 253_402_300_800
_REVOCATION_LIST = "1EdTechRevocationList"
_INDEX = re.compile("0|[1-9][0-9]{0,9}")


class Outcome(StrEnum):
    """How a check ended. "Could not check" is neither good nor bad news; what is noted is none."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "could_not_check"
    NOTED = "noted"


class Kind(StrEnum):
    """What was brought: a badge, a record of badges, or what one says for another's badge."""

    BADGE = "badge"
    RECORD = "record"
    ENDORSEMENT = "endorsement"


_KINDS = {
    "OpenBadgeCredential": Kind.BADGE,
    "AchievementCredential": Kind.BADGE,
    "ClrCredential": Kind.RECORD,
    "EndorsementCredential": Kind.ENDORSEMENT,
}


class Subject(StrEnum):
    """What a check is about, in the order a person would ask."""

    SHAPE = "shape"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    TRUST = "trust"
    STATUS = "status"
    DATES = "dates"
    RECIPIENT = "recipient"
    INSIDE = "inside"
    ENDORSEMENTS = "endorsements"


_GOOD = frozenset(
    {
        Finding.SHAPE_SOUND,
        Finding.RECORD_SOUND,
        Finding.ENDORSEMENT_SOUND,
        Finding.SIGNATURE_HOLDS,
        Finding.KEY_IS_THE_ISSUERS,
        Finding.TRUSTED_HERE,
        Finding.TRUSTED_LISTED,
        Finding.MADE_HERE,
        Finding.STATUS_GOOD,
        Finding.STATUS_NOT_USED,
        Finding.DATES_GOOD,
        Finding.RECIPIENT_MATCHES,
        Finding.SAME_RECIPIENT,
        Finding.INSIDE_GOOD,
        Finding.ENDORSEMENTS_GOOD,
        Finding.OLDER_SOUND,
        Finding.SHOWN_BY_ISSUER,
        Finding.ISSUER_SHOWS_IT,
    }
)
_NOTED = frozenset(
    {
        Finding.ISSUER_NOT_LISTED,
        Finding.ISSUER_NOT_ASSURED,
        Finding.RECIPIENT_UNNAMED,
        Finding.RECIPIENT_NOT_ASKED,
        Finding.ENDORSEMENT_OVER,
    }
)
#: What only says that somebody speaks for a badge no more. The badge itself is as good as before.
_OVER = frozenset({Finding.REVOKED, Finding.EXPIRED})
_UNKNOWN = frozenset(
    {
        Finding.ADDRESS_UNREACHABLE,
        Finding.ISSUER_UNREACHABLE,
        Finding.ISSUER_NAMELESS,
        Finding.STATUS_UNREACHABLE,
        Finding.STATUS_OUT_OF_DATE,
        Finding.STATUS_KIND_UNKNOWN,
        Finding.STATUS_LIST_FORGED,
        Finding.RECIPIENT_NOT_TO_COMPARE,
        Finding.RECIPIENT_UNCLEAR,
        Finding.INSIDE_UNCHECKED,
        Finding.ENDORSEMENT_UNCHECKED,
        Finding.INNER_CREDENTIALS,
        Finding.TOO_MUCH_WORK,
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
        if self.finding in _NOTED:
            return Outcome.NOTED
        return Outcome.UNCHECKED if self.finding in _UNKNOWN else Outcome.FAILED


@dataclass(frozen=True)
class Verification:
    """What was found out about a badge. `document` is what could be read of it, if anything."""

    checks: tuple[Check, ...]
    document: Mapping[str, Any] | None = None
    #: Those who speak for it, each looked at by itself.
    endorsements: tuple["Verification", ...] = ()
    #: Of a record: the badges in it, each looked at by itself.
    inside: tuple["Verification", ...] = ()

    @property
    def kind(self) -> Kind:
        """What it says it is; a badge where it says nothing we know."""
        return _kind_of(self.document) or Kind.BADGE

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

    @property
    def is_of_strangers(self) -> bool:
        """Return whether nobody here knows who issues this."""
        return any(check.finding is Finding.ISSUER_NOT_LISTED for check in self.checks)

    @property
    def is_as_signed(self) -> bool:
        """Return whether it says what its issuer signed, be that good or bad."""
        found = {check.subject: check.outcome for check in self.checks}
        return all(
            found.get(subject) is Outcome.PASSED
            for subject in (Subject.SHAPE, Subject.SIGNATURE, Subject.ISSUER)
        )

    @property
    def issuer_id(self) -> str:
        return id_of((self.document or {}).get("issuer"))

    @property
    def issuer_domain(self) -> str:
        """The host that the issuer's id is bound to; "" for one that is bound to none."""
        return domain_of(self.issuer_id)

    def check(self, subject: Subject) -> Check:
        """Return the check about one subject."""
        return next(check for check in self.checks if check.subject is subject)

    def with_check(self, added: Check) -> "Verification":
        """Return the same with one more check, in its place."""
        order = list(Subject)
        checks = sorted((*self.checks, added), key=lambda check: order.index(check.subject))
        return replace(self, checks=tuple(checks))

    def as_plain(self) -> dict[str, Any]:
        """Return it as values that JSON can hold; `from_plain` reads them back."""
        return {
            "checks": [[check.subject, check.finding] for check in self.checks],
            "document": self.document,
            "endorsements": [each.as_plain() for each in self.endorsements],
            "inside": [each.as_plain() for each in self.inside],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Verification":
        return cls(
            tuple(Check(Subject(subject), Finding(found)) for subject, found in plain["checks"]),
            plain["document"],
            tuple(cls.from_plain(each) for each in plain["endorsements"]),
            tuple(cls.from_plain(each) for each in plain["inside"]),
        )


class _World:
    """All that may be asked. An issuer or a list is asked for once, however many badges name it."""

    def __init__(
        self,
        resolve_issuer: Lookup,
        fetch_status_list: Lookup,
        fetch: Lookup,
        now: datetime,
        email: str = "",
    ) -> None:
        self.resolve_issuer = _asked_once(resolve_issuer)
        self.fetch_status_list = _asked_once(fetch_status_list)
        self.fetch = fetch
        self.now = now
        self.email = email


def _asked_once(lookup: Lookup) -> Lookup:
    @cache
    def answer(address: str) -> Any:
        try:
            return lookup(address)
        except Exception:
            return None

    return answer


def verify_upload(
    upload: bytes,
    *,
    resolve_issuer: Lookup,
    fetch_status_list: Lookup,
    now: datetime,
    fetch: Lookup = lambda address: None,
    email: str = "",
) -> Verification:
    """Check a badge in a file that someone brought: JSON, a JWT, or a baked PNG or SVG. Never raises.

    :param fetch: from an https address to the bytes there; asked for badges of versions 1 and 2.
    :param email: of the one who is said to hold it; "" asks for nobody.
    """
    world = _World(resolve_issuer, fetch_status_list, fetch, now, email)
    try:
        opened = open_upload(upload)
        text = opened.text
        if opened.is_older or older.is_older_token(text):
            return _of_older(older.look_at(text, world.fetch, now=now, email=email))
        if is_token(text):
            return _verify_token(text.decode("ascii", "replace"), world)
        document = read_json(text)
        if older.is_older(document):
            return _of_older(older.look_at(text, world.fetch, now=now, email=email))
    except UnsoundDocument as problem:
        return _unreadable(problem.finding)
    return _verify(_Signed(document), world)


def verify(
    document: Mapping[str, Any],
    *,
    resolve_issuer: Lookup,
    fetch_status_list: Lookup,
    now: datetime,
    email: str = "",
) -> Verification:
    """Check a badge against its issuer's own word. Never raises, whatever the badge holds.

    :param resolve_issuer: from the issuer's id to its DID document.
    :param fetch_status_list: from the address of a status list to the signed list, a document or
        a compact JWS. It is asked only once the signature holds, so a forgery cannot send us
        anywhere but to the issuer that it names.
    """
    world = _World(resolve_issuer, fetch_status_list, lambda address: None, now, email)
    return _verify(_Signed(document), world)


def verify_endorsement(
    document: Mapping[str, Any],
    *,
    about: str,
    resolve_issuer: Lookup,
    fetch_status_list: Lookup,
    now: datetime,
) -> Verification:
    """Check what somebody says for a badge or an organisation, as `verify` does where it stands inside.

    :param about: the id of what it has to speak for.
    """
    world = _World(resolve_issuer, fetch_status_list, lambda address: None, now)
    return _verify_endorsement(about, document, world)


def stopped() -> Verification:
    """Return what is said of a badge that took more time or memory than any real one."""
    return _unreadable(Finding.TOO_MUCH_WORK)


def not_had() -> Verification:
    """Return what is said where there was an address and nothing to be had there."""
    return _unreadable(Finding.ADDRESS_UNREACHABLE)


@dataclass(frozen=True)
class _Signed:
    """A credential with whatever signs it: a proof inside, or the token that it came in."""

    document: Mapping[str, Any]
    token: Token | None = None

    def method(self, issuer: Issuer) -> str:
        """Return the address of the signing key."""
        if self.token is None:
            return proof_of(self.document)["verificationMethod"]
        if self.token.method:
            return self.token.method
        return issuer.method_with(self.token.header["jwk"])

    def holds(self, key: PublicKey, issuer: Issuer) -> Finding:
        if self.token is None:
            return _proof_holds(self.document, key)
        brought = self.token.header.get("jwk")
        if brought is not None and issuer.method_with(brought) != self.method(issuer):
            raise UnsoundDocument(Finding.TOKEN_HEADER)
        found = check_token(self.token, key)
        if found is Finding.SIGNATURE_HOLDS and "proof" in self.document:
            return _proof_holds(self.document, issuer.key(_Signed(self.document).method(issuer)))
        return found

    @property
    def ends(self) -> list[Any]:
        """Return every time at which it says that it ends."""
        ends = [self.document.get("validUntil")]
        ends += [proof.get("expires") for proof in _proofs(self.document)]
        return ends + ([self.token.claims.get("exp")] if self.token else [])


def _verify_token(text: str, world: _World) -> Verification:
    token = read_token(text)
    return _verify(_Signed(token.document, token), world)


def _verify(signed: _Signed, world: _World) -> Verification:
    document = signed.document
    shape = _finding(_look_at_shape, document)
    if shape not in _GOOD:
        return _unreadable(shape, document)
    checks = _checks(signed, world, shape)
    inside = _badges_inside(document, world) if shape is Finding.RECORD_SOUND else ()
    if shape is not Finding.ENDORSEMENT_SOUND:
        checks.append(Check(Subject.RECIPIENT, look_at_recipient(document, world.email)))
    if shape is Finding.RECORD_SOUND:
        checks.append(Check(Subject.INSIDE, _sum_inside(inside)))
        document = _without_badges(document)
    endorsements = _endorsements(document, world) if shape is not Finding.ENDORSEMENT_SOUND else ()
    if endorsements or _holds_inner_credentials(document):
        checks.append(Check(Subject.ENDORSEMENTS, _sum_of(document, endorsements)))
    return Verification(tuple(checks), signed.document, endorsements, inside)


def _checks(signed: _Signed, world: _World, shape: Finding) -> list[Check]:
    """Look at what is the same for a badge, a record, and the word of one who endorses a badge."""
    document = signed.document
    issuer = Issuer(id_of(document["issuer"]), world.resolve_issuer)
    signature = _finding(_look_at_signature, signed, issuer)
    status = Finding.NOT_LOOKED_AT
    if signature is Finding.SIGNATURE_HOLDS:
        status = _finding(_look_at_status, document, issuer, world.fetch_status_list, world.now)
    return [
        Check(Subject.SHAPE, shape),
        Check(Subject.SIGNATURE, signature),
        Check(Subject.ISSUER, _finding(_look_at_issuer, signed, issuer)),
        Check(Subject.STATUS, status),
        Check(Subject.DATES, _finding(_look_at_dates, document, world.now, signed.ends)),
    ]


def _unreadable(finding: Finding, document: Mapping[str, Any] | None = None) -> Verification:
    rest = (Subject.SIGNATURE, Subject.ISSUER, Subject.STATUS, Subject.DATES)
    skipped = (Check(subject, Finding.NOT_LOOKED_AT) for subject in rest)
    return Verification((Check(Subject.SHAPE, finding), *skipped), document)


def _of_older(found: older.Looked) -> Verification:
    checks = tuple(Check(Subject(name), finding) for name, finding in found.findings.items())
    return Verification(checks, found.document)


def _finding(look: Callable[..., Finding], *given: Any) -> Finding:
    try:
        return look(*given)
    except UnsoundDocument as problem:
        return problem.finding


def _look_at_shape(document: Mapping[str, Any]) -> Finding:
    if not isinstance(document, Mapping):
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    require_sound(document)
    match _kind_of(document):
        case Kind.BADGE:
            return _look_at_badge(document)
        case Kind.RECORD:
            return _look_at_record(document)
        case Kind.ENDORSEMENT:
            _require_texts(document, id_of(document.get("credentialSubject")))
            return Finding.ENDORSEMENT_SOUND
    raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)


def _look_at_badge(document: Mapping[str, Any]) -> Finding:
    achievement = _part(_part(document, "credentialSubject"), "achievement")
    criteria = _part(achievement, "criteria")
    _require_texts(
        document,
        *(achievement.get(name) for name in ("id", "name", "description")),
        criteria.get("narrative") or criteria.get("id"),
    )
    return Finding.SHAPE_SOUND


def _look_at_record(document: Mapping[str, Any]) -> Finding:
    held = _part(document, "credentialSubject").get("verifiableCredential")
    _require_texts(document, document.get("name"))
    if not isinstance(held, list) or not held:
        raise UnsoundDocument(Finding.PART_MISSING)
    return Finding.RECORD_SOUND


def _kind_of(document: Any) -> Kind | None:
    """Return what a document says it is; `None` for nothing we know, or for two things at once."""
    kinds = document.get("type") if isinstance(document, Mapping) else None
    if not isinstance(kinds, list) or "VerifiableCredential" not in kinds:
        return None
    known = {_KINDS[kind] for kind in kinds if isinstance(kind, str) and kind in _KINDS}
    return known.pop() if len(known) == 1 else None


def _require_texts(document: Mapping[str, Any], *parts: Any) -> None:
    """Ask for what Open Badges 3.0 asks of every credential, as far as it is a text."""
    wanted = (document.get("id"), id_of(document.get("issuer")), document.get("validFrom"), *parts)
    if not all(isinstance(part, str) and part for part in wanted):
        raise UnsoundDocument(Finding.PART_MISSING)


def _look_at_signature(signed: _Signed, issuer: Issuer) -> Finding:
    method = signed.method(issuer)
    try:
        key = issuer.key(method)
    except UnsoundDocument:
        # Without the issuer's key there is nothing to check against; ISSUER says why.
        return Finding.NOT_LOOKED_AT
    return signed.holds(key, issuer)


def _look_at_issuer(signed: _Signed, issuer: Issuer) -> Finding:
    try:
        method = signed.method(issuer)
    except UnsoundDocument:
        return Finding.NOT_LOOKED_AT
    issuer.key(method)
    return Finding.KEY_IS_THE_ISSUERS


def _proof_holds(document: Mapping[str, Any], key: PublicKey) -> Finding:
    if not isinstance(key, Ed25519PublicKey):
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN)
    return check_proof(document, key).why


# What a record holds.


def _badges_inside(document: Mapping[str, Any], world: _World) -> tuple[Verification, ...]:
    """Look at each badge in a record by itself, and at whether it belongs there."""
    seen: set[tuple[str, str]] = set()
    found = []
    for inner in document["credentialSubject"]["verifiableCredential"]:
        each = _verify_inside(document, inner, world)
        name = (each.issuer_id, id_of(each.document))
        if all(name) and name in seen:
            each = each.with_check(Check(Subject.INSIDE, Finding.INSIDE_TWICE))
        seen.add(name)
        found.append(each)
    return tuple(found)


def _verify_inside(record: Mapping[str, Any], inner: Any, world: _World) -> Verification:
    try:
        signed = _read_inner(inner)
    except UnsoundDocument as problem:
        return _unreadable(problem.finding)
    if _kind_of(signed.document) is not Kind.BADGE:
        # It may be quite in order, and is nothing that we know how to look at.
        return _unreadable(Finding.INNER_CREDENTIALS)
    found = _verify(signed, world)
    if found.check(Subject.SHAPE).finding is not Finding.SHAPE_SOUND:
        return found
    whose = Check(Subject.RECIPIENT, _same_recipient(record, signed.document))
    checks = [whose if each.subject is Subject.RECIPIENT else each for each in found.checks]
    if not found.issuer_domain:
        checks.append(Check(Subject.TRUST, Finding.ISSUER_NAMELESS))
    return replace(found, checks=tuple(checks))


def _same_recipient(record: Mapping[str, Any], badge: Mapping[str, Any]) -> Finding:
    """Tell whether a badge is for the one that the record is of, by the ids they name."""
    ids = [id_of(_part(each, "credentialSubject")) for each in (record, badge)]
    if not all(ids):
        return Finding.RECIPIENT_UNCLEAR
    return Finding.SAME_RECIPIENT if ids[0] == ids[1] else Finding.OTHER_RECIPIENT


def _sum_inside(inside: tuple[Verification, ...]) -> Finding:
    found = {each.outcome for each in inside}
    if Outcome.FAILED in found:
        return Finding.INSIDE_BAD
    return Finding.INSIDE_UNCHECKED if Outcome.UNCHECKED in found else Finding.INSIDE_GOOD


def _without_badges(record: Mapping[str, Any]) -> Mapping[str, Any]:
    subject = dict(record["credentialSubject"])
    del subject["verifiableCredential"]
    return {**record, "credentialSubject": subject}


# What others say of it.


def _endorsements(document: Mapping[str, Any], world: _World) -> tuple[Verification, ...]:
    found = list(_endorsements_in(document))[: _MOST_ENDORSEMENTS + 1]
    if len(found) > _MOST_ENDORSEMENTS:
        return ()  # and `_holds_inner_credentials` says that they were not looked at
    return tuple(_verify_endorsement(about, inner, world) for about, inner in found)


def _endorsements_in(part: Any) -> Iterator[tuple[str, Any]]:
    """Yield each endorsement with the id of what carries it. Those of endorsements are not."""
    if isinstance(part, list):
        for each in part:
            yield from _endorsements_in(each)
    if not isinstance(part, Mapping):
        return
    for name, value in part.items():
        if name in ("endorsement", "endorsementJwt"):
            values = value if isinstance(value, list) else [value]
            yield from ((id_of(part), inner) for inner in values)
        else:
            yield from _endorsements_in(value)


def _verify_endorsement(about: str, inner: Any, world: _World) -> Verification:
    try:
        signed = _read_inner(inner)
        _require_endorsement(signed.document, about)
    except UnsoundDocument as problem:
        return _unreadable(problem.finding, inner if isinstance(inner, Mapping) else None)
    checks = _checks(signed, world, Finding.ENDORSEMENT_SOUND)
    if not domain_of(id_of(signed.document["issuer"])):
        checks.append(Check(Subject.TRUST, Finding.ISSUER_NAMELESS))
    if _holds_inner_credentials(signed.document):
        checks.append(Check(Subject.ENDORSEMENTS, Finding.INNER_CREDENTIALS))
    return Verification(tuple(checks), signed.document)


def _read_inner(inner: Any) -> _Signed:
    """Read what stands inside another: a document with a proof of its own, or a token."""
    if isinstance(inner, str):
        token = read_token(inner)
        return _Signed(token.document, token)
    return _Signed(inner)


def _require_endorsement(document: Any, about: str) -> None:
    if _look_at_shape(document) is not Finding.ENDORSEMENT_SOUND:
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    if id_of(document["credentialSubject"]) != about:
        raise UnsoundDocument(Finding.ENDORSES_ANOTHER)


def _sum_of(document: Mapping[str, Any], endorsements: tuple[Verification, ...]) -> Finding:
    found = {each.outcome for each in endorsements if not _is_over(each)}
    if Outcome.FAILED in found:
        return Finding.ENDORSEMENT_BAD
    if _holds_inner_credentials(document, known=len(endorsements)):
        return Finding.INNER_CREDENTIALS
    if Outcome.UNCHECKED in found:
        return Finding.ENDORSEMENT_UNCHECKED
    is_any_over = any(_is_over(each) for each in endorsements)
    return Finding.ENDORSEMENT_OVER if is_any_over else Finding.ENDORSEMENTS_GOOD


def _is_over(endorsement: Verification) -> bool:
    """Return whether nothing else is amiss with what somebody said than that it stands no more."""
    fine = (Outcome.PASSED, Outcome.NOTED)
    amiss = {check.finding for check in endorsement.checks if check.outcome not in fine}
    return bool(amiss) and amiss <= _OVER


def _holds_inner_credentials(part: Any, *, known: int = 0) -> bool:
    """Return whether more is signed inside than the `known` endorsements, at any depth."""
    return _count_inner(part, outermost=True) > known


def _count_inner(part: Any, *, outermost: bool = False) -> int:
    if isinstance(part, list):
        return sum(_count_inner(each) for each in part)
    if not isinstance(part, Mapping):
        return 0
    count = 0 if outermost else int("proof" in part)
    for name, value in part.items():
        if name == "endorsementJwt":
            count += sum(isinstance(each, str) for each in _listed(value))
        count += name == "verifiableCredential"
        if name not in ("proof", "@context"):
            count += _count_inner(value)
    return count


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Whether it was taken back.


def _look_at_status(
    document: Mapping[str, Any], issuer: Issuer, fetch: Lookup, now: datetime
) -> Finding:
    entries = document.get("credentialStatus", [])
    entries = entries if isinstance(entries, list) else [entries]
    if not entries:
        return Finding.STATUS_NOT_USED
    if len(entries) > _MOST_STATUS_ENTRIES:
        return Finding.STATUS_KIND_UNKNOWN
    found = [
        _finding(_look_at_revocations, entry, document, issuer, fetch)
        if _part_type(entry) == _REVOCATION_LIST
        else _finding(_look_at_entry, entry, issuer, fetch, now)
        for entry in entries
    ]
    if Finding.REVOKED in found:
        return Finding.REVOKED
    return next((finding for finding in found if finding not in _GOOD), Finding.STATUS_GOOD)


def _look_at_entry(entry: Any, issuer: Issuer, fetch: Lookup, now: datetime) -> Finding:
    url, index = _list_and_index(entry)
    signed = _list_at(url, fetch)
    listed = signed.document
    _require_own_list(signed, url, issuer)
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


def _list_at(url: str, fetch: Lookup) -> _Signed:
    """Fetch a status list: a document with a proof inside, or a token."""
    try:
        found = fetch(url)
    except Exception:
        found = None
    if isinstance(found, str):
        try:
            token = read_token(found)
        except UnsoundDocument:
            raise UnsoundDocument(Finding.STATUS_LIST_FORGED) from None
        return _Signed(token.document, token)
    if not isinstance(found, Mapping):
        raise UnsoundDocument(Finding.STATUS_UNREACHABLE)
    return _Signed(found)


def _require_own_list(signed: _Signed, url: str, issuer: Issuer) -> None:
    """The list must be the one named, signed by the badge's own issuer."""
    listed = signed.document
    kinds = listed.get("type")
    named = listed.get("id") == url and id_of(listed.get("issuer")) == issuer.id
    if not named or not isinstance(kinds, list) or "BitstringStatusListCredential" not in kinds:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED)
    try:
        require_sound(listed)
        found = signed.holds(issuer.key(signed.method(issuer)), issuer)
    except UnsoundDocument:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED) from None
    if found is not Finding.SIGNATURE_HOLDS:
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED)


def _look_at_revocations(
    entry: Mapping[str, Any], document: Mapping[str, Any], issuer: Issuer, fetch: Lookup
) -> Finding:
    """Look into a `1EdTechRevocationList`. It bears no signature: only its host vouches for it."""
    url = id_of(entry).partition("#")[0]
    if not url.startswith("https://") or domain_of(url) != domain_of(issuer.id):
        raise UnsoundDocument(Finding.STATUS_UNCLEAR)
    listed = ask(fetch, url)
    if listed is None:
        raise UnsoundDocument(Finding.STATUS_UNREACHABLE)
    revoked = listed.get("revokedCredential", [])
    if id_of(listed.get("issuer")) != issuer.id or not isinstance(revoked, list):
        raise UnsoundDocument(Finding.STATUS_LIST_FORGED)
    is_listed = any(id_of(each) == document.get("id") for each in revoked)
    return Finding.REVOKED if is_listed else Finding.STATUS_GOOD


def _require_current(listed: Mapping[str, Any], now: datetime) -> None:
    try:
        finding = _look_at_dates(listed, now, [listed.get("validUntil")])
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


def _part_type(part: Any) -> Any:
    return part.get("type") if isinstance(part, Mapping) else None


def _look_at_dates(document: Mapping[str, Any], now: datetime, ends: list[Any]) -> Finding:
    starts = document.get("validFrom")
    if starts is not None and _moment(starts) > now:
        return Finding.NOT_YET_VALID
    if any(_moment(end) <= now for end in ends if end is not None):
        return Finding.EXPIRED
    return Finding.DATES_GOOD


def _moment(value: Any) -> datetime:
    if isinstance(value, int) and 0 <= value < _LAST_SECOND:
        return datetime.fromtimestamp(value, UTC)
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


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}
