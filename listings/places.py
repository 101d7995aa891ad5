"""The places of a provider: remembered, with what makes them usable, and changed only for itself."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotAllowed, NotFound
from geo.models import AccessFeature, Place
from geo.queries import lon_lat, point_of_postcode
from geo.service import add_place, move_place
from listings.models import ProviderPlace
from listings.queries import places_used_by_others, remembered_places
from opportunities.models import Opportunity
from providers.models import Provider
from providers.queries import speaks_for


def add_own_place(
    db: Session,
    *,
    provider: Provider,
    added_by: User,
    now: datetime,
    name: str,
    address: str,
    postcode: str,
    step_free: bool = False,
    access: Iterable[AccessFeature] = (),
) -> Place:
    """Make a place at a postcode, and remember it for its provider. Flushes.

    :raises NotAllowed: `added_by` does not speak for the provider.
    :raises Conflict: nobody knows the postcode.
    """
    _refuse_strangers(db, added_by, provider)
    lon, lat, lsoa_code = _point_of(db, postcode)
    place = add_place(
        db,
        name=name,
        address=address,
        step_free=step_free,
        access=access,
        lon=lon,
        lat=lat,
        lsoa_code=lsoa_code,
    )
    remember_place(db, provider=provider, place=place, now=now)
    return place


def change_own_place(
    db: Session,
    *,
    provider: Provider,
    place: Place,
    changed_by: User,
    now: datetime,
    name: str,
    address: str,
    postcode: str = "",
    step_free: bool = False,
    access: Iterable[AccessFeature] = (),
) -> Place:
    """Change a place that a provider remembers, for that provider alone. Flushes.

    Where others use the same place, theirs stays as it is: the provider gets one of its own, and
    what it offers moves there.

    :param postcode: where it is now; empty where it has not moved.
    :return: the place that the provider has now.
    :raises NotAllowed: `changed_by` does not speak for the provider.
    :raises NotFound: the provider remembers no such place.
    :raises Conflict: nobody knows the postcode.
    """
    _refuse_strangers(db, changed_by, provider)
    if place not in remembered_places(db, provider):
        raise NotFound(_("We cannot find that place."))
    lon, lat = lon_lat(place)
    at = _point_of(db, postcode) if postcode else (lon, lat, place.lsoa_code)
    if places_used_by_others(db, provider, place):
        own = add_place(db, name=name, lon=at[0], lat=at[1], lsoa_code=at[2])
        _move(db, provider, place, own, now)
        place = own
    place.name, place.address, place.step_free = name, address, step_free
    place.access = list(access)
    db.flush()
    if postcode:
        move_place(db, place, lon=at[0], lat=at[1], lsoa_code=at[2])
    return place


def remember_place(db: Session, *, provider: Provider, place: Place, now: datetime) -> None:
    """Remember that a provider uses a place; once is enough."""
    row = insert(ProviderPlace).values(provider_id=provider.id, place_id=place.id, added_at=now)
    db.execute(row.on_conflict_do_nothing())


def own_place(db: Session, provider: Provider, uuid: UUID | str) -> Place | None:
    """Return a place that the provider remembers; None for any other."""
    places = remembered_places(db, provider)
    return next((each for each in places if str(each.uuid) == str(uuid)), None)


def _move(db: Session, provider: Provider, old: Place, new: Place, now: datetime) -> None:
    db.execute(
        update(Opportunity)
        .where(Opportunity.provider_id == provider.id, Opportunity.place_id == old.id)
        .values(place_id=new.id)
    )
    db.execute(delete(ProviderPlace).filter_by(provider_id=provider.id, place_id=old.id))
    remember_place(db, provider=provider, place=new, now=now)
    db.expire_all()


def _point_of(db: Session, postcode: str) -> tuple[float, float, str]:
    found = point_of_postcode(db, postcode)
    if found is None:
        raise Conflict(_("We do not know that postcode. Check it."))
    return found


def _refuse_strangers(db: Session, user: User, provider: Provider) -> None:
    if not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
