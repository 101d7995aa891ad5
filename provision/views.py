"""The local authority's pages of what is within reach: cold spots, what-ifs, and the numbers as a file."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from accounts.city_read import choose_city, city_being_read, for_the_authority
from accounts.models import YOUNG_BANDS
from app import clock
from app.db import current_db
from app.errors import NotFound
from app.forms import Form, load_form, read_form
from geo.models import City
from geo.queries import city_of_area, find_area
from opportunities.models import Category
from provision import export, measures, sentences
from provision.lens import OLDEST, YOUNGEST, Lens, Mode, When
from provision.queries import NearArea, near_area, providers_near, survey_of
from provision.schemas import (
    OFTEN,
    Counted,
    PlaceForm,
    ProposalForm,
    proposal_of,
    read_lens,
    written,
)
from provision.survey import AreaAccess, Survey
from provision.whatif import Effect, better_of, effect

bp = Blueprint("provision", __name__, template_folder="templates")

#: As many as one looks at; the file has all areas.
MOST_SPOTS = 10
MOST_AREAS = 8


@bp.context_processor
def _words() -> dict:
    """Give the templates of this room its sentences, its choices, and addresses that keep the city."""
    return {
        "say": sentences,
        "provision_url": _address,
        "modes": Mode,
        "categories": Category,
        "age_bands": YOUNG_BANDS,
        "whens": When,
        "YOUNGEST": YOUNGEST,
        "OLDEST": OLDEST,
    }


@bp.get("/reach/cold-spots")
@for_the_authority
def cold_spots():
    """Show the deprived areas with little or nothing within reach, through a lens."""
    city = city_being_read()
    if city is None:
        return choose_city(_("What is within reach"), ".cold_spots")
    survey = _survey(city, read_lens(request.args))
    spots = measures.cold_spots(survey.areas)
    return render_template(
        "provision/cold_spots.html",
        city=city,
        survey=survey,
        lens=survey.lens,
        asked=written(survey.lens),
        spots=spots[:MOST_SPOTS],
        all_spots=spots,
        asked_of=providers_near(
            current_db(), [spot.area.code for spot in spots[:MOST_SPOTS]], now=clock.now()
        ),
        average=measures.average(survey.areas),
        least=measures.enough(survey.areas),
    )


@bp.get("/reach/what-if")
@for_the_authority
def what_if():
    """Show who would gain by a session at one area, or at two beside each other."""
    city = city_being_read()
    if city is None:
        return choose_city(_("What is within reach"), ".what_if")
    # An address that proposes nothing yet asks for the form.
    form = read_form(ProposalForm(), request.args) if "area" in request.args else Form()
    return _what_if_page(city, form, Form())


@bp.post("/reach/what-if/place")
@for_the_authority
def find_place():
    """Take the area that somebody means by a postcode, and lead on with its code alone."""
    city = city_being_read()
    if city is None:
        raise NotFound(_("We cannot find that city."))
    form = load_form(PlaceForm())
    area = find_area(current_db(), form.data["where"], city=city) if form.is_sound else None
    if area and city_of_area(current_db(), area) != city:
        form.refuse("where", _("That is outside this city. Choose an area in it."))
    elif form.is_sound and area is None:
        form.refuse("where", _("We could not find that. Try the first half, like CF24."))
    if not form.is_sound or area is None:
        proposed = Form(typed=_proposed(request.form))
        return _what_if_page(city, proposed, form), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(
        _address(".what_if", **_proposed(request.form) | {form.data["into"]: area.lsoa_code}), 303
    )


@bp.get("/reach/supply.csv")
@for_the_authority
def download():
    """Answer with what is within reach of every area of the city, through a lens."""
    city = city_being_read()
    if city is None:
        raise NotFound(_("We cannot find that city."))
    survey = _survey(city, read_lens(request.args))
    name = f"supply-{city.slug}-{survey.weeks.first_day}.csv"
    return Response(
        export.as_csv(survey),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _what_if_page(city: City, form: Form, place: Form):
    lens = _lens_of(form)
    survey = _survey(city, lens)
    effects = _effects(form, survey)
    page = render_template(
        "provision/what_if.html",
        city=city,
        survey=survey,
        lens=lens,
        form=form,
        place=place,
        effects=effects,
        better=better_of(effects),
        near=_near(effects[0].site, lens.category) if effects else None,
        areas=sorted(survey.areas, key=lambda area: (area.ward or "", area.name)),
        proposed=_proposed(form.typed),
        counted=Counted,
        often=OFTEN,
        most_areas=MOST_AREAS,
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if form.errors else page


def _lens_of(form: Form) -> Lens:
    """Return through which lens a proposal is looked at; all that is on before there is one."""
    if not form.is_sound:
        return read_lens(MultiDict({"mode": form.value("mode", "")}))
    mode = form.data["mode"]
    is_like_it = form.data["count"] is Counted.LIKE_IT
    return proposal_of(form.data).lens(mode) if is_like_it else Lens(mode=mode)


def _effects(form: Form, survey: Survey) -> list[Effect]:
    """Return what a sound proposal would do at each site; a site that is none is said in the form."""
    if not form.is_sound:
        return []
    offered = proposal_of(form.data).place_hours(survey.lens)
    sites = [name for name in ("area", "second") if form.data[name]]
    for name in sites:
        if form.data[name] not in survey.own_codes:
            form.refuse(name, _("Choose an area of this city."))
    if form.errors:
        return []
    codes = dict.fromkeys(form.data[name] for name in sites)
    return [effect(survey, code, offered) for code in codes]


def _survey(city: City, lens: Lens) -> Survey:
    return survey_of(current_db(), city, lens, now=clock.now())


def _near(area: AreaAccess, category: Category | None) -> NearArea:
    return near_area(current_db(), area.code, now=clock.now(), category=category)


def _proposed(typed: Any) -> dict[str, str]:
    """Return the boxes of a proposal as they were filled in: nothing else goes into an address."""
    return {name: str(typed[name]) for name in ProposalForm().fields if typed.get(name)}


def _address(endpoint: str, **values: Any) -> str:
    """Return an address of this room that keeps the city being read."""
    values.setdefault("city", request.args.get("city") or None)
    return url_for(endpoint, **values)
