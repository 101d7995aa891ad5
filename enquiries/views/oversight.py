"""The officers' pages: who asked what of whom, and what was said, for a reason that is kept."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from enquiries import queries, service
from enquiries.models import MessageState
from enquiries.schemas import LookForm

bp = Blueprint("enquiry_desk", __name__, template_folder="../templates")


@bp.get("/authority/questions")
@requires(*AUTHORITY_ROLES)
def overview():
    """Show which organisations are asked, and what waits. No words: those need a reason."""
    officer = signed_in_user()
    return render_template(
        "enquiries/overview.html",
        found=queries.enquiries_before_officer(current_db(), officer),
        officer=officer,
    )


@bp.route("/authority/questions/<uuid:uuid>", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def look(uuid: UUID):
    """Ask why, keep the answer, and then show all that was said, this once."""
    db, officer = current_db(), signed_in_user()
    enquiry = queries.enquiry_for_officer(db, officer, uuid)
    form = load_form(LookForm()) if request.method == "POST" else Form()
    if not form.is_sound or not _looked(form, uuid):
        page = render_template("enquiries/look.html", enquiry=enquiry, form=form)
        return page, 422 if form.errors else 200
    page = render_template(
        "enquiries/looked.html",
        enquiry=enquiry,
        said=queries.said_in(db, enquiry),
        words_of=queries.words_of,
        looks=queries.looks_at(db, enquiry),
        held=MessageState.HELD,
    )
    # Read once: another look is another entry.
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/authority/answers/<uuid:uuid>/decision")
@requires(*AUTHORITY_ROLES)
def decide(uuid: UUID):
    with unit_of_work() as db:
        service.decide(
            db,
            officer=signed_in_user(),
            message_uuid=uuid,
            is_fine=request.form.get("decision") == "pass_on",
            now=clock.now(),
        )
    return redirect(url_for(".overview"), 303)


def _looked(form: Form, uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.look(db, officer=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
        return True
    except Conflict as refusal:
        form.refuse("reason", str(refusal))
        return False
