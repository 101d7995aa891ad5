"""An organisation's own badges, kept in order; and all those of a city, for its officers.

Here and not in `badges`: whether a badge should have been earned by now is told by sessions.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from badges.art import FALLBACK_ICON
from badges.hygiene import LONGEST_CRITERIA, Flaw
from badges.models import Achievement, Skill, Strand
from badges.queries import is_earned, own_achievement
from badges.service import change_achievement, define_achievement
from listings.badge_queries import Judged, judged_badges_in_city_of, judged_badges_of
from listings.badge_schemas import BadgeForm
from listings.schemas import ICONS
from providers.acting import provider_acted_for
from providers.models import Provider
from providers.queries import speaks_for

bp = Blueprint("own_badges", __name__, template_folder="../templates")

#: How many badges a page of the officer's shows. More are found with the filter.
_MOST_SHOWN = 100
#: What the officer's filter takes beside the name of a flaw.
_ANY_FLAW, _ALL = "any", "all"


@bp.get("/provide/badges")
@requires(*PROVIDER_ROLES)
def show_own():
    badges = judged_badges_of(current_db(), _own_provider(), now=clock.now())
    return render_template(
        "listings/badges/own.html",
        badges=sorted(badges, key=lambda badge: not badge.flaws),
        done=request.args.get("done"),
    )


@bp.route("/provide/badges/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new():
    """Make a badge, or the next one after another of one's own."""
    provider = _own_provider()
    earlier = own_achievement(current_db(), provider, request.args.get("after", ""))
    if request.method == "GET":
        return _form_page(Form(typed=_as_it_is(earlier) if earlier else {}), earlier=earlier)
    form = load_form(BadgeForm())
    if not form.is_sound:
        return _form_page(form, earlier=earlier), 422
    icon = form.data.pop("icon") or (earlier.icon if earlier else FALLBACK_ICON)
    with unit_of_work() as db:
        level = earlier.level if earlier else 1
        define_achievement(db, issuer=provider, level=level, icon=icon, **form.data)
    return redirect(url_for(".show_own", done="made"), 303)


@bp.route("/provide/badges/<slug>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def change(slug: str):
    """Change a badge that nobody has earned yet; of any other, say why it stays as it is."""
    achievement = _own_achievement(slug)
    if request.method == "GET":
        if is_earned(current_db(), achievement):
            return _locked_page(achievement)
        return _form_page(Form(typed=_as_it_is(achievement)), achievement=achievement)
    form = load_form(BadgeForm())
    if not form.is_sound:
        return _form_page(form, achievement=achievement), 422
    try:
        _change(achievement, form)
    except Conflict:
        return _locked_page(_own_achievement(slug)), Conflict.status
    return redirect(url_for(".show_own", done="changed"), 303)


@bp.get("/authority/badges")
@requires(*AUTHORITY_ROLES)
def show_of_city():
    """Show the badges of the officer's city with what may be amiss, filtered by that."""
    officer = signed_in_user()
    badges = judged_badges_in_city_of(current_db(), officer, now=clock.now())
    wanted = request.args.get("finding", _ANY_FLAW)
    found = [badge for badge in badges if _is_wanted(badge, wanted)]
    return render_template(
        "listings/badges/city.html",
        badges=found[:_MOST_SHOWN],
        how_many=len(found),
        of_all=len(badges),
        wanted=wanted,
        by_flaw={flaw: sum(flaw in badge.flaws for badge in badges) for flaw in Flaw},
        with_any=sum(bool(badge.flaws) for badge in badges),
        city=officer.city,
    )


def _is_wanted(badge: Judged, wanted: str) -> bool:
    if wanted in tuple(Flaw):
        return wanted in badge.flaws
    return wanted == _ALL or bool(badge.flaws)


def _own_provider() -> Provider:
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def _own_achievement(slug: str) -> Achievement:
    achievement = own_achievement(current_db(), _own_provider(), slug)
    if achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return achievement


def _change(achievement: Achievement, form: Form) -> None:
    given: dict[str, Any] = form.data | {"icon": form.data["icon"] or achievement.icon}
    with unit_of_work() as db:
        change_achievement(db, achievement=achievement, changed_by=signed_in_user(), **given)


def _as_it_is(achievement: Achievement) -> dict[str, Any]:
    return {
        "name": achievement.name,
        "description": achievement.description,
        "criteria": achievement.criteria,
        "strand": achievement.strand.value,
        "icon": achievement.icon if achievement.icon in ICONS else "",
        "skills": list(achievement.skills),
    }


def _form_page(
    form: Form, *, achievement: Achievement | None = None, earlier: Achievement | None = None
) -> str:
    return render_template(
        "listings/badges/form.html",
        form=form,
        achievement=achievement,
        earlier=earlier,
        strands=Strand,
        skills=Skill,
        icons=ICONS,
        longest_criteria=LONGEST_CRITERIA,
    )


def _locked_page(achievement: Achievement) -> str:
    return render_template("listings/badges/locked.html", achievement=achievement)
