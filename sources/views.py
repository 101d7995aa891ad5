"""The pages of bringing in a list: choose it, settle what is what, read the report, keep it."""

import io
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from app.fetcher import Fetcher
from app.forms import Form, load_form
from listings.service import OLDEST, YOUNGEST
from opportunities.models import Category, OpportunityKind
from providers.models import Provider
from providers.queries import provider_of, speaks_for
from sources import export, following, queries, service
from sources.mapping import NEEDED, Columns, field_words, fields_for, guess_columns
from sources.models import MOST_BYTES, Source, SourceKind, Takes, Upload, Verdict
from sources.reading import WrongList, kind_of
from sources.schemas import SettleForm, as_typed, defaults_of
from sources.settling import Defaults

bp = Blueprint("sources", __name__, template_folder="templates")

_PAGE_SIZE = 100
_PREVIEWED = 3
#: The file, and what a form sends beside it.
_MOST_SENT = MOST_BYTES + 256 * 1024


@bp.url_value_preprocessor
def take_larger_files(endpoint: str | None, _values: Any) -> None:
    """Let a list be larger than other forms: before anything reads the request."""
    if endpoint == "sources.start":
        request.max_content_length = _MOST_SENT


@bp.route("/provide/activities/import", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def start():
    """Choose a file or an address, or one that was brought in before."""
    provider = _own_provider()
    form = Form()
    if request.method == "POST":
        form = Form(typed={"address": request.form.get("address", "").strip()[:2000]})
        try:
            return redirect(url_for(".settle", uuid=_take_in(provider, form)), 303)
        except Refusal as refusal:
            form.refuse("address" if form.value("address") else "file", str(refusal))
    page = render_template(
        "sources/start.html",
        form=form,
        provider=provider,
        sources=queries.sources_of(current_db(), provider),
    )
    return page, 422 if form.errors else 200


@bp.get("/provide/activities/import/template.csv")
@requires(*PROVIDER_ROLES)
def template():
    """Give our own file, with its headings and one row."""
    return _csv(export.template(), "activities.csv")


@bp.route("/provide/activities/import/<uuid:uuid>/settle", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def settle(uuid: UUID):
    """Say which column is which, and what holds where the list says nothing; then try it."""
    source, upload = _own_upload(uuid)
    if request.method == "GET":
        typed = as_typed(Defaults.of(source.mapping.get("defaults") or {}))
        typed |= {"name": source.name, "licence": source.licence, "takes": source.takes.value}
        return _settle_page(source, upload, Form(typed=typed))
    form = load_form(SettleForm())
    columns = _chosen_columns(source, upload, request.form)
    if form.is_sound:
        _refuse_missing(form, source, columns)
    if form.is_sound and request.form.get("go") != "columns":
        try:
            return redirect(url_for(".show", uuid=_try_out(uuid, form, columns)), 303)
        except WrongList as refusal:
            form.refuse("name", str(refusal))
    return _settle_page(source, upload, form, columns), 422 if form.errors else 200


@bp.get("/provide/activities/import/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def show(uuid: UUID):
    """Show the latest report on a list, and what can be done with it."""
    source = _own_source(current_db(), uuid)
    run = queries.last_run(current_db(), source)
    if run is None:
        return redirect(url_for(".settle", uuid=uuid), 303)
    return _report_page(source, run)


@bp.post("/provide/activities/import/<uuid:uuid>/keep")
@requires(*PROVIDER_ROLES)
def keep(uuid: UUID):
    """Keep what was tried."""
    source, upload = _own_upload(uuid)
    mapping, now = upload.mapping, clock.now()
    if source.kind is SourceKind.RPDE and source.address:
        following.follow(
            _fetcher(),
            source.id,
            mapping,
            now,
            content=upload.content,
            most_pages=following.PAGES_AT_ONCE,
        )
    else:
        with unit_of_work() as db:
            source, upload = _own_upload(uuid)
            service.keep(db, source, io.BytesIO(upload.content), mapping, now)
    return redirect(url_for(".show", uuid=uuid, done="kept"), 303)


@bp.post("/provide/activities/import/<uuid:uuid>/read")
@requires(*PROVIDER_ROLES)
def read_again(uuid: UUID):
    """Ask an address anew, and try what it answers."""
    source = _own_source(current_db(), uuid)
    if not source.address:
        raise Conflict(_("Send the file again to bring in what has changed in it."))
    is_from_start = request.form.get("from") == "start"
    at = source.address if is_from_start else source.cursor or source.address
    _kind, content = following.first_page(_fetcher(), at, source.kind)
    with unit_of_work() as db:
        source = _own_source(db, uuid)
        source.cursor = "" if is_from_start else source.cursor
        service.hold(db, source, content, clock.now())
        service.try_out(db, source, io.BytesIO(content), source.mapping, clock.now())
    return redirect(url_for(".show", uuid=uuid), 303)


@bp.route("/provide/activities/import/<uuid:uuid>/stop", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def stop(uuid: UUID):
    """Ask what is to become of what came from it, then read it no more."""
    if request.method == "GET":
        source = _own_source(current_db(), uuid)
        count = queries.listed_count(current_db(), source)
        return render_template("sources/stop.html", source=source, count=count)
    with unit_of_work() as db:
        source = _own_source(db, uuid)
        service.stop(db, source, clock.now(), withdraws=request.form.get("go") == "withdraw")
    return redirect(url_for(".start", done="stopped"), 303)


@bp.get("/provide/activities/import/runs/<uuid:uuid>.csv")
@requires(*PROVIDER_ROLES)
def download(uuid: UUID):
    """Give a report with all of its rows."""
    run = queries.own_run(current_db(), signed_in_user(), uuid)
    if run is None:
        raise NotFound(_("We cannot find that report."))
    rows = export.report(queries.every_row_of(current_db(), run))
    return _csv(stream_with_context(rows), f"report-{run.started_at:%Y-%m-%d}.csv")


def _take_in(provider: Provider, form: Form) -> UUID:
    """Take what was sent, or what an address answers, and return the list that it is.

    :raises Refusal: there is nothing, or nothing that we can read.
    """
    address, file = form.value("address"), request.files.get("file")
    file_name = " ".join((file.filename or "").replace("\0", "").split())[-120:] if file else ""
    if address:
        kind, content = following.first_page(_fetcher(), address, None)
        name, file_name = urlsplit(address).hostname or address, ""
    elif file is not None and file_name:
        content, name = file.read(MOST_BYTES + 1), file_name
        kind = kind_of(io.BytesIO(content), file_name)
    else:
        raise WrongList(_("Choose a file, or type an address."))
    with unit_of_work() as db:
        source = service.add_source(
            db, provider=provider, kind=kind, name=name, address=address, file_name=file_name
        )
        service.hold(db, source, content, clock.now())
        return source.uuid


def _try_out(uuid: UUID, form: Form, columns: Columns) -> UUID:
    given = form.data
    mapping = {"columns": columns, "defaults": defaults_of(given).as_kept()}
    with unit_of_work() as db:
        source, upload = _own_upload(uuid)
        source.name = given["name"] or source.name
        source.licence, source.takes = given["licence"], given["takes"]
        upload.mapping = mapping
        content = io.BytesIO(upload.content)
        service.try_out(db, source, content, mapping, clock.now())
    return uuid


def _settle_page(source: Source, upload: Upload, form: Form, columns: Columns | None = None):
    takes = _takes(form.typed)
    headings, preview, problem = _previewed(source, upload)
    if columns is None:
        columns = source.mapping.get("columns") or guess_columns(headings, takes)
    return render_template(
        "sources/settle.html",
        source=source,
        form=form,
        takes=takes,
        fields=fields_for(takes),
        headings=headings,
        preview=preview,
        problem=problem,
        columns=columns,
        needed=NEEDED[takes],
        kinds=OpportunityKind,
        categories=Category,
        takes_of=Takes,
        ages=range(YOUNGEST, OLDEST + 1),
    )


def _previewed(source: Source, upload: Upload) -> tuple[list[str], list[dict[str, str]], str]:
    """Return the headings and first rows of a table, and what is wrong with it."""
    if source.kind not in service.TABLES:
        return [], [], ""
    try:
        table = service.open_table(source.kind, io.BytesIO(upload.content))
        rows = (row for row in table.rows if isinstance(row, tuple))
        return table.headings, [cells for _line, cells in islice(rows, _PREVIEWED)], ""
    except WrongList as refusal:
        return [], [], str(refusal)


def _chosen_columns(source: Source, upload: Upload, typed: Mapping[str, str]) -> Columns:
    headings, _preview, _problem = _previewed(source, upload)
    takes = _takes(typed)
    if typed.get("go") == "columns" or "column-" not in "".join(typed):
        return guess_columns(headings, takes)
    chosen = {name: typed.get(f"column-{name}", "") for name in fields_for(takes)}
    return {name: heading for name, heading in chosen.items() if heading in headings}


def _takes(typed: Mapping[str, str]) -> Takes:
    return Takes.PLACES if typed.get("takes") == Takes.PLACES else Takes.ACTIVITIES


def _refuse_missing(form: Form, source: Source, columns: Columns) -> None:
    if source.kind not in service.TABLES or request.form.get("go") == "columns":
        return
    for name in NEEDED[form.data["takes"]]:
        if name not in columns:
            form.refuse(f"column-{name}", _("Choose which column this is."))


def _report_page(source: Source, run) -> str:
    db = current_db()
    verdict = next((each for each in Verdict if each == request.args.get("verdict")), None)
    page = max(request.args.get("page", 1, type=int), 1)
    found = queries.rows_of(
        db, run, verdict, limit=_PAGE_SIZE + 1, offset=min(page - 1, 10**6) * _PAGE_SIZE
    )
    return render_template(
        "sources/report.html",
        source=source,
        run=run,
        rows=found[:_PAGE_SIZE],
        verdict=verdict,
        verdicts=Verdict,
        field_words=field_words(),
        page=page,
        has_more=len(found) > _PAGE_SIZE,
        upload=queries.upload_of(db, source, clock.now()),
        listed=queries.listed_count(db, source),
        held=queries.held_count(db, source),
        done=request.args.get("done"),
    )


def _own_provider() -> Provider:
    db, user = current_db(), signed_in_user()
    provider = provider_of(db, user)
    if provider is None or not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def _own_source(db: Session, uuid: UUID) -> Source:
    source = queries.own_source(db, signed_in_user(), uuid)
    if source is None:
        raise NotFound(_("We cannot find that list."))
    return source


def _own_upload(uuid: UUID) -> tuple[Source, Upload]:
    source = _own_source(current_db(), uuid)
    upload = queries.upload_of(current_db(), source, clock.now())
    if upload is None:
        raise NotFound(_("That file is not here any more: we hold one for a day. Send it again."))
    return source, upload


def _fetcher() -> Fetcher:
    return current_app.extensions["fetcher"]


def _csv(content, name: str) -> Response:
    return Response(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
