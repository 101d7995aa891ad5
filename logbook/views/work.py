"""A learner's days with employers, and what was good about them."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from logbook.project_schemas import POINT_LENGTH, REFLECTION_LENGTH, EncounterForm
from logbook.views.blueprint import bp
from logbook.work_queries import Employer, days_with, employer_named, employers_of
from logbook.work_service import say_of_employer
from opportunities.models import EncounterPoint

#: So many lines can be chosen for a pack.
_MOST_LINES = 40


@bp.get("/me/work")
@requires(Role.LEARNER)
def work():
    """Show the days that a learner had with employers."""
    employers = employers_of(current_db(), signed_in_user())
    stays = [stay for employer in employers for stay in employer.stays]
    newest = sorted(stays, key=lambda stay: stay.on, reverse=True)
    return render_template(
        "logbook/work.html",
        employers=employers,
        days=days_with(employers),
        lines=[stay.line for stay in newest[:_MOST_LINES]],
    )


@bp.route("/me/work/<uuid:uuid>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def show_employer(uuid: UUID):
    """Show the days with one employer: what it promised, beside what the learner saw."""
    employer = employer_named(current_db(), signed_in_user(), uuid)
    if employer is None:
        raise NotFound(_("We cannot find that."))
    form = load_form(EncounterForm()) if request.method == "POST" else _filled(employer)
    if request.method == "POST" and form.is_sound:
        with unit_of_work() as db:
            say_of_employer(db, learner=signed_in_user(), uuid=uuid, **form.data)
        return redirect(url_for(".show_employer", uuid=uuid, _anchor="good"), 303)
    page = render_template(
        "logbook/employer.html",
        employer=employer,
        form=form,
        points=EncounterPoint,
        lines=[stay.line for stay in employer.stays[:_MOST_LINES]],
        longest={"point": POINT_LENGTH, "reflection": REFLECTION_LENGTH},
    )
    return page, 422 if form.errors else 200


def _filled(employer: Employer) -> Form:
    seen = employer.seen
    return Form(
        typed={
            "points": [point.value for point in seen],
            "reflection": employer.said.reflection if employer.said else "",
            **{f"point_{point.value}": words for point, words in seen.items()},
        }
    )
