"""The rules of offering something: post it, run it again, withdraw it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed
from badges.models import Achievement, Strand
from geo.models import Place
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
    Welcome,
)
from providers.models import Provider
from providers.queries import speaks_for
from providers.service import slug_of

YOUNGEST, OLDEST = 11, 25
MOST_PLACES = 500
LONGEST_SESSION = timedelta(hours=24)

_STRANDS = {
    Category.CIVIC: Strand.HELP,
    Category.ARTS_AND_CULTURE: Strand.CREATE,
    Category.NATURE_AND_ADVENTURE: Strand.EXPLORE,
    Category.SPORT: Strand.EXPLORE,
    Category.LIFE_SKILLS: Strand.WORK,
}


def post_opportunity(
    db: Session,
    *,
    provider: Provider,
    posted_by: User,
    now: datetime,
    title: str,
    description: str,
    kind: OpportunityKind,
    category: Category,
    place: Place,
    starts_at: datetime,
    ends_at: datetime,
    maximum_capacity: int,
    min_age: int = YOUNGEST,
    max_age: int = OLDEST - 1,
    cost_pence: int = 0,
    welcome: Iterable[Welcome] = (),
    achievement: Achievement | None = None,
    uuid: UUID | None = None,
) -> Opportunity:
    """Offer something, with its first session. Flushes.

    A provider that nobody has checked yet may prepare: what it posts is found and booked from the
    moment that it is checked, and not before. The search asks; nothing needs to be done here.

    :param achievement: the badge that attending earns; one of the provider's own.
    :param uuid: given by a form, so that a button pressed twice offers one thing once.
    :raises NotAllowed: `posted_by` does not speak for the provider, or the badge is another's.
    :raises Conflict: the session could not take place; see `schedule_session`.
    """
    lock(db, Provider, provider.id)
    _refuse_strangers(db, posted_by, provider)
    if posted := _posted_before(db, provider, uuid):
        return posted
    if achievement is not None and achievement.issuer_id != provider.id:
        raise NotAllowed(_("That badge belongs to another organisation."))
    opportunity = Opportunity(
        uuid=uuid or uuid4(),
        slug=slug_of(title),
        provider=provider,
        place=place,
        achievement=achievement,
        title=title,
        description=description,
        kind=kind,
        category=category,
        min_age=min_age,
        max_age=max_age,
        cost_pence=cost_pence,
        welcome=list(welcome),
        status=OpportunityStatus.PUBLISHED,
        published_at=now,
        checked_at=now,
    )
    db.add(opportunity)
    schedule_session(
        db,
        opportunity=opportunity,
        scheduled_by=posted_by,
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
        maximum_capacity=maximum_capacity,
    )
    return opportunity


def schedule_session(
    db: Session,
    *,
    opportunity: Opportunity,
    scheduled_by: User,
    now: datetime,
    starts_at: datetime,
    ends_at: datetime,
    maximum_capacity: int,
) -> ScheduledSession:
    """Run something again: one more dated session. Flushes.

    Whoever gives it a date says that the listing is right today.

    :raises NotAllowed: `scheduled_by` does not speak for its provider.
    :raises Conflict: it was withdrawn, the time has passed or makes no session, there are no
        places, or it runs at this time already.
    """
    _refuse_strangers(db, scheduled_by, opportunity.provider)
    _refuse_impossible(opportunity, now, starts_at, ends_at, maximum_capacity)
    db.flush()
    if _runs_at(db, opportunity, starts_at):
        raise Conflict(_("It runs at this time already."))
    scheduled = ScheduledSession(
        opportunity=opportunity,
        starts_at=starts_at,
        ends_at=ends_at,
        maximum_capacity=maximum_capacity,
        remaining_capacity=maximum_capacity,
    )
    db.add(scheduled)
    opportunity.checked_at = now
    db.flush()
    return scheduled


def confirm(db: Session, *, opportunity: Opportunity, confirmed_by: User, now: datetime) -> None:
    """Say that a listing is still right. One that was paused is found and booked again. Flushes.

    :raises NotAllowed: `confirmed_by` does not speak for its provider.
    :raises Conflict: it was withdrawn.
    """
    _refuse_strangers(db, confirmed_by, opportunity.provider)
    if opportunity.status is OpportunityStatus.WITHDRAWN:
        raise Conflict(_("You have withdrawn this already."))
    opportunity.checked_at = now
    db.flush()


def withdraw(db: Session, *, opportunity: Opportunity, withdrawn_by: User) -> Opportunity:
    """Take something off the list. It is found and booked no more; places already booked stand.

    :raises NotAllowed: `withdrawn_by` does not speak for its provider.
    :raises Conflict: it was withdrawn before.
    """
    _refuse_strangers(db, withdrawn_by, opportunity.provider)
    if opportunity.status is OpportunityStatus.WITHDRAWN:
        raise Conflict(_("You have withdrawn this already."))
    opportunity.status = OpportunityStatus.WITHDRAWN
    db.flush()
    return opportunity


def strand_for(kind: OpportunityKind, category: Category) -> Strand:
    """Return what a new badge for something of this kind is about."""
    if kind is OpportunityKind.WORK_EXPERIENCE:
        return Strand.WORK
    return Strand.HELP if kind is OpportunityKind.VOLUNTEERING else _STRANDS[category]


def _refuse_strangers(db: Session, user: User, provider: Provider) -> None:
    if not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))


def _refuse_impossible(
    opportunity: Opportunity,
    now: datetime,
    starts_at: datetime,
    ends_at: datetime,
    maximum_capacity: int,
) -> None:
    if opportunity.status is OpportunityStatus.WITHDRAWN:
        raise Conflict(_("You have withdrawn this already."))
    if starts_at <= now:
        raise Conflict(_("Choose a time that is still to come."))
    if not timedelta(0) < ends_at - starts_at <= LONGEST_SESSION:
        raise Conflict(_("It has to end after it starts, on the same day."))
    if not 1 <= maximum_capacity <= MOST_PLACES:
        raise Conflict(_("Choose a number of places from 1 to 500."))


def _posted_before(db: Session, provider: Provider, uuid: UUID | None) -> Opportunity | None:
    if uuid is None:
        return None
    return db.query(Opportunity).filter_by(uuid=uuid, provider_id=provider.id).one_or_none()


def _runs_at(db: Session, opportunity: Opportunity, starts_at: datetime) -> bool:
    found = db.query(ScheduledSession.id).filter_by(opportunity=opportunity, starts_at=starts_at)
    return found.first() is not None
