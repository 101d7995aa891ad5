"""The story of a learner, line by line, and what they choose about each line."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from badges.models import Skill
from record.addresses import LINE
from record.models import LineKind
from record.queries import line_named, page_of, strands_for
from record.schemas import LineForm, StoryAsked
from record.service import choose, delete_brought
from record.views.blueprint import bp
from record.words import words_about

#: Where a line's own page is, in the room that it comes from.
_SOURCES = {
    LineKind.BADGE: "profiles.show_badge",
    LineKind.IMPORTED: "wallet.show_imported",
    LineKind.LOGGED: "logbook.show_logged",
    LineKind.PROJECT: "logbook.show_project",
}


#: What a line is called where one says how it went, and where one adds what shows it.
_KEPT_AS = {
    LineKind.CAME: ("booking", "booking"),
    LineKind.LOGGED: ("added", "logged"),
    LineKind.BADGE: ("badge", "badge"),
}


@bp.get("/me/story")
@requires(Role.LEARNER)
def show_story():
    db, learner = current_db(), signed_in_user()
    asked, strands = _asked(), strands_for(db, learner)
    chosen = next((strand for strand in strands if strand.key == asked["strand"]), None)
    page = page_of(
        db,
        learner,
        strands,
        strand=chosen.key if chosen else "",
        skill=asked["skill"],
        hidden=asked["hidden"],
        before=asked["before"],
    )
    return render_template(
        "record/story.html", page=page, strands=strands, strand=chosen, asked=asked, skills=Skill
    )


@bp.route(f"/me/story/{LINE}", methods=["GET", "POST"])
@requires(Role.LEARNER)
def show_line(kind: str, uuid: UUID):
    """Show one line: how it is known, and what its learner chose about it."""
    db, learner = current_db(), signed_in_user()
    strands = strands_for(db, learner)
    line = line_named(db, learner, strands, LineKind(kind), uuid)
    if line is None:
        raise NotFound(_("We cannot find that."))
    form = load_form(LineForm()) if request.method == "POST" else _filled(line)
    if request.method == "POST" and form.is_sound:
        _choose(line, form)
        return redirect(url_for(".show_line", kind=kind, uuid=uuid, _anchor="chosen"), 303)
    source = _SOURCES.get(line.kind)
    page = render_template(
        "record/line.html",
        line=line,
        form=form,
        strands=strands,
        source=url_for(source, uuid=uuid) if source else "",
        words=words_about(db, learner, [line])[line.key],
        reflected=_KEPT_AS.get(line.kind, ("", ""))[0],
        belongs_with=_belongs_with(line),
    )
    return page, 422 if form.errors else 200


@bp.post("/me/story/brought/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete_brought_line(uuid: UUID):
    """Delete a line that was brought from another site. It stays where it came from."""
    with unit_of_work() as db:
        delete_brought(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".show_story"), 303)


def _asked() -> dict:
    try:
        return StoryAsked().load(request.args)
    except ValidationError as wrong:
        known = {name: value for name, value in request.args.items() if name not in wrong.messages}
        return StoryAsked().load(known)


def _belongs_with(line) -> str:
    kept_as = _KEPT_AS.get(line.kind)
    return f"{kept_as[1]}:{line.source_uuid}" if kept_as else ""


def _filled(line) -> Form:
    return Form(
        typed={
            "shown": "no" if line.is_hidden else "yes",
            "counts": "yes" if line.counts else "no",
            "strand": line.strand,
        }
    )


def _choose(line, form: Form) -> None:
    with unit_of_work() as db:
        choose(
            db,
            learner=signed_in_user(),
            kind=line.kind,
            uuid=line.uuid,
            is_hidden=form.data["shown"] == "no",
            counts=form.data["counts"] == "yes",
            strand=form.data["strand"],
        )
