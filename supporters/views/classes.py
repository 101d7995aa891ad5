"""An adult's groups: make one, start a class from a list, print its cards, and see who is in it."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.passes import grouped, qr_svg
from accounts.service import NewLearner
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from app.spreadsheet import as_csv
from app.web import public_url
from supporters import groups, queries, service
from supporters.class_list import MOST_ROWS, WrongClass, read_class
from supporters.models import SupporterGroup
from supporters.schemas import ClassForm, GroupForm
from supporters.views.blueprint import bp, secret


@bp.route("/support/groups/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new_group():
    """Make a group that learners with a pass join by its code."""
    service.organisation_to_act_for(current_db(), signed_in_user(), clock.now())
    form = load_form(GroupForm()) if request.method == "POST" else Form()
    group = _made(form) if form.is_sound else None
    if group is not None:
        return redirect(url_for(".group", uuid=group.uuid), 303)
    page = render_template("supporters/new_group.html", form=form)
    return page, 422 if form.errors else 200


@bp.route("/support/groups/start", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def start_class():
    """Start a class from a list, and show the cards of all, this once."""
    provider = service.organisation_to_act_for(current_db(), signed_in_user(), clock.now())
    form = load_form(ClassForm()) if request.method == "POST" else Form()
    wrongs = []
    if form.is_sound:
        try:
            with unit_of_work() as db:
                pupils = read_class(db, _sent(form), provider.city)
                group, started = groups.start_class(
                    db,
                    owner=signed_in_user(),
                    name=form.data["name"],
                    pupils=pupils,
                    secret=secret(),
                    now=clock.now(),
                )
            return _cards_page(group, started)
        except WrongClass as error:
            wrongs = error.wrongs
            form.refuse("pasted", _("The list cannot be used as it is. Nothing was kept."))
        except Conflict as refusal:
            form.refuse("name", str(refusal))
    page = render_template("supporters/start_class.html", form=form, wrongs=wrongs, most=MOST_ROWS)
    return page, 422 if form.errors else 200


@bp.get("/support/groups/list.csv")
@requires(*PROVIDER_ROLES)
def empty_list():
    """Give a list to fill in, with two rows that show how."""
    rows = (
        (_("First name"), _("Age"), _("Home")),
        ("Seren", "13-15", "CF24 3"),
        ("Idris", "14", "CF24"),
    )
    answer = make_response(as_csv(rows))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = "attachment; filename=class.csv"
    return answer


@bp.get("/support/groups/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def group(uuid: UUID):
    """Show who is in a group, and how others join."""
    db, owner = current_db(), signed_in_user()
    group = queries.own_group(db, owner, uuid)
    return render_template(
        "supporters/group.html",
        group=group,
        links=queries.links_in(db, group, clock.now()),
        code=_spaced(groups.code_of(group, secret=secret())),
    )


@bp.post("/support/groups/<uuid:uuid>/code")
@requires(*PROVIDER_ROLES)
def renew_code(uuid: UUID):
    with unit_of_work() as db:
        groups.renew_code(db, owner=signed_in_user(), uuid=uuid, secret=secret())
    return redirect(url_for(".group", uuid=uuid), 303)


@bp.post("/support/groups/<uuid:uuid>/end")
@requires(*PROVIDER_ROLES)
def end_group(uuid: UUID):
    with unit_of_work() as db:
        groups.end_group(db, owner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".helped", done="ended"), 303)


@bp.post("/support/groups/<uuid:uuid>/cards/<uuid:learner_uuid>")
@requires(*PROVIDER_ROLES)
def new_card(uuid: UUID, learner_uuid: UUID):
    """Show a new card for somebody who has not come yet, this once. The old one opens nothing."""
    with unit_of_work() as db:
        owner = signed_in_user()
        card = groups.new_card(db, owner=owner, uuid=uuid, learner_uuid=learner_uuid)
        group = queries.own_group(db, owner, uuid)
    return _cards_page(group, [card])


def _made(form: Form) -> SupporterGroup | None:
    try:
        with unit_of_work() as db:
            return groups.make_group(
                db, owner=signed_in_user(), secret=secret(), now=clock.now(), **form.data
            )
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _sent(form: Form) -> bytes:
    file = request.files.get("file")
    content = file.read() if file else b""
    return content or form.data["pasted"].encode()


def _cards_page(group: SupporterGroup, started: list[NewLearner]):
    cards = [
        (
            each.user.name,
            grouped(each.user.pass_code or ""),
            each.pin,
            qr_svg(each.user.pass_code or "", title=_("The pass as a picture to scan")),
        )
        for each in started
    ]
    page = render_template(
        "supporters/cards.html", group=group, cards=cards, address=public_url("/sign-in")
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _spaced(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"
