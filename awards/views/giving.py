"""Giving one badge to several who were there."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import ValidationError

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form
from awards.giving import ToGive, give_to_several, people_there, sessions_to_give_at
from awards.schemas import NOTE_LENGTH, first_message, read_note
from awards.standing import badge_to_give
from awards.views.ways import own_provider
from badges.models import Achievement

bp = Blueprint("award_giving", __name__, template_folder="../templates")


@bp.get("/provide/badges/<slug>/give")
@requires(*PROVIDER_ROLES)
def choose_session(slug: str):
    achievement, now = _badge(slug), clock.now()
    return render_template(
        "awards/give_at.html",
        achievement=achievement,
        sessions=sessions_to_give_at(current_db(), achievement.issuer, now=now),
        given=request.args.get("given", type=int),
    )


@bp.route("/provide/badges/<slug>/give/<uuid:session_uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def give(slug: str, session_uuid: UUID):
    achievement, form = _badge(slug), Form(typed=request.form.to_dict())
    if request.method == "GET":
        return _page(achievement, session_uuid, form)
    to = _read(form)
    if form.errors:
        return _page(achievement, session_uuid, form), 422
    try:
        with unit_of_work() as db:
            count = give_to_several(
                db,
                provider=own_provider(),
                slug=slug,
                session_uuid=session_uuid,
                keeper=signed_in_user(),
                to=to,
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("people", str(refusal))
        return _page(achievement, session_uuid, form), Conflict.status
    return redirect(url_for(".choose_session", slug=slug, given=count), 303)


def _badge(slug: str) -> Achievement:
    return badge_to_give(current_db(), signed_in_user(), own_provider(), slug, now=clock.now())


def _read(form: Form) -> list[ToGive]:
    """Return who was ticked, with what was typed beside each; what is wrong stands in the form."""
    to = []
    for uuid in request.form.getlist("people", type=UUID):
        try:
            note = read_note(request.form.get(f"note-{uuid}", ""))
        except ValidationError as error:
            form.refuse(f"note-{uuid}", first_message(error))
            continue
        to.append(ToGive(uuid, note, request.form.get(f"level-{uuid}", type=int)))
    return to


def _page(achievement: Achievement, session_uuid: UUID, form: Form) -> str:
    return render_template(
        "awards/give.html",
        achievement=achievement,
        session_uuid=session_uuid,
        people=people_there(current_db(), signed_in_user(), session_uuid, now=clock.now()),
        ticked=set(request.form.getlist("people")),
        is_new=request.method == "GET",
        form=form,
        longest=NOTE_LENGTH,
    )
