"""How one badge is come by, for its organisation: activities, a rule, asking, codes and lists."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.attempts import secret_of_codes
from accounts.passes import grouped, qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed
from app.forms import Form, load_form
from app.web import public_url
from awards import claiming, rules
from awards.asking import let_ask
from awards.models import RuleKind
from awards.schemas import CodeForm, RuleForm
from awards.standing import badge_to_decide
from badges.models import Achievement
from badges.queries import achievements_in_city
from providers.acting import provider_acted_for
from providers.models import Provider

bp = Blueprint("award_ways", __name__, template_folder="../templates")

_MINUTES = "%Y-%m-%dT%H:%M"


@bp.get("/provide/badges/<slug>/ways")
@requires(*PROVIDER_ROLES)
def show(slug: str):
    return _page(_badge(slug), Form(), Form(typed=_soon()))


@bp.post("/provide/badges/<slug>/rule")
@requires(*PROVIDER_ROLES)
def make_rule(slug: str):
    form = load_form(RuleForm())
    if not form.is_sound:
        return _page(_badge(slug), form, Form(typed=_soon())), 422
    try:
        _make_rule(slug, form)
    except Conflict as refusal:
        form.refuse("needed", str(refusal))
        return _page(_badge(slug), form, Form(typed=_soon())), Conflict.status
    return redirect(url_for(".show", slug=slug, done="rule"), 303)


@bp.post("/provide/badges/<slug>/rule/end")
@requires(*PROVIDER_ROLES)
def end_rule(slug: str):
    with unit_of_work() as db:
        rules.end_rule(db, achievement=_badge(slug), now=clock.now())
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/provide/badges/<slug>/asking/<any(on, off):choice>")
@requires(*PROVIDER_ROLES)
def choose_asking(slug: str, choice: str):
    with unit_of_work() as db:
        let_ask(db, achievement=_badge(slug), takes_requests=choice == "on")
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/provide/badges/<slug>/codes")
@requires(*PROVIDER_ROLES)
def make_code(slug: str):
    """Make a code and show it, this once."""
    form = load_form(CodeForm())
    if not form.is_sound:
        return _page(_badge(slug), Form(), form), 422
    try:
        with unit_of_work() as db:
            achievement = _badge(slug)
            code = claiming.make_code(
                db,
                achievement=achievement,
                made_by=signed_in_user(),
                secret=secret_of_codes(),
                now=clock.now(),
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("closes", str(refusal))
        return _page(_badge(slug), Form(), form), Conflict.status
    address = public_url(url_for("award_claiming.claim_badge", code=grouped(code)))
    page = render_template(
        "awards/code.html",
        achievement=achievement,
        code=grouped(code),
        qr=qr_svg(address, title=_("The code as a picture to scan")),
        **form.data,
    )
    return _for_their_eyes(page)


@bp.post("/provide/badges/<slug>/codes/<uuid:uuid>/end")
@requires(*PROVIDER_ROLES)
def end_code(slug: str, uuid: UUID):
    with unit_of_work() as db:
        claiming.end_code(db, achievement=_badge(slug), uuid=uuid, now=clock.now())
    return redirect(url_for(".show", slug=slug), 303)


def own_provider() -> Provider:
    """Return the organisation that this browser acts for."""
    provider = provider_acted_for(current_db(), signed_in_user())
    if provider is None:
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def _badge(slug: str) -> Achievement:
    db, keeper = current_db(), signed_in_user()
    return badge_to_decide(db, keeper, own_provider(), slug, now=clock.now())


def _make_rule(slug: str, form: Form) -> None:
    with unit_of_work() as db:
        achievement = _badge(slug)
        activities = rules.own_opportunities(db, achievement)
        rules.make_rule(
            db,
            achievement=achievement,
            made_by=signed_in_user(),
            kind=form.data["kind"],
            needed=form.data["needed"],
            opportunities=[each for each in activities if each.slug in form.data["activities"]],
            badges=[each for each in _countable(achievement) if each.slug in form.data["badges"]],
            now=clock.now(),
        )


def _countable(achievement: Achievement) -> list[Achievement]:
    """Return the badges that a rule for this one can count: those of its city, without itself."""
    in_city = achievements_in_city(current_db(), achievement.issuer.city_id)
    return [each for each in in_city if each.slug != achievement.slug]


def _soon() -> dict[str, str]:
    """Return times that a form starts with: from now on, for three hours."""
    now = clock.now().astimezone(clock.LONDON).replace(second=0, microsecond=0)
    return {
        "opens": now.strftime(_MINUTES),
        "closes": (now + timedelta(hours=3)).strftime(_MINUTES),
    }


def _page(achievement: Achievement, rule_form: Form, code_form: Form) -> str:
    db = current_db()
    return render_template(
        "awards/ways.html",
        achievement=achievement,
        rule=rules.rule_of(db, achievement),
        giving=rules.giving_activities(db, achievement),
        activities=rules.own_opportunities(db, achievement),
        badges=_countable(achievement),
        kinds=RuleKind,
        codes=claiming.open_codes(db, achievement, now=clock.now()),
        rule_form=rule_form,
        code_form=code_form,
        done=request.args.get("done"),
    )


def _for_their_eyes(page: str):
    """Let no browser keep a page."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
