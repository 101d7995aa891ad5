"""Questions about places that a fund pays for. They count places and pounds, and no people.

Whoever asks who took such places asks a released cube: from here it learns which sessions are paid
for, and by which fund.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Select, and_, case, cast, func, null, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from geo.models import Deprivation, Place
from opportunities.models import (
    AttendanceMode,
    Category,
    Fund,
    FundedListing,
    Opportunity,
    OpportunityStatus,
    ScheduledSession,
)
from providers.models import Provider

#: The newest there is; the pages name it.
EDITION = "iod2025"
#: So many listings may be chosen from at once; a name finds the others.
MOST_FOUND = 20
#: The day in London on which a session starts.
_STARTS_ON = cast(func.timezone("Europe/London", ScheduledSession.starts_at), Date)


@dataclass(frozen=True)
class Offered:
    """What was offered with the money of a fund in months that are over."""

    category: Category
    #: 1 is the most deprived tenth; empty for what is online, and where the index says nothing.
    decile: int | None
    sessions: int
    places: int
    pence: int


@dataclass(frozen=True)
class Sum:
    """Places and money of all that has something in common."""

    of: Category | int | None
    places: int
    pence: int


def funds_of(db: Session, officer: User) -> Sequence[Fund]:
    """Return the funds of the officer's own city, the newest first."""
    own = select(Fund).filter_by(city_id=officer.city_id)
    return db.scalars(own.order_by(Fund.starts_on.desc(), Fund.name)).all()


def fund_for_officer(db: Session, officer: User, uuid: UUID) -> Fund | None:
    """Return a fund of the officer's own city."""
    return db.scalar(select(Fund).filter_by(uuid=uuid, city_id=officer.city_id))


def listings_of(db: Session, fund: Fund) -> Sequence[FundedListing]:
    """Return what a fund pays for by title, each with its opportunity and provider."""
    paid = (
        select(FundedListing)
        .join(FundedListing.opportunity)
        .join(Opportunity.provider)
        .options(
            contains_eager(FundedListing.opportunity).contains_eager(Opportunity.provider),
        )
        .filter(FundedListing.fund_id == fund.id)
        .order_by(Opportunity.title, Opportunity.id)
    )
    return db.scalars(paid).all()


def listings_to_choose(db: Session, fund: Fund, words: str = "") -> Sequence[Opportunity]:
    """Return listings of the fund's city that it could pay for, by title, each with its provider.

    What another fund pays for in any of its days is left out.

    :param words: some of the title, or of the organisation's name.
    """
    is_paid = select(FundedListing.fund_id).where(
        FundedListing.opportunity_id == Opportunity.id,
        FundedListing.starts_on <= fund.ends_on,
        FundedListing.ends_on >= fund.starts_on,
    )
    named = func.lower(func.concat(Opportunity.title, " ", Provider.name))
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .options(contains_eager(Opportunity.provider))
        .where(
            Provider.city_id == fund.city_id,
            Opportunity.status == OpportunityStatus.PUBLISHED,
            named.contains(words.lower(), autoescape=True),
            ~is_paid.exists(),
        )
        .order_by(Opportunity.title, Opportunity.id)
        .limit(MOST_FOUND)
    )
    return db.scalars(found).all()


def paid_for(db: Session, opportunity: Opportunity, day: date) -> FundedListing | None:
    """Return what pays for the places of an opportunity on a day, with its fund."""
    paying = (
        select(FundedListing)
        .filter_by(opportunity_id=opportunity.id)
        .where(FundedListing.starts_on <= day, FundedListing.ends_on >= day)
        .options(joinedload(FundedListing.fund, innerjoin=True))
    )
    return db.scalar(paying)


def fund_of_session(db: Session, scheduled: ScheduledSession) -> Fund | None:
    """Return the fund that pays for the places of a session, if one does."""
    paying = _paid(select(Fund)).join(FundedListing.fund)
    return db.scalar(paying.where(ScheduledSession.id == scheduled.id))


def funded_sessions() -> Select[tuple[int, int]]:
    """Return the question for all sessions that are paid for: `scheduled_session_id`, `fund_id`.

    Each session is in it once at most. To be joined with by whoever counts.
    """
    return _paid(
        select(
            ScheduledSession.id.label("scheduled_session_id"),
            FundedListing.fund_id.label("fund_id"),
        )
    )


def offered_by(db: Session, fund: Fund, *, today: date, edition: str = EDITION) -> list[Offered]:
    """Return what a fund paid for in months that are over, by category and then by decile.

    A session that was cancelled counts for nothing, and one that was held with all its places,
    whether somebody came or not. The decile is of the area in which the place lies.
    """
    decile = case((Opportunity.mode == AttendanceMode.ONLINE, null()), else_=Deprivation.decile)
    places = func.sum(ScheduledSession.maximum_capacity)
    pence = func.sum(ScheduledSession.maximum_capacity * FundedListing.pence_a_place)
    found = (
        _paid(select(Opportunity.category, decile, func.count(), places, pence))
        .join(Opportunity, Opportunity.id == ScheduledSession.opportunity_id)
        .join(Place, Place.id == Opportunity.place_id)
        .outerjoin(
            Deprivation,
            and_(Deprivation.lsoa_code == Place.lsoa_code, Deprivation.edition == edition),
        )
        .where(
            FundedListing.fund_id == fund.id,
            ScheduledSession.cancelled_at.is_(None),
            today.replace(day=1) > _STARTS_ON,
        )
        .group_by(Opportunity.category, decile)
        .order_by(Opportunity.category, decile.nulls_last())
    )
    return [Offered(*row) for row in db.execute(found)]


def by_category(offered: Iterable[Offered]) -> list[Sum]:
    """Return what was offered in each category, in the order of the framework; all of them."""
    rows = list(offered)
    return [_sum(each, [row for row in rows if row.category is each]) for each in Category]


def by_decile(offered: Iterable[Offered]) -> list[Sum]:
    """Return what was offered in areas of each decile from 1 to 10, and then where none is known."""
    rows = list(offered)
    known = [_sum(each, [row for row in rows if row.decile == each]) for each in range(1, 11)]
    unknown = [row for row in rows if row.decile is None]
    return known + ([_sum(None, unknown)] if unknown else [])


def _sum(of: Category | int | None, rows: Sequence[Offered]) -> Sum:
    return Sum(of, sum(row.places for row in rows), sum(row.pence for row in rows))


def _paid(wanted: Select) -> Select:
    """Return `wanted` of sessions and of what pays for them: on each day one fund at most."""
    return wanted.select_from(ScheduledSession).join(
        FundedListing,
        and_(
            FundedListing.opportunity_id == ScheduledSession.opportunity_id,
            _STARTS_ON.between(FundedListing.starts_on, FundedListing.ends_on),
        ),
    )
