"""What a learner will try: add it, find where, say how it went, and end it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from badges.models import Skill
from feedback.models import Feedback
from plans import queries, service
from plans.fitting import sessions_that_fit
from plans.looking import kept_from, visits_for
from plans.models import GoalState, ItemState, PlanItem, Stem
from plans.schemas import ITEM_LENGTH, REFLECTION_LENGTH, SHORT_LENGTH, ItemEndForm, ItemForm
from plans.views.blueprint import bp


@bp.route("/me/plan/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def new_item():
    """Add something to try; `goal` and `skill` in the address are chosen already."""
    form = load_form(ItemForm()) if request.method == "POST" else Form(typed=_suggested())
    item = _kept(form, _add) if form.is_sound else None
    if item is not None:
        return redirect(url_for(".show_item", uuid=item.uuid), 303)
    return _form_page(form, None)


@bp.post("/me/plan/from/<uuid:uuid>")
@requires(Role.LEARNER)
def from_feedback(uuid: UUID):
    """Make what somebody said to try next an item, in one tap; ask only for what nothing tells."""
    with unit_of_work() as db:
        item = service.from_feedback(
            db, learner=signed_in_user(), feedback_uuid=uuid, now=clock.now()
        )
    if item is None:
        return redirect(url_for(".new_item", feedback=uuid), 303)
    return redirect(url_for(".show_item", uuid=item.uuid), 303)


@bp.get("/me/plan/<uuid:uuid>")
@requires(Role.LEARNER)
def show_item(uuid: UUID):
    return _item_page(uuid, Form())


@bp.route("/me/plan/<uuid:uuid>/change", methods=["GET", "POST"])
@requires(Role.LEARNER)
def change_item(uuid: UUID):
    item = _own_item(uuid)
    if item.has_ended:
        raise Conflict(service.ended_before())
    form = load_form(ItemForm()) if request.method == "POST" else Form(typed=_as_it_is(item))
    if form.is_sound and _kept(form, _change, uuid=uuid):
        return redirect(url_for(".show_item", uuid=uuid), 303)
    return _form_page(form, item)


@bp.post("/me/plan/<uuid:uuid>/sessions/<uuid:session_uuid>")
@requires(Role.LEARNER)
def pick_session(uuid: UUID, session_uuid: UUID):
    """Keep that it is for this item, and go on to book it."""
    with unit_of_work() as db:
        scheduled = service.pick_session(
            db, learner=signed_in_user(), uuid=uuid, session_uuid=session_uuid, now=clock.now()
        )
    slug = scheduled.opportunity.slug
    return redirect(url_for("participation.create_booking", slug=slug, session=scheduled.uuid), 303)


@bp.post("/me/plan/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end_item(uuid: UUID):
    """End it in one of the three ways; what is still worked on leads to the item that follows."""
    form = load_form(ItemEndForm())
    shown = _ended(form, uuid) if form.is_sound else None
    if shown is None:
        return _item_page(uuid, form), 422
    return redirect(url_for(".show_item", uuid=shown.uuid), 303)


@bp.post("/me/plan/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete_item(uuid: UUID):
    with unit_of_work() as db:
        service.delete_item(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".goals"), 303)


def _item_page(uuid: UUID, form: Form) -> str:
    db, learner, now = current_db(), signed_in_user(), clock.now()
    item = _own_item(uuid)
    visits = visits_for(db, [item])[item.id]
    return render_template(
        "plans/show_item.html",
        item=item,
        form=form,
        follower=queries.follower_of(db, item),
        visits=visits,
        kept=kept_from(db, learner, [booking for booking, _scheduled in visits]),
        places=[each for each in queries.places_for(db, item) if _is_to_come(each, now)],
        fits=() if item.has_ended else sessions_that_fit(db, learner, item, now=now),
        said=queries.reflections_for(db, learner, items=[item.id]),
        stems=Stem,
        longest=SHORT_LENGTH,
        longest_words=REFLECTION_LENGTH,
    )


def _form_page(form: Form, item: PlanItem | None):
    goals = queries.goals_of(current_db(), signed_in_user())
    page = render_template(
        "plans/edit_item.html",
        form=form,
        item=item,
        goals=[goal for goal in goals if goal.state is GoalState.OPEN],
        skills=Skill,
        longest=ITEM_LENGTH,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


def _suggested() -> dict[str, Any]:
    """Return what a new item may begin with: what the address says, and what somebody said."""
    asked = {name: request.args[name] for name in ("goal", "skill") if name in request.args}
    said = _said()
    if said is not None:
        asked |= {"words": said.try_next, "feedback": str(said.uuid)}
        skill = service.suggested_skill(said)
        asked |= {"skill": skill.value} if skill else {}
    return {"look_again_on": service.suggested_day(clock.now()).isoformat()} | asked


def _said() -> Feedback | None:
    try:
        uuid = UUID(request.args.get("feedback", ""))
    except ValueError:
        return None
    return queries.feedback_to(current_db(), signed_in_user(), uuid)


def _as_it_is(item: PlanItem) -> dict[str, Any]:
    return {
        "words": item.words,
        "skill": item.skill.value,
        "look_again_on": item.look_again_on.isoformat(),
        "goal": str(item.goal.uuid) if item.goal else "",
    }


def _add(db: Session, *, feedback: UUID | None, **given) -> PlanItem:
    return service.add_item(db, feedback_uuid=feedback, **given)


def _change(db: Session, *, feedback: UUID | None, **given) -> PlanItem:
    return service.change_item(db, **given)


def _kept(form: Form, keep: Callable[..., PlanItem], **which) -> PlanItem | None:
    given = dict(form.data)
    try:
        with unit_of_work() as db:
            return keep(
                db,
                learner=signed_in_user(),
                goal_uuid=given.pop("goal"),
                now=clock.now(),
                **which,
                **given,
            )
    except Conflict as refusal:
        form.refuse("look_again_on", str(refusal))
        return None


def _ended(form: Form, uuid: UUID) -> PlanItem | None:
    try:
        with unit_of_work() as db:
            return service.end_item(
                db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data
            )
    except Conflict as refusal:
        is_for_the_box = form.data["ending"] is ItemState.DROPPED and not form.data["because"]
        if not is_for_the_box:
            raise
        form.refuse("because", str(refusal))
        return None


def _own_item(uuid: UUID) -> PlanItem:
    item = queries.own_item(current_db(), signed_in_user(), uuid)
    if item is None:
        raise NotFound(_("We cannot find that."))
    return item


def _is_to_come(booking, now) -> bool:
    return booking.scheduled_session.ends_at > now
