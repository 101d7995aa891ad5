"""The ways in, and the way out."""

from collections.abc import Callable

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from accounts import passes, service
from accounts.access import public, signed_in_user, with_link
from accounts.attempts import account_key, count_attempt, forgive
from accounts.browser import close_session, home_of, open_session, path_within
from accounts.models import User
from accounts.queries import link_works
from accounts.schemas import AdultSignIn, LearnerSignIn
from accounts.views import bp
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    """Two ways in of equal weight: a pass and its PIN, or an e-mail address and its password."""
    going_to = path_within(request.values.get("next"))
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(going_to or home_of(signed_in_user()), 303)
        return _page(going_to, Form())
    form, user = _with_password() if request.form.get("way") == "adult" else _with_pass()
    if user is None:
        return _page(going_to, form), 422
    open_session(user)
    return redirect(going_to or home_of(user), 303)


@bp.post("/sign-out")
@public
def sign_out():
    """Sign out here, and have the browser drop what it kept of us."""
    close_session()
    answer = redirect(url_for("accounts.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@with_link
def use_link(token: str):
    """Sign in by a one-use address. Asking for it shows a button, so that a preview does not use it up."""
    if request.method == "GET":
        works = link_works(current_db(), token, now=clock.now())
        page = make_response(render_template("accounts/use_link.html", works=works))
        page.status_code = 200 if works else 404
        # The address is the key: it must not travel on in a Referer or stay in a cache.
        page.headers.update({"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        return page
    with unit_of_work() as db:
        user = service.use_sign_in_link(db, token=token, now=clock.now())
    open_session(user)
    return redirect(home_of(user), 303)


def _page(going_to: str | None, form: Form):
    way = request.form.get("way", "")
    return render_template("accounts/sign_in.html", form=form, way=way, going_to=going_to)


def _with_pass() -> tuple[Form, User | None]:
    form = load_form(LearnerSignIn())
    if not form.is_sound:
        return form, None
    typed, pin = form.data["pass_code"], "".join(form.data["pin"].split())
    key = account_key("pass", passes.read_pass_code(typed))
    return form, _recognise(
        form, key, lambda db: service.recognise_learner(db, pass_code=typed, pin=pin)
    )


def _with_password() -> tuple[Form, User | None]:
    form = load_form(AdultSignIn())
    if not form.is_sound:
        return form, None
    key = account_key("email", form.data["email"].lower())
    return form, _recognise(form, key, lambda db: service.recognise_adult(db, **form.data))


def _recognise(form: Form, key: str, look: Callable[[Session], User]) -> User | None:
    """Return whom `look` recognises, or None with the reason on the form."""
    # Counted and kept first: a wrong guess must not undo its own count.
    with unit_of_work() as db:
        count_attempt(db, key, now=clock.now())
    try:
        with unit_of_work() as db:
            user = look(db)
            forgive(db, key, now=clock.now())
    except service.NotRecognised as refusal:
        form.refuse("pass_code" if "pass_code" in form.data else "email", str(refusal))
        return None
    return user
