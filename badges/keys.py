"""An issuer's Ed25519 keys: made here, written as a Multikey, and kept locked at rest."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app import sealing
from app.sealing import Locked as KeyLocked
from badges import multibase

__all__ = ["KeyLocked", "generate_key", "multikey", "public_key", "seal", "unseal"]

#: Multicodec `ed25519-pub`, as a varint. It makes every public key begin with `z6Mk`.
_ED25519_PUBLIC = b"\xed\x01"
_PURPOSE = "tirnod issuer key"


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
