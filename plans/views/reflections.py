"""How it went: a stem in one tap, or own words, of anything that a learner did."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from plans import queries
from plans.about import About, Kind, about
from plans.models import Stem
from plans.reflecting import delete_reflection, reflect
from plans.schemas import REFLECTION_LENGTH, ReflectionForm
from plans.views.blueprint import bp

#: The page of each thing, and what it calls the thing.
_PAGES = {
    Kind.BOOKING: ("participation.show_booking", "booking_uuid"),
    Kind.ADDED: ("logbook.show_logged", "uuid"),
    Kind.BADGE: ("profiles.show_badge", "uuid"),
    Kind.PLAN: ("plans.show_item", "uuid"),
    Kind.GOAL: ("plans.show_goal", "uuid"),
}
#: These show what was said of them themselves.
_SHOW_IT = (Kind.BADGE, Kind.PLAN, Kind.GOAL)


@bp.route(
    "/me/reflect/<any(booking, added, badge, plan, goal):kind>/<uuid:uuid>", methods=["GET", "POST"]
)
@requires(Role.LEARNER)
def say_how_it_went(kind: str, uuid: UUID):
    """Keep how something went, and show what was said of it before."""
    of = _of_mine(Kind(kind), uuid)
    form = load_form(ReflectionForm()) if request.method == "POST" else Form()
    if form.is_sound and _kept(form, of):
        return redirect(_back_to(of), 303)
    db, learner = current_db(), signed_in_user()
    page = render_template(
        "plans/reflect.html",
        of=of,
        form=form,
        said=queries.reflections_for(db, learner, **{of.group: [of.id]}),
        stems=Stem,
        longest_words=REFLECTION_LENGTH,
        page_of_it=_page_of(of),
    )
    return page, 422 if form.errors else 200


@bp.post("/me/reflect/<any(booking, added, badge, plan, goal):kind>/<uuid:uuid>/<uuid:said>/delete")
@requires(Role.LEARNER)
def delete_what_was_said(kind: str, uuid: UUID, said: UUID):
    of = _of_mine(Kind(kind), uuid)
    with unit_of_work() as db:
        delete_reflection(db, learner=signed_in_user(), uuid=said)
    return redirect(_back_to(of), 303)


def _of_mine(kind: Kind, uuid: UUID) -> About:
    of = about(current_db(), signed_in_user(), kind, uuid, now=clock.now())
    if of is None:
        raise NotFound(_("We cannot find that."))
    return of


def _kept(form: Form, of: About) -> bool:
    try:
        with unit_of_work() as db:
            learner, now = signed_in_user(), clock.now()
            reflect(db, learner=learner, kind=of.kind, uuid=of.uuid, now=now, **form.data)
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False
    return True


def _back_to(of: About) -> str:
    if of.kind in _SHOW_IT:
        return _page_of(of, "how")
    return url_for(".say_how_it_went", kind=of.kind.value, uuid=of.uuid)


def _page_of(of: About, anchor: str | None = None) -> str:
    endpoint, name = _PAGES[of.kind]
    names: dict[str, Any] = {name: of.uuid}
    return url_for(endpoint, _anchor=anchor, **names)
