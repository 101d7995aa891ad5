"""Saying that a listing is wrong, and the page on which officers look after listings."""

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, public, requires, signed_in_user
from accounts.attempts import count_report
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from opportunities import report_queries as queries
from opportunities import report_service as service
from opportunities.freshness import is_paused
from opportunities.models import Opportunity, ReportReason
from opportunities.report_schemas import WORDS_LENGTH, ReportForm
from opportunities.views.opportunity import opportunity_on_offer

bp = Blueprint("reports", __name__, template_folder="../templates")


@bp.route("/a/<slug>/report", methods=["GET", "POST"])
@public
def report(slug: str):
    """Ask what is wrong; thank whoever says it, and keep nothing of them."""
    opportunity = opportunity_on_offer(slug)
    form = load_form(ReportForm()) if request.method == "POST" else Form()
    if not form.is_sound:
        return _report_page(opportunity, form), 422 if form.errors else 200
    if form.data["reason"] is ReportReason.SAFETY:
        # Another room's: sealed, kept from the organisation, and against a clock. The form goes
        # there as it was sent, so that nothing of it is in an address.
        return redirect(url_for("concerns.take_from_listing", slug=slug), 307)
    _keep(opportunity, form)
    return _thanks(opportunity)


@bp.get("/authority/listings")
@requires(*AUTHORITY_ROLES)
def queue():
    """Show what people say is wrong, and what nobody has confirmed for long."""
    db, officer, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "opportunities/reports/queue.html",
        reports=[(each, (now - each.made_at).days) for each in queries.open_reports(db, officer)],
        stale=[
            (each, (now - each.checked_at).days, is_paused(each, now))
            for each in queries.stale_listings(db, officer, now)
        ],
        city=officer.city,
        safety=ReportReason.SAFETY,
    )


@bp.post("/authority/listings/<uuid:uuid>/close")
@requires(*AUTHORITY_ROLES)
def close(uuid: UUID):
    with unit_of_work() as db:
        service.close_report(db, report_uuid=uuid, closed_by=signed_in_user(), now=clock.now())
    return redirect(url_for(".queue"), 303)


def _keep(opportunity: Opportunity, form: Form) -> None:
    now = clock.now()
    with unit_of_work() as db:
        count_report(db, now=now)
        service.report_listing(db, opportunity=opportunity, now=now, **form.data)


def _report_page(opportunity: Opportunity, form: Form) -> str:
    return render_template(
        "opportunities/reports/report.html",
        opportunity=opportunity,
        form=form,
        reasons=ReportReason,
        words_length=WORDS_LENGTH,
    )


def _thanks(opportunity: Opportunity):
    """Answer without a redirect: what someone thinks of a page belongs in no address and no history."""
    page = render_template("opportunities/reports/thanks.html", opportunity=opportunity)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
