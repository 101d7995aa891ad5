"""Funds that pay for places: what a city has, what each pays for, and what that came to."""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import format_currency
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from opportunities import fund_export
from opportunities import fund_queries as queries
from opportunities import fund_service as service
from opportunities.fund_schemas import FundForm, PaidForm
from opportunities.models import Fund

bp = Blueprint("funds", __name__, template_folder="../templates")


@bp.route("/authority/funds", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def overview():
    """Show the funds of the officer's city, and take in one more from who looks after it."""
    form = load_form(FundForm()) if request.method == "POST" else Form()
    fund = _made(form) if form.is_sound else None
    if fund is not None:
        return redirect(url_for(".show", uuid=fund.uuid), 303)
    officer = signed_in_user()
    page = render_template(
        "opportunities/funds/overview.html",
        form=form,
        city=officer.city,
        funds=queries.funds_of(current_db(), officer),
        may_make=officer.role is Role.CITY_ADMIN and officer.city is not None,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


@bp.route("/authority/funds/<uuid:uuid>", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def show(uuid: UUID):
    """Show what a fund pays for and what it came to; have it pay for what was ticked, too."""
    form = load_form(PaidForm()) if request.method == "POST" else Form()
    if form.is_sound and _chosen(_own(uuid), form):
        return redirect(url_for(".show", uuid=uuid, _anchor="paid"), 303)
    return _page(_own(uuid), form), 422 if form.errors else 200


@bp.post("/authority/funds/<uuid:uuid>/listings/<uuid:opportunity_uuid>/drop")
@requires(*AUTHORITY_ROLES)
def take_out(uuid: UUID, opportunity_uuid: UUID):
    with unit_of_work() as db:
        service.stop_paying(
            db, fund=_own(uuid), stopped_by=signed_in_user(), opportunity_uuid=opportunity_uuid
        )
    return redirect(url_for(".show", uuid=uuid, _anchor="paid"), 303)


@bp.post("/authority/funds/<uuid:uuid>/delete")
@requires(Role.CITY_ADMIN)
def drop(uuid: UUID):
    """Delete a fund that pays for nothing."""
    with unit_of_work() as db:
        service.drop_fund(db, fund=_own(uuid), dropped_by=signed_in_user())
    return redirect(url_for(".overview"), 303)


@bp.get("/authority/funds/<uuid:uuid>.csv")
@requires(*AUTHORITY_ROLES)
def download(uuid: UUID):
    """Hand over what the page says, by category and decile at once."""
    fund, today = _own(uuid), clock.today()
    offered = queries.offered_by(current_db(), fund, today=today)
    return Response(
        fund_export.as_csv(fund, offered, today=today),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="fund-{fund.starts_on}.csv"'},
    )


@bp.app_template_filter("pounds")
def pounds(pence: int) -> str:
    """Return money as it stands in a table, nothing at all included."""
    return format_currency(Decimal(pence) / 100, "GBP")


def _made(form: Form) -> Fund | None:
    try:
        with unit_of_work() as db:
            return service.make_fund(db, made_by=signed_in_user(), now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _chosen(fund: Fund, form: Form) -> bool:
    try:
        with unit_of_work() as db:
            service.pay_for(
                db,
                fund=fund,
                chosen_by=signed_in_user(),
                slugs=form.data["listings"],
                pence_a_place=form.data["pounds"],
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("listings", str(refusal))
        return False
    return True


def _page(fund: Fund, form: Form) -> str:
    db, today = current_db(), clock.today()
    words = request.values.get("find", "").replace("\0", "")[:60].strip()
    offered = queries.offered_by(db, fund, today=today)
    return render_template(
        "opportunities/funds/show.html",
        fund=fund,
        form=form,
        listings=queries.listings_of(db, fund),
        found=queries.listings_to_choose(db, fund, words),
        most_found=queries.MOST_FOUND,
        words=words,
        is_any=bool(offered),
        categories=queries.by_category(offered),
        deciles=queries.by_decile(offered),
        places=sum(each.places for each in offered),
        pence=sum(each.pence for each in offered),
        month=today.replace(day=1),
        may_drop=signed_in_user().role is Role.CITY_ADMIN,
    )


def _own(uuid: UUID) -> Fund:
    fund = queries.fund_for_officer(current_db(), signed_in_user(), uuid)
    if fund is None:
        raise NotFound(_("We cannot find that fund."))
    return fund
