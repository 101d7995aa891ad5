"""My data: who can see it, and how to take, put right, hide and delete it, each a tap away."""

from flask import current_app, redirect, render_template, url_for

from accounts import numbers
from accounts.access import requires, signed_in_user
from accounts.models import Role
from accounts.schemas import NAME_LENGTH, NameForm
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from equality.service import is_asked
from packs.queries import is_live, packs_of
from portable import service
from portable.schemas import NumberForm
from portable.views.blueprint import bp
from supporters.queries import supporters_of


@bp.get("/me/privacy")
@requires(Role.LEARNER)
def my_data():
    return _page(Form(), Form())


@bp.post("/me/privacy/name")
@requires(Role.LEARNER)
def rename():
    form = load_form(NameForm())
    if not form.is_sound:
        return _page(form, Form()), 422
    with unit_of_work() as db:
        service.rename(db, learner=signed_in_user(), name=form.data["name"])
    return redirect(url_for(".my_data", _anchor="right"), 303)


@bp.post("/me/privacy/age")
@requires(Role.LEARNER)
def say_25():
    """Note that somebody is 25 or older: nothing of theirs ends."""
    with unit_of_work() as db:
        service.say_25(db, learner=signed_in_user())
    return redirect(url_for(".my_data", _anchor="right"), 303)


@bp.post("/me/privacy/number")
@requires(Role.LEARNER)
def link_number():
    form = load_form(NumberForm())
    if form.is_sound:
        _link(form)
    if not form.is_sound:
        return _page(Form(), form), 422
    return redirect(url_for(".my_data", _anchor="numbers"), 303)


@bp.post("/me/privacy/number/delete")
@requires(Role.LEARNER)
def unlink_number():
    with unit_of_work() as db:
        numbers.unlink_number(db, learner=signed_in_user())
    return redirect(url_for(".my_data", _anchor="numbers"), 303)


def _link(form: Form) -> None:
    try:
        with unit_of_work() as db:
            numbers.link_number(
                db, learner=signed_in_user(), typed=form.data["uln"], now=clock.now()
            )
    except Conflict as refusal:
        form.refuse("uln", str(refusal))


def _page(name: Form, number: Form) -> str:
    db, learner, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "portable/data.html",
        learner=learner,
        name=name,
        number=number,
        uln=numbers.number_of(db, learner),
        live_packs=[pack for pack in packs_of(db, learner) if is_live(pack, now)],
        supporters=supporters_of(db, learner, now),
        is_asked=is_asked(learner, secret=current_app.extensions["settings"].equality_secret),
        name_length=NAME_LENGTH,
    )
