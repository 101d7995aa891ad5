"""A provider answers those who ask for a place, and says that a session will not be held."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotAllowed
from app.forms import Form, load_form
from participation.asking import accept, ask_by_uuid, asks_of, decline
from participation.models import Answer
from participation.queries import session_at_door
from participation.schemas import AskAnswer
from participation.service import call_off
from participation.views.blueprint import bp
from permission.service import is_work
from providers.acting import provider_acted_for


@bp.get("/provide/requests")
@requires(*PROVIDER_ROLES)
def show_asks():
    """Show who waits for an answer."""
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None:
        raise NotAllowed(_("You cannot act for this organisation."))
    return render_template(
        "participation/asks.html",
        asks=asks_of(db, user, provider, now=clock.of_database(db)),
        done=request.args.get("done"),
    )


@bp.route("/provide/requests/<uuid:booking_uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def answer_ask(booking_uuid: UUID):
    """Show one ask; say yes or no when the form comes back."""
    form = load_form(AskAnswer()) if request.method == "POST" else Form()
    if form.is_sound:
        _answer(booking_uuid, **form.data)
        return redirect(url_for(".show_asks", done=form.data["says"]), 303)
    db = current_db()
    ask = ask_by_uuid(db, signed_in_user(), booking_uuid, now=clock.of_database(db))
    page = render_template(
        "participation/answer_ask.html",
        ask=ask,
        is_work=is_work(ask.scheduled.opportunity),
        form=form,
        answers=list(Answer),
    )
    return page, 422 if form.errors else 200


@bp.route("/provide/sessions/<uuid:session_uuid>/call-off", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def call_session_off(session_uuid: UUID):
    """Ask whether they are sure; call the session off when the form comes back."""
    db, user = current_db(), signed_in_user()
    now = clock.of_database(db)
    if request.method == "POST":
        with unit_of_work():
            call_off(db, session_uuid=session_uuid, by=user, now=now)
        return redirect(url_for("listings.home"), 303)
    scheduled = session_at_door(db, user, session_uuid, now=now)
    return render_template("participation/call_off.html", scheduled=scheduled)


def _answer(booking_uuid: UUID, says: str, answer: Answer | None) -> None:
    with unit_of_work() as db:
        by, now = signed_in_user(), clock.of_database(db)
        if says == "yes":
            accept(db, booking_uuid=booking_uuid, by=by, now=now)
        else:
            chosen = answer or Answer.NOT_RIGHT_NOW
            decline(db, booking_uuid=booking_uuid, by=by, now=now, answer=chosen)
