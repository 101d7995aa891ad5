"""Sessions that are made from a rule, and kept in step with it.

What somebody has booked is never moved and never taken away by a rule: it stays as it was, and the
page that asks before anything changes says so. What nobody has booked moves in its place, so that
calendars follow it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from app.clock import LONDON
from app.errors import Conflict
from geo.queries import school_calendar
from listings import review
from listings.changes import held
from listings.models import Schedule, ScheduleOccurrence
from listings.repeats import Occurrences, Rule, Sitting, occurrences, refuse_bad_rule
from listings.service import let_officers_look
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from providers.models import Provider

#: Sessions are made this far ahead, and further as time goes on.
AHEAD = timedelta(weeks=26)


@dataclass(frozen=True)
class Plan:
    """What following a rule would do to the sessions to come of one listing."""

    rule: Rule
    places: int
    made: list[Sitting] = field(default_factory=list)
    moved: list[tuple[ScheduledSession, Sitting]] = field(default_factory=list)
    gone: list[ScheduledSession] = field(default_factory=list)
    #: Somebody has booked them: they stay as they are, whatever the rule says.
    kept: list[ScheduledSession] = field(default_factory=list)
    #: As the rule says already, each with its day.
    same: list[tuple[ScheduledSession, Sitting]] = field(default_factory=list)
    #: Days on which London's clocks jump over the time.
    impossible: list[date] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.made or self.moved or self.gone)

    @property
    def digest(self) -> str:
        """Return what tells this plan from any other: it travels with the page that shows it."""
        said = [f"{self.rule!r} {self.places}"]
        said += [f"made {each.starts_at} {each.ends_at}" for each in self.made]
        said += [f"moved {was.uuid} {to.starts_at} {to.ends_at}" for was, to in self.moved]
        said += [f"gone {each.uuid}" for each in self.gone]
        said += [f"kept {each.uuid}" for each in self.kept]
        return sha256("\n".join(said).encode()).hexdigest()[:32]


def schedule_of(db: Session, opportunity: Opportunity) -> Schedule | None:
    """Return when a listing repeats, if it does."""
    return db.scalar(select(Schedule).filter_by(opportunity_id=opportunity.id))


def plan(db: Session, *, opportunity: Opportunity, rule: Rule, places: int, now: datetime) -> Plan:
    """Return what following `rule` would do. Changes nothing.

    :raises BadRule: the rule cannot be followed.
    """
    refuse_bad_rule(rule)
    wanted = days_ahead(db, opportunity.provider, rule, now)
    known = _Known(db, opportunity, now)
    planned = Plan(rule, places, impossible=wanted.impossible)
    left = {each.day: each for each in wanted.sittings if each.day not in known.begun}
    loose = []
    for session in known.sessions:
        sitting = left.get(known.day_of(session))
        if sitting and _is_as(session, sitting, places):
            planned.same.append((session, left.pop(sitting.day)))
        elif not known.is_of_rule(session) and not _starts_with(session, sitting):
            continue
        elif session.is_booked:
            planned.kept.append(session)
            left.pop(known.day_of(session), None)
        elif sitting:
            planned.moved.append((session, left.pop(sitting.day)))
        else:
            loose.append(session)
    _move_within_week(planned, loose, left, known)
    planned.made.extend(left.values())
    return planned


def days_ahead(db: Session, provider: Provider, rule: Rule, now: datetime) -> Occurrences:
    """Return what a rule makes from now on, as far ahead as sessions are made.

    :raises BadRule: it makes more than anyone runs.
    """
    today = now.astimezone(LONDON).date()
    school = school_calendar(db, provider.city_id)
    found = occurrences(rule, school, max(today, rule.first_on), today + AHEAD)
    return Occurrences([each for each in found.sittings if each.starts_at > now], found.impossible)


def follow(
    db: Session,
    *,
    opportunity: Opportunity,
    rule: Rule,
    places: int,
    shown: str | None,
    by: User,
    now: datetime,
) -> Plan:
    """Let a listing repeat as `rule` says, as far ahead as sessions are made. Flushes.

    :param shown: the digest of the plan that the person saw; None where nothing could change under
        them, as with something that is just being posted.
    :raises NotAllowed: `by` does not speak for its provider.
    :raises BadRule: the rule cannot be followed.
    :raises Conflict: it was withdrawn, an officer would have to look at such sessions first, or what
        would change is not what was shown.
    """
    opportunity = held(db, opportunity, by)
    _hold_sessions(db, opportunity, now)
    planned = plan(db, opportunity=opportunity, rule=rule, places=places, now=now)
    if shown is not None and shown != planned.digest:
        raise Conflict(_("Something has changed meanwhile. Look again at what would change."))
    fresh = [*planned.made, *(to for _was, to in planned.moved)]
    looked_at = [review.Sitting(each.starts_at, each.ends_at, places) for each in fresh]
    let_officers_look(db, opportunity, looked_at, now)
    schedule = schedule_of(db, opportunity) or Schedule(opportunity=opportunity)
    schedule.rule, schedule.places, schedule.changed_at = rule, places, now
    db.add(schedule)
    db.flush()
    _carry_out(db, schedule, planned, now)
    opportunity.checked_at = now
    db.flush()
    return planned


def stop_repeating(db: Session, *, opportunity: Opportunity, by: User, now: datetime) -> None:
    """Let a listing repeat no more: its sessions to come stay as single ones. Flushes.

    :raises NotAllowed: `by` does not speak for its provider.
    """
    opportunity = held(db, opportunity, by)
    schedule = schedule_of(db, opportunity)
    if schedule is not None:
        db.delete(schedule)
        db.flush()


def extend(db: Session, schedule: Schedule, *, now: datetime) -> int:
    """Make the sessions of a schedule that have come within sight; return how many. Flushes.

    Nothing that there is changes. Doing it again makes nothing more.
    """
    _hold_sessions(db, schedule.opportunity, now)
    planned = plan(
        db,
        opportunity=schedule.opportunity,
        rule=schedule.rule,
        places=schedule.places,
        now=now,
    )
    fresh = [sitting for sitting in planned.made if sitting.day > _last_day(db, schedule)]
    _make(db, schedule, fresh, schedule.places)
    db.flush()
    return len(fresh)


def repeating(db: Session) -> Sequence[int]:
    """Return the keys of all schedules of listings that are not withdrawn."""
    found = (
        select(Schedule.id)
        .join(Schedule.opportunity)
        .where(Opportunity.status != OpportunityStatus.WITHDRAWN)
    )
    return db.scalars(found.order_by(Schedule.id)).all()


def extend_one(db: Session, schedule_id: int, *, now: datetime) -> int:
    """Extend a schedule by its key, as `extend` does; return how many sessions that made."""
    schedule = db.get(Schedule, schedule_id)
    return extend(db, schedule, now=now) if schedule else 0


class _Known:
    """The sessions to come of a listing, and which day of its rule each stands for."""

    def __init__(self, db: Session, opportunity: Opportunity, now: datetime) -> None:
        self.sessions: Sequence[ScheduledSession] = db.scalars(
            select(ScheduledSession)
            .where(
                ScheduledSession.opportunity_id == opportunity.id,
                ScheduledSession.starts_at > now,
                ScheduledSession.cancelled_at.is_(None),
            )
            .order_by(ScheduledSession.starts_at, ScheduledSession.id)
        ).all()
        known = _occurrences(db, opportunity)
        self._days = {each.scheduled_session_id: each.occurs_on for each in known}
        #: Days of the rule whose session has begun: it is not held a second time that day.
        self.begun = {each.occurs_on for each in known if each.scheduled_session.starts_at <= now}

    def day_of(self, session: ScheduledSession) -> date:
        """Return the day of the rule that a session stands for; for a single one, its own."""
        return self._days.get(session.id) or session.starts_at.astimezone(LONDON).date()

    def is_of_rule(self, session: ScheduledSession) -> bool:
        return session.id in self._days


def _occurrences(db: Session, opportunity: Opportunity) -> Sequence[ScheduleOccurrence]:
    return db.scalars(
        select(ScheduleOccurrence)
        .join(Schedule, Schedule.id == ScheduleOccurrence.schedule_id)
        .where(Schedule.opportunity_id == opportunity.id)
        .options(joinedload(ScheduleOccurrence.scheduled_session, innerjoin=True))
    ).all()


def _starts_with(session: ScheduledSession, sitting: Sitting | None) -> bool:
    return sitting is not None and session.starts_at == sitting.starts_at


def _is_as(session: ScheduledSession, sitting: Sitting, places: int) -> bool:
    is_then = (session.starts_at, session.ends_at) == (sitting.starts_at, sitting.ends_at)
    # Of one that is booked the number of places is left alone.
    return is_then and (session.is_booked or session.maximum_capacity == places)


def _move_within_week(
    planned: Plan,
    loose: list[ScheduledSession],
    left: dict[date, Sitting],
    known: _Known,
) -> None:
    """Move what has no day any more to one of the same week; what finds none goes."""
    for session in loose:
        week = known.day_of(session).isocalendar()[:2]
        same_week = (day for day in sorted(left) if day.isocalendar()[:2] == week)
        day = next(same_week, None)
        if day is None:
            planned.gone.append(session)
        else:
            planned.moved.append((session, left.pop(day)))


def _hold_sessions(db: Session, opportunity: Opportunity, now: datetime) -> None:
    """Hold the sessions to come, by id: a booking waits, or is seen."""
    db.flush()
    held_rows = (
        select(ScheduledSession)
        .where(ScheduledSession.opportunity_id == opportunity.id, ScheduledSession.starts_at > now)
        .order_by(ScheduledSession.id)
        .with_for_update()
    )
    db.scalars(held_rows, execution_options={"populate_existing": True}).all()


def _carry_out(db: Session, schedule: Schedule, planned: Plan, now: datetime) -> None:
    by_session = {
        each.scheduled_session_id: each for each in _occurrences(db, schedule.opportunity)
    }
    # First out of the way: a day may pass from one session to another.
    settled = [*planned.moved, *planned.same]
    for session in [*(was for was, _to in settled), *planned.gone]:
        if session.id in by_session:
            db.delete(by_session[session.id])
    db.flush()
    for session in planned.gone:
        session.cancelled_at = now
    for session, sitting in settled:
        _put(session, sitting, planned.places)
        _stand_for(db, schedule, sitting.day, session)
    _make(db, schedule, planned.made, planned.places)


def _put(session: ScheduledSession, sitting: Sitting, places: int) -> None:
    session.starts_at, session.ends_at = sitting.starts_at, sitting.ends_at
    if not session.is_booked:
        session.set_places(places)


def _make(db: Session, schedule: Schedule, sittings: Iterable[Sitting], places: int) -> None:
    for sitting in sittings:
        session = ScheduledSession(
            opportunity_id=schedule.opportunity_id,
            starts_at=sitting.starts_at,
            ends_at=sitting.ends_at,
            maximum_capacity=places,
            remaining_capacity=places,
        )
        db.add(session)
        db.flush()
        _stand_for(db, schedule, sitting.day, session)


def _stand_for(db: Session, schedule: Schedule, day: date, session: ScheduledSession) -> None:
    earlier = db.get(ScheduleOccurrence, (schedule.id, day))
    if earlier is not None:
        db.delete(earlier)
        db.flush()
    db.add(
        ScheduleOccurrence(schedule_id=schedule.id, occurs_on=day, scheduled_session_id=session.id)
    )


def _last_day(db: Session, schedule: Schedule) -> date:
    """Return the last day that sessions were made for: what is missing before it, someone took out."""
    days = select(ScheduleOccurrence.occurs_on).filter_by(schedule_id=schedule.id)
    return db.scalar(days.order_by(ScheduleOccurrence.occurs_on.desc()).limit(1)) or date.min
