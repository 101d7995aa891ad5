"""A learner's record for people and for machines, and the keys of the host that signs it."""

from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext as _

from accounts.access import public, with_link
from app.db import current_db
from app.errors import NotFound
from badges import openbadges
from badges.art import badge_svg
from badges.bake import bake_png, bake_svg, draw_png
from badges.facts import RECORD_NAME
from badges.models import LearnerRecord
from badges.queries import badges_of, record_shown_to
from badges.resolver import check_upload, host_did_document
from badges.views import (
    asking_now,
    bp,
    issuing_host,
    open_json,
    open_to_all_origins,
    signed_record_of,
    viewer,
    wants_json,
)


@bp.get("/.well-known/did.json")
@public
def show_host_did_document():
    document = host_did_document(current_db(), host=issuing_host())
    return open_json(document, mimetype="application/did+json", max_age=300)


@bp.get("/records/<uuid:uuid>")
@with_link
def show_record(uuid: UUID):
    record = _record(uuid)
    if wants_json():
        return record_file(record, "json")
    badges = badges_of(current_db(), record.learner)
    found = None
    if badges and "check" in request.args:
        # As much work as a stranger's file, so in the process that is kept for those.
        found = check_upload(openbadges.as_bytes(signed_record_of(record)), asking_now())
    page = render_template("badges/show_record.html", record=record, badges=badges, found=found)
    return page, {"X-Robots-Tag": "noindex"}


@bp.get("/records/<uuid:uuid>.<any(json, png, svg):kind>")
@with_link
def download_record(uuid: UUID, kind: str):
    return record_file(_record(uuid), kind)


def record_file(record: LearnerRecord, kind: str) -> Response:
    """Return a record as a file: signed JSON, or a picture with the JSON baked in."""
    content = openbadges.as_bytes(signed_record_of(record))
    match kind:
        case "png":
            body, mimetype = bake_png(draw_png(_drawn()), content, is_record=True), "image/png"
        case "svg":
            body, mimetype = bake_svg(_drawn(), content, is_record=True), "image/svg+xml"
        case _:
            body, mimetype = content, openbadges.MEDIA_TYPE
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="badges.{kind}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return open_to_all_origins(response) if record.is_public else response


def _drawn() -> str:
    # The same for everybody: it tells nothing of whose record it is.
    return badge_svg("record", "help", icon="book-open", title=RECORD_NAME)


def _record(uuid: UUID) -> LearnerRecord:
    record = record_shown_to(current_db(), viewer(), uuid)
    if record is None:
        raise NotFound(_("We cannot find that record. Its owner may have made it private."))
    return record
