"""Where to try it: up to three real sessions near home that fit an item. These are all the rules.

1. Nothing is looked for until the learner opens the item, and nothing of it is kept.
2. What fits practises the item's skill, is for the learner's age, can be booked now, and is not
   something that they went to or have a place on.
3. The nearest to the middle of their home area come first: within five miles, and within fifteen
   where that gives fewer than three.

Used are the area, the age band, the skill, and where they went: never a name, a need, or what
others do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.wording import label
from opportunities.models import ScheduledSession
from opportunities.near_home import near_home
from opportunities.queries import Found, search
from opportunities.wording import METRES_IN_A_MILE, in_miles
from participation.models import LIVE, Booking
from participation.queries import live_attendance
from participation.service import refusal_to_book
from plans.models import PlanItem

_WITHIN_MILES = (5, 15)
_AMONG = 30
#: So many are asked whether they can be booked: each costs a few questions.
_ASKED = 8
_SHOWN = 3


@dataclass(frozen=True)
class Fit:
    """A session to try it at, and why."""

    scheduled: ScheduledSession
    #: Sentences, the one that decided first.
    reasons: Sequence[str]


def sessions_that_fit(
    db: Session, learner: User, item: PlanItem, *, now: datetime
) -> Sequence[Fit]:
    """Return up to three sessions to try an item at, the nearest first, each with its reasons."""
    fits: Sequence[Fit] = ()
    known = _known_opportunities(db, learner, now)
    for miles in _WITHIN_MILES:
        wanted = near_home(
            db,
            learner,
            within_m=miles * METRES_IN_A_MILE,
            now=now,
            skills=frozenset({item.skill}),
            limit=_AMONG,
        )
        found = [f for f in search(db, wanted) if f.scheduled.opportunity_id not in known]
        fits = _bookable(db, learner, item, found, now)
        if len(fits) == _SHOWN:
            break
    return fits


def _bookable(
    db: Session, learner: User, item: PlanItem, found: Sequence[Found], now: datetime
) -> Sequence[Fit]:
    fits: list[Fit] = []
    for each in found[:_ASKED]:
        if len(fits) < _SHOWN and not refusal_to_book(
            db, learner=learner, scheduled=each.scheduled, now=now
        ):
            fits.append(Fit(each.scheduled, _reasons(item, each)))
    return fits


def _known_opportunities(db: Session, learner: User, now: datetime) -> set[int]:
    """Return what a learner went to, or has a place on that is still to come."""
    been_or_booked = (
        select(ScheduledSession.opportunity_id)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .where(
            Booking.learner_id == learner.id,
            or_(
                live_attendance(Booking.id),
                Booking.status.in_(LIVE) & (ScheduledSession.ends_at > now),
            ),
        )
    )
    return set(db.scalars(been_or_booked))


def _reasons(item: PlanItem, found: Found) -> Sequence[str]:
    return (
        _("You practise this skill there: %(skill)s.", skill=label(item.skill)),
        _("It is near you: %(distance)s.", distance=in_miles(found.distance_m or 0)),
        _("You have not done it before."),
    )
