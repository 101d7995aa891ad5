"""Joining a group: the code, then who keeps it, then what they may do; and leaving it."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.attempts import account_key, count_attempt
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from supporters import groups
from supporters.groups import NoSuchGroup
from supporters.models import SupporterGroup, SupportScope
from supporters.schemas import JoinForm, JoinYes
from supporters.service import Lasting
from supporters.views.blueprint import bp, secret


@bp.route("/me/supporters/join", methods=["GET", "POST"])
@requires(Role.LEARNER)
def join():
    """Ask for a code; then show whose group it is, and ask what they may do."""
    form = load_form(JoinForm()) if request.method == "POST" else Form()
    group = _found(form) if form.is_sound else None
    if group is None:
        page = render_template("supporters/join.html", form=form)
        return page, 422 if form.errors else 200
    return _yes_page(group, form.data["code"], Form())


@bp.post("/me/supporters/join/yes")
@requires(Role.LEARNER)
def join_yes():
    """Say yes to a group, with what its owner may do."""
    code = JoinForm().load(request.form)["code"]
    form = load_form(JoinYes())
    if form.is_sound and _joined(form, code):
        return redirect(url_for(".mine", done="joined"), 303)
    with unit_of_work() as db:
        group = groups.find_group(db, code=code, secret=secret(), now=clock.now())
    return _yes_page(group, code, form)


@bp.post("/me/supporters/groups/<uuid:uuid>/leave")
@requires(Role.LEARNER)
def leave(uuid: UUID):
    with unit_of_work() as db:
        groups.leave(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".mine", done="left"), 303)


def _found(form: Form) -> SupporterGroup | None:
    # Counted first, and kept: a wrong code must not undo its own count.
    with unit_of_work() as db:
        key = account_key("supporter group", str(signed_in_user().uuid))
        count_attempt(db, key, now=clock.now())
    try:
        return groups.find_group(
            current_db(), code=form.data["code"], secret=secret(), now=clock.now()
        )
    except NoSuchGroup as refusal:
        form.refuse("code", str(refusal))
        return None


def _joined(form: Form, code: str) -> bool:
    try:
        with unit_of_work() as db:
            groups.join(
                db,
                learner=signed_in_user(),
                code=code,
                secret=secret(),
                now=clock.now(),
                **form.data,
            )
        return True
    except Conflict as refusal:
        form.refuse("scopes", str(refusal))
        return False


def _yes_page(group: SupporterGroup, code: str, form: Form):
    page = render_template(
        "supporters/join_yes.html",
        group=group,
        kind=groups.kind_for(group.provider),
        code=code,
        form=form,
        scopes=SupportScope,
        lasting=Lasting,
    )
    return page, 422 if form.errors else 200
