"""Which region's sum somebody of an authority reads, and which of its cities they may open."""

from flask import request
from flask_babel import gettext as _

from accounts.access import signed_in_user
from accounts.models import Role
from app.db import current_db
from app.errors import NotFound
from geo import queries as geo
from geo.models import City, Region


def region_being_read() -> Region | None:
    """Return the region whose sum may be seen; `None` where a platform admin has named none.

    :raises NotFound: the person's city belongs to none, or there is none of that name.
    """
    user = signed_in_user()
    if user.region is not None:
        return user.region
    if user.role is Role.PLATFORM_ADMIN:
        return _region_named(request.args.get("region", ""))
    if user.city is None:
        raise NotFound(_("Your account belongs to no city yet."))
    region = geo.region_of(current_db(), user.city)
    if region is None:
        raise NotFound(_("Your city is counted by itself: it is part of no region."))
    return region


def region_of_reader() -> Region | None:
    """Return the region whose sum the person may read without naming it, if there is one."""
    user = signed_in_user()
    if user.region is not None:
        return user.region
    return geo.region_of(current_db(), user.city) if user.city else None


def may_open(city: City) -> bool:
    """Tell whether the person may see a city's own numbers, and not only what they add up to."""
    user = signed_in_user()
    if user.role is Role.PLATFORM_ADMIN:
        return True
    return city in user.region.cities if user.region else city == user.city


def _region_named(slug: str) -> Region | None:
    region = geo.region_by_slug(current_db(), slug)
    if slug and region is None:
        raise NotFound(_("We cannot find that region."))
    return region
