"""What next: suggestions that a learner may turn on, and how they come about."""

from flask import redirect, render_template, url_for

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from profiles.queries import choice_of
from profiles.saved_service import choose_suggestions
from profiles.schemas import SuggestionForm
from profiles.suggestions import suggestions_for
from profiles.views.blueprint import bp


@bp.get("/me/next")
@requires(Role.LEARNER)
def what_next():
    """Show suggestions to a learner who wants them, and to everyone how they are chosen."""
    return _next_page(Form())


@bp.post("/me/next")
@requires(Role.LEARNER)
def choose_next():
    form = load_form(SuggestionForm())
    if not form.is_sound:
        return _next_page(form), 422
    with unit_of_work() as db:
        choose_suggestions(
            db,
            learner=signed_in_user(),
            is_on=form.data["choice"] == "on",
            free_days=form.data["day"],
            free_evenings=form.data["evening"],
            now=clock.now(),
        )
    return redirect(url_for(".what_next"), 303)


def _next_page(form: Form) -> str:
    db, learner = current_db(), signed_in_user()
    choice = choice_of(db, learner)
    return render_template(
        "profiles/next.html",
        form=form,
        choice=choice,
        is_on=choice is not None and choice.is_on,
        suggestions=suggestions_for(db, learner, choice, now=clock.now()),
    )
