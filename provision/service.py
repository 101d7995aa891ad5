"""The one rule that somebody may change: how far is within reach."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.errors import Conflict
from geo.models import City
from provision.lens import Mode
from provision.models import LEAST_METRES, MOST_METRES, CatchmentDistance


def set_distance(db: Session, city: City, mode: Mode, metres: int) -> None:
    """Say how far a city takes its young people to travel by a mode. Flushes.

    :raises Conflict: so short or so long a way makes no sense.
    """
    if not LEAST_METRES <= metres <= MOST_METRES:
        raise Conflict(
            _(
                "Give a distance from %(least)s to %(most)s metres.",
                least=LEAST_METRES,
                most=MOST_METRES,
            )
        )
    db.merge(CatchmentDistance(city_id=city.id, mode=mode, metres=metres))
    db.flush()
