"""Questions an officer asks about listings: what people say is wrong, and what nobody confirms."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from opportunities.freshness import STALE_AFTER
from opportunities.models import (
    ListingReport,
    Opportunity,
    OpportunityStatus,
    ReportReason,
    ScheduledSession,
)
from providers.models import Provider
from providers.standing import trusted


def open_reports(db: Session, officer: User, *, limit: int = 100) -> Sequence[ListingReport]:
    """Return what is reported of the officer's city and not dealt with: safety first, then oldest.

    Each has its opportunity and provider loaded.
    """
    of_opportunity = contains_eager(ListingReport.opportunity)
    found = (
        select(ListingReport)
        .join(ListingReport.opportunity)
        .join(Opportunity.provider)
        .options(of_opportunity.contains_eager(Opportunity.provider))
        .where(ListingReport.closed_at.is_(None), Provider.city_id == officer.city_id)
        .order_by(
            ListingReport.reason != ReportReason.SAFETY, ListingReport.made_at, ListingReport.id
        )
        .limit(limit)
    )
    return db.scalars(found).all()


def report_for_officer(db: Session, officer: User, uuid: UUID) -> ListingReport | None:
    """Return a report about the officer's own city, held until the transaction ends."""
    found = (
        select(ListingReport)
        .join(ListingReport.opportunity)
        .join(Opportunity.provider)
        .where(ListingReport.uuid == uuid, Provider.city_id == officer.city_id)
        .with_for_update(of=ListingReport)
    )
    return db.scalar(found, execution_options={"populate_existing": True})


def how_many_open(db: Session, opportunity: Opportunity, reason: ReportReason) -> int:
    """Return how many reports say this of an opportunity and wait for an officer."""
    said = select(func.count()).where(
        ListingReport.opportunity_id == opportunity.id,
        ListingReport.reason == reason,
        ListingReport.closed_at.is_(None),
    )
    return db.scalar(said) or 0


def stale_listings(
    db: Session, officer: User, now: datetime, *, limit: int = 100
) -> Sequence[Opportunity]:
    """Return what nobody has confirmed for long though it has dates to come, the longest first.

    Of the officer's city; those that are paused by now too. Each has its provider loaded.
    """
    is_coming = (
        select(ScheduledSession.id)
        .where(
            ScheduledSession.opportunity_id == Opportunity.id,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .exists()
    )
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .options(contains_eager(Opportunity.provider))
        .where(
            Opportunity.status == OpportunityStatus.PUBLISHED,
            Opportunity.checked_at <= now - STALE_AFTER,
            trusted(now),
            Provider.city_id == officer.city_id,
            is_coming,
        )
        .order_by(Opportunity.checked_at, Opportunity.id)
        .limit(limit)
    )
    return db.scalars(found).all()
