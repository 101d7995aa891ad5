"""A learner's days with employers: those that were confirmed, and those they logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import User
from app.clock import LONDON
from logbook.models import Encounter, LoggedActivity, LoggedKind, Witness
from logbook.queries import best_witness, logged_by
from opportunities.models import EncounterPoint, Opportunity, OpportunityKind, ScheduledSession
from participation.models import Attendance, Booking
from providers.models import Provider


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One time with an employer."""

    uuid: UUID
    #: What the record calls the line of it.
    line: str
    #: The day in London.
    on: date
    title: str
    minutes: int | None
    #: Whether the employer itself confirmed it.
    is_confirmed: bool
    #: Who else said that it was so.
    witness: Witness | None = None


@dataclass(kw_only=True)
class Employer:
    """An employer as one learner knows it: an organisation of ours, or a place in their log."""

    name: str
    provider_id: int | None = None
    #: As it is told from others: in small letters.
    place: str | None = None
    #: Newest day first.
    stays: list[Stay] = field(default_factory=list)
    #: What the employer says of each point of a good encounter, perhaps nothing.
    promised: dict[EncounterPoint, str] = field(default_factory=dict)
    #: What the learner says of it all.
    said: Encounter | None = None

    @property
    def days(self) -> Sequence[date]:
        """The days on which they were there, each once, newest first."""
        return sorted({stay.on for stay in self.stays}, reverse=True)

    @property
    def uuid(self) -> UUID:
        """What names it in an address: the first time there, which stays the first."""
        return self.stays[-1].uuid

    @property
    def seen(self) -> Mapping[EncounterPoint, str]:
        """Which points the learner saw, and what showed each."""
        return {each.point: each.words for each in self.said.points} if self.said else {}


def employers_of(db: Session, learner: User) -> list[Employer]:
    """Return the employers that a learner was with, the one of the newest day first."""
    employers = [*_confirmed(db, learner), *_logged(db, learner)]
    said = {(each.provider_id, each.place): each for each in _encounters(db, learner)}
    for employer in employers:
        employer.said = said.get((employer.provider_id, employer.place))
    return sorted(employers, key=lambda each: each.days[0], reverse=True)


def employer_named(db: Session, learner: User, uuid: UUID) -> Employer | None:
    """Return the employer with whom a learner was at this time."""
    return next(
        (
            employer
            for employer in employers_of(db, learner)
            if any(stay.uuid == uuid for stay in employer.stays)
        ),
        None,
    )


def days_with(employers: Sequence[Employer]) -> int:
    """Return on how many different days a learner was with any of these."""
    return len({day for employer in employers for day in employer.days})


def _confirmed(db: Session, learner: User) -> list[Employer]:
    came = (
        select(Attendance, ScheduledSession, Opportunity, Provider)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .options(joinedload(Opportunity.placement))
        .where(
            Booking.learner_id == learner.id,
            Attendance.withdrawn_at.is_(None),
            Opportunity.kind == OpportunityKind.WORK_EXPERIENCE,
        )
        .order_by(ScheduledSession.starts_at.desc(), Attendance.booking_id.desc())
    )
    found: dict[int, Employer] = {}
    for attendance, scheduled, opportunity, provider in db.execute(came):
        employer = found.setdefault(
            provider.id, Employer(name=provider.name, provider_id=provider.id)
        )
        employer.stays.append(_came(attendance, scheduled, opportunity))
        for point, words in opportunity.placement.points.items() if opportunity.placement else ():
            employer.promised.setdefault(EncounterPoint(point), words)
    return list(found.values())


def _came(attendance: Attendance, scheduled: ScheduledSession, opportunity: Opportunity) -> Stay:
    return Stay(
        uuid=attendance.uuid,
        line=f"came_{attendance.uuid}",
        on=scheduled.starts_at.astimezone(LONDON).date(),
        title=opportunity.title,
        minutes=attendance.minutes,
        is_confirmed=True,
    )


def _logged(db: Session, learner: User) -> list[Employer]:
    found: dict[str, Employer] = {}
    for activity in logged_by(db, learner):
        if activity.kind is LoggedKind.WORK:
            place = activity.place_key
            employer = found.setdefault(place, Employer(name=activity.place, place=place))
            employer.stays.append(_said(activity))
    return list(found.values())


def _said(activity: LoggedActivity) -> Stay:
    return Stay(
        uuid=activity.uuid,
        line=f"logged_{activity.uuid}",
        on=activity.done_on,
        title=activity.title,
        minutes=activity.minutes,
        is_confirmed=False,
        witness=best_witness(activity),
    )


def _encounters(db: Session, learner: User) -> Sequence[Encounter]:
    own = select(Encounter).filter_by(learner_id=learner.id)
    return db.scalars(own.options(selectinload(Encounter.points))).all()
