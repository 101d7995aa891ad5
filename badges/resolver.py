"""Where the verifier looks issuers and status lists up: among our own, without leaving the house."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from badges import facts, openbadges
from badges.queries import issuer_named, issuer_with_status_list, keys_of
from badges.service import IssuingHost, signed_status_list
from badges.verifier import Verification, verify, verify_upload
from providers.models import Provider


def check_document(
    db: Session, document: openbadges.Document, *, host: IssuingHost, now: datetime
) -> Verification:
    """Check a badge at hand. One from an issuer elsewhere can only be checked in part."""
    issuers, lists = _lookups(db, host, now)
    return verify(document, resolve_issuer=issuers, fetch_status_list=lists, now=now)


def check_upload(db: Session, upload: bytes, *, host: IssuingHost, now: datetime) -> Verification:
    """Check a badge in a file that someone brought: JSON, or a baked PNG or SVG. Never raises."""
    issuers, lists = _lookups(db, host, now)
    return verify_upload(upload, resolve_issuer=issuers, fetch_status_list=lists, now=now)


def did_document(db: Session, issuer: Provider, *, host: IssuingHost) -> openbadges.Document:
    """Return the issuer's DID document, with every key whose signatures still count."""
    base_url = host.base_url
    return openbadges.did_document(
        facts.issuer_did(issuer, base_url),
        [key.multikey for key in keys_of(db, issuer)],
        also_known_as=[f"{base_url}/issuers/{issuer.slug}"],
    )


def _lookups(db: Session, host: IssuingHost, now: datetime) -> tuple[Callable, Callable]:
    our_issuers = openbadges.did_web(host.base_url, "issuers") + ":"
    our_lists = f"{host.base_url}/status/revocation/"

    def issuers(did: str) -> openbadges.Document | None:
        issuer = issuer_named(db, did.removeprefix(our_issuers))
        ours = did.startswith(our_issuers) and issuer is not None
        return did_document(db, issuer, host=host) if ours else None

    def lists(url: str) -> openbadges.Document | None:
        number = url.removeprefix(our_lists)
        if not url.startswith(our_lists) or not number.isdecimal() or len(number) > 18:
            return None
        issuer = issuer_with_status_list(db, int(number))
        return signed_status_list(db, issuer, host=host, now=now) if issuer else None

    return issuers, lists
