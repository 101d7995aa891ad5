"""The officers' pages: which concerns wait, and one of them with all that was said and done."""

from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from concerns import document, queries, service
from concerns.schemas import NoteForm
from concerns.service import WORDS_LENGTH

bp = Blueprint("concern_desk", __name__, template_folder="../templates")

#: Whoever runs the service reads a concern only where a city has nobody left who may.
_READERS = (*AUTHORITY_ROLES, Role.PLATFORM_ADMIN)


@bp.get("/authority/concerns")
@requires(*_READERS)
def queue():
    """Show what waits, the soonest due first."""
    db, officer = current_db(), signed_in_user()
    page = render_template(
        "concerns/queue.html",
        concerns=queries.concerns_for(db, officer),
        closed=queries.closed_for(db, officer),
        officer=officer,
        now=clock.now(),
    )
    return _private(page)


@bp.get("/authority/concerns/<uuid:uuid>")
@requires(*_READERS)
def show(uuid: UUID):
    """Show one, and write down who looked at it."""
    with unit_of_work() as db:
        service.read(db, uuid=uuid, **_by_officer())
    return _page(uuid, Form())


@bp.post("/authority/concerns/<uuid:uuid>/take-on")
@requires(*_READERS)
def take_on(uuid: UUID):
    with unit_of_work() as db:
        service.take_on(db, uuid=uuid, **_by_officer())
    return _back_to(uuid)


@bp.post("/authority/concerns/<uuid:uuid>/note")
@requires(*_READERS)
def note(uuid: UUID):
    """Keep what was done; with the other button, close the concern with it."""
    form = load_form(NoteForm())
    if not form.is_sound:
        return _page(uuid, form)
    act = service.close if request.form.get("then") == "close" else service.note
    with unit_of_work() as db:
        act(db, uuid=uuid, words=form.data["words"], **_by_officer())
    return _back_to(uuid)


@bp.post("/authority/concerns/<uuid:uuid>/reopen")
@requires(*_READERS)
def reopen(uuid: UUID):
    with unit_of_work() as db:
        service.reopen(db, uuid=uuid, **_by_officer())
    return _back_to(uuid)


@bp.post("/authority/concerns/<uuid:uuid>/document")
@requires(*_READERS)
def download(uuid: UUID):
    """Give the whole concern as one dated document; its trace says who took it."""
    now = clock.now()
    with unit_of_work() as db:
        concern = service.note_export(db, uuid=uuid, **_by_officer())
        text = document.of(concern, queries.lines_of(db, concern, secret=_secret()), now=now)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="concern-{uuid}.txt"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(uuid: UUID, form: Form):
    db = current_db()
    concern = queries.concern_for(db, signed_in_user(), uuid)
    page = render_template(
        "concerns/show.html",
        concern=concern,
        lines=queries.lines_of(db, concern, secret=_secret()),
        kept_from=queries.kept_from(db, concern),
        officer=signed_in_user(),
        form=form,
        now=clock.now(),
        words_length=WORDS_LENGTH,
    )
    return _private(page, 422 if form.errors else 200)


def _by_officer():
    return {"officer": signed_in_user(), "secret": _secret(), "now": clock.now()}


def _back_to(uuid: UUID):
    return redirect(url_for(".show", uuid=uuid), 303)


def _private(page: str, status: int = 200):
    answer = current_app.make_response((page, status))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _secret() -> str:
    return current_app.extensions["settings"].concerns_secret
