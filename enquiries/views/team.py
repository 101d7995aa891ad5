"""An organisation's pages: what young people ask it, before its whole team."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed
from app.forms import Form, load_form
from enquiries import queries, rules, service
from enquiries.models import QuickAnswer
from enquiries.schemas import AnswerForm
from enquiries.service import WORDS_LENGTH
from providers.acting import provider_acted_for

bp = Blueprint("enquiry_team", __name__, template_folder="../templates")


@bp.get("/provide/questions")
@requires(*PROVIDER_ROLES)
def inbox():
    """Show what one's organisation is asked."""
    db, member = current_db(), signed_in_user()
    provider = provider_acted_for(db, member)
    if provider is None:
        raise NotAllowed(_("You cannot act for this organisation."))
    asked = queries.inbox_of(db, member, provider, now=clock.now())
    return render_template(
        "enquiries/inbox.html",
        provider=provider,
        enquiries=asked,
        waiting=queries.awaiting_answer(db, asked),
        readers=rules.readers_in(db, provider),
        fewest=rules.FEWEST_ADULTS,
    )


@bp.route("/provide/questions/<uuid:uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def show(uuid: UUID):
    """Show one question with all that was said, and take an answer."""
    form = load_form(AnswerForm()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, uuid):
        return redirect(url_for(".show", uuid=uuid), 303)
    db, now = current_db(), clock.now()
    enquiry = queries.enquiry_for_team(db, signed_in_user(), uuid, now=now)
    page = render_template(
        "enquiries/team_show.html",
        enquiry=enquiry,
        said=queries.said_in(db, enquiry),
        words_of=queries.words_of,
        readers=rules.readers_in(db, enquiry.opportunity.provider),
        closes_at=rules.closes_at(db, enquiry),
        answers=QuickAnswer,
        form=form,
        now=now,
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


def _answered(form: Form, uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.answer(db, member=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False
