"""The document by which a program finds everything else: OpenAPI 3.0, as Open Badges 3.0 asks."""

from typing import Any

from wallet.scopes import FOR_PROGRAMMERS, Scope

#: Below this all is as the standard has it.
BASE = "/ims/ob/v3p0"

_NAME = "Tirnod"
_REASONS = {
    "400": "The request was not understood, or what it brings is refused.",
    "401": "The token is missing, over or unknown.",
    "403": "The token does not allow this.",
    "405": "The server does not allow the method.",
    "default": "The request cannot be answered.",
}


def service_description(address: str) -> dict[str, Any]:
    """Return the Service Description Document of the site at `address`."""
    return {
        "openapi": "3.0.1",
        "info": _info(address),
        "servers": [{"url": address + BASE}],
        "tags": [
            {"name": "OpenBadgeCredentials", "description": "A learner's badges."},
            {"name": "Discovery", "description": "This document."},
        ],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"OAuth2ACG": _security(address)},
            "schemas": _SCHEMAS,
        },
    }


def registration(address: str, redirect_uri: str) -> dict[str, Any]:
    """Return what the site at `address` says of itself where it is the program (RFC 7591)."""
    return {
        "client_name": _NAME,
        "client_uri": address,
        "logo_uri": f"{address}/icon.svg",
        "tos_uri": f"{address}/how-it-works",
        "policy_uri": f"{address}/privacy",
        "software_id": "tirnod",
        "software_version": "1",
        "redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": Scope.READ_BADGES.value,
    }


def _info(address: str) -> dict[str, Any]:
    return {
        "title": _NAME,
        "description": "Badges that young people earned, read and added to with their leave.",
        "version": "3.0",
        "termsOfService": f"{address}/how-it-works",
        "x-imssf-image": f"{address}/icon.svg",
        "x-imssf-privacyPolicyUrl": f"{address}/privacy",
    }


def _security(address: str) -> dict[str, Any]:
    scopes = {scope.value: words for scope, words in FOR_PROGRAMMERS.items()}
    return {
        "type": "oauth2",
        "description": "OAuth 2.0 authorization code grant, with PKCE (S256) and state.",
        "x-imssf-name": _NAME,
        "x-imssf-image": f"{address}/icon.svg",
        "x-imssf-privacyPolicyUrl": f"{address}/privacy",
        "x-imssf-termsOfServiceUrl": f"{address}/how-it-works",
        "x-imssf-registrationUrl": f"{address}/oauth/register",
        "x-imssf-revocationUrl": f"{address}/oauth/revoke",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{address}/oauth/authorize",
                "tokenUrl": f"{address}/oauth/token",
                "refreshUrl": f"{address}/oauth/token",
                "scopes": scopes,
            }
        },
    }


def _paths() -> dict[str, Any]:
    badge = {
        "application/json": {"schema": _ref("AchievementCredential")},
        "text/plain": {"schema": {"type": "string"}},
    }
    profile = {"application/json": {"schema": _ref("Profile")}}
    listed = {"application/json": {"schema": _ref("GetOpenBadgeCredentialsResponse")}}
    return {
        "/credentials": {
            "get": {
                **_operation("getCredentials", "The learner's badges.", Scope.READ_BADGES),
                "parameters": [
                    _parameter("limit", {"type": "integer", "minimum": 1}),
                    _parameter("offset", {"type": "integer", "minimum": 0}),
                    _parameter("since", {"type": "string", "format": "date-time"}),
                ],
                "responses": _responses({"200": listed}),
            },
            "post": {
                **_operation("upsertCredential", "Add a badge, or a newer one.", Scope.ADD_BADGES),
                "requestBody": {"required": True, "content": badge},
                "responses": _responses({"200": badge, "201": badge}),
            },
        },
        "/profile": {
            "get": {
                **_operation("getProfile", "The learner's random id.", Scope.READ_PROFILE),
                "responses": _responses({"200": profile}),
            },
            "put": {
                **_operation("putProfile", "Changes nothing.", Scope.CHANGE_PROFILE),
                "requestBody": {"required": True, "content": profile},
                "responses": _responses({"200": profile}),
            },
        },
        "/discovery": {
            "get": {
                "operationId": "getServiceDescription",
                "summary": "This document.",
                "tags": ["Discovery"],
                "responses": {
                    "200": {
                        "description": "This document.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        },
    }


def _operation(name: str, summary: str, scope: Scope) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["OpenBadgeCredentials"],
        "security": [{"OAuth2ACG": [scope.value]}],
    }


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _responses(good: dict[str, Any]) -> dict[str, Any]:
    refused = {"application/json": {"schema": _ref("Imsx_StatusInfo")}}
    answers = {
        status: {"description": "Done.", "content": content} for status, content in good.items()
    }
    return answers | {
        status: {"description": words, "content": refused} for status, words in _REASONS.items()
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: dict[str, Any] = {
    "AchievementCredential": {
        "type": "object",
        "description": "A signed badge of Open Badges 3.0.",
        "required": ["@context", "id", "type", "issuer", "validFrom", "credentialSubject"],
        "additionalProperties": True,
    },
    "GetOpenBadgeCredentialsResponse": {
        "type": "object",
        "required": ["credential", "compactJwsString"],
        "properties": {
            "credential": {"type": "array", "items": _ref("AchievementCredential")},
            "compactJwsString": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Profile": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": {"type": "string", "format": "uri"},
            "type": {"type": "array", "items": {"type": "string"}},
        },
        "additionalProperties": True,
    },
    "Imsx_StatusInfo": {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "properties": {
            "imsx_codeMajor": {
                "type": "string",
                "enum": ["failure", "processing", "success", "unsupported"],
            },
            "imsx_severity": {"type": "string", "enum": ["error", "status", "warning"]},
            "imsx_description": {"type": "string"},
            "imsx_codeMinor": {
                "type": "object",
                "properties": {
                    "imsx_codeMinorField": {"type": "array", "items": {"type": "object"}}
                },
            },
        },
    },
}
