"""A provider's own opportunities: all of them, one of them, and what can be done with it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import PROVIDER_ROLES, public, requires, signed_in_user
from app import clock
from app.clock import LONDON
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from geo.queries import lon_lat
from listings import queries, service
from listings.bulk import BulkAct, Report, act_on_many
from listings.drafts import times_like
from listings.editing_schemas import BulkForm
from listings.places import own_place
from listings.review import missing_gates, sentences
from listings.schedules import schedule_of
from listings.schemas import SittingForm
from listings.versions import values_of
from listings.views.own import bp, own_opportunity, own_provider
from listings.wording import rule_in_words
from opportunities.freshness import is_paused, is_stale
from opportunities.models import Opportunity
from opportunities.queries import coming_sessions, is_on_offer
from providers.acting import provider_acted_for
from providers.models import MemberRole, Provider, ProviderStatus
from providers.queries import part_in, provider_shown_to, speaks_for

bp.add_app_template_test(is_stale, "stale_at")
bp.add_app_template_test(is_paused, "paused_at")

#: A session stays on the first page for a while after it ends: registers are finished late.
LINGERS = timedelta(hours=12)
#: So many sessions to come stand on the first page; the rest is one tap away.
_SOONEST = 8


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
    opportunities = queries.own_opportunities(db, provider)
    coming = [each for each in sessions if each.starts_at.astimezone(LONDON).date() > today]
    shown = len(coming) if request.args.get("coming") == "all" else _SOONEST
    return render_template(
        "listings/door_only.html" if my_part is MemberRole.DOOR else "listings/home.html",
        provider=provider,
        may_act=speaks_for(db, signed_in_user(), provider),
        my_part=None if is_paused else my_part,
        today=[each for each in sessions if each.starts_at.astimezone(LONDON).date() <= today],
        coming=coming[:shown],
        more_coming=len(coming[shown:]),
        opportunities=opportunities,
        drafts=queries.drafts_of(db, provider),
        # What is offered is offered somewhere.
        places=opportunities or queries.remembered_places(db, provider),
        next_starts=queries.next_starts(db, provider, now),
        waiting=queries.waiting_listings(db, provider),
        now=now,
        done=request.args.get("done"),
    )


@bp.route("/provide/activities", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def many():
    """List all that is offered, and do one thing with several of them."""
    provider = own_provider()
    if request.method == "GET":
        return _many_page(provider, Form())
    form = load_form(BulkForm())
    if not form.is_sound:
        return _many_page(provider, form), 422
    return _many_page(provider, Form(), report=_act_on_many(provider, form))


@bp.get("/provide/activities/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def show(uuid: UUID):
    """Show where one listing stands, and what can be done with it."""
    db, now = current_db(), clock.now()
    opportunity = own_opportunity(db, uuid)
    waiting = queries.waiting_version(db, opportunity)
    last = queries.last_decided(db, opportunity)
    placement = values_of(opportunity)["placement"]
    schedule = schedule_of(db, opportunity)
    return render_template(
        "listings/show.html",
        opportunity=opportunity,
        is_public=is_on_offer(opportunity, now),
        waiting=waiting,
        reasons=sentences(waiting.reasons) if waiting else [],
        sent_back=last if last and last.state == "refused" else None,
        missing=missing_gates(opportunity.kind, placement, now.astimezone(LONDON).date()),
        sessions=coming_sessions(db, opportunity, now),
        pieces=rule_in_words(schedule.rule) if schedule else [],
        now=now,
        done=request.args.get("done"),
    )


@bp.get("/provide/activities/<uuid:uuid>/page")
@requires(*PROVIDER_ROLES)
def preview(uuid: UUID):
    """Show a listing as people will see it, whether or not they can yet."""
    db, now = current_db(), clock.now()
    opportunity = own_opportunity(db, uuid)
    return preview_page(
        opportunity,
        coming_sessions(db, opportunity, now),
        back_to=url_for(".show", uuid=uuid),
    )


@bp.route("/provide/activities/<uuid:uuid>/again", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def again(uuid: UUID):
    """Run it again: the day and the times, and no more."""
    opportunity = own_opportunity(current_db(), uuid)
    if request.method == "GET":
        return _again_page(opportunity, Form(typed=times_like(current_db(), opportunity)))
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
        opportunity = own_opportunity(current_db(), uuid)
        return render_template("listings/withdraw.html", opportunity=opportunity)
    with unit_of_work() as db:
        service.withdraw(db, opportunity=own_opportunity(db, uuid), withdrawn_by=signed_in_user())
    return redirect(url_for(".home", done="withdrawn"), 303)


@bp.post("/provide/activities/<uuid:uuid>/pause")
@requires(*PROVIDER_ROLES)
def pause(uuid: UUID):
    with unit_of_work() as db:
        service.pause(db, opportunity=own_opportunity(db, uuid), paused_by=signed_in_user())
    return redirect(url_for(".show", uuid=uuid, done="paused"), 303)


@bp.post("/provide/activities/<uuid:uuid>/resume")
@requires(*PROVIDER_ROLES)
def resume(uuid: UUID):
    with unit_of_work() as db:
        service.resume(
            db,
            opportunity=own_opportunity(db, uuid),
            resumed_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".show", uuid=uuid, done="resumed"), 303)


@bp.post("/provide/activities/<uuid:uuid>/confirm")
@requires(*PROVIDER_ROLES)
def confirm(uuid: UUID):
    """Take the provider's word that a listing is still right."""
    with unit_of_work() as db:
        service.confirm(
            db,
            opportunity=own_opportunity(db, uuid),
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


def preview_page(opportunity: Opportunity, sessions, *, back_to: str) -> str:
    """Return the public page of a listing for its provider's eyes."""
    return render_template(
        "opportunities/show_opportunity.html",
        opportunity=opportunity,
        sessions=sessions,
        events=[],
        now=clock.now(),
        point=lon_lat(opportunity.place),
        wards=[],
        area=None,
        way="",
        is_preview=True,
        back_to=back_to,
    )


def _act_on_many(provider: Provider, form: Form) -> Report:
    given = form.data
    with unit_of_work() as db:
        return act_on_many(
            db,
            uuids=given["listing"],
            act=given["act"],
            by=signed_in_user(),
            now=clock.now(),
            cost_pence=given["cost"] or 0,
            places=given["places"] or 0,
            place=own_place(db, provider, given["place"]),
        )


def _many_page(provider: Provider, form: Form, *, report: Report | None = None) -> str:
    db, now = current_db(), clock.now()
    return render_template(
        "listings/many.html",
        form=form,
        report=report,
        opportunities=queries.own_opportunities(db, provider),
        next_starts=queries.next_starts(db, provider, now),
        remembered=queries.remembered_places(db, provider),
        acts=BulkAct,
        now=now,
    )


def _schedule(form: Form, uuid: UUID) -> None:
    def schedule() -> None:
        with unit_of_work() as db:
            service.schedule_session(
                db,
                opportunity=own_opportunity(db, uuid),
                scheduled_by=signed_in_user(),
                now=clock.now(),
                starts_at=form.data["starts_at"],
                ends_at=form.data["ends_at"],
                maximum_capacity=form.data["places"],
            )

    refusing(form, "date", schedule)


def refusing(form: Form, name: str, act: Callable[[], object]) -> None:
    """Do something with a form; what a rule has against it is said beside the box `name`."""
    try:
        act()
    except Conflict as refusal:
        form.refuse(name, str(refusal))


def _again_page(opportunity: Opportunity, form: Form) -> str:
    return render_template("listings/again.html", opportunity=opportunity, form=form)
