"""A learner's pages: who helps me, for what and until when; and who looked."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.browser import open_session
from accounts.models import ADULT_BANDS, Role
from accounts.passes import qr_svg
from accounts.views.account import pass_page
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from app.web import public_url
from supporters import first_yes, groups, queries, service
from supporters.models import SupporterLink, SupportKind, SupportScope
from supporters.schemas import FirstForm, InviteForm, ScopesForm, YesForm
from supporters.service import Lasting
from supporters.views.blueprint import bp, secret


@bp.get("/me/supporters")
@requires(Role.LEARNER)
def mine():
    """Show who helps, who waits for a yes, who looked, and which groups one is in."""
    db, learner, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "supporters/mine.html",
        links=queries.open_links_of(db, learner),
        holding={link.id for link in queries.supporters_of(db, learner, now)},
        over=queries.ended_links_of(db, learner),
        looks=queries.looks_at(db, learner),
        groups=queries.joined_groups(db, learner),
        scopes=SupportScope,
        now=now,
        done=request.args.get("done"),
    )


@bp.route("/me/supporters/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def invite():
    """Make an invitation for one adult."""
    form = load_form(InviteForm()) if request.method == "POST" else Form()
    link = _invited(form) if form.is_sound else None
    if link is not None:
        return redirect(url_for(".one", uuid=link.uuid), 303)
    page = render_template(
        "supporters/invite.html", form=form, kinds=_kinds_for_me(), scopes=SupportScope
    )
    return page, 422 if form.errors else 200


@bp.get("/me/supporters/<uuid:uuid>")
@requires(Role.LEARNER)
def one(uuid: UUID):
    """Show one invitation or one adult, and what can be changed."""
    return _one_page(uuid, Form())


@bp.post("/me/supporters/<uuid:uuid>/yes")
@requires(Role.LEARNER)
def agree(uuid: UUID):
    form = load_form(YesForm())
    if not form.is_sound:
        return _one_page(uuid, form), 422
    with unit_of_work() as db:
        service.agree(db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
    return redirect(url_for(".one", uuid=uuid), 303)


@bp.post("/me/supporters/<uuid:uuid>/scopes")
@requires(Role.LEARNER)
def change_scopes(uuid: UUID):
    form = load_form(ScopesForm())
    if form.is_sound:
        try:
            with unit_of_work() as db:
                service.change_scopes(
                    db, learner=signed_in_user(), uuid=uuid, scopes=form.data["scopes"]
                )
            return redirect(url_for(".one", uuid=uuid, done="changed"), 303)
        except Conflict as refusal:
            form.refuse("scopes", str(refusal))
    return _one_page(uuid, form), 422


@bp.post("/me/supporters/<uuid:uuid>/longer")
@requires(Role.LEARNER)
def renew(uuid: UUID):
    form = load_form(YesForm())
    if not form.is_sound:
        return _one_page(uuid, form), 422
    with unit_of_work() as db:
        service.renew(db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
    return redirect(url_for(".one", uuid=uuid, done="changed"), 303)


@bp.post("/me/supporters/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end(uuid: UUID):
    with unit_of_work() as db:
        service.end_own(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".mine", done="ended"), 303)


@bp.route("/me/supporters/first", methods=["GET", "POST"])
@requires(Role.LEARNER)
def say_first():
    """Ask a learner whose account an adult made whether that adult may help, and give a new PIN."""
    link = queries.first_yes_of(current_db(), signed_in_user())
    if link is None:
        first_yes.is_answered()
        return redirect(url_for(".mine"), 303)
    form = load_form(FirstForm()) if request.method == "POST" else Form()
    if form.is_sound and form.data["answer"] == "yes" and not form.data["scopes"]:
        form.refuse("scopes", _("Choose what they may do, or say no."))
    if form.is_sound:
        return _said_first(form)
    page = render_template(
        "supporters/first.html", form=form, link=link, scopes=SupportScope, lasting=Lasting
    )
    return page, 422 if form.errors else 200


def _said_first(form: Form):
    learner, is_yes = signed_in_user(), form.data["answer"] == "yes"
    with unit_of_work() as db:
        pin = groups.say_first(
            db,
            learner=learner,
            scopes=form.data["scopes"] if is_yes else (),
            lasting=form.data["lasting"],
            now=clock.now(),
        )
    # The old PIN signed in elsewhere, perhaps: only this browser stays.
    open_session(learner)
    return pass_page(learner, pin, going_to=url_for(".mine"))


def _invited(form: Form) -> SupporterLink | None:
    try:
        with unit_of_work() as db:
            return service.invite(
                db, learner=signed_in_user(), secret=secret(), now=clock.now(), **form.data
            )
    except Conflict as refusal:
        form.refuse("scopes", str(refusal))
        return None


def _one_page(uuid: UUID, form: Form) -> str:
    db, learner, now = current_db(), signed_in_user(), clock.now()
    link = queries.own_link(db, learner, uuid)
    address = _address(link) if link.adult is None else ""
    return render_template(
        "supporters/one.html",
        link=link,
        is_holding=any(link.id == each.id for each in queries.supporters_of(db, learner, now)),
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")) if address else "",
        form=form,
        scopes=SupportScope,
        lasting=Lasting,
        now=now,
        done=request.args.get("done"),
    )


def _address(link: SupporterLink) -> str:
    token = service.address_token(link, secret=secret())
    return public_url(url_for(".take_up", token=token))


def _kinds_for_me() -> list[SupportKind]:
    is_adult = signed_in_user().age_band in ADULT_BANDS
    return [kind for kind in SupportKind if kind is not SupportKind.GUARDIAN or not is_adult]
