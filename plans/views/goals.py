"""A learner's goals, and all that they plan."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from plans import queries, service
from plans.models import Goal, Stem
from plans.schemas import GOAL_LENGTH, REFLECTION_LENGTH, SHORT_LENGTH, GoalEndForm, GoalForm
from plans.views.blueprint import bp


@bp.get("/me/goals")
@requires(Role.LEARNER)
def goals():
    """Show what a learner plans, what is open first."""
    plan = queries.plan_of(current_db(), signed_in_user())
    return render_template("plans/goals.html", plan=plan, today=clock.today())


@bp.route("/me/goals/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def new_goal():
    form = load_form(GoalForm()) if request.method == "POST" else Form()
    goal = _added(form) if form.is_sound else None
    if goal is not None:
        return redirect(url_for(".show_goal", uuid=goal.uuid), 303)
    page = render_template(
        "plans/new_goal.html",
        form=form,
        longest=GOAL_LENGTH,
        longest_rest=SHORT_LENGTH,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


@bp.get("/me/goals/<uuid:uuid>")
@requires(Role.LEARNER)
def show_goal(uuid: UUID):
    return _goal_page(uuid, Form())


@bp.post("/me/goals/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end_goal(uuid: UUID):
    form = load_form(GoalEndForm())
    if not form.is_sound:
        return _goal_page(uuid, form), 422
    with unit_of_work() as db:
        service.end_goal(db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
    return redirect(url_for(".show_goal", uuid=uuid), 303)


@bp.post("/me/goals/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete_goal(uuid: UUID):
    with unit_of_work() as db:
        service.delete_goal(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".goals"), 303)


def _goal_page(uuid: UUID, form: Form) -> str:
    db, learner = current_db(), signed_in_user()
    goal = queries.own_goal(db, learner, uuid)
    if goal is None:
        raise NotFound(_("We cannot find that goal."))
    return render_template(
        "plans/show_goal.html",
        goal=goal,
        form=form,
        items=queries.items_of_goal(db, goal),
        said=queries.reflections_for(db, learner, goals=[goal.id]),
        stems=Stem,
        longest=SHORT_LENGTH,
        longest_words=REFLECTION_LENGTH,
    )


def _added(form: Form) -> Goal | None:
    try:
        with unit_of_work() as db:
            return service.add_goal(db, learner=signed_in_user(), now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("by" if form.data["by"] else "words", str(refusal))
        return None
