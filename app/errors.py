"""Why a request was refused, said once: the reason a person reads and the status a browser gets."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, current_app, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

#: Makes the answer of a reason and a status.
Answer = Callable[[str, int], tuple]
_KEY = "answers_below"


class Refusal(Exception):
    """A rule said no. Services raise a subclass; the one handler below answers it."""

    status = HTTPStatus.BAD_REQUEST


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of: the two look alike."""

    status = HTTPStatus.NOT_FOUND


class NotAllowed(Refusal):
    status = HTTPStatus.FORBIDDEN


class Conflict(Refusal):
    """The request was sound, but the world has moved: the place is taken, the badge is issued."""

    status = HTTPStatus.CONFLICT


class Gone(Refusal):
    """It was here, and is not offered any more."""

    status = HTTPStatus.GONE


class TooMany(Refusal):
    """The same thing was tried too often; it may be tried again later."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class NotYet(Refusal):
    """It is being made at this moment, and is there when one asks again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    #: After so long a program may ask again.
    retry_after_s = 2


def init_app(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(NotYet, _not_yet)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


def answer_below(app: Flask, path: str, answer: Answer) -> None:
    """Have every refusal below a path said as a standard wants it, also where there is no such page."""
    app.extensions.setdefault(_KEY, {})[path] = answer


def problem(reason: str, status: int) -> tuple:
    """Return the answer for a refusal: JSON to programs, a page with a way on to people."""
    for path, answer in current_app.extensions.get(_KEY, {}).items():
        if request.path.startswith(path):
            return answer(reason, int(status))
    if _wants_json():
        return {"error": reason}, status
    return render_template("errors/refused.html", reason=reason, status=int(status)), status


def _is_for_a_program() -> bool:
    below = current_app.extensions.get(_KEY, {})
    return _wants_json() or any(request.path.startswith(path) for path in below)


def _wants_json() -> bool:
    offered = ["text/html", "application/json"]
    return request.path.startswith("/api/") or (
        request.accept_mimetypes.best_match(offered) == "application/json"
    )


def _refused(error: Refusal):
    return problem(str(error), error.status)


def _not_yet(error: NotYet):
    """Answer calmly: a person looks again by a link, a program is told when."""
    headers = {"Retry-After": str(error.retry_after_s), "Cache-Control": "no-store"}
    if _is_for_a_program():
        answer = make_response(problem(str(error), error.status))
        answer.headers.update(headers)
        return answer
    again = request.full_path.rstrip("?") if request.method == "GET" else request.path
    page = render_template("errors/not_yet.html", reason=str(error), again=again)
    return page, error.status, headers


def _invalid(error: ValidationError):
    if _wants_json():
        return {"errors": error.messages}, HTTPStatus.UNPROCESSABLE_ENTITY
    page = render_template("errors/invalid.html", problems=error.normalized_messages())
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _form_expired(_error: CSRFError):
    reason = _(
        "This page was open for too long. Go back and copy what you typed. Then load the page again, and send it once more."
    )
    return problem(reason, HTTPStatus.BAD_REQUEST)


def _http_error(error: HTTPException):
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    answer, status = problem(_words_for(error.code), error.code)
    response = current_app.make_response((answer, status))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _words_for(code: int) -> str:
    return {
        HTTPStatus.NOT_FOUND: _("We cannot find that page."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("That page cannot be used in this way."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("That file is too big."),
        HTTPStatus.TOO_MANY_REQUESTS: _("You have tried too often. Wait a few minutes."),
    }.get(code, _("We could not understand that request."))


def _unforeseen(error: Exception):
    if current_app.testing or current_app.debug:
        raise error
    current_app.logger.exception("unforeseen error at endpoint %s", request.endpoint)
    reason = _("Something went wrong on our side. Nothing you sent was lost by you. Try again.")
    return problem(reason, HTTPStatus.INTERNAL_SERVER_ERROR)
