"""Feeds of any search: the query string of the page, for news readers and calendars."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from accounts.access import public
from app import clock
from app.db import current_db
from app.errors import NotFound
from app.language import current_language
from app.revalidation import answered
from app.web import for_everyone, kept_a_minute, london_date, london_time, money, public_url
from app.wording import label
from geo.models import City
from geo.queries import city_by_slug
from opportunities import ical
from opportunities.feeds import ATOM_TYPE, JSON_FEED_TYPE, Entry, Feed, atom, json_feed
from opportunities.models import ScheduledSession
from opportunities.openapi import LICENCE
from opportunities.queries import Found, Page, find, load
from opportunities.schemas import PAGE_SIZE, PROGRAMS
from opportunities.views.asking import Asking, asking

bp = Blueprint("feeds", __name__)
bp.after_request(for_everyone)

#: How many are in a page of a feed. A calendar has no second page.
_ENTRIES, _EVENTS = 50, 200


@bp.get("/feeds/opportunities.<any(atom, json, ics):form>")
@public
def show_feed(form: str):
    """Give any search as a feed. What cannot be read of it is left out, and said."""
    return _answer(form, None)


@bp.get("/feeds/<slug>.<any(atom, json, ics):form>")
@public
def show_city_feed(slug: str, form: str):
    """Give what is on in a city as a feed."""
    city = city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We do not know that city."))
    return _answer(form, city)


def _answer(form: str, city: City | None) -> Response:
    now = clock.now()
    return kept_a_minute(answered(lambda: _feed(form, city, now), kind=form, now=now))


def _feed(form: str, city: City | None, now: datetime) -> Response:
    ask = asking(request.args, schema=PROGRAMS, city=city, from_home=False)
    page = find(current_db(), replace(ask.wanted, limit=_EVENTS if form == "ics" else _ENTRIES))
    found = load(current_db(), page.hits)
    if form == "ics":
        return _calendar(ask, found)
    told = _told(form, ask, page, found, now)
    if form == "atom":
        return Response(atom(told), content_type=f"{ATOM_TYPE}; charset=utf-8")
    return Response(json_feed(told), content_type=JSON_FEED_TYPE)


def _calendar(ask: Asking, found: Sequence[Found]) -> Response:
    events = (ical.offered(row.scheduled, url=_page_of(row.scheduled)) for row in found)
    told = ical.written(events, about="Search", name=_title(ask), description=_note(ask))
    return Response(told, content_type=ical.MEDIA_TYPE)


def _told(form: str, ask: Asking, page: Page, found: Sequence[Found], now: datetime) -> Feed:
    entries = [_entry(row.scheduled) for row in found]
    # An empty feed changes no more often than the day does.
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Feed(
        title=_title(ask),
        note=_note(ask),
        language=current_language(),
        url=_address(form, ask),
        page_url=_page_address(ask),
        next_url=_address(form, ask, cursor=page.next) if page.next else "",
        rights=LICENCE,
        updated_at=max((entry.updated_at for entry in entries), default=midnight),
        entries=entries,
    )


def _entry(scheduled: ScheduledSession) -> Entry:
    opportunity = scheduled.opportunity
    ages = _(
        "Age %(youngest)s to %(oldest)s",
        youngest=opportunity.min_age,
        oldest=opportunity.max_age,
    )
    lines = [
        f"{london_date(scheduled.starts_at)}, {london_time(scheduled.starts_at)}",
        f"{opportunity.provider.name} · {opportunity.place.name}",
        f"{ages} · {money(opportunity.cost_pence)}",
        "",
        opportunity.description,
    ]
    published_at = opportunity.published_at or opportunity.checked_at
    return Entry(
        uuid=opportunity.uuid,
        url=_page_of(scheduled),
        title=opportunity.title,
        text="\n".join(lines),
        author=opportunity.provider.name,
        tags=[label(opportunity.kind), label(opportunity.category)],
        published_at=published_at,
        updated_at=max(published_at, opportunity.checked_at),
    )


def _title(ask: Asking) -> str:
    name = ask.city.name_in(current_language()) if ask.city else "Tirnod"
    return f"{name}: " + _("what's on")


def _note(ask: Asking) -> str:
    return " ".join(ask.problems)


def _page_of(scheduled: ScheduledSession) -> str:
    path = url_for("opportunities.show_opportunity", slug=scheduled.opportunity.slug)
    return public_url(path)


def _address(form: str, ask: Asking, **changes) -> str:
    """Return where a page of this feed is: what could not be read of its address is not in it."""
    query = ask.asked.query(limit=PAGE_SIZE, **({"cursor": ask.asked.cursor} | changes))
    if ask.city:
        return public_url(url_for(".show_city_feed", slug=ask.city.slug, form=form, **query))
    return public_url(url_for(".show_feed", form=form, **query))


def _page_address(ask: Asking) -> str:
    """Return where people see the same. A point of a program's own is no part of it."""
    query = ask.asked.query(lon=None, lat=None, radius_m=None, limit=PAGE_SIZE)
    if ask.city:
        return public_url(url_for("opportunities.show_city", slug=ask.city.slug, **query))
    return public_url(url_for("opportunities.search", **query))
