"""The officers' pages on listings: what waits for them, with what is different, and what they decide."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound, Refusal
from app.forms import Form, load_form
from listings import queries
from listings.decisions import approve_listing, send_back_listing, take_off
from listings.officer_schemas import Act, ReviewForm
from listings.review import sentences
from listings.versions import differences
from listings.views.own import bp
from opportunities.models import Opportunity, OpportunityStatus
from opportunities.queries import coming_sessions


@bp.route("/authority/listings/review", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def review():
    """Show what waits, oldest first; decide on one or on several with one reason."""
    form = load_form(ReviewForm()) if request.method == "POST" else Form()
    done = _decide(form) if form.is_sound else 0
    if done and not form.errors:
        return redirect(url_for(".review", done=done), 303)
    db, now = current_db(), clock.now()
    waiting = queries.listings_in_review(db, signed_in_user())
    page = render_template(
        "listings/review.html",
        form=form,
        waiting=[(each, (now - each.made_at).days, _seen(db, each)) for each in waiting],
        acts=(Act.APPROVE, Act.SEND_BACK),
        done=request.args.get("done", type=int),
    )
    return page, 422 if form.errors else 200


@bp.route("/authority/listings/<uuid:uuid>", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def look_at(uuid: UUID):
    """Show one listing of the officer's city, whatever its state; take it off the list with a reason."""
    opportunity = _for_officer(uuid)
    form = load_form(ReviewForm(only=("words",))) if request.method == "POST" else Form()
    if form.is_sound:
        _take_off(form, uuid)
    if request.method == "POST" and not form.errors:
        return redirect(url_for(".look_at", uuid=uuid, done="off"), 303)
    db, now = current_db(), clock.now()
    page = render_template(
        "listings/look_at.html",
        opportunity=opportunity,
        form=form,
        sessions=coming_sessions(db, opportunity, now),
        is_public=opportunity.status is OpportunityStatus.PUBLISHED,
        waiting=queries.waiting_version(db, opportunity),
        now=now,
        done=request.args.get("done"),
    )
    return page, 422 if form.errors else 200


def _for_officer(uuid: UUID) -> Opportunity:
    opportunity = queries.listing_for_officer(current_db(), signed_in_user(), uuid)
    if opportunity is None:
        raise NotFound(_("We cannot find that activity."))
    return opportunity


def _seen(db: Session, version) -> dict:
    """Return what an officer sees of a version: why it waits, and what is different from the live one."""
    live = queries.last_live(db, version.opportunity, before=version.number)
    return {
        "reasons": sentences(version.reasons),
        "changes": differences(live.values, version.values) if live else [],
        "values": version.values,
        "sessions": coming_sessions(db, version.opportunity, clock.now()),
    }


def _decide(form: Form) -> int:
    """Decide on all that was ticked, or on none; return on how many."""
    given, officer, now = form.data, signed_in_user(), clock.now()
    try:
        with unit_of_work() as db:
            waiting = {
                each.opportunity.uuid: each for each in queries.listings_in_review(db, officer)
            }
            for uuid in given["listing"]:
                if uuid not in waiting:
                    raise Conflict(_("This does not wait any more."))
                if given["act"] is Act.APPROVE:
                    approve_listing(
                        db,
                        version=waiting[uuid],
                        approved_by=officer,
                        now=now,
                        words=given["words"],
                    )
                else:
                    send_back_listing(
                        db,
                        version=waiting[uuid],
                        words=given["words"],
                        sent_back_by=officer,
                        now=now,
                    )
    except Refusal as refusal:
        form.refuse("listing", str(refusal))
    return len(given["listing"])


def _take_off(form: Form, uuid: UUID) -> None:
    try:
        with unit_of_work() as db:
            take_off(
                db,
                opportunity=_for_officer(uuid),
                words=form.data["words"],
                taken_off_by=signed_in_user(),
                now=clock.now(),
            )
    except Refusal as refusal:
        form.refuse("words", str(refusal))
