"""The safeguarding officers' page: which adults are kept from which young people."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from supporters import blocking, queries
from supporters.schemas import BlockForm
from supporters.views.blueprint import bp


@bp.route("/authority/supporters", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def blocks():
    """Show what is blocked in the city, and block when the form comes back."""
    form = load_form(BlockForm()) if request.method == "POST" else Form()
    if form.is_sound and _blocked(form):
        return redirect(url_for(".blocks"), 303)
    page = render_template(
        "supporters/blocks.html",
        blocks=queries.blocks_before_officer(current_db(), signed_in_user()),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/authority/supporters/<uuid:uuid>/lift")
@requires(*AUTHORITY_ROLES)
def lift_block(uuid: UUID):
    with unit_of_work() as db:
        blocking.lift(db, officer=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".blocks"), 303)


def _blocked(form: Form) -> bool:
    try:
        with unit_of_work() as db:
            blocking.block(db, officer=signed_in_user(), now=clock.now(), **form.data)
        return True
    except Conflict as refusal:
        form.refuse("pass_code", str(refusal))
        return False
