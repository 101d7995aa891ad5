"""How a listing repeats: change it, and see what that does before it does it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.clock import LONDON
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from geo.queries import school_calendar
from listings import schedules
from listings.queries import last_session
from listings.repeat_schemas import RepeatForm, Repeats, Weekday, as_typed
from listings.repeats import SchoolDays
from listings.views.own import bp, own_opportunity
from listings.wording import rule_in_words
from opportunities.models import Opportunity
from providers.models import Provider


@bp.route("/provide/activities/<uuid:uuid>/repeat", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def repeat(uuid: UUID):
    """Ask how it repeats; show what that would change; then change it."""
    opportunity = own_opportunity(current_db(), uuid)
    if request.method == "GET":
        return _page(opportunity, Form(typed=_as_it_is(opportunity)))
    form = load_form(RepeatForm())
    if form.is_sound and form.data["rule"] is None:
        return _stop(uuid)
    if form.is_sound and request.form.get("go") == "change":
        _change(form, uuid)
        if form.is_sound:
            return redirect(url_for(".show", uuid=uuid, done="saved"), 303)
    plan = _plan(opportunity, form) if form.is_sound or request.form.get("go") == "change" else None
    return _page(opportunity, form, plan=plan), 422 if form.errors else 200


def repeat_choices(provider: Provider) -> dict[str, Any]:
    """Return what the boxes about repeating offer."""
    return {
        "often": Repeats,
        "weekdays": Weekday,
        "school_days": SchoolDays,
        "has_own_terms": school_calendar(current_db(), provider.city_id).is_own,
    }


def _plan(opportunity: Opportunity, form: Form) -> schedules.Plan | None:
    if not form.data.get("rule"):
        return None
    try:
        return schedules.plan(
            current_db(),
            opportunity=opportunity,
            rule=form.data["rule"],
            places=form.data["places"],
            now=clock.now(),
        )
    except Conflict as refusal:
        form.refuse("date", str(refusal))
        return None


def _change(form: Form, uuid: UUID) -> None:
    try:
        with unit_of_work() as db:
            schedules.follow(
                db,
                opportunity=own_opportunity(db, uuid),
                rule=form.data["rule"],
                places=form.data["places"],
                shown=request.form.get("plan", ""),
                by=signed_in_user(),
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("date", str(refusal))


def _stop(uuid: UUID):
    with unit_of_work() as db:
        schedules.stop_repeating(
            db, opportunity=own_opportunity(db, uuid), by=signed_in_user(), now=clock.now()
        )
    return redirect(url_for(".show", uuid=uuid, done="saved"), 303)


def _as_it_is(opportunity: Opportunity) -> dict[str, Any]:
    """Return how it repeats now; where it does not, weekly on the day it was held last."""
    schedule = schedules.schedule_of(current_db(), opportunity)
    if schedule is not None:
        return as_typed(schedule.rule, schedule.places)
    last = last_session(current_db(), opportunity)
    if last is None:
        return {"repeats": Repeats.WEEKLY.value}
    starts_at, ends_at = (at.astimezone(LONDON) for at in (last.starts_at, last.ends_at))
    return {
        "date": starts_at.date().isoformat(),
        "start": f"{starts_at:%H:%M}",
        "end": f"{ends_at:%H:%M}",
        "places": str(last.maximum_capacity),
        "repeats": Repeats.WEEKLY.value,
    }


def _page(opportunity: Opportunity, form: Form, *, plan: schedules.Plan | None = None) -> str:
    if plan and plan.changes_nothing and not plan.kept and not form.errors:
        form.refuse("repeats", _("That is how it repeats already: nothing would change."))
        plan = None
    return render_template(
        "listings/repeat.html",
        opportunity=opportunity,
        form=form,
        plan=plan,
        pieces=rule_in_words(plan.rule) if plan else [],
        **repeat_choices(opportunity.provider),
    )
