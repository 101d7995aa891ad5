"""Telling one's school year, asking an adult for a yes, and the adult's page."""

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user, with_link
from accounts.browser import path_within
from accounts.models import Role
from accounts.passes import qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash, token_of
from app.web import public_url
from opportunities.models import Opportunity
from opportunities.queries import is_on_offer, opportunity_by_slug
from permission import queries, service
from permission.models import Agreement, Part
from permission.pupils import LEFT_SCHOOL, YEARS
from permission.schemas import AgreementForm, SchoolYearForm

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


@bp.route("/a/<slug>/ask/<any(guardian,school):part>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def ask(slug: str, part: str):
    """Show how an adult can say yes, and make the link for it."""
    opportunity, part = _opportunity(slug), Part(part)
    if request.method == "POST":
        with unit_of_work() as db:
            service.ask_for_yes(
                db,
                learner=signed_in_user(),
                opportunity=opportunity,
                part=part,
                secret=_secret(),
                now=clock.now(),
            )
        return redirect(url_for(".ask", slug=slug, part=part.value), 303)
    agreement = queries.agreement_on(current_db(), signed_in_user(), opportunity, part)
    is_open = agreement is not None and queries.is_open(agreement, clock.now())
    address = _address(agreement) if agreement and is_open else ""
    return render_template(
        "permission/ask.html",
        opportunity=opportunity,
        part=part,
        agreement=agreement,
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")) if address else "",
    )


@bp.post("/me/agreements/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end(uuid: UUID):
    with unit_of_work() as db:
        ended = service.end_agreement(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
        slug, part = ended.opportunity.slug, ended.part.value
    return redirect(url_for(".ask", slug=slug, part=part), 303)


@bp.route("/agree/<token>", methods=["GET", "POST"])
@with_link
def agree(token: str):
    """Ask an adult for a yes or a no. They need no account."""
    agreement = queries.asked_by(current_db(), token_hash(token))
    if agreement is None or not queries.is_open(agreement, clock.now()):
        return kept_from_others(render_template("permission/over.html", agreement=agreement))
    form = load_form(AgreementForm()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, token):
        return redirect(url_for(".agree", token=token), 303)
    page = render_template("permission/agree.html", form=form, agreement=agreement)
    return kept_from_others((page, 422 if form.errors else 200))


def _opportunity(slug: str) -> Opportunity:
    opportunity = opportunity_by_slug(current_db(), slug)
    if opportunity is None or not is_on_offer(opportunity, clock.now()):
        raise NotFound(_("This is not on offer."))
    return opportunity


def _answered(form: Form, token: str) -> Agreement | None:
    given = form.data
    try:
        with unit_of_work() as db:
            return service.answer(
                db,
                token_hash=token_hash(token),
                agrees=given["answer"] == "yes",
                name=given["name"],
                role=given["role"],
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _address(agreement: Agreement) -> str:
    token = token_of(agreement.uuid, secret=_secret(), kind=service.LINK_KIND)
    return public_url(url_for(".agree", token=token))


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
