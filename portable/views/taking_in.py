"""A file from another site, brought by its learner: sent, looked at, and told of part by part."""

from collections import Counter
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.attempts import count_fetch
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from portable.keeping import Became, Part
from portable.queries import brought_by, own_brought
from portable.service import bring
from portable.views.blueprint import bp


@bp.route("/me/import", methods=["GET", "POST"])
@requires(Role.LEARNER)
def take_in():
    """Take a file that another Tirnod saved."""
    if request.method == "GET":
        return _page("")
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(_("Choose the file that you saved there.")), 422
    with unit_of_work() as db:
        count_fetch(db, now=clock.now())
    try:
        with unit_of_work() as db:
            brought = bring(db, learner=signed_in_user(), content=file.stream, now=clock.now())
    except Conflict as refusal:
        return _page(str(refusal)), 422
    return redirect(url_for(".show_brought", uuid=brought.uuid), 303)


@bp.get("/me/import/<uuid:uuid>")
@requires(Role.LEARNER)
def show_brought(uuid: UUID):
    """Show what became of a file, part by part."""
    brought = own_brought(current_db(), signed_in_user(), uuid)
    if brought is None:
        raise NotFound(_("We cannot find that file."))
    told = [(Part(part), title, Became(became)) for part, title, became in brought.report]
    return render_template(
        "portable/brought.html",
        brought=brought,
        told=told,
        became=Counter(became for _part, _title, became in told),
    )


def _page(reason: str) -> str:
    return render_template(
        "portable/take_in.html",
        reason=reason,
        earlier=brought_by(current_db(), signed_in_user()),
    )
