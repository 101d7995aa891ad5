"""Passwords and PINs at rest: Argon2id, and the same work whether or not there is an account."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: OWASP Password Storage Cheat Sheet, the least it recommends for Argon2id.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: NCSC: length is what counts. No rules on which signs, and no expiry.
LEAST_LENGTH = 12
#: Far above any passphrase, so that nobody has the server hash a book.
GREATEST_LENGTH = 256


def hash_secret(secret: str) -> str:
    """Return what may be kept of a password or a PIN."""
    return HASHER.hash(secret)


def matches(kept: str | None, typed: str) -> bool:
    """Say whether `typed` is the secret that `kept` came from.

    With nothing kept it does the same work and says no, so that nobody can tell from the
    time an answer takes whether there is an account.
    """
    try:
        return HASHER.verify(kept or _of_nobody(), typed) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    return HASHER.hash("the secret of nobody")


# Made at the start: the first stranger must not wait longer than the second.
_of_nobody()
