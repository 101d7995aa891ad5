"""Badges signed as a whole: VC-JWT, a compact JWS around the credential (Open Badges 3.0, 8.2).

joserfc signs and checks; this file decides what may stand in a token at all. A header may name a
key and nothing else: every other way to bring one along is a way to vouch for oneself.
"""

import json
import re
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from badges.findings import Finding, UnsoundDocument
from badges.guards import LARGEST_BYTES, read_json

MEDIA_TYPE = "application/vc+jwt"

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

_LONGEST_HEADER = 8 * 1024
#: Base64 makes four signs of three bytes; a signature takes at most 700.
_LONGEST = LARGEST_BYTES * 4 // 3 + _LONGEST_HEADER + 2048
_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
#: `typ` and `cty` as Open Badges 3.0 and W3C's VC-JOSE-COSE write them.
_HEADER = frozenset({"alg", "kid", "jwk", "typ", "cty"})
_TYPES = frozenset({"JWT", "vc+jwt", "vc-ld+jwt", "vc+ld+jwt", "application/vc+jwt"})
_CONTENTS = frozenset({"vc", "application/vc", "vc+ld+json", "application/vc+ld+json"})
_KEYS = {
    "RS256": (RSAPublicKey, RSAKey),
    "ES256": (EllipticCurvePublicKey, ECKey),
    "EdDSA": (Ed25519PublicKey, OKPKey),
    "Ed25519": (Ed25519PublicKey, OKPKey),
}
#: What a token says about itself beside the credential.
_CLAIMS = frozenset({"iss", "jti", "sub", "nbf", "exp", "iat"})


@dataclass(frozen=True)
class Token:
    """A compact JWS, taken apart and not yet believed."""

    text: str
    header: Mapping[str, Any]
    #: The credential inside, without the token's own claims.
    document: dict[str, Any]
    claims: Mapping[str, Any]

    @property
    def method(self) -> str:
        """The address of the key it names; "" for one that brings a key along instead."""
        return self.header.get("kid", "")


def id_of(part: Any) -> str:
    """Return the id of something that is either an id or an object with one; "" without."""
    found = part.get("id") if isinstance(part, Mapping) else part
    return found if isinstance(found, str) else ""


def is_token(text: str | bytes) -> bool:
    """Return whether a text is, by how it begins, a compact JWS."""
    return text[:3] in ("eyJ", b"eyJ")


def read_token(text: str) -> Token:
    """Take a compact JWS apart.

    :raises UnsoundDocument: it is no such thing, its header holds more than a signature needs, or
        its claims and the credential inside do not say the same.
    """
    header = _read_part(_parts_of(text)[0][: _LONGEST_HEADER + 1])
    _require_plain_header(header)
    said = payload_of(text)
    claims = {name: said[name] for name in _CLAIMS & said.keys()}
    document = {name: value for name, value in said.items() if name not in _CLAIMS}
    _require_agreement(document, claims)
    return Token(text.strip(), header, document, claims)


def payload_of(text: str) -> dict[str, Any]:
    """Return what a compact JWS says, whoever signed it.

    :raises UnsoundDocument: it is no such thing.
    """
    return _read_part(_parts_of(text)[1])


def check_token(token: Token, key: PublicKey) -> Finding:
    """Tell whether a token is what the holder of `key` signed. Whose key it is, is not asked here."""
    algorithm = token.header["alg"]
    kind, wrapped = _KEYS[algorithm]
    if not isinstance(key, kind):
        # An algorithm of another kind than the key: a public key used as a password, and its like.
        return Finding.SIGNATURE_BROKEN
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        with warnings.catch_warnings():
            # EdDSA has a newer name; the badges that bear the older one stay as good as they are.
            warnings.simplefilter("ignore")
            jws.deserialize_compact(
                token.text, wrapped.import_key(pem), registry=registry(algorithm)
            )
    except (JoseError, ValueError):
        return Finding.SIGNATURE_BROKEN
    return Finding.SIGNATURE_HOLDS


def sign_token(document: Mapping[str, Any], *, private_key: RSAPrivateKey, method: str) -> str:
    """Return a credential as a compact JWS, RS256: the same document gives the same text.

    :param document: a credential without a proof of its own.
    :param method: the key's address in the issuer's DID document, `did:web:…#rsa-2026`.
    """
    said = {**document, **_claims_of(document)}
    header = {"alg": "RS256", "kid": method, "typ": "JWT"}
    payload = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    # As it is: read from PEM once more, it would be looked through for as long as five signatures take.
    key = RSAKey.import_key(private_key)
    return jws.serialize_compact(header, payload, key, registry=registry("RS256"))


def registry(algorithm: str) -> jws.JWSRegistry:
    """Allow one algorithm, and tokens as large as badges are: joserfc's own limits are for sign-in."""
    allowed = jws.JWSRegistry(algorithms=[algorithm])
    allowed.max_header_length, allowed.max_payload_length = _LONGEST_HEADER, _LONGEST
    return allowed


def _claims_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The credential's own facts, said again as the standard asks."""
    claims = {
        "iss": id_of(document["issuer"]),
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": seconds(document["validFrom"]),
    }
    return claims | ({"exp": seconds(document["validUntil"])} if "validUntil" in document else {})


def seconds(instant: str) -> int:
    """Return a written time as a token counts it: seconds since 1970, in UTC."""
    return int(datetime.fromisoformat(instant).timestamp())


def _parts_of(text: str) -> tuple[str, str]:
    if len(text) > _LONGEST:
        raise UnsoundDocument(Finding.TOO_LARGE)
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise UnsoundDocument(Finding.TOKEN_UNREADABLE)
    return parts[1], parts[2]


def _read_part(encoded: str) -> dict[str, Any]:
    try:
        return read_json(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError as problem:
        if isinstance(problem, UnsoundDocument) and problem.finding is not Finding.NOT_JSON:
            raise
        raise UnsoundDocument(Finding.TOKEN_UNREADABLE) from None


def _require_plain_header(header: Mapping[str, Any]) -> None:
    if header.get("alg") not in _KEYS:
        # Above all `none`, which asks for no signature, and HS256, which takes a shared password.
        raise UnsoundDocument(Finding.TOKEN_ALGORITHM, str(header.get("alg"))[:40])
    strange = header.keys() - _HEADER
    if (
        strange
        or header.get("typ", "JWT") not in _TYPES
        or header.get("cty", "vc") not in _CONTENTS
    ):
        raise UnsoundDocument(Finding.TOKEN_HEADER, str(sorted(strange))[:80])
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("jwk", {}), dict):
        raise UnsoundDocument(Finding.TOKEN_HEADER)
    if not header.get("kid") and "jwk" not in header:
        raise UnsoundDocument(Finding.TOKEN_HEADER, "no key is named")


def _require_agreement(document: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """What a token says of itself may not be other than what the badge inside says."""
    if "vc" in document or "vp" in document:
        raise UnsoundDocument(Finding.TOKEN_DISAGREES, "a credential beside the credential")
    issuer, subject = document.get("issuer"), document.get("credentialSubject")
    same = {
        "iss": id_of(issuer),
        "jti": document.get("id"),
        "sub": subject.get("id") if isinstance(subject, Mapping) else None,
        "nbf": document.get("validFrom"),
        "exp": document.get("validUntil"),
    }
    for name, value in same.items():
        if name in claims and not _says_the_same(claims[name], value):
            raise UnsoundDocument(Finding.TOKEN_DISAGREES, name)


def _says_the_same(claim: Any, value: Any) -> bool:
    if isinstance(claim, int | float) and not isinstance(claim, bool):
        try:
            return int(claim) == seconds(value)
        except (TypeError, ValueError, OverflowError):
            return False
    return isinstance(claim, str) and claim == value
