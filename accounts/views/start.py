"""Starting as a learner: three short steps, one thing on each, then the pass.

What was answered waits in the signed session cookie until the last step. Of where someone lives it
never holds more than an area's code, and that only once the account is made.
"""

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts import service
from accounts.access import public, signed_in_user
from accounts.attempts import count_start
from accounts.browser import home_of, open_session, path_within
from accounts.models import YOUNG_BANDS, AgeBand
from accounts.schemas import AgeForm, HomeChoice, HomeForm, NameForm
from accounts.views import bp
from accounts.views.account import pass_page
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from geo.models import Area, City
from geo.queries import area_named, areas_of, cities, city_by_slug, find_area

_KEY = "start"


@bp.route("/start", methods=["GET", "POST"])
@public
def start():
    """First step: the name they use."""
    if current_user.is_authenticated:
        return redirect(home_of(signed_in_user()), 303)
    if request.method == "GET":
        _remember(going_to=path_within(request.args.get("next")) or _answers().get("going_to"))
        return _step("name", Form(typed=_answers()))
    form = load_form(NameForm())
    if not form.is_sound:
        return _step("name", form), 422
    _remember(name=form.data["name"])
    return redirect(url_for(".start_age"), 303)


@bp.route("/start/age", methods=["GET", "POST"])
@public
def start_age():
    """Second step: how old they are, no finer than the rules need."""
    if "name" not in _answers():
        return redirect(url_for(".start"), 303)
    if request.method == "GET":
        return _step("age", Form(typed=_answers()), bands=YOUNG_BANDS)
    form = load_form(AgeForm())
    if not form.is_sound:
        return _step("age", form, bands=YOUNG_BANDS), 422
    _remember(age_band=form.data["age_band"].value)
    return redirect(url_for(".start_area"), 303)


@bp.route("/start/area", methods=["GET", "POST"])
@public
def start_area():
    """Third step: roughly where they live. A postcode typed here is looked up and forgotten."""
    if "age_band" not in _answers():
        return redirect(url_for(".start_age"), 303)
    if request.method == "GET":
        return _step("area", Form())
    form = load_form(HomeForm())
    home = find_area(current_db(), form.data["where"]) if form.is_sound else None
    if form.is_sound and home is None:
        form.refuse("where", _("We could not find that. Try the first half, like CF24."))
    return _welcome(home) if home else (_step("area", form), 422)


@bp.route("/start/area/list", methods=["GET", "POST"])
@public
def start_list():
    """Third step for those who would rather choose than type."""
    if "age_band" not in _answers():
        return redirect(url_for(".start_age"), 303)
    form = load_form(HomeChoice()) if request.method == "POST" else Form()
    home = area_named(current_db(), form.data["area"]) if form.is_sound else None
    if form.is_sound and home is None:
        form.refuse("area", _("Choose the area where you live."))
    return _welcome(home) if home else (_list(form), 422 if form.errors else 200)


def _welcome(home: Area):
    """Make the account, sign it in, and show its pass with the PIN: this once."""
    answers = _answers()
    with unit_of_work() as db:
        count_start(db, now=clock.now())
        learner, pin = service.start_learner(
            db, name=answers["name"], age_band=AgeBand(answers["age_band"]), home=home
        )
    open_session(learner)
    return pass_page(learner, pin, going_to=answers.get("going_to"), home=home)


def _list(form: Form) -> str:
    known = cities(current_db())
    city = _chosen_city(known)
    wards = _by_ward(areas_of(current_db(), city)) if city else {}
    return _step("list", form, cities=known, city=city, wards=wards)


def _chosen_city(known: list[City]) -> City | None:
    if len(known) == 1:
        return known[0]
    return city_by_slug(current_db(), request.values.get("city", ""))


def _by_ward(areas: list[Area]) -> dict[str, list[Area]]:
    wards: dict[str, list[Area]] = {}
    for area in sorted(areas, key=lambda area: (area.ward_name or "", area.name)):
        wards.setdefault(area.ward_name or area.district_name, []).append(area)
    return wards


def _answers() -> dict[str, str]:
    return session.get(_KEY, {})


def _remember(**answers: str | None) -> None:
    session[_KEY] = _answers() | {name: value for name, value in answers.items() if value}


def _step(name: str, form: Form, **more) -> str:
    return render_template(f"accounts/start_{name}.html", form=form, **more)
