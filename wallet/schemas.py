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


#: What a header can carry: names, secrets and tokens that hosts make up.
_PRINTABLE = validate.Regexp(r"[\x21-\x7e]{1,4000}\Z")
_SHORT = validate.Regexp(r"[\x20-\x7e]{1,500}\Z")


def _plain_address(address: str) -> None:
    if len(address) > _LONGEST_ADDRESS or not _PLAIN_ADDRESS.fullmatch(address):
        raise ValidationError("not a plain address")


class _Answer(Schema):
    """What another host says. What we do not need we do not read."""

    class Meta:
        unknown = EXCLUDE


class _Server(_Answer):
    url = fields.String(required=True, validate=_plain_address)


class _Flow(_Answer):
    authorization = fields.String(
        required=True, data_key="authorizationUrl", validate=_plain_address
    )
    token = fields.String(required=True, data_key="tokenUrl", validate=_plain_address)


class _Flows(_Answer):
    code = fields.Nested(_Flow, required=True, data_key="authorizationCode")


class _Security(_Answer):
    flows = fields.Nested(_Flows, required=True)
    registration = fields.String(
        required=True, data_key="x-imssf-registrationUrl", validate=_plain_address
    )
    revocation = fields.String(
        load_default=None,
        allow_none=True,
        data_key="x-imssf-revocationUrl",
        validate=_plain_address,
    )


class _Components(_Answer):
    schemes = fields.Dict(required=True, data_key="securitySchemes")


class Described(_Answer):
    """Where a host is asked for what, by its Service Description Document."""

    servers = fields.List(
        fields.Nested(_Server), required=True, validate=validate.Length(min=1, max=20)
    )
    components = fields.Nested(_Components, required=True)

    @post_load
    def as_places(self, given: dict[str, Any], **_: Any) -> dict[str, str]:
        """Return each place by its name, from the first scheme that gives leave by a code."""
        server = given["servers"][0]["url"].rstrip("/")
        for said in list(given["components"]["schemes"].values())[:20]:
            if isinstance(said, dict) and said.get("type") == "oauth2":
                scheme = _Security().load(said)
                return {
                    "server": server,
                    "registration": scheme["registration"],
                    "revocation": scheme["revocation"] or "",
                    **scheme["flows"]["code"],
                }
        raise ValidationError("no way to be let in")


class Registered(_Answer):
    """What a host calls us from now on."""

    client_id = fields.String(required=True, validate=_SHORT)
    client_secret = fields.String(required=True, validate=_SHORT)
    #: Seconds since 1970; 0 is never.
    client_secret_expires_at = fields.Integer(
        load_default=0, validate=validate.Range(min=0, max=10**10)
    )
    token_endpoint_auth_method = fields.String(
        load_default="client_secret_basic", validate=validate.Equal("client_secret_basic")
    )


class TokenAnswer(_Answer):
    """What lets us in."""

    access_token = fields.String(required=True, validate=_PRINTABLE)
    token_type = fields.String(
        required=True, validate=lambda kind: validate.Equal("bearer")(kind.lower())
    )
    refresh_token = fields.String(load_default="", allow_none=True)


class CredentialsAnswer(_Answer):
    """One page of a learner's badges. Each is looked at by itself, later."""

    credential = fields.List(fields.Raw(allow_none=True), load_default=None, allow_none=True)
    compact = fields.List(
        fields.Raw(allow_none=True),
        load_default=None,
        allow_none=True,
        data_key="compactJwsString",
    )


class CameBack(_Answer):
    """What a learner comes back with from another host."""

    state = fields.String(required=True)
    code = fields.String(load_default="", validate=validate.Regexp(r"[\x20-\x7e]{0,4000}\Z"))
    #: Read for one value alone.
    error = fields.String(load_default="")
