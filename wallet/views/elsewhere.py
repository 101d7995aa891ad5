"""Badges from elsewhere: bring one, see what was found of it, and take all of one's badges along."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound, Refusal
from badges.models import AchievementCredential
from badges.resolver import CELL, bring_from, check_upload
from badges.verifier import Verification
from badges.views import credential_file, issuing_host
from wallet.export import OwnBadge, export
from wallet.models import LARGEST_BYTES, CameBy, ImportedCredential, WhyNot
from wallet.queries import every_own_badge, imported_badges_of, may_connect, own_imported
from wallet.service import (
    MOST_IMPORTED,
    BadgeRefused,
    delete_imported,
    keep_badge,
    note_check,
    require_brought,
)
from wallet.views.asking import asking
from wallet.views.blueprint import bp

_FILES = ("png", "json", "jwt")
_MEDIA = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "jwt": "application/vc+jwt",
    "json": "application/json",
}


@bp.get("/me/badges/import")
@requires(Role.LEARNER)
def bring():
    CELL.prepare()
    return bring_page({})


@bp.post("/me/badges/import")
@requires(Role.LEARNER)
def keep():
    typed = {name: request.form.get(name, "").strip() for name in ("text", "address")}
    found = None
    try:
        original, found, came_by = _brought(**typed)
        badge = _kept(original, found, came_by)
    except Refusal as refusal:
        page = bring_page(typed, found=found, reason=str(refusal))
        return page, 422
    return redirect(url_for(".show_imported", uuid=badge.uuid), 303)


@bp.get("/me/badges/elsewhere/<uuid:uuid>")
@requires(Role.LEARNER)
def show_imported(uuid: UUID):
    return render_template("wallet/show_imported.html", badge=_badge(uuid))


@bp.post("/me/badges/elsewhere/<uuid:uuid>/check")
@requires(Role.LEARNER)
def check_again(uuid: UUID):
    found = check_upload(_badge(uuid).original, asking())
    with unit_of_work() as db:
        note_check(db, learner=signed_in_user(), uuid=uuid, found=found, now=clock.now())
    return redirect(url_for(".show_imported", uuid=uuid, _anchor="result"), 303)


@bp.post("/me/badges/elsewhere/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete(uuid: UUID):
    with unit_of_work() as db:
        delete_imported(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for("profiles.show_profile"), 303)


@bp.get("/me/badges/elsewhere/<uuid:uuid>/file")
@requires(Role.LEARNER)
def download_imported(uuid: UUID):
    badge = _badge(uuid)
    answer = Response(badge.original, mimetype=_MEDIA[badge.kind.value])
    answer.headers["Content-Disposition"] = f'attachment; filename="badge.{badge.kind.value}"'
    # A stranger's drawing: nobody opens it as a page of ours.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@bp.get("/me/badges/export")
@requires(Role.LEARNER)
def export_all():
    """Answer with every badge of a learner in one file, once a worker has signed them all."""
    db, learner = current_db(), signed_in_user()
    given = every_own_badge(db, learner)
    own = [
        OwnBadge(badge, _own_files(badge) if badge.revoked_at is None else {}) for badge in given
    ]
    packed = export(own, imported_badges_of(db, learner), now=clock.now())
    return send_file(
        packed, mimetype="application/zip", as_attachment=True, download_name="badges.zip"
    )


def bring_page(typed: dict[str, str], **found: Any) -> str:
    """Return the page of all ways to bring badges, with what was typed and what is wrong with it."""
    return render_template(
        "wallet/bring.html",
        typed=typed,
        most=MOST_IMPORTED,
        may_connect=may_connect(signed_in_user()),
        **found,
    )


def _brought(*, text: str, address: str) -> tuple[bytes, Verification, CameBy]:
    """Check what was brought: a file, or else what was pasted, or else what stands at an address.

    :raises Conflict: nothing was, or too much, or what we gave ourselves.
    """
    file = request.files.get("file")
    upload = file.read() if file else b""
    original = upload or text.encode()
    if len(original) > LARGEST_BYTES:
        raise BadgeRefused(WhyNot.TOO_LARGE)
    if original:
        came_by = CameBy.UPLOAD if upload else CameBy.PASTE
        return original, check_upload(original, asking()), came_by
    if not address:
        raise Conflict(_("Choose a file, paste what is in it, or type its address."))
    if address.startswith(issuing_host().base_url + "/"):
        raise BadgeRefused(WhyNot.GIVEN_HERE)
    original, found = bring_from(address, asking())
    if len(original) > LARGEST_BYTES:
        raise BadgeRefused(WhyNot.TOO_LARGE)
    return original, found, CameBy.ADDRESS


def _kept(original: bytes, found: Verification, came_by: CameBy) -> ImportedCredential:
    brought = require_brought(original, found)
    with unit_of_work() as db:
        badge, _what = keep_badge(
            db,
            learner=signed_in_user(),
            brought=brought,
            came_by=came_by,
            host=issuing_host(),
            now=clock.now(),
        )
    return badge


def _badge(uuid: UUID) -> ImportedCredential:
    badge = own_imported(current_db(), signed_in_user(), uuid)
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    return badge


def _own_files(badge: AchievementCredential) -> dict[str, bytes]:
    return {kind: credential_file(badge, kind).get_data() for kind in _FILES}
