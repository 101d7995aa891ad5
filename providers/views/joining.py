"""Joining as an organisation, and its public page."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import PROVIDER_ROLES, public, signed_in_user
from accounts.attempts import account_key, count_attempt
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from geo.models import City
from geo.queries import cities, city_by_slug
from providers import queries, service
from providers.identity import register_page
from providers.models import AssuranceKind, Provider, ProviderKind
from providers.passport import last_day
from providers.schemas import DESCRIPTION_LENGTH, Application
from providers.standing import is_trusted
from providers.views import bp


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
    """Show who an organisation is, who checked it, and what is in place. Nobody of it is named."""
    viewer, now = signed_in_user() if current_user.is_authenticated else None, clock.now()
    provider = queries.provider_shown_to(current_db(), viewer, slug, now)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    umbrella = provider.umbrella
    return render_template(
        "providers/show_provider.html",
        provider=provider,
        is_checked=is_trusted(provider, now),
        last_day=last_day(provider),
        kinds=AssuranceKind,
        register=_register_page(provider),
        umbrella=umbrella if umbrella and is_trusted(umbrella, now) else None,
    )


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


def _register_page(provider: Provider) -> str:
    if provider.registered_with is None:
        return ""
    return register_page(provider.registered_with, provider.registration_number)


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
