"""Where the verifier looks issuers and status lists up: among our own, or by asking their hosts.

What is looked at runs elsewhere (`cell`); what it wants to know of the world is decided here.
"""

import atexit
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.db import unit_of_work
from app.errors import Refusal
from app.fetcher import Fetcher
from app.kept import Kept
from badges import facts, lists, openbadges
from badges.cell import Cell
from badges.findings import Finding
from badges.guards import read_json
from badges.issuers import document_address, domain_of
from badges.log import digest_of
from badges.models import Endorsement
from badges.queries import (
    is_revoked,
    issuer_named,
    issuer_with_status_list,
    safe_keys_of,
    safe_token_keys_of,
    status_list_kept_for,
    trusted_issuer,
)
from badges.service import IssuingHost
from badges.verifier import (
    Check,
    Outcome,
    Subject,
    Verification,
    not_had,
    verify,
    verify_endorsement,
)
from providers.models import Provider
from providers.standing import is_trusted

#: What is asked of other hosts for one badge: an issuer, its list, a few who endorse it.
FETCHER = Fetcher(
    ports=frozenset({443}),
    schemes=frozenset({"https"}),
    most_bytes=1024 * 1024,
    most_seconds=3.0,
    most_hops=1,
    user_agent="Tirnod/1 (checks badges that people bring)",
)
#: For all that is asked about one badge, so that checking it never takes five seconds.
_MOST_SECONDS = 3.5
_MOST_QUESTIONS = 16
_ACCEPTED = (
    "application/vc+ld+json, application/did+json, application/vc+jwt, application/ld+json, "
    "application/json, image/png, image/svg+xml, text/plain;q=0.5"
)

#: What was found of signed words, by their digest.
_CHECKED = Kept(timedelta(minutes=1), most=500)

CELL = Cell()
atexit.register(CELL.close)


@dataclass(frozen=True)
class Asking:
    """In whose name badges are checked, when, and how other hosts are asked."""

    host: IssuingHost
    now: datetime
    fetcher: Fetcher = FETCHER
    #: Called once before the first question to another host; it may refuse.
    before_asking: Callable[[], None] = lambda: None


def check_document(
    db: Session, document: openbadges.Document, *, host: IssuingHost, now: datetime
) -> Verification:
    """Check a badge of our own, which asks nobody elsewhere."""

    found = verify(document, **_our_world(db, host, now))
    return with_trust(db, found, host=host, now=now)


def check_endorsement(
    db: Session, document: openbadges.Document, *, about: str, host: IssuingHost, now: datetime
) -> Verification:
    """Check what an organisation of our own says, which asks nobody elsewhere.

    :param about: the id of what it speaks for.
    """
    found = verify_endorsement(document, about=about, **_our_world(db, host, now))
    return with_trust(db, found, host=host, now=now)


def check_endorsements(
    db: Session, endorsements: Iterable[Endorsement], *, host: IssuingHost, now: datetime
) -> list[tuple[Endorsement, Verification]]:
    """Check each of what is said for one thing, for a page that shows them.

    The same signed words are checked once a minute: who looks at a badge need not wait for more.
    What is said no more is never asked about here.
    """
    return [(each, _checked_of_late(db, each, host, now)) for each in endorsements]


def check_upload(upload: bytes, asking: Asking, *, email: str = "") -> Verification:
    """Check a badge in a file that someone brought: JSON, a JWT, or a baked PNG or SVG.

    Opens units of work of its own, and none while it waits for another host.

    :param email: of the one who is said to hold it; "" asks for nobody.
    """
    return _look_at(upload, _World(asking), email)


def check_address(address: str, asking: Asking, *, email: str = "") -> Verification:
    """Check the badge that is shown at an https address elsewhere."""
    return bring_from(address, asking, email=email)[1]


def bring_from(address: str, asking: Asking, *, email: str = "") -> tuple[bytes, Verification]:
    """Return what an https address elsewhere shows, and what is found of it; no bytes if nothing is."""
    world = _World(asking)
    upload = world.fetched(address)
    return (upload, _look_at(upload, world, email)) if upload else (b"", not_had())


def check_list_of(content: bytes, signature: str, host_did: str, asking: Asking) -> None:
    """Make sure that a host signed a list of files, by asking it for its keys.

    Opens units of work of its own, and none while it waits for another host.

    :raises UnsoundDocument: it did not, or cannot be asked.
    """
    world = _World(asking)

    def resolve(did: str) -> Mapping[str, Any] | None:
        found = world.answer("issuer", did)
        return None if found is None else read_json(found)

    lists.check_list(content, signature, host_did=host_did, resolve=resolve)


def with_trust(
    db: Session, found: Verification, *, host: IssuingHost, now: datetime
) -> Verification:
    """Return what was found, with a word on whether we know each issuer, inside and out."""

    def each_with_trust(inner: tuple[Verification, ...]) -> tuple[Verification, ...]:
        return tuple(with_trust(db, each, host=host, now=now) for each in inner)

    found = replace(
        found,
        endorsements=each_with_trust(found.endorsements),
        inside=each_with_trust(found.inside),
    )
    found = replace(
        found, checks=tuple(_as_of_now(db, check, found, host) for check in found.checks)
    )
    if any(check.subject is Subject.TRUST for check in found.checks):
        return found  # nobody is behind its key, so there is nobody to know
    return found.with_check(Check(Subject.TRUST, _trust(db, found, host, now)))


def host_did_document(db: Session, *, host: IssuingHost) -> openbadges.Document:
    """Return the host's own DID document: the keys that sign learners' records, as far as they count."""
    return openbadges.did_document(
        facts.issuer_did(None, host.base_url),
        [key.multikey for key in safe_keys_of(db, None)],
        also_known_as=[host.base_url],
    )


def did_document(db: Session, issuer: Provider, *, host: IssuingHost) -> openbadges.Document:
    """Return the issuer's DID document, with every key whose signatures still count."""
    base_url = host.base_url
    return openbadges.did_document(
        facts.issuer_did(issuer, base_url),
        [key.multikey for key in safe_keys_of(db, issuer)],
        also_known_as=[f"{base_url}/issuers/{issuer.slug}"],
        jwks={key.name: key.public_jwk for key in safe_token_keys_of(db, issuer)},
    )


def _checked_of_late(
    db: Session, endorsement: Endorsement, host: IssuingHost, now: datetime
) -> Verification:
    document = endorsement.signed_document or {}
    about = facts.endorsed_id(endorsement, host.base_url)
    return _CHECKED.get(
        digest_of(document),
        now,
        lambda: check_endorsement(db, document, about=about, host=host, now=now),
    )


def _our_world(db: Session, host: IssuingHost, now: datetime) -> dict[str, Any]:
    """Return what the verifier may ask where all that it asks about is our own."""

    def read(found: bytes | None) -> Mapping[str, Any] | None:
        return None if found is None else json.loads(found)

    return {
        "resolve_issuer": lambda did: read(_own_issuer(db, did, host)),
        "fetch_status_list": lambda url: read(_own_list(db, url, host)),
        "now": now,
    }


def _look_at(upload: bytes, world: "_World", email: str) -> Verification:
    asking = world.asking
    found = CELL.look_at(upload, world.answer, now=asking.now, email=email)
    with unit_of_work() as db:
        return with_trust(db, found, host=asking.host, now=asking.now)


class _World:
    """What one badge may ask, and what it is answered."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self._deadline = time.monotonic() + _MOST_SECONDS
        self._questions = 0

    def answer(self, what: str, address: str) -> bytes | None:
        """Return what an issuer, a list or a page holds; `None` if it cannot be had."""
        host = self.asking.host
        with unit_of_work() as db:
            if what == "issuer" and (own := _own_issuer(db, address, host)):
                return own
            if what == "list" and (own := _own_list(db, address, host)):
                return own
        return self.fetched(document_address(address) if what == "issuer" else address)

    def fetched(self, address: str) -> bytes | None:
        left = self._deadline - time.monotonic()
        self._questions += 1
        if not address or left <= 0 or self._questions > _MOST_QUESTIONS:
            return None
        if _host_of(address) == _host_of(self.asking.host.base_url):
            return None  # what we hold ourselves was answered above
        if self._questions == 1:
            self.asking.before_asking()
        fetcher = self.asking.fetcher
        try:
            patient = replace(fetcher, most_seconds=min(fetcher.most_seconds, left))
            return patient.fetch(address, _ACCEPTED).content
        except Refusal:
            return None


def _as_of_now(db: Session, check: Check, found: Verification, host: IssuingHost) -> Check:
    """Return a check; whether one of ours was taken back as it is now, before a worker signs the list."""
    if check.finding is Finding.INSIDE_GOOD and any(map(_is_revoked, found.inside)):
        return Check(check.subject, Finding.INSIDE_BAD)
    if check.finding is Finding.ENDORSEMENTS_GOOD and any(map(_is_revoked, found.endorsements)):
        return Check(check.subject, Finding.ENDORSEMENT_OVER)
    if check.finding is not Finding.STATUS_GOOD:
        return check
    issuer = _own_provider(db, found.issuer_id, host)
    if issuer is None:
        return check
    # The check has passed, so what it says of its places is as it should be.
    entries = (found.document or {}).get("credentialStatus", [])
    entries = entries if isinstance(entries, list) else [entries]
    is_gone = any(is_revoked(db, issuer, int(each["statusListIndex"])) for each in entries)
    return Check(check.subject, Finding.REVOKED) if is_gone else check


def _is_revoked(found: Verification) -> bool:
    return any(check.finding is Finding.REVOKED for check in found.checks)


def _trust(db: Session, found: Verification, host: IssuingHost, now: datetime) -> Finding:
    checks = {check.subject: check.outcome for check in found.checks}
    if checks.get(Subject.ISSUER) is not Outcome.PASSED:
        return Finding.NOT_LOOKED_AT
    if found.issuer_id == facts.issuer_did(None, host.base_url):
        return Finding.MADE_HERE
    issuer = _own_provider(db, found.issuer_id, host)
    if issuer is not None:
        return Finding.TRUSTED_HERE if is_trusted(issuer, now) else Finding.ISSUER_NOT_ASSURED
    if trusted_issuer(db, found.issuer_id):
        return Finding.TRUSTED_LISTED
    return Finding.ISSUER_NOT_LISTED if domain_of(found.issuer_id) else Finding.ISSUER_NAMELESS


def _own_provider(db: Session, did: str, host: IssuingHost) -> Provider | None:
    ours = openbadges.did_web(host.base_url, "issuers") + ":"
    return issuer_named(db, did.removeprefix(ours)) if did.startswith(ours) else None


def _own_issuer(db: Session, did: str, host: IssuingHost) -> bytes | None:
    if did == facts.issuer_did(None, host.base_url):
        return openbadges.as_bytes(host_did_document(db, host=host))
    issuer = _own_provider(db, did, host)
    return openbadges.as_bytes(did_document(db, issuer, host=host)) if issuer else None


def _own_list(db: Session, url: str, host: IssuingHost) -> bytes | None:
    number = re.fullmatch(
        re.escape(f"{host.base_url}/status/revocation/") + r"([0-9]{1,18})", url, re.ASCII
    )
    issuer = issuer_with_status_list(db, int(number[1])) if number else None
    kept = status_list_kept_for(db, issuer) if issuer else None
    return openbadges.as_bytes(kept.document) if kept else None


def _host_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
