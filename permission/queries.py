"""What is known of a learner's age, school and permissions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from geo.models import Area
from geo.rulebook import nation_of
from opportunities.models import Opportunity, ScheduledSession
from permission.models import Agreement, Part, SchoolYear, Way
from permission.pupils import Pupil
from providers.models import Provider, ProviderKind, ProviderMember
from providers.standing import is_trusted


def school_year_said(db: Session, learner: User) -> SchoolYear | None:
    """Return the school year that a learner told us, if they were ever asked."""
    return db.get(SchoolYear, learner.id)


def pupil_of(db: Session, learner: User) -> Pupil:
    """Return what is known of a learner's age and school. The nation is that where they live."""
    said = school_year_said(db, learner)
    home = db.get(Area, learner.home_lsoa_code)
    band = learner.age_band
    if home is None or band is None:
        raise ValueError("Only learners have a home area and an age band.")
    return Pupil(
        ages=band.ages,
        nation=nation_of(home.lsoa_code),
        school_year=said.year if said else None,
        said_on=said.said_on if said else None,
    )


def agreement_on(
    db: Session, learner: User, opportunity: Opportunity, part: Part
) -> Agreement | None:
    """Return the yes that stands, or what waits for an answer, or the latest no; in this order."""
    own = select(Agreement).filter_by(
        learner_id=learner.id, opportunity_id=opportunity.id, part=part, ended_at=None
    )
    newest_first = db.scalars(own.order_by(Agreement.id.desc())).all()
    return next((each for each in newest_first if each.agrees is not False), None) or next(
        iter(newest_first), None
    )


def counts(agreement: Agreement | None, now: datetime) -> bool:
    """Return whether somebody has said yes, it stands, and the wait before it counts is over."""
    return (
        agreement is not None
        and agreement.ended_at is None
        and agreement.takes_effect_at is not None
        and agreement.takes_effect_at <= now
    )


def has_yes(
    db: Session, learner: User, opportunity: Opportunity, part: Part, now: datetime
) -> bool:
    """Return whether somebody has said yes for this part, and it counts."""
    return counts(agreement_on(db, learner, opportunity, part), now)


def asked_by(db: Session, token_hash: str) -> Agreement | None:
    """Return what an address asks an adult, answered or not, with what it is about."""
    return db.scalar(_with_what_is_asked().where(Agreement.token_hash == token_hash))


def own_agreement(db: Session, learner: User, uuid: UUID) -> Agreement | None:
    """Return one of a learner's own, asked or answered."""
    return db.scalar(select(Agreement).filter_by(uuid=uuid, learner_id=learner.id))


def is_open(agreement: Agreement, now: datetime) -> bool:
    """Return whether the adult can still answer."""
    return (
        agreement.ended_at is None and agreement.answered_at is None and now < agreement.expires_at
    )


def waits_for_adult(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an adult can still answer."""
    return and_(
        Agreement.ended_at.is_(None),
        Agreement.answered_at.is_(None),
        Agreement.expires_at > now,
    )


def also_asked(db: Session, agreement: Agreement, now: datetime) -> list[Agreement]:
    """Return what else waits for an answer of the same adult, first asked first, with its learners.

    The same adult is whoever we wrote to at the same address: of links that children handed on we
    do not know whom they reached.
    """
    if agreement.email is None:
        return []
    same = (
        _with_what_is_asked()
        .where(
            waits_for_adult(now),
            Agreement.email == agreement.email,
            Agreement.mailed_at.is_not(None),
            Agreement.id != agreement.id,
        )
        .order_by(Agreement.mailed_at, Agreement.id)
    )
    return list(db.scalars(same))


def waiting_for_guardian(db: Session, learners: Collection[User], now: datetime) -> list[Agreement]:
    """Return what a parent or carer of these learners is asked and has not answered, first asked first."""
    waiting = _with_what_is_asked().where(
        waits_for_adult(now),
        Agreement.part == Part.GUARDIAN,
        Agreement.learner_id.in_([learner.id for learner in learners]),
    )
    return list(db.scalars(waiting.order_by(Agreement.asked_at, Agreement.id)))


def is_of_checked_school(db: Session, email: str, now: datetime) -> bool:
    """Return whether an address is that of somebody in the team of a school that is checked."""
    schools = (
        select(Provider)
        .join(ProviderMember, ProviderMember.provider_id == Provider.id)
        .join(User, ProviderMember.user_id == User.id)
        .where(
            Provider.kind == ProviderKind.SCHOOL,
            ProviderMember.ended_at.is_(None),
            User.email == email,
            User.disabled_at.is_(None),
        )
    )
    return any(is_trusted(school, now) for school in db.scalars(schools))


def letters_since(db: Session, since: datetime, condition: ColumnElement[bool]) -> int:
    """Return how many links were to be sent by us since then, of those that fit a condition."""
    counted = (
        select(func.count())
        .select_from(Agreement)
        .where(Agreement.way != Way.HANDED, Agreement.asked_at > since, condition)
    )
    return db.scalar(counted) or 0


def to_remind_of(db: Session, now: datetime, after: Sequence[timedelta]) -> list[Agreement]:
    """Return what has waited for an answer so long that it is time for a reminder, each one held.

    :param after: when the first, the second and so on is due, since the adult was asked.
    """
    asked_at = case((Agreement.way == Way.HANDED, Agreement.asked_at), else_=Agreement.mailed_at)
    is_time = or_(
        *(
            and_(Agreement.reminders == number, asked_at <= now - wait)
            for number, wait in enumerate(after)
        )
    )
    is_to_come = (
        select(ScheduledSession.id)
        .where(
            ScheduledSession.opportunity_id == Agreement.opportunity_id,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .exists()
    )
    found = _with_what_is_asked().where(waits_for_adult(now), is_time, is_to_come)
    return list(db.scalars(found.order_by(Agreement.id).with_for_update(of=Agreement)))


def addresses_of_use(now: datetime) -> Select[Any]:
    """Return the question for the addresses where something still waits for an answer."""
    return select(Agreement.email).where(Agreement.email.is_not(None), waits_for_adult(now))


def _with_what_is_asked() -> Select[Agreement]:
    return (
        select(Agreement)
        .join(Agreement.learner)
        .join(Agreement.opportunity)
        .join(Opportunity.provider)
        .options(
            contains_eager(Agreement.learner),
            contains_eager(Agreement.opportunity).contains_eager(Opportunity.provider),
        )
    )
