"""What a learner says of their days with an employer."""

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import NotFound
from logbook.models import Encounter, PointSeen
from logbook.work_queries import employer_named
from opportunities.models import EncounterPoint


def say_of_employer(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    seen: Mapping[EncounterPoint, str],
    reflection: str,
) -> Encounter:
    """Keep which points of a good encounter a learner saw with an employer, and their looking back. Flushes.

    :param uuid: of one of their times there.
    :param seen: what showed each point, perhaps nothing; a point that is left out was not seen.
    :raises NotFound: they were with no such employer.
    """
    # Held, so that two forms sent at once do not both begin.
    lock(db, User, learner.id)
    employer = employer_named(db, learner, uuid)
    if employer is None:
        raise NotFound(_("We cannot find that."))
    said = employer.said or Encounter(
        learner_id=learner.id, provider_id=employer.provider_id, place=employer.place, points=[]
    )
    db.add(said)
    said.reflection = reflection
    kept = {each.point: each for each in said.points}
    said.points = [
        kept.get(point) or PointSeen(point=point) for point in EncounterPoint if point in seen
    ]
    for each in said.points:
        each.words = seen[each.point]
    db.flush()
    return said
