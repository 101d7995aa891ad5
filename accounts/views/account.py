"""What is one's own: the pass, the password, and every place where one is signed in."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts import passes, service
from accounts.access import requires, signed_in, signed_in_user
from accounts.attempts import account_key, count_attempt, secret_of_codes
from accounts.browser import home_of, open_session
from accounts.models import Role, User
from accounts.schemas import PasswordChange
from accounts.views import bp
from accounts.views.sign_in import sign_out
from app import clock
from app.db import unit_of_work
from app.forms import Form, load_form
from geo.models import Area

ADULTS = tuple(role for role in Role if role is not Role.LEARNER)


@bp.get("/me/pass")
@requires(Role.LEARNER)
def show_pass():
    return pass_page(signed_in_user())


@bp.get("/me/pass/code")
@requires(Role.LEARNER)
def show_code():
    """Answer with what the pass shows at this moment: a picture to scan, and six digits to say."""
    secret, uuid, now = secret_of_codes(), signed_in_user().uuid, clock.now()
    code = passes.moving_code(secret, uuid, now)
    return {
        "picture": passes.qr_svg(code, title=_("Your pass as a picture to scan")),
        "digits": passes.moving_digits(secret, uuid, now),
    }


@bp.post("/me/pass/pin")
@requires(Role.LEARNER)
def renew_pin():
    """Show a new PIN, this once. Every other browser is signed out."""
    learner = signed_in_user()
    with unit_of_work() as db:
        pin = service.renew_pin(db, learner=learner)
    open_session(learner)
    return pass_page(learner, pin)


@bp.get("/account")
@signed_in
def show_account():
    return _page(Form())


@bp.post("/account/password")
@requires(*ADULTS)
def change_password():
    form, user = load_form(PasswordChange()), signed_in_user()
    if form.is_sound:
        _choose_password(form, user)
    if not form.is_sound:
        return _page(form), 422
    open_session(user)
    return redirect(url_for(".show_account", changed="password"), 303)


@bp.post("/account/language")
@requires(*ADULTS)
def choose_language():
    """Write to somebody in another language from now on."""
    with unit_of_work() as db:
        service.choose_language(
            db, user=signed_in_user(), language=request.form.get("language", "")
        )
    return redirect(url_for(".show_account", changed="language"), 303)


@bp.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere():
    with unit_of_work() as db:
        service.sign_out_everywhere(db, user=signed_in_user())
    return sign_out()


def pass_page(
    learner: User, pin: str | None = None, going_to: str | None = None, home: Area | None = None
) -> str:
    """Return the page with a learner's pass; given `pin`, it is the one time that this is shown."""
    pass_code = learner.pass_code or ""
    return render_template(
        "accounts/show_pass.html",
        learner=learner,
        pass_code=passes.grouped(pass_code),
        qr=passes.qr_svg(pass_code, title=_("Your pass as a picture to scan")),
        pin=pin,
        going_to=going_to,
        home=home,
        now=clock.now(),
    )


def _choose_password(form: Form, user: User) -> None:
    # Whoever finds a browser signed in may not guess here either.
    with unit_of_work() as db:
        count_attempt(db, account_key("email", user.email or ""), now=clock.now())
    try:
        with unit_of_work() as db:
            service.choose_password(
                db, user=user, current=form.data["current_password"], new=form.data["new_password"]
            )
    except service.NotRecognised as refusal:
        form.refuse("current_password", str(refusal))


def _page(form: Form) -> str:
    user = signed_in_user()
    return render_template(
        "accounts/show_account.html",
        user=user,
        form=form,
        changed=request.args.get("changed"),
        home=home_of(user),
    )
