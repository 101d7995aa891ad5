"""Saying what one wishes there was, and the officers' page of what many wish for."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, public, requires, signed_in_user
from accounts.attempts import count_wish
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from app.web import csrf
from geo.models import Area, City
from geo.queries import area_named, cities, city_of_area
from opportunities import wish_queries as queries
from opportunities.models import Category
from opportunities.schemas import read_search
from opportunities.wish_schemas import LEAVE_OUT, WISH_LENGTH, WishForm
from opportunities.wish_service import make_wish, tells_too_much

bp = Blueprint("wishes", __name__, template_folder="../templates")


@bp.get("/wish")
@public
def ask():
    """Ask what there should be; a search that found nothing asks the same."""
    return _wish_page(Form(typed={"city": request.args.get("city", "")}))


# It keeps nothing of whoever sends it, so it needs no token; and a visitor is given no cookie.
@bp.post("/wish")
@csrf.exempt
@public
def wish():
    """Keep a wish by its area and month, and lead on."""
    form, area = load_form(WishForm()), _area_meant()
    city = _city_meant(area)
    if form.is_sound and tells_too_much(current_db(), form.data["words"]):
        form.refuse("words", str(LEAVE_OUT))
    if form.is_sound and city is None:
        form.refuse("city", _("Choose the place you mean."))
    if not form.is_sound or city is None:
        return _wish_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    now = clock.now()
    with unit_of_work() as db:
        count_wish(db, now=now)
        make_wish(db, city=city, area=area, now=now, **form.data)
    return redirect(url_for(".thanks", area=area.lsoa_code if area else None), 303)


@bp.get("/wish/thanks")
@public
def thanks():
    return render_template("opportunities/wishes/thanks.html", area=_area_meant())


@bp.get("/authority/wishes")
@requires(*AUTHORITY_ROLES)
def overview():
    """Show what people of the officer's city wish for, where there are enough of them."""
    db, officer, today = current_db(), signed_in_user(), clock.today()
    return render_template(
        "opportunities/wishes/overview.html",
        city=officer.city,
        by_ward=queries.words_by_ward(db, officer, today=today),
        of_city=queries.words_of_city(db, officer, today=today),
        fewest=queries.FEWEST_SHOWN,
        fewest_alike=queries.FEWEST_ALIKE,
    )


def _area_meant() -> Area | None:
    return area_named(current_db(), read_search(request.values).area)


def _city_meant(area: Area | None) -> City | None:
    """Return whose officers should know: the city of the area, the one named, or the only one."""
    of_area = city_of_area(current_db(), area) if area else None
    known = cities(current_db())
    named = request.values.get("city") if len(known) > 1 else known and known[0].slug
    return of_area or next((city for city in known if city.slug == named), None)


def _wish_page(form: Form) -> str:
    db = current_db()
    area = _area_meant()
    return render_template(
        "opportunities/wishes/wish.html",
        form=form,
        area=area,
        cities=[] if area and city_of_area(db, area) else cities(db),
        categories=Category,
        words_length=WISH_LENGTH,
    )
