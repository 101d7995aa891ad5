"""`Imsx_StatusInfo`: how the interfaces of 1EdTech say why something was refused."""

from http import HTTPStatus
from typing import Any

_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_data",
    HTTPStatus.UNAUTHORIZED: "unauthorizedrequest",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not_allowed",
    HTTPStatus.TOO_MANY_REQUESTS: "server_busy",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_server_error",
}


def status_info(reason: str, status: int) -> dict[str, Any]:
    """Return a refusal in their words, the reason in ours."""
    code = _CODES.get(HTTPStatus(status), "unknown")
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "status" if status == HTTPStatus.NOT_FOUND else "error",
        "imsx_description": reason,
        "imsx_codeMinor": {
            "imsx_codeMinorField": [
                {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}
            ]
        },
    }
