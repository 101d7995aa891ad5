"""What an organisation says of itself, and its trust passport: both until it is listed, and after."""

import re
from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.models import User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from providers import assurance, queries, service
from providers.acting import provider_acted_for
from providers.identity import NoSuchNumber, register_page
from providers.models import AssuranceKind, CheckLevel, Provider, Register
from providers.passport import running_out, shelves_of
from providers.schemas import (
    DESCRIPTION_LENGTH,
    EVIDENCE_LENGTH,
    NO_REGISTER,
    PAPER_FORMS,
    Details,
)
from providers.standing import standing_of
from providers.views import bp

#: The boxes for a piece of evidence, from above to below.
_BOXES = ("person", "level", "seen_on", "expires_on", "seen_by", "evidence")


def is_web_address(text: str) -> bool:
    """Say whether somebody's words are one address of the web and nothing else."""
    return re.fullmatch(r"https?://[^\s<>\"']+", text, re.ASCII) is not None


def own_provider(may: Callable[[Session, User, Provider], bool]) -> Provider:
    """Return the organisation that this browser acts for, if its person may do this there.

    :raises NotAllowed: there is none, or it is not for them to do.
    """
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not may(db, user, provider):
        raise NotAllowed(
            _("This is not for you to do in this organisation. Ask one of its admins.")
        )
    return provider


@bp.route("/provide/details", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def details():
    """Say on which register the organisation is, and what it does."""
    provider = own_provider(queries.runs)
    if request.method == "GET":
        return _details_page(provider, Form(typed=_as_it_is(provider)))
    form = load_form(Details())
    if form.is_sound:
        _describe(form)
    if not form.is_sound:
        return _details_page(provider, form), 422
    return redirect(url_for("listings.home", done="details"), 303)


@bp.get("/provide/safety")
@requires(*PROVIDER_ROLES)
def safety():
    """Show the trust passport: what is there, until when, what waits, what came back and why."""
    provider, now = own_provider(queries.assures), clock.now()
    shelves = shelves_of(current_db(), provider, now)
    return render_template(
        "providers/safety.html",
        provider=provider,
        standing=standing_of(provider, now),
        shelves=shelves,
        running_out=running_out(shelves),
        done=request.args.get("done"),
    )


@bp.route("/provide/safety/<kind>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def send_paper(kind: str):
    """Send in one thing that the organisation has in place."""
    provider, kind = own_provider(queries.assures), _kind(kind)
    if request.method == "GET":
        return _paper_page(provider, kind, Form(typed=_as_known(provider, kind)))
    form = load_form(PAPER_FORMS[kind]())
    if form.is_sound:
        _send(form, kind)
    if not form.is_sound:
        return _paper_page(provider, kind, form), 422
    return redirect(url_for(".safety", done="sent"), 303)


@bp.route("/provide/safety/<uuid:uuid>/withdraw", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def withdraw_paper(uuid: UUID):
    """Ask once, then take it back."""
    provider = own_provider(queries.assures)
    if request.method == "GET":
        paper = assurance.own_assurance(current_db(), provider, uuid)
        return render_template("providers/withdraw_paper.html", paper=paper)
    with unit_of_work() as db:
        assurance.withdraw_assurance(
            db,
            assurance=assurance.own_assurance(db, provider, uuid),
            withdrawn_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".safety", done="withdrawn"), 303)


@bp.post("/provide/hand-in")
@requires(*PROVIDER_ROLES)
def hand_in():
    """Ask the council to look."""
    provider = own_provider(queries.assures)
    with unit_of_work() as db:
        assurance.hand_in(db, provider=provider, handed_in_by=signed_in_user(), now=clock.now())
    return redirect(url_for("listings.home", done="handed-in"), 303)


def _describe(form: Form) -> None:
    given, register = form.data, form.data["register"]
    try:
        with unit_of_work() as db:
            service.describe(
                db,
                provider=own_provider(queries.runs),
                described_by=signed_in_user(),
                description=given["description"],
                safeguarding_lead=given["safeguarding_lead"],
                register=None if register == NO_REGISTER else Register(register),
                number=given["number"],
                now=clock.now(),
            )
    except NoSuchNumber as refusal:
        form.refuse("number", str(refusal))
    except Conflict as refusal:
        form.refuse("register", str(refusal))


def _as_it_is(provider: Provider) -> dict[str, str]:
    register = provider.registered_with
    said = register.value if register else NO_REGISTER if provider.identity_given_at else ""
    return {
        "register": said,
        "number": provider.registration_number,
        "description": provider.description,
        "safeguarding_lead": provider.safeguarding_lead,
    }


def _details_page(provider: Provider, form: Form) -> str:
    register = provider.registered_with
    return render_template(
        "providers/details.html",
        provider=provider,
        form=form,
        registers=Register,
        no_register=NO_REGISTER,
        page=register_page(register, provider.registration_number) if register else "",
        description_length=DESCRIPTION_LENGTH,
    )


def _kind(name: str) -> AssuranceKind:
    try:
        return AssuranceKind(name)
    except ValueError:
        raise NotFound(_("We cannot find that page.")) from None


def _as_known(provider: Provider, kind: AssuranceKind) -> dict[str, str]:
    is_lead = kind is AssuranceKind.SAFEGUARDING_LEAD
    return {"person": provider.safeguarding_lead} if is_lead else {}


def _send(form: Form, kind: AssuranceKind) -> None:
    try:
        with unit_of_work() as db:
            assurance.send_assurance(
                db,
                provider=own_provider(queries.assures),
                sent_by=signed_in_user(),
                now=clock.now(),
                kind=kind,
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("level" if "level" in form.data else "seen_on", str(refusal))


def _paper_page(provider: Provider, kind: AssuranceKind, form: Form) -> str:
    # In the order of the page, whatever the order of the checks.
    form.errors = {name: form.errors[name] for name in _BOXES if name in form.errors}
    shelves = shelves_of(current_db(), provider, clock.now())
    return render_template(
        "providers/send_paper.html",
        kind=kind,
        form=form,
        shelf=next(shelf for shelf in shelves if shelf.kind is kind),
        levels=CheckLevel,
        evidence_length=EVIDENCE_LENGTH,
        fields=PAPER_FORMS[kind]().fields,
    )
