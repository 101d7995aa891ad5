"""The authority's reports: on paper, who is sent them, every version there ever was, and what it spent."""

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.city_read import choose_city, city_being_read, for_the_authority
from accounts.models import Role, User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from app.language import current_language
from app.terms import PeriodKind, UnknownPeriod, in_words, period_named, school_year_of
from cube.budget import USUAL_BUDGET, set_budget
from cube.corrections import REASON_LENGTH, ask_correction, open_corrections
from cube.disclosure import chance_of_telling
from cube.due import coming
from cube.queries import Reach
from cube.tables import privacy_of
from geo import queries as geo
from geo.drawing import TOLERANCE_M, Drawing, draw
from geo.models import City
from reach.paper import as_pdf, digest_of, sheet_of
from reach.reading import History, history_of, report_of
from reach.schemas import BudgetForm, CorrectionForm, MailForm
from reach.subscriptions import subscribe, wanted_by

bp = Blueprint("reach_reports", __name__, template_folder="templates")

#: Who decides for a city what it spends, and what is counted again.
for_whoever_decides = requires(Role.CITY_ADMIN, Role.PLATFORM_ADMIN)
#: Budgets that are set beside what they let be told.
_BUDGETS = (0.5, 1.0, USUAL_BUDGET, 2.0, 4.0)


@bp.context_processor
def _words() -> dict[str, Any]:
    """Give the templates the words of periods, and addresses that keep the city."""
    return {
        "report_url": _address,
        "digest_of": digest_of,
        "in_words": in_words,
        "school_year_of": school_year_of,
    }


@bp.get("/reach/report.pdf")
@for_the_authority
def download_report():
    """Answer with a report on paper: of a period as last corrected, or of one version of it."""
    city = _city()
    reach = report_of(city.id, period=request.args.get("period"), release=_release_asked_for())
    if reach is None:
        raise NotFound(_("Nothing has been released yet."))
    language = current_language()
    sheet = sheet_of(reach, city_name=city.name_in(language), drawn=_drawn(city, reach))
    name = f"reach-{city.slug}-{reach.term.period}-v{reach.term.version}-{language}.pdf"
    return Response(
        as_pdf(sheet, reach.term, language=language),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


@bp.get("/reach/reports")
@for_the_authority
def show_reports():
    """Show every version of every period, what comes next, who is sent it, and what it spends."""
    city = city_being_read()
    if city is None:
        return choose_city(_("Reports"), ".show_reports")
    return _page(city, done=request.args.get("done", ""))


@bp.post("/reach/reports/mail")
@requires(*AUTHORITY_ROLES)
def choose_mail():
    """Keep of which periods somebody wants to be told."""
    form = load_form(MailForm())
    if form.errors:
        return _page(_city(), mail=form), HTTPStatus.UNPROCESSABLE_ENTITY
    with unit_of_work() as db:
        subscribe(db, reader=signed_in_user(), kinds=set(form.data["kinds"]))
    return _done("mail")


@bp.post("/reach/reports/budget")
@for_whoever_decides
def choose_budget():
    """Set what a school year may spend."""
    city, form = _city_decided_for(), load_form(BudgetForm())
    if form.is_sound:
        try:
            with unit_of_work() as db:
                set_budget(db, city=city, rho=form.data["rho"], today=clock.today())
            return _done("budget")
        except Conflict as refused:
            form.refuse("rho", str(refused))
    return _page(_city(), budget=form), HTTPStatus.UNPROCESSABLE_ENTITY


@bp.post("/reach/reports/corrections")
@for_whoever_decides
def correct_period():
    """Have a worker count a period again: it alone can sign."""
    city, form = _city_decided_for(), load_form(CorrectionForm())
    if form.is_sound:
        try:
            with unit_of_work() as db:
                ask_correction(
                    db,
                    city=city,
                    period=period_named(form.data["of_period"]),
                    reason=form.data["reason"],
                    asked_by=signed_in_user(),
                    today=clock.today(),
                    now=clock.now(),
                )
            return _done("correction")
        except UnknownPeriod:
            form.refuse("of_period", _("Choose which period to count again."))
        except Conflict as refused:
            form.refuse("of_period", str(refused))
    return _page(_city(), correction=form), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(
    city: City,
    *,
    done: str = "",
    mail: Form | None = None,
    budget: Form | None = None,
    correction: Form | None = None,
) -> str:
    db, reader, history = current_db(), signed_in_user(), history_of(city.id)
    return render_template(
        "reach/reports.html",
        city=city,
        done=done,
        history=history,
        next_ones=coming(db, city.id, clock.today()),
        corrections=open_corrections(db, city),
        may_subscribe=reader.role in AUTHORITY_ROLES,
        may_decide=_decides(reader),
        kinds=PeriodKind,
        wanted=wanted_by(db, reader),
        years=_years(history),
        right_at_most=_right_at_most,
        privacy_of=privacy_of,
        budgets=_BUDGETS,
        usual=USUAL_BUDGET,
        today=clock.today(),
        reason_length=REASON_LENGTH,
        mail=mail or Form(),
        budget=budget or Form(),
        correction=correction or Form(),
    )


def _years(history: History) -> list[date]:
    """Return the school years that have spent something, the newest first."""
    return sorted(history.ledger.spent, reverse=True) if history.ledger else []


def _right_at_most(rho: float) -> int:
    """Return how many times in 100 the best guess about one learner is right."""
    return round(100 * chance_of_telling(rho))


def _drawn(city: City, reach: Reach) -> Drawing | None:
    if not reach.areas:
        return None
    return draw(geo.outlines_of(current_db(), city, tolerance_m=TOLERANCE_M, by="area"))


def _release_asked_for() -> UUID | None:
    written = request.args.get("release")
    if not written:
        return None
    try:
        return UUID(written)
    except ValueError:
        raise NotFound(_("There are no numbers for that period.")) from None


def _city() -> City:
    city = city_being_read()
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def _city_decided_for() -> City:
    if not _decides(signed_in_user()):
        raise NotAllowed(_("This page is not for your kind of account."))
    return _city()


def _decides(reader: User) -> bool:
    """Tell whether somebody decides for the city they read: whoever works for a region reads alone."""
    return reader.role is Role.PLATFORM_ADMIN or (
        reader.role is Role.CITY_ADMIN and reader.region_id is None
    )


def _done(what: str):
    return redirect(_address(".show_reports", done=what), HTTPStatus.SEE_OTHER)


def _address(endpoint: str, **values: Any) -> str:
    """Return an address that keeps the city being read."""
    values.setdefault("city", request.args.get("city") or None)
    return url_for(endpoint, **values)
