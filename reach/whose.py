"""Whose numbers a page is of: an officer's own city or region, or what a platform admin names."""

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from accounts.access import signed_in_user
from accounts.models import Role, User
from app.db import current_db
from app.errors import NotFound
from geo import queries as geo
from geo.models import City, Region


def city_asked_for() -> City | None:
    """Return the city whose numbers may be seen; `None` where a platform admin has named none.

    Whoever works for a region names one of its cities, and is sent to the region without.

    :raises NotFound: the person belongs to no city, or named one that is not theirs to see.
    """
    user = signed_in_user()
    if user.region is not None:
        return _member_asked_for(user.region)
    if user.role is not Role.PLATFORM_ADMIN:
        return _own_city(user)
    slug = _slug("city")
    return _found(geo.city_by_slug(current_db(), slug)) if slug else None


def region_asked_for() -> Region | None:
    """Return the region whose sum may be seen; `None` where a platform admin has named none.

    :raises NotFound: the person's city belongs to none, or there is none of that name.
    """
    user = signed_in_user()
    if user.region is not None:
        return user.region
    if user.role is not Role.PLATFORM_ADMIN:
        region = geo.region_of(current_db(), _own_city(user))
        if region is None:
            raise NotFound(_("Your city is counted by itself: it is part of no region."))
        return region
    slug = _slug("region")
    region = geo.region_by_slug(current_db(), slug)
    if slug and region is None:
        raise NotFound(_("We cannot find that region."))
    return region


def may_open(city: City) -> bool:
    """Tell whether the person may see a city's own numbers, and not only what they add up to."""
    user = signed_in_user()
    if user.role is Role.PLATFORM_ADMIN:
        return True
    return city in user.region.cities if user.region else city == user.city


def _own_city(user: User) -> City:
    if user.city is None:
        raise NotFound(_("Your account belongs to no city yet."))
    return user.city


def _member_asked_for(region: Region) -> City:
    slug = _slug("city")
    if not slug:
        abort(redirect(url_for("reach_regions.show_region"), 303))
    return _found(next((city for city in region.cities if city.slug == slug), None))


def _found(city: City | None) -> City:
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def _slug(name: str) -> str:
    return request.args.get(name, "").replace("\0", "")
