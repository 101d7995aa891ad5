"""What a program has to show: a token for what it wants to do. Cookies are not looked at."""

from collections.abc import Callable
from functools import wraps

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Response, jsonify, request

from app import clock
from app.db import unit_of_work
from app.web import open_to
from wallet.oauth import protector
from wallet.programs import note_use
from wallet.scopes import Scope
from wallet.statusinfo import status_info


def with_token(scope: Scope) -> Callable:
    """Let a program reach the view with a token that allows `scope`; it is handed the connection."""

    def wrap(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            try:
                token = protector.validate_request([scope.value], request)
            except OAuth2Error as error:
                return _refused(error)
            connection = token.kept.connection
            with unit_of_work() as db:
                note_use(db, connection=connection, now=clock.now())
            return view(connection, *args, **kwargs)

        return open_to(guarded, f"programs with {scope.value}")

    return wrap


def for_programs(view: Callable) -> Callable:
    """Say that programs may reach the view, which asks them who they are itself."""
    return open_to(view, "programs")


def _refused(error: OAuth2Error) -> Response:
    answer = jsonify(status_info(error.get_error_description() or error.error, error.status_code))
    answer.status_code = error.status_code
    answer.headers.extend(
        (name, value) for name, value in error.get_headers() if name == "WWW-Authenticate"
    )
    return answer
