"""Which city's numbers somebody of an authority reads: their own, or the one that an address names."""

from flask import request
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.models import Role
from app.db import current_db
from app.errors import NotFound
from geo import queries as geo
from geo.models import City

for_the_authority = requires(*AUTHORITY_ROLES, Role.PLATFORM_ADMIN)


def city_being_read() -> City | None:
    """Return the city whose numbers may be seen; `None` where a platform admin has named none.

    :raises NotFound: the person belongs to no city, or named one that is not there.
    """
    user = signed_in_user()
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
