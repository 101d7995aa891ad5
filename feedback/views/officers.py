"""The officers' pages: who said something to whom, and what was said, for a reason that is kept."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from badges.models import Skill
from enquiries.models import MessageState
from enquiries.schemas import LookForm
from feedback import queries, service
from feedback.about import title_of
from feedback.views.blueprint import bp


@bp.get("/authority/feedback")
@requires(*AUTHORITY_ROLES)
def overview():
    """Show who gave feedback, and what waits. No words: those need a reason."""
    found = queries.before_officer(current_db(), signed_in_user())
    return render_template("feedback/overview.html", found=found)


@bp.route("/authority/feedback/<uuid:uuid>", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def look(uuid: UUID):
    """Ask why, keep the answer, and then show all that was said, this once."""
    db, officer = current_db(), signed_in_user()
    feedback = queries.feedback_for_officer(db, officer, uuid)
    form = load_form(LookForm()) if request.method == "POST" else Form()
    if not form.is_sound or not _looked(form, uuid):
        page = render_template("feedback/look.html", feedback=feedback, form=form)
        return page, 422 if form.errors else 200
    page = render_template(
        "feedback/looked.html",
        feedback=feedback,
        replies=queries.said_since(db, feedback),
        looks=queries.looks_at(db, feedback),
        held=MessageState.HELD,
        skills=Skill,
        title_of=title_of,
    )
    # Read once: another look is another entry.
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/authority/feedback/decisions/<uuid:uuid>")
@requires(*AUTHORITY_ROLES)
def decide(uuid: UUID):
    with unit_of_work() as db:
        service.decide(
            db,
            officer=signed_in_user(),
            uuid=uuid,
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
