"""Badges of versions 1.1, 2.0 and 2.1, read so that learners need not leave them behind.

Most are not signed: they are good because their issuer's own site shows the same. Whether that
site is the issuer's is a question of hosts, and of nothing that the badge says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from badges.findings import Finding, UnsoundDocument
from badges.guards import read_json
from badges.recipients import compare
from badges.tokens import id_of, is_token, payload_of, registry

#: From an https address to the bytes there.
Fetch = Callable[[str], bytes | None]

#: What a badge and what its issuer shows at its address may not differ in.
_FACTS = ("id", "uid", "badge", "recipient", "issuedOn", "expires")
_LAST_SECOND = 253_402_300_800


@dataclass(frozen=True)
class Looked:
    """What was found, by the subject of each check, and what it says in the words of version 3."""

    findings: Mapping[str, Finding]
    document: Mapping[str, Any] | None


def is_older(document: Mapping[str, Any]) -> bool:
    """Return whether a document is an assertion, as versions 1 and 2 called it."""
    return {"badge", "recipient"} <= document.keys() and "credentialSubject" not in document


def is_older_token(text: bytes) -> bool:
    """Return whether a text is an assertion signed as a whole."""
    if not is_token(text):
        return False
    try:
        return is_older(payload_of(text.decode("ascii", "replace")))
    except UnsoundDocument:
        return False


def look_at(text: bytes, fetch: Fetch, *, now: datetime, email: str = "") -> Looked:
    """Look at an assertion: JSON, a compact JWS, or only the address at which it is shown.

    :raises UnsoundDocument: it cannot be read, or lacks what each of them has.
    """
    if text.startswith(b"https://"):
        text = _fetched(text.decode("ascii", "replace"), fetch)
    token = text.decode("ascii", "replace") if is_token(text) else ""
    said = payload_of(token) if token else read_json(text)
    _require_shape(said)
    return _Assertion(said, token, fetch).looked(now, email)


class _Assertion:
    """One badge of an older version, and those it leads to."""

    def __init__(self, said: Mapping[str, Any], token: str, fetch: Fetch) -> None:
        self.said = said
        self.token = token
        self.fetch = fetch
        self.shown: Mapping[str, Any] | None = None
        self.badge: Mapping[str, Any] = {}
        self.issuer: Mapping[str, Any] = {}

    @property
    def address(self) -> str:
        """Where its issuer is said to show it."""
        hosted = _part(self.said, "verify").get("url")
        address = id_of(self.said) if id_of(self.said).startswith("http") else hosted
        return address if isinstance(address, str) else ""

    def looked(self, now: datetime, email: str) -> Looked:
        issuer = _finding(self._look_at_issuer)
        findings = {
            "shape": Finding.OLDER_SOUND,
            "signature": _finding(self._look_at_signature if self.token else self._look_at_shown),
            "issuer": issuer,
            "status": _finding(self._look_at_status),
            "dates": _finding(lambda: self._look_at_dates(now)),
            "recipient": compare(
                [_part(self.said, "recipient")], email, hash_name="identity", kind="type"
            ),
        }
        return Looked(findings, self._in_words_of_version_3())

    def _look_at_shown(self) -> Finding:
        """Ask the address of the badge for it, and compare."""
        self.shown = read_json(_fetched(self.address, self.fetch))
        if any(self.said.get(fact) != self.shown.get(fact) for fact in _FACTS):
            raise UnsoundDocument(Finding.ISSUER_SHOWS_ANOTHER)
        return Finding.SHOWN_BY_ISSUER

    def _look_at_signature(self) -> Finding:
        creator = _part(self.said, "verification").get("creator")
        address = creator or _part(self.said, "verify").get("url")
        if not isinstance(address, str):
            raise UnsoundDocument(Finding.UNKNOWN_PROOF)
        if not self.issuer or _host(address) != _host(self._issuer_id):
            raise UnsoundDocument(Finding.NOT_LOOKED_AT)
        pem = _fetched(address, self.fetch)
        if pem.startswith(b"{"):
            described = read_json(pem)
            if described.get("owner") != self._issuer_id:
                raise UnsoundDocument(Finding.KEY_NOT_LISTED)
            pem = str(described.get("publicKeyPem")).encode()
        try:
            jws.deserialize_compact(self.token, RSAKey.import_key(pem), registry=registry("RS256"))
        except (JoseError, ValueError):
            raise UnsoundDocument(Finding.SIGNATURE_BROKEN) from None
        return Finding.SIGNATURE_HOLDS

    def _look_at_issuer(self) -> Finding:
        """Go from the badge by what it stands for to its issuer, and compare the hosts."""
        self.badge = self._followed(self.said.get("badge"))
        issuer = self._followed(self.badge.get("issuer"))
        self.issuer = {**issuer, "id": id_of(issuer) or id_of(self.badge.get("issuer"))}
        place = self._issuer_id if self.token else self.address
        allowed = _part(issuer, "verification").get("allowedOrigins", [])
        hosts = {_host(self._issuer_id), *(allowed if isinstance(allowed, list) else [allowed])}
        if not _host(place) or _host(place) not in hosts:
            raise UnsoundDocument(Finding.ISSUER_IS_ANOTHER)
        return Finding.KEY_IS_THE_ISSUERS if self.token else Finding.ISSUER_SHOWS_IT

    @property
    def _issuer_id(self) -> str:
        return id_of(self.issuer)

    def _followed(self, part: Any) -> Mapping[str, Any]:
        """Return a part as its address shows it. One written into the badge counts for nothing."""
        address = id_of(part)
        try:
            if address.startswith("https://"):
                return read_json(_fetched(address, self.fetch))
        except UnsoundDocument as problem:
            if problem.finding is not Finding.ADDRESS_UNREACHABLE:
                raise
        raise UnsoundDocument(Finding.ISSUER_UNREACHABLE)

    def _look_at_status(self) -> Finding:
        if self.token:
            return self._look_at_revocations()
        if self.shown is None:
            return Finding.NOT_LOOKED_AT
        return Finding.REVOKED if self.shown.get("revoked") else Finding.STATUS_GOOD

    def _look_at_revocations(self) -> Finding:
        address = self.issuer.get("revocationList")
        if not self.issuer:
            return Finding.NOT_LOOKED_AT
        if address is None:
            return Finding.STATUS_NOT_USED
        try:
            listed = read_json(_fetched(address, self.fetch))
        except UnsoundDocument:
            return Finding.STATUS_UNREACHABLE
        own = {self.said.get("id"), self.said.get("uid")} - {None}
        revoked = listed.get("revokedAssertions", [])
        # Version 1.1 lists them as the names of reasons.
        named = {id_of(each) for each in revoked if isinstance(revoked, list)} | listed.keys()
        named |= {each.get("uid") for each in revoked if isinstance(each, Mapping)}
        return Finding.REVOKED if own & named else Finding.STATUS_GOOD

    def _look_at_dates(self, now: datetime) -> Finding:
        if _moment(self.said["issuedOn"]) > now:
            return Finding.NOT_YET_VALID
        ends = self.said.get("expires")
        is_over = ends is not None and _moment(ends) <= now
        return Finding.EXPIRED if is_over else Finding.DATES_GOOD

    def _in_words_of_version_3(self) -> dict[str, Any]:
        criteria = self.badge.get("criteria")
        narrative = _part(self.badge, "criteria").get("narrative") or id_of(criteria)
        return {
            "id": self.address or self.said.get("uid"),
            "issuer": {"id": self._issuer_id, "name": _text(self.issuer.get("name"))},
            "validFrom": self.said["issuedOn"],
            "credentialSubject": {
                "achievement": {
                    "id": id_of(self.said.get("badge")),
                    "name": _text(self.badge.get("name")),
                    "description": _text(self.badge.get("description")),
                    "criteria": {"narrative": _text(narrative)},
                }
            },
            "original": self.said,
        }


def _require_shape(said: Mapping[str, Any]) -> None:
    if not is_older(said):
        raise UnsoundDocument(Finding.NOT_AN_OPEN_BADGE)
    is_named = isinstance(said.get("id") or said.get("uid"), str)
    if not is_named or not _part(said, "recipient") or said.get("issuedOn") is None:
        raise UnsoundDocument(Finding.PART_MISSING)


def _finding(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except UnsoundDocument as problem:
        return problem.finding


def _fetched(address: Any, fetch: Fetch) -> bytes:
    """Return what an address shows.

    :raises UnsoundDocument: there is nothing to be had.
    """
    try:
        found = (
            fetch(address) if isinstance(address, str) and address.startswith("https://") else None
        )
    except Exception:
        found = None
    if not found:
        raise UnsoundDocument(Finding.ADDRESS_UNREACHABLE)
    return found.strip()


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        return (parts.netloc or "").lower() if parts.scheme == "https" else ""
    except ValueError:
        return ""


def _moment(value: Any) -> datetime:
    """Read a time as any of the older versions wrote it: a number, a day, or an instant."""
    try:
        if isinstance(value, int) and 0 <= value < _LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and len(value) == len("2026-06-01"):
            return datetime.combine(date.fromisoformat(value), time.min, UTC)
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise UnsoundDocument(Finding.DATES_UNCLEAR) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(value: Any) -> str:
    return value[:300] if isinstance(value, str) else ""
