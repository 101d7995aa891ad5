"""What a next version of a badge means for the activities that give it."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from accounts.models import User
from badges.models import Achievement
from badges.service import make_next_version
from opportunities.models import Opportunity


def say_anew(db: Session, *, earlier: Achievement, made_by: User, **given: Any) -> Achievement:
    """Make the next version of a badge, and let every activity that gave the one before give it. Flushes.

    :param given: as `badges.service.make_next_version` takes it.
    :raises NotAllowed: `made_by` does not speak for the issuer.
    :raises Conflict: there is a next version already, or nobody has earned this one yet.
    """
    newer = make_next_version(db, earlier=earlier, made_by=made_by, **given)
    gives_it = update(Opportunity).where(Opportunity.achievement_id == earlier.id)
    db.execute(gives_it.values(achievement_id=newer.id))
    return newer
