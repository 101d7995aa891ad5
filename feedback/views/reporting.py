"""Raising a concern about what was said, for whoever may read it."""

from uuid import UUID

from flask import current_app, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.attempts import count_report
from accounts.models import Role
from accounts.passes import grouped
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from concerns.models import Urgency
from concerns.service import new_key
from enquiries.schemas import MessageReportForm
from feedback import queries, service
from feedback.models import Feedback
from feedback.service import WORDS_LENGTH
from feedback.views.blueprint import bp
from supporters.service import ADULTS


@bp.route("/feedback/<uuid:uuid>/report", methods=["GET", "POST"])
@requires(Role.LEARNER, *ADULTS)
def report(uuid: UUID):
    """Raise a concern about what was said; all that was said goes with it."""
    form = load_form(MessageReportForm()) if request.method == "POST" else Form()
    feedback, way_back = _readable(uuid)
    answer = _reported(form, feedback) if form.is_sound else None
    if answer is not None:
        return answer
    page = render_template(
        "feedback/report.html",
        form=form,
        urgencies=Urgency,
        key=form.value("key") or new_key(),
        back_to=way_back,
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


def _readable(uuid: UUID) -> tuple[Feedback, str]:
    db, reader = current_db(), signed_in_user()
    if reader.role is Role.LEARNER:
        return queries.own_feedback(db, reader, uuid), url_for(".show", uuid=uuid)
    return queries.feedback_for(db, reader, uuid, clock.now()), url_for(".thread", uuid=uuid)


def _reported(form: Form, feedback: Feedback):
    now = clock.now()
    try:
        with unit_of_work() as db:
            count_report(db, now=now)
            receipt = service.report(
                db,
                feedback=feedback,
                key=request.form.get("key", "")[:100],
                secret=current_app.extensions["settings"].concerns_secret,
                now=now,
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("urgency", str(refusal))
        return None
    page = render_template(
        "concerns/receipt.html",
        concern=receipt.concern,
        code=grouped(receipt.code),
        is_danger=receipt.concern.urgency is Urgency.DANGER,
    )
    answer = current_app.make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
