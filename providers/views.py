"""Joining as an organisation, its public page, and the officer's queue."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, public, requires, signed_in_user
from accounts.attempts import account_key, count_attempt
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from geo.models import City
from geo.queries import cities, city_by_slug
from providers import decisions, queries, service
from providers.models import ProviderKind, ProviderStatus
from providers.schemas import DESCRIPTION_LENGTH, Application

bp = Blueprint("providers", __name__, template_folder="templates")


@bp.route("/provide/join", methods=["GET", "POST"])
@public
def join():
    """Apply. Everyone who sends a sound form gets the same answer, account or no account."""
    if current_user.is_authenticated:
        is_member = current_user.role in PROVIDER_ROLES
        return redirect(url_for("listings.home" if is_member else "accounts.show_account"), 303)
    form = load_form(Application()) if request.method == "POST" else Form()
    known = cities(current_db())
    city = _chosen_city(form, known) if request.method == "POST" else None
    if city is None or not form.is_sound:
        return _join_page(form, known), 422 if form.errors else 200
    _apply(form, city)
    return redirect(url_for(".joined"), 303)


@bp.get("/provide/joined")
@public
def joined():
    """Say what happens next. The page is the same for everyone."""
    return render_template("providers/joined.html")


@bp.get("/p/<slug>")
@public
def show_provider(slug: str):
    viewer = signed_in_user() if current_user.is_authenticated else None
    provider = queries.provider_shown_to(current_db(), viewer, slug, clock.now())
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    return render_template("providers/show_provider.html", provider=provider)


@bp.get("/authority/providers")
@requires(*AUTHORITY_ROLES)
def queue():
    """Show which organisations wait for a check, oldest first, and which have had theirs."""
    db, officer, now = current_db(), signed_in_user(), clock.now()
    waiting = queries.awaiting_verification(db, officer)
    return render_template(
        "providers/queue.html",
        waiting=[(provider, (now - provider.applied_at).days) for provider in waiting],
        contacts=queries.contacts_of(db, waiting),
        verified=queries.decided(db, officer, ProviderStatus.VERIFIED),
        suspended=queries.decided(db, officer, ProviderStatus.SUSPENDED),
        city=officer.city,
    )


@bp.post("/authority/providers/<uuid:uuid>/approve")
@requires(*AUTHORITY_ROLES)
def approve(uuid: UUID):
    with unit_of_work() as db:
        decisions.approve(
            db, provider_uuid=uuid, officer=signed_in_user(), now=clock.now(), reason=""
        )
    return redirect(url_for(".queue"), 303)


@bp.post("/authority/providers/<uuid:uuid>/suspend")
@requires(*AUTHORITY_ROLES)
def suspend(uuid: UUID):
    with unit_of_work() as db:
        decisions.suspend(
            db,
            provider_uuid=uuid,
            officer=signed_in_user(),
            now=clock.now(),
            reason=request.form.get("reason", ""),
        )
    return redirect(url_for(".queue"), 303)


def _apply(form: Form, city: City) -> None:
    given = form.data
    with unit_of_work() as db:
        # In the same transaction, so that both answers write, and take the same time.
        count_attempt(db, account_key("join", given["email"].lower()), now=clock.now())
        service.register_provider(
            db,
            name=given["organisation"],
            kind=given["kind"],
            city=city,
            description=given["description"],
            safeguarding_lead=given["safeguarding_lead"],
            member_name=given["name"],
            email=given["email"],
            password=given["password"],
        )


def _chosen_city(form: Form, known: list[City]) -> City | None:
    city = known[0] if len(known) == 1 else city_by_slug(current_db(), form.value("city"))
    if city is None:
        form.refuse("city", _("Choose your city or borough."))
    return city


def _join_page(form: Form, known: list[City]) -> str:
    return render_template(
        "providers/join.html",
        form=form,
        kinds=ProviderKind,
        cities=known,
        description_length=DESCRIPTION_LENGTH,
    )
