"""Pathways as people find them, and a learner's own way along one."""

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import public, requires, signed_in_user
from accounts.models import Role, User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from badges.queries import badges_of
from geo.queries import cities, city_by_slug
from opportunities.queries import is_on_offer
from pathways import queries, service
from pathways.models import WORDS_LENGTH, Pathway
from pathways.progress import progress_of
from pathways.schemas import WordsForm
from pathways.views.blueprint import bp
from pathways.where import where_to_go
from providers.standing import is_trusted


@bp.get("/pathways")
@public
def show_all():
    """Show the pathways that one may set out on, of one city or of all."""
    db, slug = current_db(), request.args.get("city", "")
    city = city_by_slug(db, slug) if slug else None
    return render_template(
        "pathways/all.html",
        pathways=queries.open_pathways(db, now=clock.now(), city=city),
        city=city,
        cities=cities(db),
    )


@bp.get("/pathways/<slug>", defaults={"version": None})
@bp.get("/pathways/<slug>/v<int:version>")
@public
def show(slug: str, version: int | None):
    """Show a pathway; to a learner also what of it they have done."""
    return _page(_shown(slug, version), Form())


@bp.post("/pathways/<slug>/v<int:version>/start")
@requires(Role.LEARNER)
def set_out(slug: str, version: int):
    with unit_of_work() as db:
        pathway = _shown(slug, version)
        service.set_out(db, learner=signed_in_user(), pathway=pathway, now=clock.now())
    return _back_to(pathway)


@bp.post("/pathways/<slug>/v<int:version>/stop")
@requires(Role.LEARNER)
def stop(slug: str, version: int):
    with unit_of_work() as db:
        pathway = _shown(slug, version)
        service.stop(db, learner=signed_in_user(), pathway=pathway, now=clock.now())
    return _back_to(pathway)


@bp.post("/pathways/<slug>/v<int:version>/go-over")
@requires(Role.LEARNER)
def go_over(slug: str, version: int):
    """Go on with this version instead of an earlier one."""
    with unit_of_work() as db:
        pathway = _shown(slug, version)
        service.go_over(db, learner=signed_in_user(), pathway=pathway, now=clock.now())
    return _back_to(pathway)


@bp.post("/pathways/<slug>/v<int:version>/steps/<int:position>")
@requires(Role.LEARNER)
def write(slug: str, version: int, position: int):
    """Keep what a learner writes for a step; or delete it, where that is what they pressed."""
    pathway, form = _shown(slug, version), load_form(WordsForm())
    if form.errors:
        renamed = f"words-{position}"
        typed = {renamed: form.typed["words"]}
        return _page(pathway, Form(typed=typed, errors={renamed: form.errors["words"]})), 422
    words = "" if "delete" in request.form else form.data["words"]
    with unit_of_work() as db:
        service.write_words(
            db,
            learner=signed_in_user(),
            pathway=pathway,
            position=position,
            words=words,
            now=clock.now(),
        )
    return _back_to(pathway, f"step-{position}")


@bp.get("/me/pathways")
@requires(Role.LEARNER)
def mine():
    """Show a learner what they set out on, and how far they are."""
    db, learner = current_db(), signed_in_user()
    facts = queries.facts_of(db, learner)
    starts = [
        (start, progress_of(start.pathway, facts)) for start in queries.starts_of(db, learner)
    ]
    return render_template(
        "pathways/mine.html",
        under_way=[each for each in starts if each[0].left_at is None],
        stopped=[each for each in starts if each[0].left_at is not None],
        badges=_by_achievement(learner),
    )


def _shown(slug: str, version: int | None) -> Pathway:
    found = queries.pathway_shown(current_db(), _viewer(), slug, now=clock.now(), version=version)
    if found is None:
        raise NotFound(_("We cannot find that pathway."))
    return found


def _page(pathway: Pathway, form: Form) -> str:
    db, now, viewer = current_db(), clock.now(), _viewer()
    learner = viewer if viewer and viewer.role is Role.LEARNER else None
    newer = queries.open_version(db, pathway.slug)
    return render_template(
        "pathways/show.html",
        pathway=pathway,
        form=form,
        on_offer=_on_offer(pathway, now),
        adverts=queries.adverts_shown(db, pathway, clock.today()),
        where=where_to_go(db, pathway, viewer=viewer, now=now),
        learner=learner,
        start=queries.start_of(db, learner, pathway) if learner else None,
        earlier=queries.live_start_elsewhere(db, learner, pathway) if learner else None,
        progress=progress_of(pathway, queries.facts_of(db, learner)) if learner else None,
        badge=_by_achievement(learner).get(pathway.achievement_id) if learner else None,
        newer=newer if newer and newer.version > pathway.version else None,
        may_start=pathway.is_open and is_trusted(pathway.provider, now),
        words_length=WORDS_LENGTH,
    )


def _on_offer(pathway: Pathway, now: datetime) -> set[int]:
    """Return which opportunities of its steps the public may see: of others not even the name."""
    items = (item.opportunity for step in pathway.steps for item in step.items)
    return {each.id for each in items if each and is_on_offer(each, now)}


def _viewer() -> User | None:
    return signed_in_user() if current_user.is_authenticated else None


def _by_achievement(learner: User):
    """Return the badges that a learner holds, by what each stands for."""
    return {badge.achievement_id: badge for badge in badges_of(current_db(), learner)}


def _back_to(pathway: Pathway, anchor: str | None = None):
    where = url_for(".show", slug=pathway.slug, version=pathway.version, _anchor=anchor)
    return redirect(where, 303)
