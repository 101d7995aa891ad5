"""What a learner was at this term, what comes next, and what suggestions look at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from badges.models import Achievement, Skill
from badges.queries import badges_of
from opportunities.models import Category, Opportunity, ScheduledSession
from participation.models import Attendance, Booking, BookingStatus
from profiles.models import SuggestionChoice
from supporters.models import SupportScope
from supporters.queries import allows, supporters_of


@dataclass(frozen=True, kw_only=True)
class Term:
    """What a learner was at in a term, for one warm sentence."""

    times: int
    #: Places never been to before.
    new_places: int
    #: Things done more than once.
    kept_going: int


@dataclass(frozen=True, kw_only=True)
class History:
    """What a learner has tried so far, as far as suggestions look at it."""

    opportunity_ids: frozenset[int]
    categories: frozenset[Category]
    skills: frozenset[Skill]


def term_so_far(db: Session, learner: User, *, since: datetime) -> Term:
    """Return what providers confirmed that a learner came to in the running term.

    :param since: when it began.
    """
    came = _came_to(learner).subquery()
    this_term = select(came).where(came.c.starts_at >= since).subquery()
    before = select(came.c.place_id).where(came.c.starts_at < since)
    new_places = func.count(this_term.c.place_id.distinct()).filter(
        this_term.c.place_id.not_in(before)
    )
    again = (
        select(this_term.c.opportunity_id)
        .group_by(this_term.c.opportunity_id)
        .having(func.count() > 1)
        .subquery()
    )
    times, places = db.execute(select(func.count(), new_places).select_from(this_term)).one()
    kept_going = db.scalar(select(func.count()).select_from(again)) or 0
    return Term(times=times, new_places=places, kept_going=kept_going)


def choice_of(db: Session, learner: User) -> SuggestionChoice | None:
    """Return what a learner chose about suggestions; none who never chose has them off."""
    return db.get(SuggestionChoice, learner.id)


def history_of(db: Session, learner: User) -> History:
    """Return what a learner booked and came to, and the skills of it and of their badges."""
    booked = db.execute(_booked_by(learner)).all()
    badges = badges_of(db, learner)
    skills = [skills or [] for _id, _category, skills in booked]
    skills += [badge.achievement.skills for badge in badges]
    return History(
        opportunity_ids=frozenset(id for id, _category, _skills in booked),
        categories=frozenset(category for _id, category, _skills in booked),
        skills=frozenset(Skill(skill) for some in skills for skill in some),
    )


def lookers_of(db: Session, learner: User, now: datetime) -> list[str]:
    """Return the names of the adults who may see something of a learner's record, evidence or plans."""
    seeing = [scope for scope in SupportScope if scope is not SupportScope.COMMENT]
    return [
        link.adult.name
        for link in supporters_of(db, learner, now)
        if link.adult and any(allows(link, scope) for scope in seeing)
    ]


def coming_booking(db: Session, learner: User, *, now: datetime) -> Booking | None:
    """Return the next thing a learner has a place on, with its session, opportunity and place."""
    of_session = contains_eager(Booking.scheduled_session)
    coming = (
        select(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .options(
            of_session.contains_eager(ScheduledSession.opportunity).joinedload(
                Opportunity.place, innerjoin=True
            )
        )
        .where(
            Booking.learner_id == learner.id,
            Booking.status == BookingStatus.CONFIRMED,
            ScheduledSession.starts_at > now,
        )
        .order_by(ScheduledSession.starts_at, Booking.id)
        .limit(1)
    )
    return db.scalar(coming)


def _came_to(learner: User):
    return (
        select(
            ScheduledSession.starts_at, Opportunity.id.label("opportunity_id"), Opportunity.place_id
        )
        .select_from(Attendance)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
    )


def _booked_by(learner: User):
    return (
        select(Opportunity.id, Opportunity.category, Achievement.skills)
        .join(ScheduledSession, ScheduledSession.opportunity_id == Opportunity.id)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .outerjoin(Opportunity.achievement)
        .where(Booking.learner_id == learner.id, Booking.status == BookingStatus.CONFIRMED)
        .distinct()
    )
