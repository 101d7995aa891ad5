"""Words and keys that are kept locked at rest: who steals a copy of the database reads none of them.

The secret that opens them comes from the settings, never from the database.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.config import SHORTEST_SECRET

#: The first byte names how it was sealed, so that the way may change.
_SEALED_V1 = b"\x01"
_SALT_BYTES = 16
_NONCE_BYTES = 12


class Locked(Exception):
    """What was sealed did not open: another secret, another owner, or altered bytes."""


def seal(content: bytes, *, secret: str, purpose: str, owner: str) -> bytes:
    """Lock bytes for keeping in the database.

    :param secret: the setting `KEYS_SECRET` for keys, `CONCERNS_SECRET` for words,
        `EQUALITY_SECRET` for what learners tell of themselves.
    :param purpose: what kind of thing it is; each kind has keys of its own.
    :param owner: whose it is. Copied to another owner's row it does not open there.
    """
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    locked = _lock(secret, salt, purpose).encrypt(nonce, content, owner.encode())
    return _SEALED_V1 + salt + nonce + locked


def unseal(sealed: bytes, *, secret: str, purpose: str, owner: str) -> bytes:
    """Open what `seal` locked for the same purpose and owner with the same secret.

    :raises Locked: it does not open.
    """
    version, rest = sealed[:1], sealed[1:]
    salt, rest = rest[:_SALT_BYTES], rest[_SALT_BYTES:]
    nonce, locked = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    if version != _SEALED_V1 or len(nonce) != _NONCE_BYTES:
        raise Locked("This was sealed in a way we do not know.")
    try:
        return _lock(secret, salt, purpose).decrypt(nonce, locked, owner.encode())
    except InvalidTag:
        raise Locked("This does not open. Is the secret the one it was sealed with?") from None


def _lock(secret: str, salt: bytes, purpose: str) -> AESGCM:
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"The secret needs {SHORTEST_SECRET} characters or more.")
    derived = HKDF(SHA256(), length=32, salt=salt, info=purpose.encode()).derive(secret.encode())
    return AESGCM(derived)
