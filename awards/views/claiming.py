"""A learner types the code that somebody gave out, and has the badge."""

from flask import Blueprint, redirect, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.attempts import account_key, count_attempt, secret_of_codes
from accounts.models import Role
from app import clock
from app.db import unit_of_work
from app.forms import Form, load_form
from awards.claiming import NoSuchCode, claim
from awards.schemas import ClaimForm
from badges.models import AchievementCredential

bp = Blueprint("award_claiming", __name__, template_folder="../templates")


@bp.route("/claim", methods=["GET", "POST"])
@requires(Role.LEARNER)
def claim_badge():
    form = Form(typed={"code": request.args.get("code", "")[:100]})
    if request.method == "POST":
        form = load_form(ClaimForm())
        badge = _claimed(form) if form.is_sound else None
        if badge is not None:
            # The page of `profiles.views.record`, a room above: a link may point up.
            return redirect(url_for("profiles.show_badge", uuid=badge.uuid), 303)
    return render_template("awards/claim.html", form=form), 422 if form.errors else 200


def _claimed(form: Form) -> AchievementCredential | None:
    learner = signed_in_user()
    # Counted first, and kept: a wrong code must not undo its own count.
    with unit_of_work() as db:
        count_attempt(db, account_key("claim code", str(learner.uuid)), now=clock.now())
    try:
        with unit_of_work() as db:
            now = clock.of_database(db)
            return claim(db, learner=learner, secret=secret_of_codes(), now=now, **form.data)
    except NoSuchCode as refusal:
        form.refuse("code", str(refusal))
        return None
