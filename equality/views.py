"""The page of the four questions: a learner's own, and nobody else's."""

from dataclasses import asdict

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from app.sealing import Locked
from equality import service
from equality.answers import Answers
from equality.queries import has_told, own_answers
from equality.schemas import GROUPS, YES_NO, AboutMeForm
from equality.wording import QUESTIONS

bp = Blueprint("equality", __name__, template_folder="templates")


@bp.route("/me/about-me", methods=["GET", "POST"])
@requires(Role.LEARNER)
def about_me():
    """Show the four questions and what one told, and take new answers."""
    form = load_form(AboutMeForm()) if request.method == "POST" else Form()
    if form.is_sound:
        with unit_of_work() as db:
            answers = Answers(**form.data)
            service.tell(db, learner=signed_in_user(), answers=answers, secret=_secret())
        return redirect(url_for(".about_me"), 303)
    return _page(form), 422 if form.errors else 200


@bp.post("/me/about-me/delete")
@requires(Role.LEARNER)
def take_back():
    with unit_of_work() as db:
        service.take_back(db, learner=signed_in_user())
    return redirect(url_for(".about_me"), 303)


def _page(form: Form) -> str:
    db, learner = current_db(), signed_in_user()
    told = _own()
    return render_template(
        "equality/about_me.html",
        form=form,
        is_asked=service.is_asked(learner, secret=_secret()),
        is_asked_here=bool(_secret()),
        has_told=has_told(db, learner),
        told=asdict(told) if told else None,
        ticked=_as_typed(told) if told else {},
        questions=QUESTIONS,
        choices={name: GROUPS if name == "ethnicity" else YES_NO for name in QUESTIONS},
    )


def _own() -> Answers | None:
    """Return what the learner told; nothing where it does not open."""
    try:
        return own_answers(current_db(), signed_in_user(), secret=_secret())
    except (Locked, ValueError):
        return None


def _as_typed(told: Answers) -> dict[str, str]:
    """Return which choice is ticked: nobody is helped to a choice that they did not make."""
    words = {True: "yes", False: "no"}
    given = {name: value for name, value in asdict(told).items() if value is not None}
    return {name: words.get(value, value) for name, value in given.items()}


def _secret() -> str:
    return current_app.extensions["settings"].equality_secret
