"""Deleting one's account: asked once more, done at once, and for good."""

from flask import redirect, render_template, request, url_for

from accounts.access import public, requires, signed_in_user
from accounts.attempts import account_key, count_attempt, forgive
from accounts.browser import close_session
from accounts.models import Role
from accounts.service import NotRecognised, recognise_learner
from app import clock
from app.db import unit_of_work
from app.forms import Form, load_form
from portable.erasing import erase_learner
from portable.schemas import PinForm
from portable.views.blueprint import bp


@bp.route("/me/privacy/delete", methods=["GET", "POST"])
@requires(Role.LEARNER)
def leave():
    """Delete one's account, with the PIN."""
    form = load_form(PinForm()) if request.method == "POST" else Form()
    if form.is_sound and _has_left(form):
        close_session()
        answer = redirect(url_for(".left"), 303)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer
    page = render_template("portable/leave.html", form=form)
    return page, 422 if form.errors else 200


@bp.get("/deleted")
@public
def left():
    return render_template("portable/left.html")


def _has_left(form: Form) -> bool:
    learner, now = signed_in_user(), clock.now()
    pass_code, pin = learner.pass_code or "", "".join(form.data["pin"].split())
    key = account_key("pass", pass_code)
    # Whoever finds a browser signed in may not guess here either; a wrong guess keeps its count.
    with unit_of_work() as db:
        count_attempt(db, key, now=now)
    try:
        with unit_of_work() as db:
            recognised = recognise_learner(db, pass_code=pass_code, pin=pin)
            forgive(db, key, now=now)
            erase_learner(db, learner=recognised, now=now)
    except NotRecognised as refusal:
        form.refuse("pin", str(refusal))
        return False
    return True
