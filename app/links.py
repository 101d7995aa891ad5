"""Addresses that open something for whoever holds them: their tokens, and what goes with their pages."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from flask import make_response
from flask.typing import ResponseReturnValue
from flask.wrappers import Response


def token_of(uuid: UUID, *, secret: str, kind: str) -> str:
    """Return what the address of a link carries.

    Worked out from a secret that the database does not hold, so that its maker can copy the address
    again while the table alone opens nothing.

    :param kind: what the link does: a token of one kind opens nothing of another.
    """
    digest = hmac.new(secret.encode(), kind.encode() + b":" + uuid.bytes, sha256).digest()
    return urlsafe_b64encode(digest[:18]).decode()


def token_hash(token: str) -> str:
    """Return what a table keeps of a token."""
    return sha256(token.encode()).hexdigest()


def kept_from_others(answer: ResponseReturnValue) -> Response:
    """Keep what a link shows out of search engines, caches and the next site's logs."""
    response = make_response(answer)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response
