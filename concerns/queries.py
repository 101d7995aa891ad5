"""What is known of concerns. Only their readers are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import false, func, select, true
from sqlalchemy.orm import Session, joinedload

from accounts.access import AUTHORITY_ROLES
from accounts.models import Role, User
from app.errors import NotFound
from concerns.models import Act, Concern, ConcernEntry, ConcernNamed
from concerns.routing import may_read, readers_of
from concerns.service import words_of
from geo.models import City
from opportunities.models import Opportunity, OpportunityStatus
from providers.models import Provider

#: What an officer sees at once of what is closed.
_MOST_CLOSED = 50


@dataclass(frozen=True)
class Line:
    """One entry of a concern, opened for one of its readers."""

    made_at: datetime
    act: Act
    by_name: str
    words: str


def concerns_for(db: Session, officer: User) -> list[Concern]:
    """Return the open concerns that an officer may read, the soonest due first, owners loaded."""
    found = _of_city(officer).where(Concern.closed_at.is_(None))
    # Those that wait for somebody come before those that somebody looks after.
    waiting_first = found.order_by(Concern.taken_on_at.is_not(None), Concern.due_at, Concern.id)
    return [each for each in db.scalars(waiting_first) if may_read(db, officer, each)]


def closed_for(db: Session, officer: User) -> list[Concern]:
    """Return closed concerns that an officer may read, the last closed first."""
    found = _of_city(officer).where(Concern.closed_at.is_not(None))
    last = found.order_by(Concern.closed_at.desc(), Concern.id).limit(_MOST_CLOSED)
    return [each for each in db.scalars(last) if may_read(db, officer, each)]


def concern_for(db: Session, officer: User, uuid: UUID) -> Concern:
    """Return a concern that an officer may read.

    :raises NotFound: there is none, or it is not theirs to read: the two look alike.
    """
    concern = db.scalar(select(Concern).filter_by(uuid=uuid))
    if concern is None or not may_read(db, officer, concern):
        raise NotFound(_("We cannot find that concern."))
    return concern


def lines_of(db: Session, concern: Concern, *, secret: str) -> list[Line]:
    """Return all that was said and done about a concern, in order. The caller has asked `may_read`."""
    entries = (
        select(ConcernEntry)
        .filter_by(concern_id=concern.id)
        .options(joinedload(ConcernEntry.concern, innerjoin=True))
        .order_by(ConcernEntry.made_at, ConcernEntry.id)
    )
    return [
        Line(each.made_at, each.act, each.by_name, words_of(each, secret=secret))
        for each in db.scalars(entries)
    ]


def kept_from(db: Session, concern: Concern) -> Sequence[str]:
    """Return the names of the organisations whose people may not read a concern."""
    named = (
        select(Provider.name)
        .join(ConcernNamed, ConcernNamed.provider_id == Provider.id)
        .where(ConcernNamed.concern_id == concern.id)
    )
    return db.scalars(named.order_by(Provider.name)).all()


def about_listing(db: Session, slug: str) -> Opportunity | None:
    """Return what a concern is about, if the public has ever seen it."""
    shown = (OpportunityStatus.PUBLISHED, OpportunityStatus.PAUSED, OpportunityStatus.WITHDRAWN)
    found = select(Opportunity).where(Opportunity.slug == slug, Opportunity.status.in_(shown))
    return db.scalar(found.options(joinedload(Opportunity.provider).joinedload(Provider.city)))


def overdue(db: Session, now: datetime) -> dict[str, int]:
    """Return how many concerns nobody took on in time, by the slug of their city."""
    late = (
        select(City.slug, func.count())
        .join(Concern, Concern.city_id == City.id)
        .where(Concern.taken_on_at.is_(None), Concern.closed_at.is_(None), Concern.due_at <= now)
        .group_by(City.slug)
    )
    return {slug: int(number) for slug, number in db.execute(late)}


def without_reader(db: Session) -> dict[str, int]:
    """Return how many open concerns nobody may read, by the slug of their city."""
    found: dict[str, int] = {}
    for concern in db.scalars(select(Concern).where(Concern.closed_at.is_(None))):
        if not readers_of(db, concern):
            found[concern.city.slug] = found.get(concern.city.slug, 0) + 1
    return found


def _of_city(officer: User):
    found = select(Concern).options(joinedload(Concern.owner), joinedload(Concern.city))
    if officer.role is Role.PLATFORM_ADMIN:
        return found
    is_officer = true() if officer.role in AUTHORITY_ROLES else false()
    return found.where(is_officer, Concern.city_id == officer.city_id)
