"""What organisations offer in a city: public, and of nobody who came."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, Date, and_, case, cast, extract, func, select
from sqlalchemy.orm import Session

from app.terms import Period
from cube.tables import OLDEST, YOUNGEST
from geo import queries as geo
from geo.models import Area, City, Place
from opportunities.models import (
    AttendanceMode,
    Category,
    EncounterPoint,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    Placement,
    ScheduledSession,
    Welcome,
)
from providers.standing import trusted
from provision.lens import Weeks
from provision.queries import is_on_offer

_SECONDS_IN_AN_HOUR = 3600


@dataclass(frozen=True)
class Offer:
    """What is offered of one category."""

    listings: int = 0
    #: In a week, on average.
    places: float = 0.0
    place_hours: float = 0.0


def by_category(db: Session, city: City, weeks: Weeks, now: datetime) -> dict[Category, Offer]:
    """Return what is offered in a city to young people over some weeks, by category.

    Only what anybody may see today; full sessions count, those called off do not.
    """
    found = (
        select(
            Opportunity.category,
            func.count(Opportunity.id.distinct()),
            func.sum(ScheduledSession.maximum_capacity) * 1.0 / weeks.count,
            func.sum(_place_hours()) / weeks.count,
        )
        .select_from(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .where(
            is_on_offer(now),
            *_held_here(city),
            ScheduledSession.starts_at >= weeks.opens_at,
            ScheduledSession.starts_at < weeks.closes_at,
        )
        .group_by(Opportunity.category)
    )
    offered = {
        category: Offer(listings, float(places), float(hours))
        for category, listings, places, hours in db.execute(found)
    }
    return {category: offered.get(category, Offer()) for category in Category}


@dataclass(frozen=True)
class Holiday:
    """A stretch without school, and what was offered in it."""

    first_day: date
    last_day: date
    sessions: int = 0
    places: int = 0
    place_hours: float = 0.0
    free_places: int = 0
    #: Places where there is something to eat.
    fed_places: int = 0


def in_holidays(db: Session, city: City, period: Period, now: datetime) -> list[Holiday]:
    """Return what was offered in each school holiday of a period, the first one first.

    What was published then and is not called off counts, though its listing may have ended since;
    of organisations that the council trusts today.
    """
    offered = _offered_by_day(db, city, period, now)
    return [_holiday(days, offered) for days in _stretches(db, city, period)]


@dataclass(frozen=True)
class Employers:
    """Who offers work experience today, and what they promise of it."""

    organisations: int = 0
    listings: int = 0
    #: How many listings promise each point of a good encounter.
    points: Mapping[EncounterPoint, int] = field(default_factory=dict)


def employers(db: Session, city: City, now: datetime) -> Employers:
    """Return who offers work experience in a city to young people today."""
    listed = db.execute(
        select(Opportunity.provider_id, Placement.points)
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .outerjoin(Opportunity.placement)
        .where(Opportunity.kind == OpportunityKind.WORK_EXPERIENCE, is_on_offer(now), *_here(city))
    ).all()
    return Employers(
        organisations=len({row.provider_id for row in listed}),
        listings=len(listed),
        points={
            point: sum(point.value in (row.points or {}) for row in listed)
            for point in EncounterPoint
        },
    )


def _offered_by_day(
    db: Session, city: City, period: Period, now: datetime
) -> dict[date, Sequence[float]]:
    places = ScheduledSession.maximum_capacity
    day = cast(func.timezone("Europe/London", ScheduledSession.starts_at), Date)
    found = (
        select(
            day.label("day"),
            func.count(),
            func.sum(places),
            func.sum(_place_hours()),
            func.sum(case((Opportunity.cost_pence == 0, places), else_=0)),
            func.sum(case((Opportunity.welcome.contains([Welcome.FOOD]), places), else_=0)),
        )
        .select_from(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .where(
            _was_published(),
            trusted(now),
            *_held_here(city),
            ScheduledSession.starts_at >= period.opens_at,
            ScheduledSession.starts_at < period.closes_at,
        )
        .group_by(day)
    )
    return {row.day: [float(number) for number in row[1:]] for row in db.execute(found)}


def _stretches(db: Session, city: City, period: Period) -> Iterator[list[date]]:
    """Yield the days of each holiday: as the release counts who came in the holidays."""
    calendar = geo.school_calendar(db, city.id)
    length = (period.ends_on - period.starts_on).days
    days = [period.starts_on + timedelta(days=number) for number in range(length)]
    for is_open, stretch in groupby(days, key=calendar.is_open):
        if not is_open:
            yield list(stretch)


def _holiday(days: list[date], offered: Mapping[date, Sequence[float]]) -> Holiday:
    there = [offered[day] for day in days if day in offered] or [[0.0] * 5]
    sessions, places, hours, free, fed = (sum(each) for each in zip(*there, strict=True))
    return Holiday(days[0], days[-1], int(sessions), int(places), hours, int(free), int(fed))


def _was_published() -> ColumnElement[bool]:
    return and_(
        Opportunity.published_at <= ScheduledSession.starts_at,
        Opportunity.status.not_in((OpportunityStatus.DRAFT, OpportunityStatus.REVIEW)),
        Opportunity.mode != AttendanceMode.ONLINE,
    )


def _held_here(city: City) -> list[ColumnElement[bool]]:
    return [ScheduledSession.cancelled_at.is_(None), *_here(city)]


def _here(city: City) -> list[ColumnElement[bool]]:
    return [
        Place.lsoa_code.in_(select(Area.lsoa_code).where(geo.lies_in(city))),
        Opportunity.min_age <= OLDEST,
        Opportunity.max_age >= YOUNGEST,
    ]


def _place_hours() -> ColumnElement:
    length = extract("epoch", ScheduledSession.ends_at - ScheduledSession.starts_at)
    return ScheduledSession.maximum_capacity * length / _SECONDS_IN_AN_HOUR
