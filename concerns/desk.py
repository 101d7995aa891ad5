"""The rules of who reads a city's concerns, and how fast they take one on."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.models import Role, User
from app.errors import Conflict
from concerns.models import ConcernDesk, ConcernReader
from geo.models import City


def set_desk(
    db: Session,
    *,
    city: City,
    readers: Sequence[User | None],
    danger_hours: int,
    today_hours: int,
    worried_hours: int,
) -> None:
    """Name who reads a city's concerns, in place of whoever was named, and its hours. Flushes.

    What was raised before keeps its own time.

    :param readers: officers of the city; none for all of them.
    :raises Conflict: one is not an officer of the city, or the hours are out of reason.
    """
    named = [each for each in readers if each is not None and _is_officer_of(each, city)]
    if len(named) != len(readers):
        raise Conflict(_("Only officers of the city can read its concerns."))
    if not (1 <= danger_hours <= 24 and 1 <= today_hours <= 24 and 1 <= worried_hours <= 168):
        raise Conflict(_("Hours go from 1 to 24, and to 168 where nothing is urgent."))
    db.merge(
        ConcernDesk(
            city_id=city.id,
            danger_hours=danger_hours,
            today_hours=today_hours,
            worried_hours=worried_hours,
        )
    )
    db.execute(delete(ConcernReader).where(ConcernReader.city_id == city.id))
    db.add_all(ConcernReader(city_id=city.id, user_id=each.id) for each in set(named))
    db.flush()


def _is_officer_of(user: User, city: City) -> bool:
    is_officer = user.role in (Role.AUTHORITY_OFFICER, Role.CITY_ADMIN)
    return is_officer and user.city_id == city.id
