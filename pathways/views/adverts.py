"""An organisation's adverts at the end of a pathway: added, seen, and taken out."""

from uuid import UUID

from flask import redirect, render_template, request, url_for

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from pathways import queries
from pathways.adverts import add_advert, drop_advert
from pathways.models import MOST_ADVERTS, MOST_DAYS_SHOWN
from pathways.schemas import AdvertForm
from pathways.views.blueprint import bp
from pathways.views.editor import own_pathway


@bp.route("/provide/pathways/<slug>/adverts", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def adverts(slug: str):
    """Show the adverts of a pathway, and take in one more."""
    form = load_form(AdvertForm()) if request.method == "POST" else Form()
    if form.is_sound and _added(slug, form):
        return redirect(url_for(".adverts", slug=slug), 303)
    return _page(slug, form), 422 if form.errors else 200


@bp.post("/provide/pathways/<slug>/adverts/<uuid:uuid>/drop")
@requires(*PROVIDER_ROLES)
def drop_one(slug: str, uuid: UUID):
    with unit_of_work() as db:
        drop_advert(db, pathway=own_pathway(slug), dropped_by=signed_in_user(), uuid=uuid)
    return redirect(url_for(".adverts", slug=slug), 303)


def _added(slug: str, form: Form) -> bool:
    pathway = own_pathway(slug)
    try:
        with unit_of_work() as db:
            add_advert(
                db,
                pathway=pathway,
                added_by=signed_in_user(),
                today=clock.today(),
                **form.data,
            )
    except Conflict as refusal:
        form.refuse(_box_of(form), str(refusal))
        return False
    return True


def _box_of(form: Form) -> str:
    """Return the box whose content a rule refused."""
    days = (form.data["closes_on"] - clock.today()).days
    return "address" if 0 <= days <= MOST_DAYS_SHOWN else "closes_on"


def _page(slug: str, form: Form) -> str:
    pathway, today = own_pathway(slug), clock.today()
    kept = queries.adverts_kept(current_db(), pathway)
    return render_template(
        "pathways/adverts.html",
        pathway=pathway,
        form=form,
        adverts=[(each, each.closes_on < today) for each in kept],
        may_add=sum(each.closes_on >= today for each in kept) < MOST_ADVERTS,
        most=MOST_ADVERTS,
        today=today,
    )
