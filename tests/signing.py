"""What a worker signs, signed inside a test's own transaction."""

from datetime import datetime
from functools import cache
from itertools import count
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask import Flask

from app import clock
from app.db import current_db
from badges import jobs, keys, signing
from tests.factories import NOW

_make_token_key = keys.generate_token_key
_number = count()


@cache
def _token_key(_number: int) -> RSAPrivateKey:
    return _make_token_key()


def token_key() -> RSAPrivateKey:
    """Return one of eight RSA keys in turn: to make one for each issuer of each test takes minutes."""
    return _token_key(next(_number) % 8)


def sign_what_waits(app: Flask, now: datetime = NOW) -> None:
    """Sign all badges, lists and endorsements that wait for it, as a worker does."""
    # What a test holds of its rows stays in its session, which a worker's job would leave.
    stays = patch.object(current_db, "remove")
    with stays, app.app_context(), patch.object(clock, "now", lambda: now):
        jobs.sign_what_is_left()


def signed_document(db, credential, *, host):
    """Return a badge signed, with the list of its issuer signed before it, as a worker does."""
    signing.signed_status_list(db, credential.issuer, host=host, now=NOW)
    return signing.signed_document(db, credential, host=host)
