"""Telling one's school year. Asking adults for a yes is in `participation.views.chain`."""

from flask import Blueprint, redirect, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.browser import path_within
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from permission import queries, service
from permission.pupils import LEFT_SCHOOL, YEARS
from permission.schemas import SchoolYearForm

bp = Blueprint("permission", __name__, template_folder="templates")


@bp.route("/me/school-year", methods=["GET", "POST"])
@requires(Role.LEARNER)
def school_year():
    """Ask for the school year, and say why."""
    going_to = path_within(request.values.get("next")) or url_for("participation.my_bookings")
    said = queries.school_year_said(current_db(), signed_in_user())
    form = Form(typed={"year": str(said.year)} if said else {})
    if request.method == "POST":
        form = load_form(SchoolYearForm())
        if form.is_sound:
            with unit_of_work() as db:
                service.say_school_year(
                    db, learner=signed_in_user(), year=form.data["year"], now=clock.now()
                )
            return redirect(going_to, 303)
    page = render_template(
        "permission/school_year.html", form=form, years=YEARS, left=LEFT_SCHOOL, going_to=going_to
    )
    return page, 422 if form.errors else 200
