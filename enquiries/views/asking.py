"""A learner's pages: ask about something, read what was answered, ask more, or report it."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.attempts import count_report
from accounts.models import Role
from accounts.passes import grouped
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from concerns.models import Urgency
from concerns.service import new_key
from enquiries import queries, rules, service
from enquiries.models import Enquiry, QuickQuestion
from enquiries.schemas import MessageReportForm, MoreForm, QuestionForm
from enquiries.service import WORDS_LENGTH
from opportunities.queries import opportunity_by_slug
from opportunities.views.opportunity import require_on_offer

bp = Blueprint("enquiries", __name__, template_folder="../templates")


@bp.route("/a/<slug>/ask", methods=["GET", "POST"])
@requires(Role.LEARNER)
def ask(slug: str):
    """Ask the organiser about something that is on offer."""
    now = clock.now()
    opportunity = require_on_offer(opportunity_by_slug(current_db(), slug), now)
    form = load_form(QuestionForm()) if request.method == "POST" else Form()
    if form.is_sound:
        asked = _asked(form, opportunity)
        if asked is not None:
            return redirect(url_for(".show", uuid=asked.uuid), 303)
    page = render_template(
        "enquiries/ask.html",
        opportunity=opportunity,
        form=form,
        questions=QuickQuestion,
        words_length=WORDS_LENGTH,
        can_ask=len(rules.readers_in(current_db(), opportunity.provider)) >= rules.FEWEST_ADULTS,
    )
    return page, 422 if form.errors else 200


@bp.get("/me/questions")
@requires(Role.LEARNER)
def own():
    """Show what one asked."""
    db = current_db()
    asked = queries.own_enquiries(db, signed_in_user())
    return render_template(
        "enquiries/own.html", enquiries=asked, waiting=queries.awaiting_answer(db, asked)
    )


@bp.route("/me/questions/<uuid:uuid>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def show(uuid: UUID):
    """Show one question with all that was answered, and take what is asked next."""
    form = load_form(MoreForm()) if request.method == "POST" else Form()
    if form.is_sound and _asked_more(form, uuid):
        return redirect(url_for(".show", uuid=uuid), 303)
    db, now = current_db(), clock.now()
    enquiry = queries.own_enquiry(db, signed_in_user(), uuid)
    page = render_template(
        "enquiries/show.html",
        enquiry=enquiry,
        said=queries.said_to_learner(db, enquiry),
        words_of=queries.words_of,
        looks=queries.looks_at(db, enquiry),
        closes_at=rules.closes_at(db, enquiry),
        form=form,
        now=now,
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


@bp.route("/questions/<uuid:uuid>/report", methods=["GET", "POST"])
@requires(Role.LEARNER, *PROVIDER_ROLES)
def report(uuid: UUID):
    """Raise a concern about what was said; all that was said goes with it."""
    form = load_form(MessageReportForm()) if request.method == "POST" else Form()
    if form.is_sound:
        return _reported(form, uuid)
    user, db = signed_in_user(), current_db()
    if user.role is Role.LEARNER:
        enquiry = queries.own_enquiry(db, user, uuid)
    else:
        enquiry = queries.enquiry_for_team(db, user, uuid, now=clock.now())
    page = render_template(
        "enquiries/report.html",
        enquiry=enquiry,
        form=form,
        urgencies=Urgency,
        key=form.value("key") or new_key(),
        back_to=_way_back(user.role, uuid),
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


def _asked(form: Form, opportunity) -> Enquiry | None:
    try:
        with unit_of_work() as db:
            return service.ask(
                db,
                learner=signed_in_user(),
                opportunity=opportunity,
                now=clock.now(),
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return None


def _asked_more(form: Form, uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.ask_more(db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False


def _reported(form: Form, uuid: UUID):
    now = clock.now()
    with unit_of_work() as db:
        count_report(db, now=now)
        receipt = service.report(
            db,
            by=signed_in_user(),
            uuid=uuid,
            key=request.form.get("key", "")[:100],
            secret=current_app.extensions["settings"].concerns_secret,
            now=now,
            **form.data,
        )
    page = render_template(
        "concerns/receipt.html",
        concern=receipt.concern,
        code=grouped(receipt.code),
        is_danger=receipt.concern.urgency is Urgency.DANGER,
    )
    answer = current_app.make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _way_back(role: Role, uuid: UUID) -> str:
    return url_for(".show" if role is Role.LEARNER else "enquiry_team.show", uuid=uuid)
