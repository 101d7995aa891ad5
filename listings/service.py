"""The rules of offering something: post it, run it again, pause it, withdraw it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed
from app.wording import label
from badges.models import Achievement, Strand
from badges.queries import may_give
from geo.models import Place
from listings import queries
from listings.changes import held, publish, replace_waiting, settle
from listings.models import ListingDraft
from listings.places import remember_place
from listings.review import Sitting, missing_gates, reasons_of
from listings.versions import values_of
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

    It is published, held for an officer where `listings.review` has a reason, or stays a draft
    where work experience has not said yet that it is insured. Its own draft is deleted.

    A provider that nobody has checked yet may prepare: what it posts is found and booked from the
    moment that it is checked, and not before. The search asks; nothing needs to be done here.

    :param achievement: the badge that attending earns; one of the provider's own, or of its body's.
    :param uuid: given by a form, so that a button pressed twice offers one thing once.
    :raises NotAllowed: `posted_by` does not speak for the provider, or the badge is another's.
    :raises Conflict: the session could not take place; see `schedule_session`.
    """
    lock(db, Provider, provider.id)
    _refuse_strangers(db, posted_by, provider)
    if posted := posted_before(db, provider, uuid):
        return posted
    if achievement is not None and not may_give(provider, achievement):
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
        status=OpportunityStatus.DRAFT,
        checked_at=now,
    )
    db.add(opportunity)
    db.execute(delete(ListingDraft).filter_by(uuid=opportunity.uuid, provider_id=provider.id))
    schedule_session(
        db,
        opportunity=opportunity,
        scheduled_by=posted_by,
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
        maximum_capacity=maximum_capacity,
    )
    remember_place(db, provider=provider, place=place, now=now)
    settle(db, opportunity=opportunity, made_by=posted_by, now=now)
    return opportunity


def posted_before(db: Session, provider: Provider, uuid: UUID | None) -> Opportunity | None:
    """Return what the provider has posted under the key of a form, held until the transaction ends.

    Whoever is about to post under the same key waits here for the one who came first.
    """
    lock(db, Provider, provider.id)
    if uuid is None:
        return None
    return db.query(Opportunity).filter_by(uuid=uuid, provider_id=provider.id).one_or_none()


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
        places, it runs at this time already, or it is public and an officer would have to look at
        such a session first.
    """
    _refuse_strangers(db, scheduled_by, opportunity.provider)
    _refuse_impossible(opportunity, now, starts_at, ends_at, maximum_capacity)
    db.flush()
    if _runs_at(db, opportunity, starts_at):
        raise Conflict(_("It runs at this time already."))
    let_officers_look(db, opportunity, [Sitting(starts_at, ends_at, maximum_capacity)], now)
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
    replace_waiting(db, opportunity)
    opportunity.status = OpportunityStatus.WITHDRAWN
    db.flush()
    return opportunity


def pause(db: Session, *, opportunity: Opportunity, paused_by: User) -> None:
    """Hide something that is published until its provider resumes it; booked places stand. Flushes.

    :raises NotAllowed: `paused_by` does not speak for its provider.
    :raises Conflict: it is not published.
    """
    opportunity = held(db, opportunity, paused_by)
    if opportunity.status is OpportunityStatus.PAUSED:
        raise Conflict(_("It is paused already."))
    if opportunity.status is not OpportunityStatus.PUBLISHED:
        raise Conflict(_("It is not published, so there is nothing to pause."))
    opportunity.status = OpportunityStatus.PAUSED
    db.flush()


def resume(db: Session, *, opportunity: Opportunity, resumed_by: User, now: datetime) -> None:
    """Let people find again what was paused: whoever resumes it says that it is right. Flushes.

    :raises NotAllowed: `resumed_by` does not speak for its provider.
    :raises Conflict: it is not paused, or is work experience whose insurance has ended.
    """
    opportunity = held(db, opportunity, resumed_by)
    if opportunity.status is not OpportunityStatus.PAUSED:
        raise Conflict(_("It is not paused."))
    placement = values_of(opportunity)["placement"]
    if missing := missing_gates(opportunity.kind, placement, now.astimezone(LONDON).date()):
        raise Conflict(missing[0])
    publish(opportunity, now)
    db.flush()


def change_places(
    db: Session, *, opportunity: Opportunity, places: int, changed_by: User, now: datetime
) -> int:
    """Give each session to come that nobody has booked another number of places. Flushes.

    Here alone this room writes what else only participation writes, under the same row locks: of
    a session without a booking, all places are left.

    :return: how many sessions were changed.
    :raises NotAllowed: `changed_by` does not speak for its provider.
    :raises Conflict: there is no such session, the number is none, or an officer would have to look.
    """
    opportunity = held(db, opportunity, changed_by)
    if not 1 <= places <= MOST_PLACES:
        raise Conflict(_("Choose a number of places from 1 to 500."))
    sessions = queries.unbooked_sessions(db, opportunity, now)
    if not sessions:
        raise Conflict(_("It has no session to come without bookings."))
    for scheduled in sessions:
        sitting = Sitting(scheduled.starts_at, scheduled.ends_at, places)
        let_officers_look(db, opportunity, [sitting], now)
        scheduled.set_places(places)
    db.flush()
    return len(sessions)


def let_officers_look(
    db: Session, opportunity: Opportunity, sittings: Sequence[Sitting], now: datetime
) -> None:
    """Hold, or refuse, sessions that an officer would have to look at before anybody finds them.

    :raises Conflict: the listing is public, and they would give an officer a new reason.
    """
    reasons = reasons_of(sittings, known_listings=queries.known_listings(db, opportunity, now))
    if opportunity.status in (OpportunityStatus.PUBLISHED, OpportunityStatus.PAUSED):
        new = [each for each in reasons if each not in queries.approved_reasons(db, opportunity)]
        if new:
            raise Conflict(
                _(
                    "%(reason)s The council looks at that first: post it as an activity of its own.",
                    reason=label(new[0]),
                )
            )
    elif waiting := queries.waiting_version(db, opportunity):
        waiting.reasons = list(dict.fromkeys([*waiting.reasons, *reasons]))


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


def _runs_at(db: Session, opportunity: Opportunity, starts_at: datetime) -> bool:
    found = db.query(ScheduledSession.id).filter_by(
        opportunity=opportunity, starts_at=starts_at, cancelled_at=None
    )
    return found.first() is not None
