"""Searches that someone keeps, things for later, and the weekly page of what is new."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from accounts.access import signed_in, signed_in_user
from app import clock
from app.clock import LONDON
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.forms import Form, load_form
from app.language import current_language
from geo.models import City
from geo.queries import cities
from opportunities.queries import Found, is_on_offer, opportunity_by_slug
from opportunities.schemas import read_search
from opportunities.views.asking import area_of, understood
from opportunities.views.opportunity import opportunity_on_offer
from profiles import saved_queries as queries
from profiles import saved_service as service
from profiles.models import SavedSearch
from profiles.schemas import NameForm
from profiles.views.blueprint import bp
from profiles.wording import NAME_LENGTH, name_of


@dataclass(frozen=True)
class News:
    """What is new for one search."""

    saved: SavedSearch
    rows: list[Found]


@bp.get("/me/searches")
@signed_in
def my_searches():
    """Show what someone keeps: only they see it."""
    return _saved_page(Form())


@bp.post("/me/searches")
@signed_in
def keep_search():
    """Keep the search that was just made, under a name that says what it looks for."""
    # A part of the map may be as small as a garden: what is kept is no finer than an area.
    asked, city = read_search(request.form), _city_searched()
    with unit_of_work() as db:
        saved = service.keep_search(
            db,
            owner=signed_in_user(),
            query=urlencode(asked.query(bbox=None, cursor=None), doseq=True),
            words=asked.text,
            city=city,
            name=name_of(
                asked,
                area=area_of(asked, from_home=False),
                city=city,
                language=current_language(),
            ),
            now=clock.now(),
        )
    return redirect(url_for(".my_searches", _anchor=f"s-{saved.uuid}"), 303)


@bp.post("/me/searches/<uuid:uuid>/name")
@signed_in
def rename_search(uuid: UUID):
    form = load_form(NameForm())
    if not form.is_sound:
        return _saved_page(form, renaming=uuid), 422
    with unit_of_work() as db:
        service.rename_search(db, owner=signed_in_user(), uuid=uuid, name=form.data["name"])
    return redirect(url_for(".my_searches", _anchor=f"s-{uuid}"), 303)


@bp.post("/me/searches/<uuid:uuid>/digest/<any(on, off):choice>")
@signed_in
def choose_digest(uuid: UUID, choice: str):
    with unit_of_work() as db:
        service.ask_for_digest(
            db,
            owner=signed_in_user(),
            uuid=uuid,
            wants_digest=choice == "on",
            now=clock.now(),
        )
    return redirect(url_for(".my_searches", _anchor=f"s-{uuid}"), 303)


@bp.post("/me/searches/<uuid:uuid>/delete")
@signed_in
def delete_search(uuid: UUID):
    with unit_of_work() as db:
        service.delete_search(db, owner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".my_searches"), 303)


@bp.post("/a/<slug>/keep")
@signed_in
def keep_for_later(slug: str):
    opportunity = opportunity_on_offer(slug)
    with unit_of_work() as db:
        service.keep_for_later(db, owner=signed_in_user(), opportunity=opportunity, now=clock.now())
    return redirect(url_for(".my_searches", _anchor="later"), 303)


@bp.post("/a/<slug>/take-off")
@signed_in
def take_off(slug: str):
    """Take something off the list, though it may be on offer no longer."""
    opportunity = opportunity_by_slug(current_db(), slug)
    if opportunity is None:
        raise NotFound(_("We cannot find that activity."))
    with unit_of_work() as db:
        service.take_off(db, owner=signed_in_user(), opportunity=opportunity)
    return redirect(url_for(".my_searches", _anchor="later"), 303)


@bp.get("/me/digest")
@signed_in
def digest():
    """Show what is new for the searches of which someone asked to be told, up to last Monday."""
    searches = queries.searches_of(current_db(), signed_in_user())
    until = _last_monday()
    asked_for = [saved for saved in searches if saved.wants_digest]
    return render_template(
        "profiles/digest.html",
        news=[_news_of(saved, until) for saved in asked_for],
        until=until,
        next_on=until + timedelta(days=7),
        search_address=search_address,
        now=clock.now(),
    )


@bp.post("/me/digest")
@signed_in
def see_digest():
    """Take all that the page showed as seen."""
    with unit_of_work() as db:
        service.see_digest(db, owner=signed_in_user(), until=_last_monday())
    return redirect(url_for(".digest"), 303)


def search_address(saved: SavedSearch) -> str:
    """Return the address that asks a kept search again."""
    path = (
        url_for("opportunities.show_city", slug=saved.city.slug)
        if saved.city
        else url_for("opportunities.search")
    )
    return f"{path}?{saved.query}" if saved.query else path


def _news_of(saved: SavedSearch, until: datetime) -> News:
    asked = read_search(MultiDict(parse_qsl(saved.query)))
    wanted = understood(asked, city=saved.city).wanted
    return News(
        saved, queries.new_since(current_db(), wanted, since=saved.last_seen_at, until=until)
    )


def _last_monday() -> datetime:
    """Return when the page that now stands came out: it changes once a week, and no more often."""
    today = clock.today()
    return datetime.combine(today - timedelta(days=today.weekday()), time.min, LONDON)


def _city_searched() -> City | None:
    named = request.form.get("city")
    return next((city for city in cities(current_db()) if city.slug == named), None)


def _saved_page(form: Form, *, renaming: UUID | None = None) -> str:
    db, owner, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "profiles/searches.html",
        form=form,
        renaming=renaming,
        searches=queries.searches_of(db, owner),
        later=[
            (kept.opportunity, is_on_offer(kept.opportunity, now))
            for kept in queries.kept_by(db, owner)
        ],
        search_address=search_address,
        name_length=NAME_LENGTH,
    )
