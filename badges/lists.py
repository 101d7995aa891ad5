"""A signed list of files: a detached JWS (RFC 7515, appendix F) over its bytes, by the key of a host.

A list of files is no credential, so it is signed as the bytes it is. The header names the key and the
way, and nothing else.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from badges.findings import Finding, UnsoundDocument
from badges.issuers import Issuer

_LONGEST = 4096


def sign_list(content: bytes, *, private_key: Ed25519PrivateKey, method: str) -> str:
    """Return the signature of a list, which stands beside it."""
    header = _encoded(json.dumps({"alg": "EdDSA", "kid": method}).encode())
    return f"{header}..{_encoded(private_key.sign(_signed(header, content)))}"


def check_list(
    content: bytes, signature: str, *, host_did: str, resolve: Callable[[str], Any]
) -> None:
    """Make sure that a host signed a list with a key that it names itself.

    :param resolve: returns a host's DID document, or nothing.
    :raises UnsoundDocument: it did not, or cannot be asked.
    """
    header, method = _read(signature)
    if method.partition("#")[0] != host_did:
        raise UnsoundDocument(Finding.KEY_NOT_LISTED)
    key = Issuer(host_did, resolve).key(method)
    if not isinstance(key, Ed25519PublicKey):
        raise UnsoundDocument(Finding.KEY_UNREADABLE)
    try:
        key.verify(_decoded(signature.rpartition(".")[2]), _signed(header, content))
    except InvalidSignature:
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN) from None


def _read(signature: str) -> tuple[str, str]:
    """Return the header as it stands in a signature, and the key that it names."""
    header, _dots, _rest = signature.partition("..")
    try:
        if len(signature) > _LONGEST or not signature.isascii():
            raise ValueError("Longer than any signature.")
        said = json.loads(_decoded(header))
    except (ValueError, RecursionError):
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN) from None
    if not isinstance(said, Mapping) or set(said) != {"alg", "kid"} or said["alg"] != "EdDSA":
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN)
    return header, str(said["kid"])


def _signed(header: str, content: bytes) -> bytes:
    return f"{header}.{_encoded(content)}".encode()


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN) from None
