"""An organisation's own badges, kept in order; and all those of a city, for its officers.

Here and not in `badges`: whether a badge should have been earned by now is told by sessions.
"""

import secrets
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from badges.art import FALLBACK_ICON, badge_svg
from badges.facts import LEVELS
from badges.frameworks import align, find_entries, unalign
from badges.hygiene import LONGEST_CRITERIA, Flaw
from badges.models import Achievement, AchievementKind, Skill, Strand
from badges.queries import is_earned, own_achievement
from badges.service import change_achievement, define_achievement, slug_of
from listings.badge_queries import Judged, judged_badges_in_city_of, judged_badges_of
from listings.badge_schemas import BadgeForm
from listings.badge_service import say_anew
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
    provider = _own_provider()
    if request.method == "GET":
        return _form_page(Form(typed={"seed": secrets.token_hex(3)}))
    form = load_form(BadgeForm())
    if not form.is_sound or _only_looks():
        return _form_page(form), 200 if _only_looks() else 422
    with unit_of_work() as db:
        define_achievement(db, issuer=provider, **_given(form, FALLBACK_ICON))
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
    if not form.is_sound or _only_looks():
        return _form_page(form, achievement=achievement), 200 if _only_looks() else 422
    try:
        _change(achievement, form)
    except Conflict:
        return _locked_page(_own_achievement(slug)), Conflict.status
    return redirect(url_for(".show_own", done="changed"), 303)


@bp.route("/provide/badges/<slug>/next", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def make_next(slug: str):
    """Say a badge that was earned anew: whoever has the version before keeps it."""
    earlier = _own_achievement(slug)
    if request.method == "GET":
        return _form_page(Form(typed=_as_it_is(earlier)), earlier=earlier)
    form = load_form(BadgeForm())
    if not form.is_sound or _only_looks():
        return _form_page(form, earlier=earlier), 200 if _only_looks() else 422
    given = _given(form, earlier.icon)
    given.pop("seed")  # its address is the one it has
    with unit_of_work() as db:
        say_anew(db, earlier=earlier, made_by=signed_in_user(), **given)
    return redirect(url_for(".show_own", done="next"), 303)


@bp.get("/provide/badges/picture.svg")
@requires(*PROVIDER_ROLES)
def draw():
    """Draw the picture of a badge that is being made, as it will be."""
    asked = request.args
    slug = asked.get("slug") or slug_of(asked.get("name", ""), asked.get("seed", ""))
    level = asked.get("level", 1, type=int)
    svg = badge_svg(slug, asked.get("strand", ""), level=level, icon=asked.get("icon", ""))
    return Response(svg, mimetype="image/svg+xml")


@bp.route("/provide/badges/<slug>/frameworks", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def choose_alignments(slug: str):
    """Say what a badge corresponds to in published frameworks, as long as nobody has earned it."""
    achievement = _own_achievement(slug)
    if is_earned(current_db(), achievement):
        return _locked_page(achievement)
    if request.method == "POST":
        _change_alignments(achievement)
        return redirect(url_for(".choose_alignments", slug=slug, words=_words_looked_for()), 303)
    return render_template(
        "listings/badges/frameworks.html",
        achievement=achievement,
        words=_words_looked_for(),
        found=find_entries(current_db(), _words_looked_for()),
    )


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
    given = _given(form, achievement.icon)
    given.pop("seed")  # its address stays
    with unit_of_work() as db:
        change_achievement(db, achievement=achievement, changed_by=signed_in_user(), **given)


def _given(form: Form, icon: str) -> dict[str, Any]:
    """Return what the form says, with the picture that stays where none is chosen."""
    return form.data | {"icon": form.data["icon"] or icon}


def _only_looks() -> bool:
    """Return whether the form was sent to see the picture, and not to keep anything."""
    return "look" in request.form


def _words_looked_for() -> str:
    return request.values.get("words", "").strip()[:80]


def _change_alignments(achievement: Achievement) -> None:
    change = align if "add" in request.form else unalign
    entry_id = request.form.get("add" if "add" in request.form else "remove", 0, type=int)
    with unit_of_work() as db:
        change(db, achievement=achievement, entry_id=entry_id, by=signed_in_user())


def _as_it_is(achievement: Achievement) -> dict[str, Any]:
    return {
        "name": achievement.name,
        "description": achievement.description,
        "criteria": achievement.criteria,
        "strand": achievement.strand.value,
        "icon": achievement.icon if achievement.icon in ICONS else "",
        "skills": list(achievement.skills),
        "level": achievement.level,
        "kind": achievement.kind.value,
        "language": achievement.language,
        "rubric": achievement.rubric,
        "rubric_levels": "\n".join(level.name for level in achievement.rubric_levels),
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
        kinds=AchievementKind,
        levels=LEVELS,
        longest_criteria=LONGEST_CRITERIA,
    )


def _locked_page(achievement: Achievement) -> str:
    return render_template("listings/badges/locked.html", achievement=achievement)
