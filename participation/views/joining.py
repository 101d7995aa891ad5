"""Groups that places are kept for: an officer names them, a learner joins with a code, and leaves."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.attempts import account_key, count_attempt, secret_of_codes
from accounts.models import Role
from accounts.passes import grouped
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from participation.groups import (
    CODE_DAYS,
    NoSuchCode,
    about_how_many,
    end_code,
    end_group,
    group_for_officer,
    groups_of_officer,
    join_group,
    leave_group,
    make_code,
    name_group,
    open_codes,
    own_groups,
    sessions_kept_for,
)
from participation.models import Group
from participation.schemas import EndGroupForm, GroupCodeForm, GroupForm, JoinForm
from participation.views.blueprint import bp


@bp.route("/authority/groups", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def groups():
    """Show the groups of the city; name one when the form comes back."""
    form = load_form(GroupForm()) if request.method == "POST" else Form()
    if form.is_sound and (group := _named(form)):
        return redirect(url_for(".show_group", group_uuid=group.uuid), 303)
    page = render_template(
        "participation/groups.html",
        groups=groups_of_officer(current_db(), signed_in_user()),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.get("/authority/groups/<uuid:group_uuid>")
@requires(*AUTHORITY_ROLES)
def show_group(group_uuid: UUID):
    """Show about how many are in a group, and the codes that work; nobody's name, and no use of a code."""
    return _group_page(group_uuid, Form(), Form())


@bp.post("/authority/groups/<uuid:group_uuid>/codes")
@requires(*AUTHORITY_ROLES)
def make_group_code(group_uuid: UUID):
    """Make a code and show it, this once."""
    form = load_form(GroupCodeForm())
    if not form.is_sound:
        return _group_page(group_uuid, form, Form())
    with unit_of_work() as db:
        officer, now = signed_in_user(), clock.now()
        group = group_for_officer(db, officer, group_uuid)
        code = make_code(
            db, officer=officer, uuid=group_uuid, secret=secret_of_codes(), now=now, **form.data
        )
    return _for_their_eyes(
        render_template(
            "participation/group_code.html", group=group, code=grouped(code), **form.data
        )
    )


@bp.post("/authority/groups/<uuid:group_uuid>/codes/<uuid:code_uuid>/end")
@requires(*AUTHORITY_ROLES)
def end_group_code(group_uuid: UUID, code_uuid: UUID):
    with unit_of_work() as db:
        end_code(db, officer=signed_in_user(), uuid=group_uuid, code_uuid=code_uuid)
    return redirect(url_for(".show_group", group_uuid=group_uuid), 303)


@bp.post("/authority/groups/<uuid:group_uuid>/end")
@requires(*AUTHORITY_ROLES)
def forget_group(group_uuid: UUID):
    """Forget a group and who was in it, if the officer is sure."""
    form = load_form(EndGroupForm())
    if not form.is_sound:
        return _group_page(group_uuid, Form(), form)
    with unit_of_work() as db:
        end_group(db, officer=signed_in_user(), uuid=group_uuid, now=clock.now())
    return redirect(url_for(".groups"), 303)


@bp.route("/me/groups", methods=["GET", "POST"])
@requires(Role.LEARNER)
def my_groups():
    """Show a learner which groups they are in and what is kept for them; let them in with a code."""
    form = load_form(JoinForm()) if request.method == "POST" else Form()
    if form.is_sound and _joined(form):
        return redirect(url_for(".my_groups", done="joined"), 303)
    db, learner = current_db(), signed_in_user()
    page = render_template(
        "participation/my_groups.html",
        groups=own_groups(db, learner),
        sessions=sessions_kept_for(db, learner, now=clock.now()),
        form=form,
        done=request.args.get("done"),
    )
    return _for_their_eyes(page, 422 if form.errors else 200)


@bp.post("/me/groups/<uuid:group_uuid>/leave")
@requires(Role.LEARNER)
def leave(group_uuid: UUID):
    with unit_of_work() as db:
        leave_group(db, learner=signed_in_user(), uuid=group_uuid)
    return redirect(url_for(".my_groups", done="left"), 303)


def _named(form: Form) -> Group | None:
    try:
        with unit_of_work() as db:
            return name_group(db, officer=signed_in_user(), now=clock.now(), **form.data)
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _joined(form: Form) -> bool:
    learner = signed_in_user()
    # Counted first, and kept: a wrong code must not undo its own count.
    with unit_of_work() as db:
        count_attempt(db, account_key("group code", str(learner.uuid)), now=clock.now())
    try:
        with unit_of_work() as db:
            now = clock.of_database(db)
            join_group(db, learner=learner, secret=secret_of_codes(), now=now, **form.data)
        return True
    except NoSuchCode as refusal:
        form.refuse("code", str(refusal))
        return False


def _group_page(group_uuid: UUID, form: Form, ending: Form):
    db, officer = current_db(), signed_in_user()
    page = render_template(
        "participation/group.html",
        group=group_for_officer(db, officer, group_uuid),
        about=about_how_many(db, officer, group_uuid),
        codes=open_codes(db, officer, group_uuid, now=clock.now()),
        lasting=CODE_DAYS,
        form=form,
        ending=ending,
    )
    return page, 422 if form.errors or ending.errors else 200


def _for_their_eyes(page: str, status: int = 200):
    """Let no browser keep a page."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
