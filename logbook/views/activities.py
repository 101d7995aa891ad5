"""What a learner did elsewhere: add it, ask an adult whether it was so; and the adult's page."""

from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user, with_link
from accounts.models import Role
from accounts.passes import qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash, token_of
from app.web import public_url
from logbook import queries, service
from logbook.models import AdultsWord, LoggedActivity
from logbook.schemas import DESCRIPTION_LENGTH, DURATIONS, AdultsAnswer, LoggedForm
from logbook.views.blueprint import bp


@bp.route("/me/add", methods=["GET", "POST"])
@requires(Role.LEARNER)
def add():
    """Add something that one did elsewhere."""
    form = load_form(LoggedForm()) if request.method == "POST" else Form()
    added = _added(form) if form.is_sound else None
    if added is not None:
        return redirect(url_for(".show_logged", uuid=added.uuid), 303)
    page = render_template(
        "logbook/add.html",
        form=form,
        durations=DURATIONS,
        description_length=DESCRIPTION_LENGTH,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


@bp.get("/me/added/<uuid:uuid>")
@requires(Role.LEARNER)
def show_logged(uuid: UUID):
    """Show one thing that was added, and how an adult can say that it was so."""
    activity = queries.own_logged(current_db(), signed_in_user(), uuid)
    if activity is None:
        raise NotFound(_("We cannot find that."))
    asked = queries.open_word(activity, clock.now())
    address = _address(asked) if asked else ""
    return render_template(
        "logbook/show_logged.html",
        activity=activity,
        asked=asked,
        given=queries.given_word(activity),
        refused=any(word.was_so is False for word in activity.words),
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")) if asked else "",
    )


@bp.post("/me/added/<uuid:uuid>/ask")
@requires(Role.LEARNER)
def ask(uuid: UUID):
    with unit_of_work() as db:
        service.ask_adult(
            db, learner=signed_in_user(), uuid=uuid, secret=_secret(), now=clock.now()
        )
    return redirect(url_for(".show_logged", uuid=uuid, _anchor="ask"), 303)


@bp.post("/me/added/<uuid:uuid>/stop")
@requires(Role.LEARNER)
def stop_asking(uuid: UUID):
    with unit_of_work() as db:
        service.stop_asking(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".show_logged", uuid=uuid), 303)


@bp.post("/me/added/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete_logged(uuid: UUID):
    with unit_of_work() as db:
        service.delete_logged(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for("profiles.show_profile"), 303)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@with_link
def confirm(token: str):
    """Ask an adult whether it was so. They need no account, and their answer stands for good."""
    word = queries.word_asked_for(current_db(), token_hash(token))
    if word is None or not queries.is_open(word, clock.now()):
        return kept_from_others(render_template("logbook/confirm_over.html", word=word))
    form = load_form(AdultsAnswer()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, token):
        return redirect(url_for(".confirm", token=token), 303)
    page = render_template("logbook/confirm.html", form=form, activity=word.activity)
    return kept_from_others((page, 422 if form.errors else 200))


def _added(form: Form) -> LoggedActivity | None:
    try:
        with unit_of_work() as db:
            return service.log_activity(db, learner=signed_in_user(), now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("done_on", str(refusal))
        return None


def _answered(form: Form, token: str) -> AdultsWord | None:
    given = form.data
    try:
        with unit_of_work() as db:
            return service.answer_as_adult(
                db,
                token_hash=token_hash(token),
                was_so=given["answer"] == "yes",
                name=given["name"],
                role=given["role"],
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _address(word: AdultsWord) -> str:
    token = token_of(word.uuid, secret=_secret(), kind=service.LINK_KIND)
    return public_url(url_for(".confirm", token=token))


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
