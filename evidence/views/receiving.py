"""Where files come in, in pieces: tus 1.0.0, its core and the extensions creation, expiration, termination.

https://tus.io/protocols/resumable-upload says what each header means.
"""

from base64 import b64decode
from binascii import Error as NoBase64
from email.utils import format_datetime
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, Refusal
from evidence import uploads
from evidence.models import Upload
from evidence.views.blueprint import bp
from evidence.views.pieces import quota_bytes

VERSION = "1.0.0"
_OFFSET, _LENGTH = "Upload-Offset", "Upload-Length"
_MARK_LENGTH = 80


class OtherVersion(Refusal):
    """It speaks another version of the protocol."""

    status = 412


class NotAPart(Refusal):
    status = 415


@bp.after_request
def say_version(answer: Response) -> Response:
    """Say which version is spoken, wherever files come in."""
    if request.endpoint in _ENDPOINTS:
        answer.headers["Tus-Resumable"] = VERSION
    return answer


@bp.route("/me/evidence/uploads", methods=["OPTIONS", "POST"])
@requires(Role.LEARNER)
def begin():
    """Let a file come in, and say where it goes. The same file begun before is gone on with."""
    if request.method == "OPTIONS":
        return _answer(
            204,
            {
                "Tus-Version": VERSION,
                "Tus-Extension": "creation,expiration,termination",
                "Tus-Max-Size": str(uploads.LARGEST_BYTES),
            },
        )
    _refuse_other_versions()
    length, mark = _number(_LENGTH), _mark()
    with unit_of_work() as db:
        upload = uploads.begin_upload(
            db,
            learner=signed_in_user(),
            length=length,
            mark=mark,
            quota_bytes=quota_bytes(),
            now=clock.now(),
        )
    where = url_for(".receive_part", uuid=upload.uuid)
    return _answer(201, {"Location": where, **_until(upload)})


@bp.route("/me/evidence/uploads/<uuid:uuid>", methods=["HEAD", "PATCH", "DELETE"])
@requires(Role.LEARNER)
def receive_part(uuid: UUID):
    """Say how much has come; take more; or give it up."""
    _refuse_other_versions()
    if request.method == "DELETE":
        return _given_up(uuid)
    upload = uploads.open_upload(current_db(), learner=signed_in_user(), uuid=uuid, now=clock.now())
    if request.method == "HEAD":
        stands_at = uploads.received(upload)
        told = {_OFFSET: str(stands_at), _LENGTH: str(upload.length), **_until(upload)}
        return _answer(200, told | {"Cache-Control": "no-store"})
    if request.mimetype != "application/offset+octet-stream":
        raise NotAPart(_("We could not understand that request."))
    offset = _number(_OFFSET)
    # What comes may take minutes: no transaction waits for it.
    current_db.rollback()
    upload = uploads.open_upload(current_db(), learner=signed_in_user(), uuid=uuid, now=clock.now())
    stands_at = uploads.receive(upload, request.stream, offset=offset)
    return _answer(204, {_OFFSET: str(stands_at), **_until(upload)})


@bp.post("/me/evidence/uploads/<uuid:uuid>/stop")
@requires(Role.LEARNER)
def stop(uuid: UUID):
    """Give up a file that is on its way, from a page."""
    _given_up(uuid)
    return redirect(url_for(".show_all"), 303)


_ENDPOINTS = ("evidence.begin", "evidence.receive_part")


def _given_up(uuid: UUID) -> Response:
    with unit_of_work() as db:
        uploads.give_up(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return _answer(204, {})


def _answer(status: int, headers: dict[str, str]) -> Response:
    answer = Response(status=status)
    answer.headers.update(headers)
    return answer


def _until(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


def _refuse_other_versions() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise OtherVersion(_("We could not understand that request."))


def _number(header: str) -> int:
    said = request.headers.get(header, "")
    if not said.isascii() or not said.isdigit() or len(said) > 15:
        raise Conflict(_("We could not understand that request."))
    return int(said)


def _mark() -> str:
    """Return by what the sender knows the file again: `mark` of what is told beside it."""
    for told in request.headers.get("Upload-Metadata", "").split(","):
        name, _space, value = told.strip().partition(" ")
        if name == "mark":
            try:
                mark = b64decode(value, validate=True).decode("ascii")[:_MARK_LENGTH]
            except (NoBase64, ValueError):
                return ""
            return mark if mark.isprintable() else ""
    return ""
