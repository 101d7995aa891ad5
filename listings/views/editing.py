"""Changing what was posted, saying more of it, and how it became what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from badges.queries import achievements_to_give
from listings import queries, service
from listings.changes import change_listing, current_values
from listings.editing_schemas import (
    ASKED,
    INSTANT,
    POINT_LENGTH,
    QUESTION_LENGTH,
    QUESTIONS,
    WORDS_LENGTH,
    EditForm,
    MoreForm,
    placement_form,
)
from listings.models import ListingVersion, VersionState
from listings.places import own_place
from listings.review import missing_gates, sentences
from listings.schemas import DESCRIPTION_LENGTH, NONE
from listings.versions import (
    Difference,
    Values,
    badge_value,
    differences,
    place_value,
)
from listings.views.own import bp, own_opportunity
from opportunities.models import (
    AttendanceMode,
    Category,
    EncounterPoint,
    Opportunity,
    OpportunityStatus,
    Welcome,
)


@dataclass(frozen=True)
class Step:
    """A version of a listing, and what was different from the one before."""

    version: ListingVersion
    changes: list[Difference]
    reasons: list[str]


@bp.route("/provide/activities/<uuid:uuid>/edit", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def edit(uuid: UUID):
    """Change what it is, for whom and where."""
    opportunity = _changeable(uuid)
    if request.method == "GET":
        typed = _typed_edit(current_values(current_db(), opportunity))
        return _edit_page(opportunity, Form(typed=typed))
    form = load_form(EditForm())
    version = _save(form, uuid, _edited(form, opportunity)) if form.is_sound else None
    if version is None:
        return _edit_page(opportunity, form), 422
    return redirect(url_for(".show", uuid=uuid, done=_what_came(version)), 303)


@bp.route("/provide/activities/<uuid:uuid>/more", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def more(uuid: UUID):
    """Say more: nothing of it is needed to post, but what keeps young people safe at work."""
    opportunity = _changeable(uuid)
    if request.method == "GET":
        values = current_values(current_db(), opportunity)
        return _more_page(opportunity, Form(typed=_typed_more(values)))
    form, changed = _load_more(opportunity)
    version = _save(form, uuid, changed) if form.is_sound else None
    if version is None:
        return _more_page(opportunity, form), 422
    return redirect(url_for(".show", uuid=uuid, done=_what_came(version)), 303)


@bp.get("/provide/activities/<uuid:uuid>/history")
@requires(*PROVIDER_ROLES)
def history(uuid: UUID):
    """Show each version with what was different from the one before, the newest first."""
    opportunity = own_opportunity(current_db(), uuid)
    versions = queries.versions_of(current_db(), opportunity)
    return render_template("listings/history.html", opportunity=opportunity, steps=_steps(versions))


def _steps(versions: Sequence[ListingVersion]) -> list[Step]:
    """Compare each version with the one that was live, or else last said, when it was made."""
    steps, base = [], None
    for version in reversed(versions):
        changes = differences(base.values, version.values) if base else []
        steps.append(Step(version, changes, sentences(version.reasons)))
        # What was never live is no ground to compare the next one with, unless nothing yet was.
        if (
            base is None
            or version.state is VersionState.LIVE
            or base.state is not VersionState.LIVE
        ):
            base = version
    return steps[::-1]


def _changeable(uuid: UUID) -> Opportunity:
    opportunity = own_opportunity(current_db(), uuid)
    if opportunity.status is OpportunityStatus.WITHDRAWN:
        raise Conflict(_("You have withdrawn this already."))
    return opportunity


def _save(form: Form, uuid: UUID, changed: Values) -> ListingVersion | None:
    if form.errors:
        return None
    try:
        with unit_of_work() as db:
            return change_listing(
                db,
                opportunity=own_opportunity(db, uuid),
                changed=changed,
                changed_by=signed_in_user(),
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("is_insured" if "is_insured" in request.form else "title", str(refusal))
        return None


def _what_came(version: ListingVersion) -> str:
    return "waits" if version.state is VersionState.WAITING else "saved"


def _edited(form: Form, opportunity: Opportunity) -> Values:
    given, provider = form.data, opportunity.provider
    place = own_place(current_db(), provider, given["place"])
    badges = achievements_to_give(current_db(), provider)
    badge = next((each for each in badges if each.slug == given["badge"]), None)
    if place is None:
        form.refuse("place", _("Choose where it is."))
        return {}
    if badge is None and given["badge"] != NONE:
        form.refuse("badge", _("Choose one of your badges."))
    plain = {name: given[name] for name in ("title", "description", "min_age", "max_age")}
    return plain | {
        **_suits(opportunity, given),
        "category": given["category"].value,
        "cost_pence": given["cost"],
        "welcome": [each.value for each in given["welcome"]],
        "place": place_value(place),
        "badge": badge_value(badge),
    }


def _suits(opportunity: Opportunity, given: dict[str, Any]) -> Values:
    """Return for whom it is meant: as before, if that lies within its ages still."""
    said = current_values(current_db(), opportunity)
    ages = {name: said[name] for name in ("suits_min_age", "suits_max_age")}
    fits = all(given["min_age"] <= age <= given["max_age"] for age in ages.values() if age)
    return ages if fits else dict.fromkeys(ages)


def _load_more(opportunity: Opportunity) -> tuple[Form, Values]:
    """Return the page's form, and what it changes: the placement is a form of its own in it."""
    form = load_form(MoreForm(ages=(opportunity.min_age, opportunity.max_age)))
    today = clock.now().astimezone(LONDON).date()
    schema = placement_form(opportunity.kind, today)
    if schema is None:
        return form, form.data
    placement = load_form(schema)
    form.errors |= placement.errors
    return form, form.data | {"placement": placement.data}


def _typed_edit(values: Values) -> dict[str, Any]:
    pounds, pence = divmod(values["cost_pence"], 100)
    plain = ("title", "description", "category", "min_age", "max_age", "welcome")
    return {name: values[name] for name in plain} | {
        "cost": f"{pounds}.{pence:02}" if pence else str(pounds),
        "place": values["place"]["uuid"],
        "badge": values["badge"]["slug"] if values["badge"] else NONE,
    }


def _typed_more(values: Values) -> dict[str, Any]:
    placement = values["placement"] or {}
    points = placement.get("points", {})
    plain = (
        *("mode", "suits_min_age", "suits_max_age", "cost_help", "booking_opens_days"),
        "booking_closes_hours",
    )
    typed = {name: values[name] for name in plain}
    typed |= dict(zip(QUESTIONS, values["questions"], strict=False))
    typed |= {name: value for name, value in placement.items() if name != "points"}
    typed |= {f"point_{point}": words for point, words in points.items()}
    typed |= {
        "booking": INSTANT if values["is_instant"] else ASKED,
        "has_waiting_list": "true" if values["has_waiting_list"] else "",
        "points": list(points),
        "is_insured": "true" if placement.get("insured_until") else "",
        "has_assessed_risks": "true" if placement.get("risks_assessed_on") else "",
    }
    return {name: value for name, value in typed.items() if value is not None}


def _edit_page(opportunity: Opportunity, form: Form) -> str:
    db, provider = current_db(), opportunity.provider
    return render_template(
        "listings/edit.html",
        form=form,
        opportunity=opportunity,
        is_waiting=queries.waiting_version(db, opportunity) is not None,
        badges=achievements_to_give(db, provider),
        remembered=queries.remembered_places(db, provider),
        categories=Category,
        welcomes=Welcome,
        ages=range(service.YOUNGEST, service.OLDEST + 1),
        description_length=DESCRIPTION_LENGTH,
    )


def _more_page(opportunity: Opportunity, form: Form) -> str:
    values = current_values(current_db(), opportunity)
    today = clock.now().astimezone(LONDON).date()
    return render_template(
        "listings/more.html",
        form=form,
        opportunity=opportunity,
        missing=missing_gates(opportunity.kind, values["placement"], today),
        modes=AttendanceMode,
        points=EncounterPoint,
        ages=range(opportunity.min_age, opportunity.max_age + 1),
        lengths={"words": WORDS_LENGTH, "point": POINT_LENGTH, "question": QUESTION_LENGTH},
        done=request.args.get("done"),
    )
