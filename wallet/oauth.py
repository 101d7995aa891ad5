"""OAuth 2.0 by Authlib: what it asks of us, and what of its rules we draw tighter.

The authorization code grant alone, with PKCE (S256) and `state`; programs register themselves and
have a secret; refresh tokens are good once. The rules of what is kept stand in `programs`.
"""

import hmac
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from authlib.oauth2 import ResourceProtector
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    ClientMixin,
    InvalidRequestError,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7591.errors import InvalidClientMetadataError, InvalidRedirectURIError
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Request, request
from marshmallow import ValidationError

from accounts.models import User
from app import clock
from app.db import current_db
from app.links import token_hash
from app.web import public_url
from wallet import programs
from wallet.models import ConnectionCode, ConnectionToken, Program
from wallet.queries import program_with, token_of_program, token_with
from wallet.schemas import Registration
from wallet.scopes import Scope

_S256 = "S256"
_SECRET_BASIC = "client_secret_basic"
_GRANTS = ["authorization_code", "refresh_token"]


class Client(ClientMixin):
    """A program as Authlib asks about it."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def get_client_id(self) -> str:
        return self.program.client_id

    def get_default_redirect_uri(self) -> None:
        """Where to lead back to is said in each request: nobody need guess which it was."""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.program.redirect_uris

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = set((scope or "").split())
        if not asked or not asked <= set(self.program.scopes):
            return None
        return " ".join(each.value for each in Scope if each.value in asked)

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.program.secret_hash, token_hash(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == _SECRET_BASIC

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in _GRANTS


class Code(AuthorizationCodeMixin):
    """A code as Authlib asks about it."""

    code_challenge_method = _S256

    def __init__(self, code: ConnectionCode) -> None:
        self.kept = code
        self.code_challenge = code.challenge

    def get_redirect_uri(self) -> str:
        return self.kept.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.kept.scopes)


class Token(TokenMixin):
    """A token as Authlib asks about it."""

    def __init__(self, token: ConnectionToken) -> None:
        self.kept = token

    def check_client(self, client: Client) -> bool:
        return self.kept.connection.program_id == client.program.id

    def get_scope(self) -> str:
        """Return what it may do: no more than its learner's last yes was to."""
        still = self.kept.connection.scopes
        return " ".join(scope for scope in self.kept.scopes if scope in still)

    def get_expires_in(self) -> int:
        return int(programs.ACCESS_LASTS.total_seconds())

    def is_expired(self) -> bool:
        return self.kept.expires_at <= clock.now()

    def is_revoked(self) -> bool:
        return self.kept.revoked_at is not None or not programs.is_live(self.kept.connection)

    def get_client(self) -> Client:
        return Client(self.kept.connection.program)

    def get_user(self) -> User:
        return self.kept.connection.learner


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = (_SECRET_BASIC,)

    def validate_authorization_request(self) -> str:
        """Ask for `state` and for PKCE too, of every program: Open Badges does."""
        redirect_uri = super().validate_authorization_request()
        asked = self.request.payload.data
        missing = [name for name in ("state", "code_challenge") if not asked.get(name)]
        if missing:
            raise InvalidRequestError(f"Missing '{missing[0]}'.", redirect_uri=redirect_uri)
        if asked.get("code_challenge_method") != _S256:
            problem = "'code_challenge_method' must be 'S256'."
            raise InvalidRequestError(problem, redirect_uri=redirect_uri)
        return redirect_uri

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        db, now, redirect_uri = current_db(), clock.now(), request.payload.redirect_uri
        connection = programs.connect(
            db,
            learner=request.user,
            program=request.client.program,
            scopes=request.scope.split(),
            redirect_uri=redirect_uri,
            now=now,
        )
        programs.give_code(
            db,
            connection=connection,
            code=code,
            redirect_uri=redirect_uri,
            challenge=request.payload.data["code_challenge"],
            now=now,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found = programs.spend_code(
            current_db(), program=client.program, code=code, now=clock.now()
        )
        return Code(found) if found else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing: it was spent when it was found, and stays so that it cannot come twice."""

    def authenticate_user(self, authorization_code: Code) -> User:
        return authorization_code.kept.connection.learner


class _RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = (_SECRET_BASIC,)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        program = self.request.client.program
        found = programs.find_refresh_token(
            current_db(), program=program, refresh=refresh_token, now=clock.now()
        )
        return Token(found) if found else None

    def authenticate_user(self, refresh_token: Token) -> User:
        return refresh_token.get_user()

    def revoke_old_credential(self, refresh_token: Token) -> None:
        programs.replace_token(current_db(), token=refresh_token.kept, now=clock.now())


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = (_SECRET_BASIC,)

    def authenticate_token(self, request: OAuth2Request, client: Client) -> Token | None:
        """Look among the program's own alone: what is another's is as if not there."""
        self.check_params(request, client)
        hashed = token_hash(request.form["token"])
        found = token_of_program(current_db(), client.program, hashed)
        return Token(found) if found else None

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        programs.revoke_family(current_db(), family=token.kept.family, now=clock.now())


class _Registration(ClientRegistrationEndpoint):
    """Programs register themselves, without a token from us: Open Badges asks for that."""

    def authenticate_token(self, request: Any) -> str:
        return "anyone"

    def extract_client_metadata(self, request: Any) -> dict[str, Any]:
        try:
            given = Registration().load(request.payload.data)
        except ValidationError as error:
            problems = error.normalized_messages()
            kind = (
                InvalidRedirectURIError
                if "redirect_uris" in problems
                else InvalidClientMetadataError
            )
            raise kind(f"Look at: {', '.join(sorted(problems))}.") from error
        name = given["client_name"] or programs.host_of(given["redirect_uris"][0])
        return {
            "client_name": name,
            "redirect_uris": given["redirect_uris"],
            "scope": given["scope"],
            "token_endpoint_auth_method": _SECRET_BASIC,
            "grant_types": _GRANTS,
            "response_types": ["code"],
        }

    def save_client(
        self, client_info: dict[str, Any], client_metadata: dict[str, Any], request: Any
    ) -> Client:
        program = programs.register_program(
            current_db(),
            client_id=client_info["client_id"],
            secret=client_info["client_secret"],
            name=client_metadata["client_name"],
            redirect_uris=client_metadata["redirect_uris"],
            scopes=client_metadata["scope"].split(),
            now=clock.now(),
        )
        return Client(program)


class _Request(FlaskOAuth2Request):
    """A request by the address that the world knows, not by the one behind our proxies."""

    def __init__(self, request: Request) -> None:
        OAuth2Request.__init__(
            self, request.method, public_url(request.path), headers=request.headers
        )
        self._request = request
        self.payload = FlaskOAuth2Payload(request)


class _Server(AuthorizationServer):
    def create_oauth2_request(self, _request: Any) -> _Request:
        return _Request(request)


class _Bearer(BearerTokenValidator):
    def authenticate_token(self, token_string: str) -> Token | None:
        found = token_with(current_db(), token_hash(token_string))
        return Token(found) if found else None


def _find_program(client_id: str) -> Client | None:
    program = program_with(current_db(), client_id)
    return Client(program) if program else None


def _save_token(token: dict[str, Any], request: OAuth2Request) -> None:
    origin: Any = request.authorization_code or request.refresh_token
    programs.give_token(
        current_db(),
        connection=origin.kept.connection,
        family=origin.kept.family,
        access=token["access_token"],
        refresh=token.get("refresh_token"),
        scopes=token["scope"].split(),
        now=clock.now(),
    )


def _new_secret(**_asked: Any) -> str:
    return generate_token(48)


_bearer = BearerTokenGenerator(_new_secret, _new_secret, int(programs.ACCESS_LASTS.total_seconds()))


def _new_token(grant_type: str, client: Client, scope: str, **_asked: Any) -> dict[str, Any]:
    """Make tokens. A refresh token comes along only where the learner said yes to that."""
    is_lasting = Scope.OFFLINE in scope.split()
    return _bearer(grant_type, client, scope=scope, include_refresh_token=is_lasting)


def _built_server() -> _Server:
    built = _Server(query_client=_find_program, save_token=_save_token)
    built.scopes_supported = [scope.value for scope in Scope]
    built.register_token_generator("default", _new_token)
    built.register_grant(_CodeGrant, [CodeChallenge(required=True)])
    built.register_grant(_RefreshGrant)
    built.register_endpoint(_Revocation)
    built.register_endpoint(_Registration)
    return built


def _built_protector() -> ResourceProtector:
    built = ResourceProtector()
    built.register_token_validator(_Bearer())
    return built


#: Both hold no state of their own: what they know is in the database.
server, protector = _built_server(), _built_protector()
