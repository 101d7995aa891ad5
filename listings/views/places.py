"""The places of a provider: listed, added and changed."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from geo.models import AccessFeature, Place
from listings import places, queries
from listings.editing_schemas import PlaceForm
from listings.views.own import bp, own_provider


@bp.get("/provide/places")
@requires(*PROVIDER_ROLES)
def own_places():
    remembered = queries.remembered_places(current_db(), own_provider())
    return render_template(
        "listings/places.html", remembered=remembered, done=request.args.get("done")
    )


@bp.route("/provide/places/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new_place():
    provider = own_provider()
    form = load_form(PlaceForm()) if request.method == "POST" else Form()
    if form.is_sound and not form.data["postcode"]:
        form.refuse("postcode", _("Type the postcode of the place."))
    if form.is_sound:
        try:
            with unit_of_work() as db:
                places.add_own_place(
                    db,
                    provider=provider,
                    added_by=signed_in_user(),
                    now=clock.now(),
                    **form.data,
                )
        except Conflict as refusal:
            form.refuse("postcode", str(refusal))
    if not form.is_sound:
        return _place_page(form), 422 if form.errors else 200
    return redirect(url_for(".own_places", done="added"), 303)


@bp.route("/provide/places/<uuid:uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def place(uuid: UUID):
    """Change a place. One that others use too stays theirs, and this provider gets its own."""
    found = _own_place(uuid)
    if request.method == "GET":
        return _place_page(Form(typed=_typed(found)), found)
    form = load_form(PlaceForm())
    if form.is_sound:
        try:
            with unit_of_work() as db:
                places.change_own_place(
                    db,
                    provider=own_provider(),
                    place=_own_place(uuid),
                    changed_by=signed_in_user(),
                    now=clock.now(),
                    **form.data,
                )
        except Conflict as refusal:
            form.refuse("postcode", str(refusal))
    if not form.is_sound:
        return _place_page(form, _own_place(uuid)), 422
    return redirect(url_for(".own_places", done="saved"), 303)


def _own_place(uuid: UUID) -> Place:
    found = places.own_place(current_db(), own_provider(), uuid)
    if found is None:
        raise NotFound(_("We cannot find that place."))
    return found


def _typed(found: Place) -> dict:
    return {
        "name": found.name,
        "address": found.address,
        "step_free": "true" if found.step_free else "",
        "access": [str(each) for each in found.access],
    }


def _place_page(form: Form, found: Place | None = None) -> str:
    return render_template("listings/place.html", form=form, place=found, features=AccessFeature)
