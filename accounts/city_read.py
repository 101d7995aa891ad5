"""Which city's numbers somebody of an authority reads: their own, or the one that an address names."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.models import Role
from app.db import current_db
from app.errors import NotFound
from geo import queries as geo
from geo.models import City, Region

for_the_authority = requires(*AUTHORITY_ROLES, Role.PLATFORM_ADMIN)


def city_being_read() -> City | None:
    """Return the city whose numbers may be seen; `None` where a platform admin has named none.

    Whoever works for a region names one of its cities, and is sent to the region without.

    :raises NotFound: the person belongs to no city, or named one that is not theirs to see.
    """
    user = signed_in_user()
    if user.region is not None:
        return _member_named(user.region)
    if user.role is not Role.PLATFORM_ADMIN:
        if user.city is None:
            raise NotFound(_("Your account belongs to no city yet."))
        return user.city
    slug = request.args.get("city", "").replace("\0", "")
    if not slug:
        return None
    city = geo.city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def choose_city(heading: str, endpoint: str, **values: Any) -> str:
    """Return the page on which a platform admin chooses whose numbers to read.

    :param endpoint: where each city leads, with `values` beside its slug.
    """
    return render_template(
        "accounts/choose_city.html",
        heading=heading,
        endpoint=endpoint,
        values=values,
        cities=geo.cities(current_db()),
    )


def _member_named(region: Region) -> City:
    slug = request.args.get("city", "")
    if not slug:
        abort(redirect(url_for("reach_regions.show_region"), 303))
    city = next((city for city in region.cities if city.slug == slug), None)
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city
