"""Who did not come to what they had, more than once, holds fewer places for a while.

An authority may set that for its own organisations. It is a question asked of what was said at the
door, and never a state: a word that is put right, or that its learner disputes, counts no more at
once. Nobody is told how often somebody did not come, not even they themselves.
"""

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from app.clock import LONDON
from app.errors import Conflict, NotAllowed
from app.web import london_date
from opportunities.models import Opportunity, ScheduledSession
from participation.marks import words_of
from participation.models import Absence, AttendanceMark, Booking, BookingStatus, NoShowRule, Said
from participation.queries import is_open, live_attendance
from providers.models import Provider


class HeldBack(Conflict):
    """The learner can hold no more places for now, and is told until when."""


def rule_of_city(db: Session, officer: User) -> NoShowRule | None:
    """Return the rule of the officer's own city; nothing where it has none."""
    return db.get(NoShowRule, officer.city_id) if officer.city_id else None


def set_rule(
    db: Session, *, officer: User, absences: int, within_days: int, most_to_come: int, now: datetime
) -> NoShowRule:
    """Let the officer's own city have this rule, from now on. Flushes.

    :raises NotAllowed: no officer of a city.
    """
    city_id = city_of(officer)
    rule = db.get(NoShowRule, city_id, with_for_update=True) or NoShowRule(city_id=city_id)
    rule.absences, rule.within_days, rule.most_to_come = absences, within_days, most_to_come
    rule.set_by_id, rule.set_at = officer.id, now
    db.add(rule)
    db.flush()
    return rule


def drop_rule(db: Session, *, officer: User) -> None:
    """Let the officer's own city have no such rule. Everyone is free of it at once. Flushes.

    :raises NotAllowed: no officer of a city.
    """
    rule = db.get(NoShowRule, city_of(officer), with_for_update=True)
    if rule is not None:
        db.delete(rule)
        db.flush()


def city_of(officer: User) -> int:
    """Return the key of the city whose rules an officer sets.

    :raises NotAllowed: no officer of a city.
    """
    if officer.role not in AUTHORITY_ROLES or officer.city_id is None:
        raise NotAllowed(_("Only an officer of the council can change this."))
    return officer.city_id


def held_back_until(db: Session, learner: User, rule: NoShowRule, now: datetime) -> date | None:
    """Return the day from which a rule holds a learner back no more, or nothing if it does not now."""
    today, lasting = now.astimezone(LONDON).date(), timedelta(days=rule.within_days)
    ends = [day + lasting for day in _days_not_come(db, learner, rule, now)]
    counted = sorted((day for day in ends if day > today), reverse=True)
    return counted[rule.absences - 1] if len(counted) >= rule.absences else None


def held_back(rule: NoShowRule, until: date) -> HeldBack:
    """Return what a learner is told: why, what they can do, and when it is over."""
    # The number of places is the rule's own, and the same for all: it is no count of anything.
    if rule.most_to_come == 1:
        most = _("For now you can have one place to come at a time.")
    else:
        most = _("For now you can have %(most)s places to come at a time.", most=rule.most_to_come)
    return HeldBack(
        " ".join(
            (
                most,
                _("That is because places you had were not used, so others missed out."),
                _("Go to one, or give one back, and you can book again."),
                _("From %(day)s all is as before.", day=london_date(until)),
                _("Were you there? Say so on that booking, and it does not count."),
            )
        )
    )


def _days_not_come(db: Session, learner: User, rule: NoShowRule, now: datetime) -> list[date]:
    says = AttendanceMark
    disputes = (
        select(says.id)
        .where(says.booking_id == Booking.id, says.said == Said.HERE, is_open(says))
        .exists()
    )
    found = db.execute(
        select(Booking.id, ScheduledSession.starts_at)
        .join(Absence, Absence.booking_id == Booking.id)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(
            Booking.learner_id == learner.id,
            Booking.status == BookingStatus.CONFIRMED,
            Provider.city_id == rule.city_id,
            # A day more: the day in London is what counts.
            ScheduledSession.starts_at > now - timedelta(days=rule.within_days + 1),
            ScheduledSession.cancelled_at.is_(None),
            # Moved since they booked it: that they could not come then is no wonder.
            or_(Booking.booked_for.is_(None), Booking.booked_for == ScheduledSession.starts_at),
            ~live_attendance(Booking.id),
            ~disputes,
        )
    ).all()
    words = words_of(db, [booking_id for booking_id, _at in found])
    return [
        at.astimezone(LONDON).date()
        for booking_id, at in found
        # Two at the door say different things: then nobody knows.
        if booking_id not in words or not words[booking_id].is_doubted
    ]
