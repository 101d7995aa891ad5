"""Which release a request asks for, and how much of it whoever asks may see.

Anybody may see what stands in `PUBLIC`. The rest tells how deprived areas are, or what learners told
of themselves, and is for the officers of that city.
"""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import AUTHORITY_ROLES, signed_in_user
from accounts.city_read import city_being_read
from accounts.models import Role
from app.db import current_db, report_db
from app.errors import NotFound
from cube import queries
from cube.queries import Reach, Released
from geo import queries as geo
from geo.models import City
from reach.whose import may_open

#: The tables that anybody may see: no decile is in them, and nothing that learners told.
PUBLIC = ("city", "age", "ward")
#: Kinds of account that may see a city's numbers in full.
FOR_THE_AUTHORITY = (*AUTHORITY_ROLES, Role.PLATFORM_ADMIN)


def city_named(slug: str) -> City:
    """Return a city by the name that addresses call it.

    :raises NotFound: there is none.
    """
    city = None if "\0" in slug else geo.city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def sees_all_of(city: City) -> bool:
    """Tell whether whoever asks may see the whole release of a city."""
    if not current_user.is_authenticated:
        return False
    return signed_in_user().role in FOR_THE_AUTHORITY and may_open(city)


def whole_release() -> tuple[City, Released]:
    """Return the release that an officer asks for: `?release=`, or else a `?period=` of their city.

    :raises NotFound: there is none, or none that they may see in full.
    """
    if name := request.args.get("release"):
        return whole_release_named(_uuid(name))
    city = _city_asked()
    return city, _latest_of(city)


def whole_release_named(uuid: UUID) -> tuple[City, Released]:
    """Return a release in full, in whatever version it was.

    :raises NotFound: there is none, or none that whoever asks may see in full: the two look alike.
    """
    city = _city_of(uuid)
    if not sees_all_of(city):
        raise _no_numbers()
    return city, _read(uuid, city)


def release_named(uuid: UUID) -> tuple[City, Released]:
    """Return as much of a release as whoever asks may see.

    :raises NotFound: there is none.
    """
    city = _city_of(uuid)
    return city, _read(uuid, city, None if sees_all_of(city) else PUBLIC)


def reach_of(city: City, tables: Collection[str] | None = None) -> Reach | None:
    """Return what was released for the `?period=` asked for; `None` before any release.

    :param tables: those that are wanted; left out, all. A country has hundreds of thousands of cells.
    :raises NotFound: that period was not released.
    """
    period = request.args.get("period")
    with report_db() as cube:
        return queries.reach_of(cube, city_id=city.id, period=period, tables=tables)


def public_release_of(city: City) -> Released:
    """Return the public part of the release asked for: `?release=`, or else a `?period=`.

    :raises NotFound: there is none of this city.
    """
    if name := request.args.get("release"):
        return _read(_uuid(name), city, PUBLIC)
    return _latest_of(city, PUBLIC)


def public_part(release: Released) -> Released:
    """Return a release with the tables that anybody may see, and no other."""
    return replace(release, tables=_some_of(release, PUBLIC))


def releases_of(city: City) -> list[Released]:
    """Return every version of every period of a city, the newest first, without its tables."""
    with report_db() as cube:
        return queries.periods_of(cube, city_id=city.id)


def cities_released() -> list[City]:
    """Return the cities of which anything was released, by name."""
    with report_db() as cube:
        known = queries.cities_released(cube)
    return [city for city in geo.cities(current_db()) if city.id in known]


def document_of(city: City, release: Released) -> bytes:
    """Return a release as the bytes that were signed."""
    with report_db() as cube:
        return queries.document_of(cube, release, city_slug=city.slug)


def most_cells_of(release: Released) -> dict[str, int]:
    """Return how many cells of each table of a release one learner can change."""
    with report_db() as cube:
        return queries.most_cells_of(cube, release)


def _latest_of(city: City, tables: Collection[str] | None = None) -> Released:
    reach = reach_of(city, tables)
    if reach is None:
        raise NotFound(_("Nothing has been released yet."))
    return reach.term


def _city_of(uuid: UUID) -> City:
    with report_db() as cube:
        city_id = queries.city_of(cube, uuid)
    return current_db().get_one(City, city_id)


def _read(uuid: UUID, city: City, tables: Collection[str] | None = None) -> Released:
    with report_db() as cube:
        return queries.release_named(cube, uuid, city_id=city.id, tables=tables)


def _city_asked() -> City:
    city = city_being_read()
    if city is None:
        raise NotFound(_("We cannot find that city."))
    return city


def _uuid(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise _no_numbers() from None


def _some_of(release: Released, names: Collection[str]):
    return {name: cells for name, cells in release.tables.items() if name in names}


def _no_numbers() -> NotFound:
    return NotFound(_("There are no numbers for that period."))
