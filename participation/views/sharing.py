"""An officer says how places are shared in a city."""

from flask import redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from participation.no_shows import drop_rule, rule_of_city, set_rule
from participation.schemas import NUMBERS, NoShowForm
from participation.views.blueprint import bp

#: What stands in the boxes of a city that has no rule.
_TO_BEGIN_WITH = {"absences": 3, "within_days": 60, "most_to_come": 2}


@bp.route("/authority/fairness", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def set_fairness():
    """Show the rule for who does not come, or that there is none; keep what is sent."""
    form = load_form(NoShowForm()) if request.method == "POST" else Form()
    if form.is_sound:
        _keep(**form.data)
        return redirect(url_for(".set_fairness", done="kept"), 303)
    rule = rule_of_city(current_db(), signed_in_user())
    page = render_template(
        "participation/fairness.html",
        form=form,
        rule=rule,
        numbers={name: getattr(rule, name) for name in NUMBERS} if rule else _TO_BEGIN_WITH,
        done=request.args.get("done"),
    )
    return page, 422 if form.errors else 200


def _keep(is_on: str, **numbers: int) -> None:
    with unit_of_work() as db:
        if is_on == "yes":
            set_rule(db, officer=signed_in_user(), now=clock.now(), **numbers)
        else:
            drop_rule(db, officer=signed_in_user())
