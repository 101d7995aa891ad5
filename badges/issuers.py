"""Whose key is it? An issuer elsewhere, by the document that says which keys are its own."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from badges import multibase
from badges.findings import Finding, UnsoundDocument
from badges.keys import public_key
from badges.tokens import PublicKey, id_of

#: Finds a document by its address (an issuer's id, a status list's URL).
Lookup = Callable[[str], Any]

#: Multicodec `p256-pub`, as a varint.
_P256_PUBLIC = b"\x80\x24"
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 8192
_MOST_KEYS = 100
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]+)?", re.IGNORECASE)


def document_address(issuer_id: str) -> str:
    """Return the https address of the document in which an issuer says which keys are its own.

    "" for an issuer that has none: a `did:key` is its own document.
    """
    if issuer_id.startswith("https://"):
        return issuer_id.partition("#")[0]
    if not issuer_id.startswith("did:web:"):
        return ""
    host, *path = (unquote(part) for part in issuer_id.removeprefix("did:web:").split(":"))
    if not _HOST.fullmatch(host) or any(not part or "/" in part for part in path):
        return ""
    return f"https://{host}/{'/'.join(path or ['.well-known'])}/did.json"


def domain_of(issuer_id: str) -> str:
    """Return the host that an issuer's id is bound to; "" for one that is bound to none."""
    try:
        return (urlsplit(document_address(issuer_id)).hostname or "").lower()
    except ValueError:
        return ""


class Issuer:
    """An issuer by its id. What it says of its keys is asked for once."""

    def __init__(self, issuer_id: str, resolve: Lookup) -> None:
        self.id = issuer_id
        self._document = _of_its_own(issuer_id) or ask(resolve, issuer_id)

    def key(self, method: str) -> PublicKey:
        """Return the key that `method` names, if the issuer itself lists it for signing badges.

        :raises UnsoundDocument: the issuer cannot be asked, is another, or does not list it.
        """
        if self._document is None:
            raise UnsoundDocument(Finding.ISSUER_UNREACHABLE)
        if self._document.get("id") != self.id:
            raise UnsoundDocument(Finding.ISSUER_IS_ANOTHER)
        if method not in self._listed():
            raise UnsoundDocument(Finding.KEY_NOT_LISTED)
        return self._public_key(self._described(method))

    def method_with(self, jwk: Mapping[str, Any]) -> str:
        """Return the address of a key that a token brought along: it counts only if listed."""
        for method in self._listed():
            try:
                if self.key(method) == _from_jwk(jwk):
                    return method
            except UnsoundDocument:
                continue
        return ""

    def _listed(self) -> list[str]:
        return [self._full(id_of(entry)) for entry in self._entries("assertionMethod")]

    def _described(self, method: str) -> Mapping[str, Any]:
        found = [
            entry
            for entry in (*self._entries("verificationMethod"), *self._entries("assertionMethod"))
            if isinstance(entry, Mapping) and self._full(id_of(entry)) == method
        ]
        if not found:
            raise UnsoundDocument(Finding.KEY_NOT_LISTED)
        return found[0]

    def _public_key(self, entry: Mapping[str, Any]) -> PublicKey:
        if entry.get("controller") != self.id:
            raise UnsoundDocument(Finding.KEY_NOT_LISTED)
        if "revoked" in entry or "expires" in entry:
            raise UnsoundDocument(Finding.KEY_WITHDRAWN)
        if isinstance(entry.get("publicKeyJwk"), Mapping):
            return _from_jwk(entry["publicKeyJwk"])
        return _from_multikey(entry.get("publicKeyMultibase"))

    def _entries(self, name: str) -> list[Any]:
        entries = (self._document or {}).get(name)
        return entries[:_MOST_KEYS] if isinstance(entries, list) else []

    def _full(self, address: str) -> str:
        return self.id + address if address.startswith("#") else address


def ask(lookup: Lookup, address: str) -> Mapping[str, Any] | None:
    """Ask a callback, which may fail in any way that networks do."""
    try:
        found = lookup(address)
    except Exception:
        return None
    return found if isinstance(found, Mapping) else None


def _of_its_own(issuer_id: str) -> Mapping[str, Any] | None:
    """Return what a `did:key` says of itself: that it is its own key, and nothing more."""
    if not issuer_id.startswith("did:key:z"):
        return None
    multikey = issuer_id.removeprefix("did:key:")
    method = f"{issuer_id}#{multikey}"
    entry = {
        "id": method,
        "type": "Multikey",
        "controller": issuer_id,
        "publicKeyMultibase": multikey,
    }
    return {"id": issuer_id, "verificationMethod": [entry], "assertionMethod": [method]}


def _from_multikey(text: Any) -> PublicKey:
    try:
        data = multibase.decode(text)
        if data.startswith(_P256_PUBLIC):
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), data[len(_P256_PUBLIC) :])
        return public_key(text)
    except (AttributeError, ValueError):
        raise UnsoundDocument(Finding.KEY_UNREADABLE) from None


def _from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Read a key as a JWK. One that shows its private half is anybody's by now."""
    try:
        match jwk.get("kty"), jwk.get("crv"):
            case _ if "d" in jwk or jwk.get("use", "sig") != "sig":
                raise ValueError("Not a key to check signatures with.")
            case "RSA", None:
                return _rsa(_number(jwk["n"]), _number(jwk["e"]))
            case "EC", "P-256":
                point = EllipticCurvePublicNumbers(
                    _number(jwk["x"]), _number(jwk["y"]), SECP256R1()
                )
                return point.public_key()
            case "OKP", "Ed25519":
                return Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
    except (KeyError, TypeError, ValueError):
        raise UnsoundDocument(Finding.KEY_UNREADABLE) from None
    raise UnsoundDocument(Finding.KEY_UNREADABLE)


def _rsa(modulus: int, exponent: int) -> RSAPublicKey:
    if not _LEAST_RSA_BITS <= modulus.bit_length() <= _MOST_RSA_BITS or exponent != 65537:
        raise ValueError("Not an RSA key that anybody should rely on.")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _number(encoded: str) -> int:
    return int.from_bytes(_bytes(encoded))


def _bytes(encoded: str) -> bytes:
    if len(encoded) > _MOST_RSA_BITS // 4:
        raise ValueError("Longer than any key.")
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
