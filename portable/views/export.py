"""All that is a learner's in one file, made by a worker and ready for a day."""

from flask import Response, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.attempts import count_fetch
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from evidence import store
from portable.queries import bundle_of, ready_bundle
from portable.service import ask_for_bundle
from portable.views.blueprint import bp


@bp.get("/me/export")
@requires(Role.LEARNER)
def export():
    bundle = bundle_of(current_db(), signed_in_user(), clock.now())
    return render_template("portable/export.html", bundle=bundle)


@bp.post("/me/export")
@requires(Role.LEARNER)
def ask():
    with unit_of_work() as db:
        count_fetch(db, now=clock.now())
    with unit_of_work() as db:
        ask_for_bundle(db, learner=signed_in_user(), now=clock.now())
    return redirect(url_for(".export"), 303)


@bp.get("/me/export/file")
@requires(Role.LEARNER)
def download():
    bundle = ready_bundle(current_db(), signed_in_user(), clock.now())
    try:
        parts = store.read_bundle(bundle.uuid, bundle.bytes or 0) if bundle else None
    except FileNotFoundError:
        parts = None
    if bundle is None or parts is None:
        raise NotFound(_("That file is gone. Have a new one made."))
    name = f"tirnod-{bundle.ready_at:%Y-%m-%d}.zip"
    return Response(
        parts,
        mimetype="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(bundle.bytes),
            "Cache-Control": "no-store",
        },
    )
