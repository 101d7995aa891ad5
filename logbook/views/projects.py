"""A learner's projects: brief, log, product, presentation, review; and a supervisor's word."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.spreadsheet import as_csv
from app.wording import label
from badges.models import Skill
from badges.wording import in_words_of_skills as in_words
from logbook import project_queries as queries
from logbook import project_service as service
from logbook.models import EntryKind, Project, ProjectKind
from logbook.project_schemas import PART_LENGTH, PARTS, WORDS_LENGTH, EntryForm, NewForm
from logbook.queries import best_witness
from logbook.schemas import DURATIONS
from logbook.service import ask_witness
from logbook.service import stop_asking as stop
from logbook.views.asking import asked_of
from logbook.views.blueprint import bp

#: So much of the log stands on the page of its project.
_NEWEST = 3


@bp.get("/me/projects")
@requires(Role.LEARNER)
def projects():
    own = queries.projects_of(current_db(), signed_in_user())
    return render_template("logbook/projects.html", projects=own)


@bp.route("/me/projects/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def start():
    """Begin a project."""
    form = load_form(NewForm()) if request.method == "POST" else Form()
    project = _kept(form, "started_on", service.start_project) if form.is_sound else None
    if project is not None:
        return redirect(url_for(".show_project", uuid=project.uuid), 303)
    return _form_page("new", form)


@bp.get("/me/projects/<uuid:uuid>")
@requires(Role.LEARNER)
def show_project(uuid: UUID):
    """Show a project as it stands: five parts, each to be written when there is something to say."""
    db, project = current_db(), _own(uuid)
    entries, _more = queries.log_page(db, project, limit=_NEWEST)
    return render_template(
        "logbook/project.html",
        project=project,
        practised=in_words(project.skills),
        facts=queries.log_facts(db, project),
        entries=entries,
        given=best_witness(project),
        asked=asked_of(project, friend=False),
        refused=any(each.was_so is False for each in project.witnesses),
    )


@bp.route(f"/me/projects/<uuid:uuid>/<any({', '.join(PARTS)}):part>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def write_part(uuid: UUID, part: str):
    """Write one part of a project, or write it anew."""
    project, schema = _own(uuid), PARTS[part]()
    form = load_form(schema) if request.method == "POST" else _filled(project, schema)
    day = next((name for name in schema.fields if name.endswith("_on")), part)
    if form.is_sound and _kept(form, day, service.change_project, uuid=uuid):
        return redirect(url_for(".show_project", uuid=uuid, _anchor=part), 303)
    return _form_page(part, form, project)


@bp.route("/me/projects/<uuid:uuid>/log", methods=["GET", "POST"])
@requires(Role.LEARNER)
def show_log(uuid: UUID):
    """Show the log of a project, newest first, and add to it."""
    project = _own(uuid)
    form = load_form(EntryForm()) if request.method == "POST" else Form()
    if form.is_sound and _kept(form, "done_on", service.note_entry, uuid=uuid):
        return redirect(url_for(".show_log", uuid=uuid, _anchor="entries"), 303)
    number = max(1, request.args.get("page", 1, int))
    entries, has_more = queries.log_page(current_db(), project, number=min(number, 1_000))
    page = render_template(
        "logbook/log.html",
        project=project,
        form=form,
        kinds=EntryKind,
        entries=entries,
        number=number,
        has_more=has_more,
        facts=queries.log_facts(current_db(), project),
        durations=DURATIONS,
        words_length=WORDS_LENGTH,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


@bp.post("/me/projects/<uuid:uuid>/log/<uuid:entry_uuid>/delete")
@requires(Role.LEARNER)
def take_out_entry(uuid: UUID, entry_uuid: UUID):
    with unit_of_work() as db:
        service.take_out_entry(db, learner=signed_in_user(), uuid=uuid, entry_uuid=entry_uuid)
    return redirect(url_for(".show_log", uuid=uuid), 303)


@bp.get("/me/projects/<uuid:uuid>/log.csv")
@requires(Role.LEARNER)
def download_log(uuid: UUID):
    """Hand a learner the whole log as a spreadsheet, oldest day first."""
    heads = _("Day"), _("What it was"), _("In my words"), _("Source"), _("Minutes")
    rows = (
        (entry.done_on.isoformat(), label(entry.kind), entry.words, entry.source, entry.minutes)
        for entry in queries.whole_log(current_db(), _own(uuid))
    )
    return Response(
        as_csv([heads, *rows]),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="tirnod-log.csv"'},
    )


@bp.post("/me/projects/<uuid:uuid>/ask")
@requires(Role.LEARNER)
def ask_supervisor(uuid: UUID):
    _own(uuid)
    with unit_of_work() as db:
        ask_witness(
            db,
            learner=signed_in_user(),
            uuid=uuid,
            friend=False,
            secret=current_app.config["SECRET_KEY"],
            now=clock.now(),
        )
    return redirect(url_for(".show_project", uuid=uuid, _anchor="adult"), 303)


@bp.post("/me/projects/<uuid:uuid>/stop")
@requires(Role.LEARNER)
def stop_asking_supervisor(uuid: UUID):
    _own(uuid)
    with unit_of_work() as db:
        stop(db, learner=signed_in_user(), uuid=uuid, friend=False, now=clock.now())
    return redirect(url_for(".show_project", uuid=uuid, _anchor="adult"), 303)


@bp.post("/me/projects/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete_project(uuid: UUID):
    with unit_of_work() as db:
        service.delete_project(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".projects"), 303)


def _own(uuid: UUID) -> Project:
    project = queries.own_project(current_db(), signed_in_user(), uuid)
    if project is None:
        raise NotFound(_("We cannot find that project."))
    return project


def _kept(form: Form, box: str, keep: Callable[..., Any], **more: Any) -> Any:
    """Return what was kept of a form; nothing where a rule refused it, which stands beside the box."""
    try:
        with unit_of_work() as db:
            return keep(db, learner=signed_in_user(), now=clock.now(), **more, **form.data)
    except Conflict as refusal:
        form.refuse(box, str(refusal))
        return None


def _filled(project: Project, schema: Schema) -> Form:
    return Form(typed={name: _typed(getattr(project, name)) for name in schema.fields})


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each) for each in value]
    return "" if value is None else str(value)


def _form_page(part: str, form: Form, project: Project | None = None):
    page = render_template(
        "logbook/write_part.html",
        part=part,
        form=form,
        project=project,
        given=best_witness(project) if project else None,
        asked=asked_of(project, friend=False) if project else None,
        kinds=ProjectKind,
        skills=Skill,
        longest=PART_LENGTH,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200
