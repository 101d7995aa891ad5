"""What a learner did elsewhere: add it, ask somebody whether it was so; and that person's page."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user, with_link
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash
from badges.models import Skill
from badges.wording import in_words_of_skills as in_words
from logbook import queries, service
from logbook.models import EntryKind, LoggedActivity, LoggedKind, Project, Witness
from logbook.project_queries import log_facts, whole_log
from logbook.schemas import (
    DESCRIPTION_LENGTH,
    DURATIONS,
    QUALIFICATION_LEVELS,
    AdultsAnswer,
    FriendsAnswer,
    LoggedForm,
)
from logbook.views.asking import asked_of
from logbook.views.blueprint import bp

#: So many meetings with a supervisor are shown to one, the newest.
_MEETINGS = 30


@bp.route("/me/add", methods=["GET", "POST"])
@requires(Role.LEARNER)
def add():
    """Add something that one did elsewhere."""
    form = load_form(LoggedForm()) if request.method == "POST" else _beginning()
    added = _added(form) if form.is_sound else None
    if added is not None:
        return redirect(url_for(".show_logged", uuid=added.uuid), 303)
    page = render_template(
        "logbook/add.html",
        form=form,
        kinds=LoggedKind,
        skills=Skill,
        durations=DURATIONS,
        levels=QUALIFICATION_LEVELS,
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
    return render_template(
        "logbook/show_logged.html",
        activity=activity,
        practised=in_words(activity.skills),
        given=queries.best_witness(activity),
        asked={friend: asked_of(activity, friend=friend) for friend in (False, True)},
        refused=any(each.was_so is False for each in activity.witnesses),
    )


@bp.post("/me/added/<uuid:uuid>/ask/<any(adult, friend):whom>")
@requires(Role.LEARNER)
def ask(uuid: UUID, whom: str):
    with unit_of_work() as db:
        service.ask_witness(
            db,
            learner=signed_in_user(),
            uuid=uuid,
            friend=whom == "friend",
            secret=_secret(),
            now=clock.now(),
        )
    return redirect(url_for(".show_logged", uuid=uuid, _anchor=whom), 303)


@bp.post("/me/added/<uuid:uuid>/stop/<any(adult, friend):whom>")
@requires(Role.LEARNER)
def stop_asking(uuid: UUID, whom: str):
    with unit_of_work() as db:
        service.stop_asking(
            db, learner=signed_in_user(), uuid=uuid, friend=whom == "friend", now=clock.now()
        )
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
    """Ask somebody whether it was so. They need no account, and their answer stands for good."""
    witness = queries.witness_asked(current_db(), token_hash(token))
    if witness is None or not queries.is_open(witness, clock.now()):
        return kept_from_others(render_template("logbook/confirm_over.html", witness=witness))
    schema = FriendsAnswer() if witness.is_friend else AdultsAnswer()
    form = load_form(schema) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, token, witness):
        return redirect(url_for(".confirm", token=token), 303)
    page = render_template(
        "logbook/confirm.html", form=form, witness=witness, log=_log_of(witness.project)
    )
    return kept_from_others((page, 422 if form.errors else 200))


def _beginning() -> Form:
    kind = request.args.get("kind", "")
    return Form(typed={"kind": kind} if kind in set(LoggedKind) else {})


def _log_of(project: Project | None) -> dict[str, Any] | None:
    """Return what a supervisor can vouch for of a log: how long it took, and the meetings."""
    if project is None:
        return None
    db = current_db()
    meetings = whole_log(db, project, kind=EntryKind.MET)
    return {"facts": log_facts(db, project), "meetings": meetings[-_MEETINGS:]}


def _added(form: Form) -> LoggedActivity | None:
    try:
        with unit_of_work() as db:
            return service.log_once(db, learner=signed_in_user(), now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("done_on", str(refusal))
        return None


def _answered(form: Form, token: str, witness: Witness) -> Witness | None:
    was_so, now = form.data["answer"] == "yes", clock.now()
    try:
        with unit_of_work() as db:
            if witness.is_friend:
                return service.answer_as_friend(
                    db, token_hash=token_hash(token), was_so=was_so, now=now
                )
            return service.answer_as_adult(
                db,
                token_hash=token_hash(token),
                was_so=was_so,
                name=form.data["name"],
                role=form.data["role"],
                now=now,
            )
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
