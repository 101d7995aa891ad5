"""Asking for a badge, and looking at what was done."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from awards import asking
from awards.schemas import FEEDBACK_LENGTH, WORDS_LENGTH, AskForm, LookForm
from awards.views.ways import own_provider
from badges.models import Achievement
from badges.queries import achievement_named

bp = Blueprint("award_asking", __name__, template_folder="../templates")


@bp.route("/badges/<slug>/ask", methods=["GET", "POST"])
@requires(Role.LEARNER)
def ask(slug: str):
    achievement = _achievement(slug)
    if request.method == "GET":
        return _ask_page(achievement, Form())
    form = load_form(AskForm())
    if not form.is_sound:
        return _ask_page(achievement, form), 422
    try:
        with unit_of_work() as db:
            learner = signed_in_user()
            asking.ask(db, learner=learner, achievement=achievement, now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return _ask_page(achievement, form), Conflict.status
    return redirect(url_for(".mine", done="asked"), 303)


@bp.get("/me/badges/asked")
@requires(Role.LEARNER)
def mine():
    return render_template(
        "awards/mine.html",
        requests=asking.asked_by(current_db(), signed_in_user()),
        done=request.args.get("done"),
    )


@bp.post("/me/badges/asked/<uuid:uuid>/withdraw")
@requires(Role.LEARNER)
def withdraw(uuid: UUID):
    with unit_of_work() as db:
        asking.withdraw(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".mine", done="withdrawn"), 303)


@bp.get("/provide/badges/asked")
@requires(*PROVIDER_ROLES)
def of_us():
    return _team_page(None, Form())


@bp.post("/provide/badges/asked/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def look(uuid: UUID):
    form = load_form(LookForm())
    if not form.is_sound:
        return _team_page(uuid, form), 422
    try:
        _answer(uuid, form)
    except Conflict as refusal:
        form.refuse("feedback", str(refusal))
        return _team_page(uuid, form), Conflict.status
    return redirect(url_for(".of_us", done=form.data["answer"]), 303)


def _answer(uuid: UUID, form: Form) -> None:
    given = {"keeper": signed_in_user(), "provider": own_provider(), "now": clock.now()}
    with unit_of_work() as db:
        if form.data["answer"] == "given":
            asking.give(
                db,
                uuid=uuid,
                feedback=form.data["feedback"],
                level=form.data["level"],
                **given,
            )
        else:
            asking.say_not_yet(db, uuid=uuid, feedback=form.data["feedback"], **given)


def _achievement(slug: str) -> Achievement:
    achievement = achievement_named(current_db(), slug)
    if achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return achievement


def _ask_page(achievement: Achievement, form: Form) -> str:
    return render_template(
        "awards/ask.html",
        achievement=achievement,
        refusal=asking.why_not_ask(current_db(), signed_in_user(), achievement),
        form=form,
        longest=WORDS_LENGTH,
    )


def _team_page(uuid: UUID | None, form: Form) -> str:
    found = asking.asked_of(current_db(), signed_in_user(), own_provider(), now=clock.now())
    return render_template(
        "awards/asked.html",
        requests=found,
        #: The one whose form was sent, with what was typed into it.
        sent=uuid,
        form=form,
        longest=FEEDBACK_LENGTH,
        done=request.args.get("done"),
    )
