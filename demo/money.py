"""A fund of the demo's city that has paid for places of two activities since last September."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import Role
from accounts.queries import user_by_email
from app.clock import LONDON
from demo.cast import address_of
from geo.models import City
from opportunities.fund_service import make_fund, pay_for
from opportunities.models import Category, Opportunity, OpportunityStatus, ScheduledSession
from providers.models import Provider

FUND = "Electives premium"
_PENCE = {Category.ARTS_AND_CULTURE: 1_250, Category.SPORT: 800}


def pay_for_some(db: Session, city: City, now: datetime) -> None:
    """Let the city pay for an activity of two categories, for this school year. Flushes."""
    admin = user_by_email(db, address_of(Role.CITY_ADMIN, city.slug))
    officer = user_by_email(db, address_of(Role.AUTHORITY_OFFICER, city.slug))
    if admin is None or officer is None:
        return
    today = now.astimezone(LONDON).date()
    year = today.year if today.month >= 9 else today.year - 1
    days = {"starts_on": date(year, 9, 1), "ends_on": date(year + 1, 8, 31)}
    fund = make_fund(db, made_by=admin, name=FUND, now=now, **days)
    for category, pence in _PENCE.items():
        found = _busiest(db, city, category)
        if found is not None:
            pay_for(
                db, fund=fund, chosen_by=officer, slugs=[found.slug], pence_a_place=pence, now=now
            )


def _busiest(db: Session, city: City, category: Category) -> Opportunity | None:
    """Return what has most dates of a category in a city."""
    dates = select(func.count()).where(ScheduledSession.opportunity_id == Opportunity.id)
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .where(
            Provider.city_id == city.id,
            Opportunity.category == category,
            Opportunity.status == OpportunityStatus.PUBLISHED,
        )
        .order_by(dates.scalar_subquery().desc(), Opportunity.id)
        .limit(1)
    )
    return db.scalar(found)
