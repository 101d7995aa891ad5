"""What crosses the boundary: how a program registers, what it asks for, and what a learner brings."""

import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from app.screening import only_words
from wallet.reading import shown
from wallet.scopes import Scope

#: How many badges a program gets at a time, where it does not say, and at most.
PAGE, LARGEST_PAGE = 20, 50
_LONGEST_NAME = 60
_LONGEST_ADDRESS = 500
#: No port that is not said in digits, no name before an @, nothing that a header could trip over.
_PLAIN_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.\[\]:-]+(?:/[A-Za-z0-9._~!$&'()*+,=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,=:@%/?-]*)?"
)


def _leads_back(address: str) -> None:
    """Refuse an address that nobody may be led back to: https alone, or this same machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError("not an address") from None
    if not _PLAIN_ADDRESS.fullmatch(address) or not host:
        raise ValidationError("not a plain address")
    if parts.scheme != "https" and not _is_loopback(host):
        raise ValidationError("not https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain_name(name: str) -> None:
    if shown(name, _LONGEST_NAME) != name:
        raise ValidationError("not one plain line")
    only_words(name)


def _scopes(text: str) -> None:
    if not set(text.split()) <= set(Scope):
        raise ValidationError("unknown scope")


class Registration(Schema):
    """What a program says of itself (RFC 7591). What we do not keep we do not read."""

    class Meta:
        unknown = EXCLUDE

    client_name = fields.String(load_default="", validate=_plain_name)
    redirect_uris = fields.List(
        fields.String(validate=[validate.Length(max=_LONGEST_ADDRESS), _leads_back]),
        required=True,
        validate=validate.Length(min=1, max=5),
    )
    scope = fields.String(load_default="", validate=_scopes)
    token_endpoint_auth_method = fields.String(
        load_default="client_secret_basic", validate=validate.Equal("client_secret_basic")
    )
    grant_types = fields.List(
        fields.String(validate=validate.OneOf(["authorization_code", "refresh_token"])),
        load_default=["authorization_code"],
        validate=validate.ContainsOnly(["authorization_code", "refresh_token"]),
    )
    response_types = fields.List(
        fields.String(validate=validate.Equal("code")), load_default=["code"]
    )

    @post_load
    def with_scopes(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Let one that names no scope ask for any: the learner decides each time."""
        asked = given["scope"].split() or list(Scope)
        return {**given, "scope": " ".join(each.value for each in Scope if each in asked)}


class CredentialsQuery(Schema):
    """Which badges a program asks for."""

    class Meta:
        unknown = EXCLUDE

    limit = fields.Integer(load_default=PAGE, validate=validate.Range(min=1, max=10**6))
    offset = fields.Integer(load_default=0, validate=validate.Range(min=0, max=10**6))
    since = fields.AwareDateTime(load_default=None)
