"""From a query string to the one search: pages, programs, feeds and embeds all come through here."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_login import current_user
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from app import clock
from app.db import current_db
from badges.models import Achievement
from badges.queries import achievement_named
from geo.models import Area, City
from geo.queries import area_named, centre_of
from opportunities.queries import SearchRequest
from opportunities.schemas import Asked, read_search
from providers.models import Provider
from providers.queries import provider_by_slug
from providers.standing import is_trusted


@dataclass(frozen=True)
class Asking:
    """What a visitor asked for, as the page says it and as the search takes it."""

    asked: Asked
    wanted: SearchRequest
    #: Where distances are measured from, where that is an area.
    area: Area | None
    city: City | None
    provider: Provider | None
    badge: Achievement | None
    #: A sentence for each part that was left out.
    problems: list[str]


def asking(
    given: MultiDict[str, str],
    *,
    schema: Schema | None = None,
    city: City | None = None,
    from_home: bool = True,
) -> Asking:
    """Return what a query string asks for.

    :param from_home: whether a learner who says no area is taken to start from where they live;
        not for what is the same for everyone, as a feed is.
    """
    return understood(read_search(given, schema), city=city, from_home=from_home)


def understood(asked: Asked, *, city: City | None = None, from_home: bool = True) -> Asking:
    """Return what was asked with the rows that it names."""
    db = current_db()
    area = area_of(asked, from_home=from_home)
    provider, badge = _provider(asked.provider), _badge(asked.badge)
    problems = [
        *asked.problems,
        *([_("Area: not one we know.")] if asked.area and area is None else []),
        *([_("Organisation: not one we know.")] if asked.provider and provider is None else []),
        *([_("Badge: not one we know.")] if asked.badge and badge is None else []),
    ]
    own = None if asked.lon is None or asked.lat is None else (asked.lon, asked.lat)
    wanted = asked.request(
        now=clock.now(),
        point=own or (centre_of(db, area) if area else None),
        city_id=city.id if city else None,
        provider_id=provider.id if provider else None,
        achievement_id=badge.id if badge else None,
    )
    return Asking(asked, wanted, area, city, provider, badge, problems)


def area_of(asked: Asked, *, from_home: bool = True) -> Area | None:
    """Return the area to measure from: the one asked for, or else where a learner lives."""
    home = getattr(current_user, "home_lsoa_code", None) if from_home else None
    code = asked.area or home
    return area_named(current_db(), code) if code else None


def _provider(slug: str) -> Provider | None:
    provider = provider_by_slug(current_db(), slug) if slug else None
    return provider if provider and is_trusted(provider, clock.now()) else None


def _badge(slug: str) -> Achievement | None:
    return achievement_named(current_db(), slug) if slug else None
