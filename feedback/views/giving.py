"""An adult's pages: what they are asked, saying what they saw, answering, and how to do it well."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import PROVIDER_ROLES, public, requires, signed_in_user, with_link
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash
from badges.models import Skill
from feedback import coach, queries, service
from feedback.about import title_of
from feedback.models import Feedback
from feedback.schemas import AnswerForm, FeedbackForm, GuestForm
from feedback.service import BOX_LENGTH, WORDS_LENGTH
from feedback.views.blueprint import bp
from supporters.service import ADULTS


@bp.get("/support/feedback")
@requires(*ADULTS)
def asked():
    """Show what young people ask this adult, and what the adult wrote."""
    db, adult, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "feedback/asked.html",
        asked=queries.asked_of(db, adult, now),
        given=queries.given_by(db, adult, now),
        title_of=title_of,
        may_speak_of_sessions=adult.role in PROVIDER_ROLES,
    )


@bp.route("/support/<uuid:uuid>/feedback", methods=["GET", "POST"])
@requires(*ADULTS)
def give(uuid: UUID):
    """Say something to a young person whom one helps."""
    db, adult, now = current_db(), signed_in_user(), clock.now()
    link = queries.link_to_write(db, adult, uuid, now)
    asked = _question(uuid)
    form = load_form(FeedbackForm()) if request.method == "POST" else Form()
    given = _given(form, uuid, asked.uuid if asked else None) if form.is_sound else None
    if given is not None:
        return _thanks(given)
    return _form_page(form, who=link.learner.name, title=title_of(asked) if asked else "")


@bp.route("/support/feedback/<uuid:uuid>", methods=["GET", "POST"])
@requires(*ADULTS)
def thread(uuid: UUID):
    """Show one thing that was said, with all that followed; whoever said it can answer."""
    form = load_form(AnswerForm()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, uuid):
        return redirect(url_for(".thread", uuid=uuid), 303)
    db, adult, now = current_db(), signed_in_user(), clock.now()
    feedback = queries.feedback_for(db, adult, uuid, now)
    is_own = queries.may_write(db, adult, feedback, now)
    said = queries.said_since(db, feedback) if is_own else queries.said_to_learner(db, feedback)
    page = render_template(
        "feedback/thread.html",
        feedback=feedback,
        replies=said,
        is_own=is_own,
        may_answer=is_own and service.is_open(feedback, now) and any(r.from_learner for r in said),
        skills=Skill,
        title_of=title_of,
        form=form,
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


@bp.route("/support/c/<token>", methods=["GET", "POST"])
@with_link
def by_link(token: str):
    """Let an adult without an account say something, once."""
    asked = queries.request_for(current_db(), token_hash(token), clock.now())
    if asked is None:
        page = render_template("feedback/over.html")
        return kept_from_others((page, 404))
    form = load_form(GuestForm()) if request.method == "POST" else Form()
    if form.is_sound and _given_by_guest(form, token):
        return kept_from_others(render_template("feedback/thanks.html", way_on=None))
    return kept_from_others(
        _form_page(form, who=asked.learner.name.split()[0], title=title_of(asked), is_guest=True)
    )


@bp.get("/provide/feedback")
@requires(*PROVIDER_ROLES)
def sessions():
    """Show who came lately, so that those at the door can say what they saw."""
    found = queries.came_to(current_db(), signed_in_user(), clock.now())
    return render_template("feedback/sessions.html", found=found)


@bp.route("/provide/feedback/<uuid:booking_uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def give_as_organiser(booking_uuid: UUID):
    """Say something to somebody who came to a session."""
    db, member, now = current_db(), signed_in_user(), clock.now()
    booking = queries.booking_to_speak_of(db, member, booking_uuid, now)
    form = load_form(FeedbackForm()) if request.method == "POST" else Form()
    if form.is_sound and _given_as_organiser(form, booking_uuid):
        return render_template("feedback/thanks.html", way_on=url_for(".sessions"))
    return _form_page(
        form,
        who=booking.learner.name.split()[0],
        title=booking.scheduled_session.opportunity.title,
    )


@bp.route("/support/guide", methods=["GET", "POST"])
@public
def guide():
    """Say how to give feedback, with a made-up young person to try it on. Nothing is kept."""
    form = load_form(FeedbackForm()) if request.method == "POST" else Form()
    boxes = form.data["boxes"] if form.is_sound else None
    hints = coach.hints_for(*boxes.words) if boxes and any(boxes.words) else None
    page = render_template(
        "feedback/guide.html", form=form, hints=hints, skills=Skill, box_length=BOX_LENGTH
    )
    return page, 422 if form.errors else 200


def _question(learner_uuid: UUID):
    wanted = request.values.get("asked", "")
    found = queries.asked_of(current_db(), signed_in_user(), clock.now())
    return next(
        (each for each in found if str(each.uuid) == wanted and each.learner.uuid == learner_uuid),
        None,
    )


def _given(form: Form, learner_uuid: UUID, request_uuid: UUID | None) -> Feedback | None:
    try:
        with unit_of_work() as db:
            return service.give(
                db,
                adult=signed_in_user(),
                learner_uuid=learner_uuid,
                request_uuid=request_uuid,
                now=clock.now(),
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("what_went_well", str(refusal))
        return None


def _given_by_guest(form: Form, token: str) -> bool:
    given = form.data
    try:
        with unit_of_work() as db:
            service.give_by_link(
                db,
                token_hash=token_hash(token),
                name=given["name"],
                role=given["role"],
                boxes=given["boxes"],
                now=clock.now(),
            )
        return True
    except Conflict as refusal:
        form.refuse("what_went_well", str(refusal))
        return False


def _given_as_organiser(form: Form, booking_uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.give_as_organiser(
                db,
                member=signed_in_user(),
                booking_uuid=booking_uuid,
                now=clock.now(),
                **form.data,
            )
        return True
    except Conflict as refusal:
        form.refuse("what_went_well", str(refusal))
        return False


def _answered(form: Form, uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.answer_as_giver(
                db, adult=signed_in_user(), uuid=uuid, now=clock.now(), **form.data
            )
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False


def _thanks(given: Feedback):
    return redirect(url_for(".thread", uuid=given.uuid), 303)


def _form_page(form: Form, *, who: str, title: str, is_guest: bool = False):
    page = render_template(
        "feedback/give.html",
        form=form,
        who=who,
        title=title,
        is_guest=is_guest,
        skills=Skill,
        box_length=BOX_LENGTH,
    )
    return page, 422 if form.errors else 200
