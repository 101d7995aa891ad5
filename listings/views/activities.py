"""A provider's own opportunities: post one, run it again, withdraw it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES, public, requires, signed_in_user
from app import clock
from app.clock import LONDON
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from badges.models import Achievement
from badges.queries import achievements_of
from badges.service import define_achievement
from geo.models import Place
from geo.queries import point_of_postcode
from geo.service import add_place
from listings import queries, service
from listings.schemas import (
    DESCRIPTION_LENGTH,
    ICONS,
    NEW,
    NONE,
    ListingForm,
    SittingForm,
    WhatForm,
)
from opportunities.freshness import is_paused, is_stale
from opportunities.models import Category, Opportunity, OpportunityKind, Welcome
from providers.acting import provider_acted_for
from providers.models import MemberRole, Provider, ProviderStatus
from providers.queries import part_in, provider_shown_to, speaks_for

bp = Blueprint("listings", __name__, template_folder="../templates")
bp.add_app_template_test(is_stale, "stale_at")
bp.add_app_template_test(is_paused, "paused_at")

#: A session stays on the first page for a while after it ends: registers are finished late.
LINGERS = timedelta(hours=12)


@bp.get("/provide")
@requires(*PROVIDER_ROLES)
def home():
    """Show today's sessions first, then what is coming, then what is offered."""
    db, now = current_db(), clock.now()
    provider = provider_acted_for(db, signed_in_user())
    if provider is None:
        return render_template("listings/nobody.html")
    sessions = queries.own_sessions(db, provider, ends_after=now - LINGERS)
    today = now.astimezone(LONDON).date()
    my_part = part_in(db, signed_in_user(), provider)
    is_paused = provider.status is ProviderStatus.SUSPENDED
    return render_template(
        "listings/door_only.html" if my_part is MemberRole.DOOR else "listings/home.html",
        provider=provider,
        may_act=speaks_for(db, signed_in_user(), provider),
        my_part=None if is_paused else my_part,
        today=[each for each in sessions if each.starts_at.astimezone(LONDON).date() <= today],
        coming=[each for each in sessions if each.starts_at.astimezone(LONDON).date() > today],
        opportunities=queries.own_opportunities(db, provider),
        now=now,
        done=request.args.get("done"),
    )


@bp.route("/provide/activities/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new():
    """Post something, on two pages and a last look. What was typed travels with the form."""
    provider = _own_provider()
    if request.method == "GET":
        return _page("what", Form(typed={"uuid": str(uuid4())}), provider)
    step = request.form.get("go", "check")
    if step == "what":
        return _page("what", Form(typed=load_form(WhatForm()).typed), provider)
    what = load_form(WhatForm())
    if not what.is_sound:
        return _page("what", what, provider), 422
    if step == "when":
        return _page("when", what, provider)
    return _finish(load_form(ListingForm(now=clock.now())), provider, is_last=step == "post")


@bp.route("/provide/activities/<uuid:uuid>/again", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def again(uuid: UUID):
    """Run it again: the day and the times, and no more."""
    opportunity = _own_opportunity(current_db(), uuid)
    if request.method == "GET":
        return _again_page(opportunity, Form(typed=_as_last_time(opportunity)))
    form = load_form(SittingForm(now=clock.now()))
    if form.is_sound:
        _schedule(form, uuid)
    if not form.is_sound:
        return _again_page(opportunity, form), 422
    return redirect(url_for(".home", done="again"), 303)


@bp.route("/provide/activities/<uuid:uuid>/withdraw", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def withdraw(uuid: UUID):
    """Ask once, then take it off the list."""
    if request.method == "GET":
        opportunity = _own_opportunity(current_db(), uuid)
        return render_template("listings/withdraw.html", opportunity=opportunity)
    with unit_of_work() as db:
        service.withdraw(db, opportunity=_own_opportunity(db, uuid), withdrawn_by=signed_in_user())
    return redirect(url_for(".home", done="withdrawn"), 303)


@bp.post("/provide/activities/<uuid:uuid>/confirm")
@requires(*PROVIDER_ROLES)
def confirm(uuid: UUID):
    """Take the provider's word that a listing is still right."""
    with unit_of_work() as db:
        service.confirm(
            db,
            opportunity=_own_opportunity(db, uuid),
            confirmed_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".home", done="confirmed"), 303)


@bp.get("/p/<slug>/activities")
@public
def of_provider(slug: str):
    """Show what anyone can book of an organisation."""
    viewer = signed_in_user() if current_user.is_authenticated else None
    provider = provider_shown_to(current_db(), viewer, slug, clock.now())
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    return render_template(
        "listings/of_provider.html",
        provider=provider,
        sessions=queries.sessions_on_offer(current_db(), provider, clock.now()),
    )


def _own_provider() -> Provider:
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def _own_opportunity(db: Session, uuid: UUID) -> Opportunity:
    opportunity = queries.own_opportunity(db, signed_in_user(), uuid)
    if opportunity is None:
        raise NotFound(_("We cannot find that activity."))
    return opportunity


def _finish(form: Form, provider: Provider, *, is_last: bool):
    if form.is_sound:
        _refuse_unknown_choices(form, provider)
    if form.is_sound and is_last:
        _post(form, provider)
    if not form.is_sound:
        return _page("when", form, provider), 422
    if is_last:
        return redirect(url_for(".home", done="posted"), 303)
    return _page("check", form, provider)


def _refuse_unknown_choices(form: Form, provider: Provider) -> None:
    if form.data["badge"] not in (NEW, NONE) and _chosen_badge(form, provider) is None:
        form.refuse("badge", _("Choose one of your badges."))
    if form.data["place"] != NEW:
        if _chosen_place(form, provider) is None:
            form.refuse("place", _("Choose where it is."))
    elif point_of_postcode(current_db(), form.data["place_postcode"]) is None:
        form.refuse("place_postcode", _("We do not know that postcode. Check it."))


def _post(form: Form, provider: Provider) -> None:
    given = form.data
    try:
        with unit_of_work() as db:
            service.post_opportunity(
                db,
                provider=provider,
                posted_by=signed_in_user(),
                now=clock.now(),
                uuid=given["uuid"],
                place=_chosen_place(form, provider) or _new_place(db, given),
                achievement=_chosen_badge(form, provider) or _new_badge(db, provider, given),
                maximum_capacity=given["places"],
                cost_pence=given["cost"],
                **{name: given[name] for name in _AS_TYPED},
            )
    except Conflict as refusal:
        form.refuse("date", str(refusal))


_AS_TYPED = (
    *("title", "description", "kind", "category", "min_age", "max_age"),
    *("starts_at", "ends_at", "welcome"),
)


def _schedule(form: Form, uuid: UUID) -> None:
    try:
        with unit_of_work() as db:
            service.schedule_session(
                db,
                opportunity=_own_opportunity(db, uuid),
                scheduled_by=signed_in_user(),
                now=clock.now(),
                starts_at=form.data["starts_at"],
                ends_at=form.data["ends_at"],
                maximum_capacity=form.data["places"],
            )
    except Conflict as refusal:
        form.refuse("date", str(refusal))


def _chosen_place(form: Form, provider: Provider) -> Place | None:
    places = queries.remembered_places(current_db(), provider)
    return next((each for each in places if str(each.uuid) == form.value("place")), None)


def _new_place(db: Session, given: dict[str, Any]) -> Place:
    found = point_of_postcode(db, given["place_postcode"])
    if found is None:
        raise Conflict(_("We do not know that postcode. Check it."))
    lon, lat, lsoa_code = found
    return add_place(
        db,
        name=given["place_name"],
        address=given["place_address"],
        step_free=given["place_step_free"],
        lon=lon,
        lat=lat,
        lsoa_code=lsoa_code,
    )


def _chosen_badge(form: Form, provider: Provider) -> Achievement | None:
    badges = achievements_of(current_db(), provider)
    return next((each for each in badges if each.slug == form.value("badge")), None)


def _new_badge(db: Session, provider: Provider, given: dict[str, Any]) -> Achievement | None:
    if given["badge"] != NEW:
        return None
    return define_achievement(
        db,
        issuer=provider,
        name=given["badge_name"],
        description=given["description"],
        criteria=given["badge_criteria"],
        strand=service.strand_for(given["kind"], given["category"]),
        icon=given["badge_icon"],
    )


def _page(step: str, form: Form, provider: Provider) -> str:
    return render_template(
        f"listings/new_{step}.html",
        form=form,
        provider=provider,
        badges=achievements_of(current_db(), provider),
        remembered=queries.remembered_places(current_db(), provider),
        kinds=OpportunityKind,
        categories=Category,
        welcomes=Welcome,
        icons=ICONS,
        ages=range(service.YOUNGEST, service.OLDEST + 1),
        description_length=DESCRIPTION_LENGTH,
    )


def _again_page(opportunity: Opportunity, form: Form) -> str:
    return render_template("listings/again.html", opportunity=opportunity, form=form)


def _as_last_time(opportunity: Opportunity) -> dict[str, str]:
    last = queries.last_session(current_db(), opportunity)
    if last is None:
        return {}
    starts_at, ends_at = (at.astimezone(LONDON) for at in (last.starts_at, last.ends_at))
    return {
        "start": f"{starts_at:%H:%M}",
        "end": f"{ends_at:%H:%M}",
        "places": str(last.maximum_capacity),
    }
