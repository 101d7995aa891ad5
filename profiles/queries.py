"""A learner's record, what of it was shared, and what suggestions look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from badges.models import Achievement, AchievementCredential, Skill
from badges.queries import badges_of
from opportunities.models import Category, Opportunity, ScheduledSession
from participation.models import Attendance, Booking, BookingStatus
from profiles.models import ShareLink, SuggestionChoice


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a learner did and earned, from what providers confirmed."""

    badges: Sequence[AchievementCredential]
    #: Newest first, each with its session, opportunity and provider loaded.
    attendances: Sequence[Attendance]
    #: Whole hours of all confirmed sessions.
    hours: int
    #: This term, for one warm sentence: times they came, places never been to before, and things
    #: done more than once.
    times: int
    new_places: int
    kept_going: int


@dataclass(frozen=True, kw_only=True)
class History:
    """What a learner has tried so far, as far as suggestions look at it."""

    opportunity_ids: frozenset[int]
    categories: frozenset[Category]
    skills: frozenset[Skill]


def record_of(db: Session, learner: User, *, since: datetime) -> Record:
    """Return a learner's own record.

    :param since: when the running term began.
    """
    attendances = _attendances_of(db, learner)
    return Record(
        badges=badges_of(db, learner),
        attendances=attendances,
        hours=sum(attendance.minutes for attendance in attendances) // 60,
        times=len(_since(attendances, since)),
        new_places=_new_places(attendances, since),
        kept_going=_kept_going(attendances, since),
    )


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


def share_links_of(db: Session, learner: User) -> Sequence[ShareLink]:
    """Return a learner's share links, newest first, ended ones too."""
    own = select(ShareLink).filter_by(learner_id=learner.id).order_by(ShareLink.id.desc())
    return db.scalars(own.options(joinedload(ShareLink.badges))).unique().all()


def own_share_link(db: Session, learner: User, uuid: UUID) -> ShareLink | None:
    """Return one share link of this learner."""
    return db.scalar(select(ShareLink).filter_by(uuid=uuid, learner_id=learner.id))


def live_share_link(db: Session, token_hash: str, *, now: datetime) -> ShareLink | None:
    """Return the share link of an address, with its badges, while it stands."""
    live = (
        select(ShareLink)
        .where(
            ShareLink.token_hash == token_hash,
            ShareLink.withdrawn_at.is_(None),
            ShareLink.expires_at > now,
        )
        .options(
            joinedload(ShareLink.learner),
            joinedload(ShareLink.badges)
            .joinedload(AchievementCredential.achievement)
            .joinedload(Achievement.issuer),
        )
    )
    return db.scalars(live).unique().one_or_none()


def hours_of(db: Session, learner: User) -> int:
    """Return the whole hours of all sessions that providers confirmed for a learner."""
    minutes = db.scalar(
        select(func.sum(Attendance.minutes))
        .join(Attendance.booking)
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
    )
    return int(minutes or 0) // 60


def _attendances_of(db: Session, learner: User) -> Sequence[Attendance]:
    confirmed = (
        select(Attendance)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .options(
            contains_eager(Attendance.booking)
            .contains_eager(Booking.scheduled_session)
            .contains_eager(ScheduledSession.opportunity)
            .options(joinedload(Opportunity.provider), joinedload(Opportunity.achievement))
        )
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
        .order_by(ScheduledSession.starts_at.desc())
    )
    return db.scalars(confirmed).all()


def _booked_by(learner: User):
    return (
        select(Opportunity.id, Opportunity.category, Achievement.skills)
        .join(ScheduledSession, ScheduledSession.opportunity_id == Opportunity.id)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .outerjoin(Opportunity.achievement)
        .where(Booking.learner_id == learner.id, Booking.status == BookingStatus.CONFIRMED)
        .distinct()
    )


def _since(attendances: Sequence[Attendance], since: datetime) -> list[ScheduledSession]:
    came_to = (attendance.booking.scheduled_session for attendance in attendances)
    return [scheduled for scheduled in came_to if scheduled.starts_at >= since]


def _new_places(attendances: Sequence[Attendance], since: datetime) -> int:
    this_term = _since(attendances, since)
    before = [
        attendance.booking.scheduled_session
        for attendance in attendances
        if attendance.booking.scheduled_session not in this_term
    ]
    return len(_place_ids(this_term) - _place_ids(before))


def _place_ids(came_to: Sequence[ScheduledSession]) -> set[int]:
    return {scheduled.opportunity.place_id for scheduled in came_to}


def _kept_going(attendances: Sequence[Attendance], since: datetime) -> int:
    times = Counter(scheduled.opportunity_id for scheduled in _since(attendances, since))
    return sum(1 for count in times.values() if count > 1)
