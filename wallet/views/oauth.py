"""Leave to use the API: programs register, a learner says yes or no, and tokens are given for it."""

from http import HTTPStatus
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Response, render_template, request
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.attempts import count_registration
from accounts.models import Role
from app import clock
from app.db import unit_of_work
from app.errors import Refusal
from app.links import kept_from_others
from app.web import CONTENT_SECURITY_POLICY, csrf
from wallet.access import for_programs
from wallet.oauth import server
from wallet.programs import host_of
from wallet.queries import may_connect
from wallet.scopes import Scope
from wallet.views.answers import REGISTER, REVOKE, TOKEN
from wallet.views.blueprint import bp

#: What stands in answers to programs word for word, and so may hold no more than OAuth lets it.
_REPEATED = ("response_type", "redirect_uri", "client_id", "grant_type", "scope", "token_type_hint")


@bp.route("/oauth/authorize", methods=["GET", "POST"])
@requires(Role.LEARNER)
def authorize():
    """Ask a learner whether a program may see or add to their badges, and lead back with the answer.

    Who asks wrongly is not led back at once: anyone can register, and so make of an address of
    ours one that leads anywhere. The page says where it would lead.
    """
    learner = signed_in_user()
    try:
        _require_plain()
        grant = server.get_consent_grant(end_user=learner)
    except (OAuth2Error, Refusal) as error:
        return _not_asked_well(error)
    if not may_connect(learner):
        return _too_young(grant)
    if request.method == "GET":
        return _consent_page(grant)
    is_yes = request.form.get("answer") == "yes"
    with unit_of_work():
        answer = server.create_authorization_response(
            grant=grant, request=grant.request, grant_user=learner if is_yes else None
        )
    return kept_from_others(answer)


@bp.post(TOKEN)
@csrf.exempt  # A program proves who it is by its secret; no cookie is read.
@for_programs
def give_token():
    _require_plain()
    # What is refused has its effects too: a code that comes twice ends all that came of it.
    with unit_of_work():
        return _unkept(server.create_token_response())


@bp.post(REVOKE)
@csrf.exempt
@for_programs
def revoke_token():
    _require_plain()
    with unit_of_work():
        return _unkept(server.create_endpoint_response("revocation"))


@bp.post(REGISTER)
@csrf.exempt
@for_programs
def register():
    with unit_of_work() as db:
        count_registration(db, now=clock.now())
    if not isinstance(request.get_json(silent=True), dict):
        raise Refusal(_("Send what the program says of itself as JSON."))
    with unit_of_work():
        return _unkept(server.create_endpoint_response("client_registration"))


def _require_plain() -> None:
    for name in _REPEATED:
        text = request.values.get(name, "")
        if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
            raise Refusal(_("We could not read: %(names)s.", names=name))


def _consent_page(grant: Any) -> Response:
    program, redirect_uri = grant.client.program, grant.redirect_uri
    answer = kept_from_others(
        render_template(
            "wallet/authorize.html",
            program=program,
            host=host_of(redirect_uri),
            scopes=_scopes(grant),
        )
    )
    return _let_lead_back(answer, redirect_uri)


def _too_young(grant: Any) -> Response:
    back = add_params_to_uri(
        grant.redirect_uri,
        [("error", "access_denied"), ("state", grant.request.payload.state)],
    )
    page = render_template(
        "wallet/not_connected.html", is_too_young=True, back=back, host=host_of(back)
    )
    return kept_from_others((page, HTTPStatus.FORBIDDEN))


def _not_asked_well(error: OAuth2Error | Refusal) -> Response:
    back = ""
    if isinstance(error, OAuth2Error) and error.redirect_uri:
        back = add_params_to_uri(error.redirect_uri, error.get_body())
    page = render_template(
        "wallet/not_connected.html", is_too_young=False, back=back, host=host_of(back)
    )
    return kept_from_others((page, HTTPStatus.BAD_REQUEST))


def _scopes(grant: Any) -> list[Scope]:
    asked = grant.request.scope.split()
    return [scope for scope in Scope if scope.value in asked]


def _let_lead_back(answer: Response, redirect_uri: str) -> Response:
    """Let the form of this page lead to the one address that the program registered.

    Browsers hold what a form leads to, by however many steps, to the policy of the page.
    """
    origin = "/".join(redirect_uri.split("/")[:3]).partition("?")[0]
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {origin}"
    )
    return answer


def _unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
