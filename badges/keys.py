"""An issuer's keys: made here, written as the standards ask, and kept locked at rest.

Ed25519 signs what stands in a badge; RSA signs badges that are downloaded as a token.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc.jwk import RSAKey

from app import sealing
from app.sealing import Locked as KeyLocked
from badges import multibase

__all__ = [
    "KeyLocked",
    "generate_key",
    "generate_token_key",
    "multikey",
    "public_jwk",
    "public_key",
    "seal",
    "seal_token_key",
    "unseal",
    "unseal_token_key",
]

#: Multicodec `ed25519-pub`, as a varint. It makes every public key begin with `z6Mk`.
_ED25519_PUBLIC = b"\xed\x01"
_PURPOSE = "tirnod issuer key"
_TOKEN_PURPOSE = "tirnod issuer token key"
_RSA_BITS = 2048


def generate_key() -> Ed25519PrivateKey:
    """Make a new signing key."""
    return Ed25519PrivateKey.generate()


def multikey(key: Ed25519PublicKey) -> str:
    """Return a public key as a Multikey (W3C Controlled Identifiers), `z6Mk…`."""
    return multibase.encode(_ED25519_PUBLIC + key.public_bytes_raw())


def public_key(multikey: str) -> Ed25519PublicKey:
    """Return the public key that a Multikey stands for.

    :raises ValueError: it is malformed, or of another kind than Ed25519.
    """
    data = multibase.decode(multikey)
    if not data.startswith(_ED25519_PUBLIC):
        raise ValueError("Not an Ed25519 public key.")
    return Ed25519PublicKey.from_public_bytes(data[len(_ED25519_PUBLIC) :])


def seal(private_key: Ed25519PrivateKey, *, secret: str, owner: str) -> bytes:
    """Lock a private key for keeping in the database.

    :param secret: the setting `KEYS_SECRET`.
    :param owner: the verification method the key signs for. A sealed key copied to another
        owner's row does not open there.
    """
    content = private_key.private_bytes_raw()
    return sealing.seal(content, secret=secret, purpose=_PURPOSE, owner=owner)


def unseal(sealed: bytes, *, secret: str, owner: str) -> Ed25519PrivateKey:
    """Open a key that `seal` locked for the same owner with the same secret.

    :raises KeyLocked: it does not open.
    """
    opened = sealing.unseal(sealed, secret=secret, purpose=_PURPOSE, owner=owner)
    return Ed25519PrivateKey.from_private_bytes(opened)


def generate_token_key() -> RSAPrivateKey:
    """Make a new RSA key. It takes a tenth of a second."""
    return generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def public_jwk(private_key: RSAPrivateKey) -> dict[str, Any]:
    """Return the public half of an RSA key as a JWK."""
    pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {**RSAKey.import_key(pem).as_dict(private=False), "alg": "RS256", "use": "sig"}


def seal_token_key(private_key: RSAPrivateKey, *, secret: str, owner: str) -> bytes:
    """Lock an RSA key as `seal` locks an Ed25519 key."""
    content = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return sealing.seal(content, secret=secret, purpose=_TOKEN_PURPOSE, owner=owner)


def unseal_token_key(sealed: bytes, *, secret: str, owner: str) -> RSAPrivateKey:
    """Open a key that `seal_token_key` locked for the same owner with the same secret.

    :raises KeyLocked: it does not open.
    """
    opened = sealing.unseal(sealed, secret=secret, purpose=_TOKEN_PURPOSE, owner=owner)
    # What opens is what was sealed, so it need not be looked through once more each time.
    key = load_der_private_key(opened, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise KeyLocked("What opened is no RSA key.")
    return key
