"""An issuer's Ed25519 keys: made here, written as a Multikey, and kept locked at rest.

The secret that opens them comes from the settings, never from the database: who steals a copy
of the database has stolen no key.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from badges import multibase

#: Multicodec `ed25519-pub`, as a varint. It makes every public key begin with `z6Mk`.
_ED25519_PUBLIC = b"\xed\x01"
#: The first byte of a sealed key names how it was sealed, so that the way may change.
_SEALED_V1 = b"\x01"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_SHORTEST_SECRET = 16


class KeyLocked(Exception):
    """A sealed key did not open: another secret, another owner, or altered bytes."""


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
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    locked = _lock(secret, salt).encrypt(nonce, private_key.private_bytes_raw(), owner.encode())
    return _SEALED_V1 + salt + nonce + locked


def unseal(sealed: bytes, *, secret: str, owner: str) -> Ed25519PrivateKey:
    """Open a key that `seal` locked for the same owner with the same secret.

    :raises KeyLocked: it does not open.
    """
    version, rest = sealed[:1], sealed[1:]
    salt, rest = rest[:_SALT_BYTES], rest[_SALT_BYTES:]
    nonce, locked = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    if version != _SEALED_V1 or len(nonce) != _NONCE_BYTES:
        raise KeyLocked("This key was sealed in a way we do not know.")
    try:
        opened = _lock(secret, salt).decrypt(nonce, locked, owner.encode())
    except InvalidTag:
        raise KeyLocked(
            "This key does not open. Is KEYS_SECRET the one it was sealed with?"
        ) from None
    return Ed25519PrivateKey.from_private_bytes(opened)


def _lock(secret: str, salt: bytes) -> AESGCM:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"KEYS_SECRET needs {_SHORTEST_SECRET} characters or more.")
    derived = HKDF(SHA256(), length=32, salt=salt, info=b"tirnod issuer key").derive(
        secret.encode()
    )
    return AESGCM(derived)
