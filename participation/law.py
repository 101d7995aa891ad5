"""What the rules of age, school and hours ask of somebody who wants a place, given all they have agreed to."""

from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from app.errors import NotAllowed, Refusal
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Booking
from participation.queries import booked_around
from permission.models import Part
from permission.service import Needed, is_work, needed_for
from permission.work import Stretch


def needed_by_law(
    db: Session,
    learner: User,
    scheduled: ScheduledSession,
    now: datetime,
    instead_of: Booking | None = None,
) -> Needed:
    """Return why a learner may not go to a session, or who has to say yes first.

    :param instead_of: a booking that a place there would take the place of, or is already.
    """
    if not is_work(scheduled.opportunity):
        return Needed()
    around = booked_around(db, learner, scheduled, instead_of)
    others = [Stretch(each.starts_at, each.ends_at) for each in around if is_work(each.opportunity)]
    return needed_for(db, learner=learner, scheduled=scheduled, others=others, now=now)


def refused_at_door(
    db: Session, learner: User, scheduled: ScheduledSession, now: datetime
) -> Refusal | None:
    """Return why somebody who came without a place cannot be let in: at the door nobody can be asked."""
    needed = needed_by_law(db, learner, scheduled, now)
    if needed.refusal:
        return needed.refusal
    missing = needed.missing(now)
    if Part.GUARDIAN in missing:
        return NotAllowed(
            _("A parent or carer has to say yes first, because they are still at school.")
        )
    if missing:
        return NotAllowed(_("Their school has to say yes first, because this is in school hours."))
    return None


def suits_age(learner: User, opportunity: Opportunity) -> bool:
    """Return whether a learner may be of the ages it is for: refused is only who surely is not.

    A band that lies on both sides of a limit refuses nobody: the least age for work is in `permission`.
    """
    youngest, oldest = ages_of(learner)
    return youngest <= opportunity.max_age and opportunity.min_age <= oldest


def ages_of(learner: User) -> tuple[int, int]:
    """Return the youngest and the oldest that a learner can be."""
    # The database holds it: every learner has an age band.
    return cast(AgeBand, learner.age_band).ages
