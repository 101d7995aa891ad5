"""A parent's or carer's page: the children, what they are going to, and what waits for a yes."""

from uuid import UUID

from flask import redirect, render_template, url_for

from accounts.access import requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.links import token_of
from permission.models import Agreement
from permission.queries import waiting_for_guardian
from permission.service import LINK_KIND
from supporters import queries, service
from supporters.bookings import bookings_shown
from supporters.models import PageKind
from supporters.service import ADULTS
from supporters.views.blueprint import bp, secret


@bp.get("/family")
@requires(*ADULTS)
def family():
    """Show every child of a guardian with what is coming, and keep that they looked."""
    adult, now = signed_in_user(), clock.now()
    with unit_of_work() as db:
        links = [link for link in queries.supported_by(db, adult, now) if queries.is_guardian(link)]
        children = [(link.learner, bookings_shown(db, link, now)["coming"]) for link in links]
        for learner, _coming in children:
            service.note_look(db, adult=adult, learner=learner, page=PageKind.BOOKINGS, now=now)
    asked = waiting_for_guardian(current_db(), [learner for learner, _coming in children], now)
    return render_template(
        "supporters/family.html",
        children=children,
        asked=[(agreement, _address(agreement)) for agreement in asked],
        waiting=[
            link for link in queries.taken_up_by(current_db(), adult) if link.kind == "guardian"
        ],
    )


@bp.post("/family/<uuid:learner_uuid>/end/<uuid:uuid>")
@requires(*ADULTS)
def end_other(learner_uuid: UUID, uuid: UUID):
    """Let a guardian of a child end what another adult was let."""
    with unit_of_work() as db:
        service.end_as_guardian(
            db, guardian=signed_in_user(), learner_uuid=learner_uuid, uuid=uuid, now=clock.now()
        )
    return redirect(url_for(".young_person", uuid=learner_uuid), 303)


def _address(agreement: Agreement) -> str:
    token = token_of(agreement.uuid, secret=secret(), kind=LINK_KIND)
    return url_for("participation.agree", token=token)
