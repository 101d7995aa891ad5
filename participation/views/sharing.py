"""How places are shared: what an officer sets for a city, and an organiser for what it offers."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from listings.queries import own_opportunity
from opportunities.models import Opportunity
from participation import groups
from participation.kept_places import how_many_keep
from participation.no_shows import drop_rule, rule_of_city, set_rule
from participation.schemas import KEPT_HOURS, NUMBERS, KeptForm, NoShowForm
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


@bp.route("/provide/activities/<uuid:uuid>/kept", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def keep_places(uuid: UUID):
    """Show what is kept of something, and for whom; keep what is sent."""
    db = current_db()
    opportunity = own_opportunity(db, signed_in_user(), uuid)
    if opportunity is None:
        raise NotFound(_("We cannot find that activity."))
    form = load_form(KeptForm()) if request.method == "POST" else Form()
    if form.is_sound and _kept(form, opportunity):
        return redirect(url_for(".keep_places", uuid=uuid, done="kept"), 303)
    page = render_template(
        "participation/keep_places.html",
        opportunity=opportunity,
        groups=groups.groups_in_city(db, opportunity.provider.city_id),
        rule=groups.rule_of(db, opportunity),
        how_many=how_many_keep(db, opportunity, clock.of_database(db)),
        lasting=KEPT_HOURS,
        form=form,
        done=request.args.get("done"),
    )
    return page, 422 if form.errors else 200


def _kept(form: Form, opportunity: Opportunity) -> bool:
    given, by = form.data, signed_in_user()
    try:
        with unit_of_work() as db:
            now = clock.of_database(db)
            if given["group"] == "none":
                groups.keep_none(db, opportunity=opportunity, by=by, now=now)
            else:
                groups.keep_places(
                    db,
                    opportunity=opportunity,
                    by=by,
                    group_uuid=given["group"],
                    places=given["places"],
                    hours_before=given["hours_before"],
                    now=now,
                )
        return True
    except Conflict as refusal:
        form.refuse("group", str(refusal))
        return False


def _keep(is_on: str, **numbers: int) -> None:
    with unit_of_work() as db:
        if is_on == "yes":
            set_rule(db, officer=signed_in_user(), now=clock.now(), **numbers)
        else:
            drop_rule(db, officer=signed_in_user())
