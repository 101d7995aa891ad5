"""Organisations that belong to another: ask, answer, see how each stands, end it."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from providers import queries, umbrella
from providers.models import Provider
from providers.schemas import AnswerForm, AskForm
from providers.standing import standing_of
from providers.views import bp
from providers.views.own import own_provider


@bp.route("/provide/members", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def members():
    """Show who belongs to whom; ask another organisation to be a member."""
    provider = own_provider(queries.runs)
    if request.method == "GET":
        return _page(provider, Form())
    form = load_form(AskForm())
    if form.is_sound:
        _ask(form)
    if not form.is_sound:
        return _page(provider, form), 422
    return redirect(url_for(".members", done="asked"), 303)


@bp.post("/provide/members/requests/<uuid:uuid>/answer")
@requires(*PROVIDER_ROLES)
def answer_body(uuid: UUID):
    """Say yes or no to a body that asks."""
    is_agreed = AnswerForm().load(request.form)["answer"] == "yes"
    try:
        with unit_of_work() as db:
            umbrella.answer(
                db,
                member=own_provider(queries.runs),
                answered_by=signed_in_user(),
                uuid=uuid,
                is_agreed=is_agreed,
                now=clock.now(),
            )
    except Conflict as refusal:
        return _page(own_provider(queries.runs), Form(), refusal), refusal.status
    return redirect(url_for(".members", done="yes" if is_agreed else "no"), 303)


@bp.post("/provide/members/requests/<uuid:uuid>/take-back")
@requires(*PROVIDER_ROLES)
def take_back(uuid: UUID):
    """Ask no more."""
    with unit_of_work() as db:
        umbrella.take_back(
            db,
            umbrella=own_provider(queries.runs),
            taken_by=signed_in_user(),
            uuid=uuid,
            now=clock.now(),
        )
    return redirect(url_for(".members", done="taken-back"), 303)


@bp.post("/provide/members/<uuid:uuid>/end")
@requires(*PROVIDER_ROLES)
def end_membership(uuid: UUID):
    """End it, as the body or as the member."""
    with unit_of_work() as db:
        umbrella.end(
            db,
            provider=own_provider(queries.runs),
            ended_by=signed_in_user(),
            member_uuid=uuid,
        )
    return redirect(url_for(".members", done="ended"), 303)


def _ask(form: Form) -> None:
    try:
        with unit_of_work() as db:
            umbrella.ask(
                db,
                umbrella=own_provider(queries.runs),
                asked_by=signed_in_user(),
                name=form.data["name"],
                now=clock.now(),
            )
    except (Conflict, NotFound) as refusal:
        form.refuse("name", str(refusal))


def _page(provider: Provider, form: Form, refusal: Conflict | None = None) -> str:
    db, now = current_db(), clock.now()
    belonging = umbrella.members_of(db, provider)
    return render_template(
        "providers/members.html",
        provider=provider,
        form=form,
        refusal=refusal,
        members=[(each, standing_of(each, now)) for each in belonging],
        asking=umbrella.asked_of(db, provider),
        asked=umbrella.asked_by(db, provider),
        done=request.args.get("done"),
    )
