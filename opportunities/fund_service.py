"""The rules of places that a fund pays for: a city makes the fund, its officers say what it pays for."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import Role, User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from geo.models import City
from opportunities.models import Fund, FundedListing, Opportunity, OpportunityStatus
from providers.models import Provider


def make_fund(
    db: Session, *, made_by: User, name: str, starts_on: date, ends_on: date, now: datetime
) -> Fund:
    """Make a fund of the city that `made_by` looks after. Flushes.

    :param starts_on: the first day in London of the sessions that it pays for; `ends_on` the last.
    :raises NotAllowed: `made_by` looks after no city.
    :raises Conflict: it ends before it starts, or the city has one of that name.
    """
    if made_by.role is not Role.CITY_ADMIN or made_by.city_id is None:
        raise NotAllowed(_("Only who looks after a city makes its funds."))
    lock(db, City, made_by.city_id)
    if ends_on < starts_on:
        raise Conflict(_("The last day is before the first."))
    if db.scalar(select(Fund.id).filter_by(city_id=made_by.city_id, name=name)) is not None:
        raise Conflict(_("There is a fund of that name already."))
    fund = Fund(
        city_id=made_by.city_id, name=name, starts_on=starts_on, ends_on=ends_on, made_at=now
    )
    db.add(fund)
    db.flush()
    return fund


def pay_for(
    db: Session,
    *,
    fund: Fund,
    chosen_by: User,
    slugs: Collection[str],
    pence_a_place: int,
    now: datetime,
) -> int:
    """Have a fund pay for the places of listings of its city, and return how many. Flushes.

    One that it pays for already gets the new price, for sessions that were held too.

    :raises NotAllowed: `chosen_by` is no officer of the city.
    :raises Conflict: one of them is not on the list of the city, or another fund pays for it then.
    """
    _hold(db, fund, chosen_by)
    found = db.scalars(_of_city(fund, slugs)).all()
    if len(found) != len(set(slugs)):
        raise Conflict(_("Choose activities of your city that are on the list."))
    for each in found:
        if _is_paid_elsewhere(db, fund, each):
            raise Conflict(_("Another fund pays for %(title)s in that time.", title=each.title))
        db.merge(
            FundedListing(
                fund_id=fund.id,
                opportunity_id=each.id,
                starts_on=fund.starts_on,
                ends_on=fund.ends_on,
                pence_a_place=pence_a_place,
                chosen_at=now,
            )
        )
    db.flush()
    return len(found)


def stop_paying(db: Session, *, fund: Fund, stopped_by: User, opportunity_uuid: UUID) -> None:
    """Have a fund pay for a listing no more, and not for what was held. Twice is harmless. Flushes.

    :raises NotAllowed: `stopped_by` is no officer of the city.
    """
    _hold(db, fund, stopped_by)
    those = select(Opportunity.id).filter_by(uuid=opportunity_uuid).scalar_subquery()
    db.execute(
        delete(FundedListing).where(
            FundedListing.fund_id == fund.id, FundedListing.opportunity_id == those
        )
    )


def drop_fund(db: Session, *, fund: Fund, dropped_by: User) -> None:
    """Delete a fund that pays for nothing. Flushes.

    :raises NotAllowed: `dropped_by` does not look after the city.
    :raises Conflict: it pays for something.
    """
    _hold(db, fund, dropped_by)
    if dropped_by.role is not Role.CITY_ADMIN:
        raise NotAllowed(_("Only who looks after a city makes its funds."))
    if db.scalar(select(FundedListing.fund_id).filter_by(fund_id=fund.id).limit(1)) is not None:
        raise Conflict(_("It pays for something. Take that out first."))
    db.delete(fund)
    db.flush()


def _of_city(fund: Fund, slugs: Collection[str]):
    # Held, so that no two funds are given the same one at once.
    return (
        select(Opportunity)
        .join(Opportunity.provider)
        .where(
            Opportunity.slug.in_(slugs),
            Opportunity.status == OpportunityStatus.PUBLISHED,
            Provider.city_id == fund.city_id,
        )
        .order_by(Opportunity.id)
        .with_for_update(of=Opportunity, key_share=True)
    )


def _is_paid_elsewhere(db: Session, fund: Fund, opportunity: Opportunity) -> bool:
    meets = select(FundedListing.fund_id).where(
        FundedListing.opportunity_id == opportunity.id,
        FundedListing.fund_id != fund.id,
        FundedListing.starts_on <= fund.ends_on,
        FundedListing.ends_on >= fund.starts_on,
    )
    return db.scalar(meets.limit(1)) is not None


def _hold(db: Session, fund: Fund, officer: User) -> None:
    if officer.role not in AUTHORITY_ROLES or officer.city_id != fund.city_id:
        raise NotAllowed(_("Only the officers of the city say what its funds pay for."))
    if lock(db, Fund, fund.id) is None:  # a second click, or a colleague, was first
        raise NotFound(_("We cannot find that fund."))
