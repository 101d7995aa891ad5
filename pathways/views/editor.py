"""An organisation's own pathways: laid out, published, ended, and made anew."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from badges.queries import achievements_of
from pathways import editing, keeping, queries
from pathways.editing import Edited
from pathways.models import MOST_STEPS, Pathway, StepKind
from pathways.schemas import OLDEST, YOUNGEST
from pathways.views.blueprint import bp
from providers.acting import provider_acted_for
from providers.models import Provider
from providers.queries import speaks_for


@bp.get("/provide/pathways")
@requires(*PROVIDER_ROLES)
def own():
    provider = _own_provider()
    return render_template(
        "pathways/own.html",
        pathways=queries.pathways_of(current_db(), provider),
        open_slugs=queries.open_slugs_of(current_db(), provider),
        done=request.args.get("done"),
    )


@bp.route("/provide/pathways/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new():
    """Lay out a new pathway."""
    provider = _own_provider()
    if request.method == "GET":
        return _editor(editing.shown(current_db(), provider, editing.begin()))
    return _take(provider, None)


@bp.route("/provide/pathways/<slug>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def edit(slug: str):
    """Change a pathway that nobody has started; of any other, say why it stays as it is."""
    pathway = own_pathway(slug)
    if _is_settled(pathway):
        return _settled(pathway), Conflict.status if request.method == "POST" else 200
    if request.method == "GET":
        typed = editing.as_typed(pathway)
        return _editor(editing.shown(current_db(), pathway.provider, typed), pathway)
    return _take(pathway.provider, pathway)


@bp.post("/provide/pathways/<slug>/next")
@requires(*PROVIDER_ROLES)
def make_next(slug: str):
    """Begin the next version as a copy of this one."""
    with unit_of_work() as db:
        keeping.make_next(db, pathway=own_pathway(slug), made_by=signed_in_user())
    return redirect(url_for(".edit", slug=slug), 303)


@bp.post("/provide/pathways/<slug>/end")
@requires(*PROVIDER_ROLES)
def end(slug: str):
    with unit_of_work() as db:
        keeping.end(db, pathway=own_pathway(slug), ended_by=signed_in_user(), now=clock.now())
    return redirect(url_for(".own", done="ended"), 303)


@bp.post("/provide/pathways/<slug>/delete")
@requires(*PROVIDER_ROLES)
def drop(slug: str):
    """Delete a version that was never published."""
    with unit_of_work() as db:
        keeping.drop_draft(db, pathway=own_pathway(slug), dropped_by=signed_in_user())
    return redirect(url_for(".own", done="dropped"), 303)


def _take(provider: Provider, pathway: Pathway | None):
    """Answer a button of the editor: keep what it holds, or show it again."""
    state = editing.edited(current_db(), provider, request.form)
    if state.plan is None:
        return _editor(state, pathway), 422 if state.form.errors else 200
    is_last = request.form["do"] == "publish"
    try:
        with unit_of_work() as db:
            kept = _keep(db, provider, pathway, state)
            if is_last:
                keeping.publish(db, pathway=kept, published_by=signed_in_user(), now=clock.now())
    except Conflict as refusal:
        current = own_pathway(pathway.slug) if pathway else None
        if current and _is_settled(current):
            return _settled(current), Conflict.status
        state.form.refuse("add", str(refusal))
        return _editor(state, current), 422
    return redirect(url_for(".own", done="published" if is_last else "saved"), 303)


def _keep(db, provider: Provider, pathway: Pathway | None, state: Edited) -> Pathway:
    assert state.plan is not None
    if pathway is None:
        return keeping.lay_out(db, provider=provider, laid_by=signed_in_user(), plan=state.plan)
    keeping.change(db, pathway=pathway, changed_by=signed_in_user(), plan=state.plan)
    return pathway


def _editor(state: Edited, pathway: Pathway | None = None) -> str:
    provider = pathway.provider if pathway else _own_provider()
    return render_template(
        "pathways/edit.html",
        form=state.form,
        state=state,
        pathway=pathway,
        kinds=StepKind,
        badges=achievements_of(current_db(), provider),
        ages=range(YOUNGEST, OLDEST + 1),
        most_steps=MOST_STEPS,
    )


def _settled(pathway: Pathway) -> str:
    return render_template("pathways/settled.html", pathway=pathway)


def _is_settled(pathway: Pathway) -> bool:
    return pathway.ended_at is not None or queries.is_started(current_db(), pathway)


def _own_provider() -> Provider:
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def own_pathway(slug: str) -> Pathway:
    """Return the newest version of a pathway of the organisation that the visitor acts for.

    :raises NotFound: it has none of this name.
    """
    pathway = queries.newest_version(current_db(), _own_provider(), slug)
    if pathway is None:
        raise NotFound(_("We cannot find that pathway."))
    return pathway
