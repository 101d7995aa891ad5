"""Questions about how much there is: of a city, through a lens, and near one area."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    extract,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from app import clock
from geo import queries as geo
from geo.models import Area, City, Place
from opportunities.freshness import PAUSED_AFTER
from opportunities.models import (
    AttendanceMode,
    Category,
    Opportunity,
    OpportunityStatus,
    ScheduledSession,
)
from opportunities.queries import SearchRequest, search
from opportunities.queries.conditions import EVENING_HOUR
from opportunities.queries.search import Found
from providers.models import Provider
from providers.standing import trusted
from provision.lens import USUAL_METRES, Lens, Mode, Weeks, When, weeks_around
from provision.models import CatchmentDistance
from provision.survey import AreaAccess, Offered, Survey

#: What the rest of the city's numbers are of, too.
EDITION, POPULATION = "iod2025", "census2021"
_SECONDS_IN_AN_HOUR = 3600
_SATURDAY = 6


def access_of(
    db: Session, city: City, lens: Lens, *, now: datetime | None = None, **given: str
) -> list[AreaAccess]:
    """Return what there is within reach of each area of a city, by code.

    :param given: another `edition` of the index, another source of the `population`.
    """
    return survey_of(db, city, lens, now=now, **given).areas


def survey_of(
    db: Session,
    city: City,
    lens: Lens,
    *,
    now: datetime | None = None,
    edition: str = EDITION,
    population: str = POPULATION,
) -> Survey:
    """Return a city looked at through a lens, with whatever beyond its border is within reach.

    Places count as far as the city's young people travel; areas as far again, since whoever lives
    there shares those places.
    """
    now = now or clock.now()
    weeks, metres = weeks_around(now), metres_of(db, city, lens.mode)
    own = geo.spots_of(db, city)
    spots = geo.spots_within(db, geo.circle_around(own, 2 * metres)) if own else []
    codes = [spot.lsoa_code for spot in spots]
    youngest, oldest = lens.ages
    return Survey(
        lens=lens,
        weeks=weeks,
        metres=metres,
        spots=spots,
        own_codes=frozenset(spot.lsoa_code for spot in own),
        young_people=geo.young_people(db, population, codes, from_age=youngest, to_age=oldest),
        deciles=geo.deciles(db, edition, [spot.lsoa_code for spot in own]),
        offered=_offered(db, geo.circle_around(own, metres), lens, weeks, now) if own else [],
        edition=edition,
        population=population,
    )


def metres_of(db: Session, city: City, mode: Mode) -> int:
    """Return how far a city's young people travel by a mode, as the crow flies."""
    said = db.get(CatchmentDistance, (city.id, mode))
    return said.metres if said else USUAL_METRES[mode]


@dataclass(frozen=True)
class NearProvider:
    """An organisation that has something on near somewhere."""

    slug: str
    name: str
    #: To the nearest place where it has something on.
    metres: float
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class NearArea:
    """What is on nearest to an area, and whom one could ask for more."""

    activities: Sequence[Found]
    providers: Sequence[NearProvider]


def near_area(
    db: Session,
    lsoa_code: str,
    *,
    now: datetime | None = None,
    category: Category | None = None,
    metres: float = USUAL_METRES[Mode.BUS],
    activities: int = 3,
    providers: int = 3,
) -> NearArea:
    """Return what is on nearest to the middle of an area, and the nearest organisations to ask.

    Only what anybody may see: published, by organisations that the council trusts. Nothing is near
    an area that is not loaded.

    :param category: of activities only; an organisation may be asked for what it has not done yet.
    """
    now = now or clock.now()
    area = geo.area_named(db, lsoa_code)
    if area is None:
        return NearArea((), ())
    lon, lat = geo.centre_of(db, area)
    wanted = SearchRequest(
        starts_after=now,
        lon=lon,
        lat=lat,
        radius_m=metres,
        categories=frozenset([category] if category else ()),
        limit=activities,
    )
    near = providers_near(db, [lsoa_code], now=now, metres=metres, limit=providers)
    return NearArea(search(db, wanted), near[lsoa_code])


def providers_near(
    db: Session,
    lsoa_codes: Collection[str],
    *,
    now: datetime | None = None,
    metres: float = USUAL_METRES[Mode.BUS],
    limit: int = 3,
) -> dict[str, list[NearProvider]]:
    """Return the organisations with something on nearest to the middle of each area, nearest first."""
    near = _providers_around(now or clock.now(), metres, limit)
    found = (
        select(Area.lsoa_code, near.c.slug, near.c.name, near.c.metres, near.c.categories)
        .join(near, true())
        .where(Area.lsoa_code.in_(lsoa_codes))
        .order_by(Area.lsoa_code, near.c.metres, near.c.name)
    )
    providers: dict[str, list[NearProvider]] = {code: [] for code in lsoa_codes}
    for code, slug, name, away, categories in db.execute(found):
        does = tuple(sorted(Category(each) for each in categories))
        providers[code].append(NearProvider(slug, name, away, does))
    return providers


def _providers_around(now: datetime, metres: float, limit: int) -> LateralFromClause:
    """Return the nearest organisations to each `Area` of a statement."""
    away = func.min(func.ST_Distance(Place.point, Area.centre))
    return (
        select(
            Provider.slug,
            Provider.name,
            away.label("metres"),
            func.array_agg(func.distinct(Opportunity.category)).label("categories"),
        )
        .join(Opportunity, Opportunity.provider_id == Provider.id)
        .join(Place, Place.id == Opportunity.place_id)
        .where(is_on_offer(now), func.ST_DWithin(Place.point, Area.centre, metres))
        .group_by(Provider.id)
        .order_by(away, Provider.name)
        .limit(limit)
        .correlate(Area)
        .lateral("near")
    )


def _offered(
    db: Session, circle: geo.Circle, lens: Lens, weeks: Weeks, now: datetime
) -> list[Offered]:
    """Return what is offered in a week at each place, by place.

    A full session counts like one with places left, and so does one that has been: it was there to
    go to. What was called off, and what one joins from home, is at no place.
    """
    near = _places_in(circle)
    length = extract("epoch", ScheduledSession.ends_at - ScheduledSession.starts_at)
    place_hours = func.sum(
        ScheduledSession.maximum_capacity * length / _SECONDS_IN_AN_HOUR * _share_of_ages(lens)
    )
    found = (
        select(near.c.east, near.c.north, near.c.lsoa_code, place_hours / weeks.count)
        .select_from(ScheduledSession)
        .join(Opportunity, Opportunity.id == ScheduledSession.opportunity_id)
        .join(near, near.c.id == Opportunity.place_id)
        .join(Provider, Provider.id == Opportunity.provider_id)
        .where(
            is_on_offer(now),
            ScheduledSession.cancelled_at.is_(None),
            ScheduledSession.starts_at >= weeks.opens_at,
            ScheduledSession.starts_at < weeks.closes_at,
            *_as_the_lens_asks(lens, near),
        )
        .group_by(near.c.id, near.c.east, near.c.north, near.c.lsoa_code)
        .order_by(near.c.id)
    )
    return [Offered(east, north, code, float(sum)) for east, north, code, sum in db.execute(found)]


def _places_in(circle: geo.Circle) -> CTE:
    """Return the places in a circle, worked out once: not once for each of their sessions."""
    east, north = geo.on_grid(Place.point)
    return (
        select(
            Place.id,
            Place.lsoa_code,
            Place.step_free,
            east.label("east"),
            north.label("north"),
        )
        .where(geo.within_circle(Place.point, circle))
        .cte("near")
        .prefix_with("MATERIALIZED")
    )


def is_on_offer(now: datetime) -> ColumnElement[bool]:
    """Return the condition of what the public may see at a place, whether or not places are left."""
    return and_(
        Opportunity.status == OpportunityStatus.PUBLISHED,
        Opportunity.checked_at > now - PAUSED_AFTER,
        Opportunity.mode != AttendanceMode.ONLINE,
        trusted(now),
    )


def _as_the_lens_asks(lens: Lens, near: CTE) -> list[ColumnElement[bool]]:
    youngest, oldest = lens.ages
    asked = [Opportunity.min_age <= oldest, Opportunity.max_age >= youngest]
    if lens.category:
        asked.append(Opportunity.category == lens.category)
    if lens.is_free:
        asked.append(Opportunity.cost_pence == 0)
    if lens.is_step_free:
        asked.append(near.c.step_free.is_(True))
    if lens.when is not When.ANY:
        asked.append(_when() == lens.when.value)
    return asked


def _share_of_ages(lens: Lens) -> ColumnElement[Any]:
    """Return `Lens.share_of` as the database works it out, where there is some."""
    youngest, oldest = lens.ages
    last = func.least(Opportunity.max_age, oldest)
    first = func.greatest(Opportunity.min_age, youngest)
    return (last - first + 1) * 1.0 / (Opportunity.max_age - Opportunity.min_age + 1)


def _when() -> ColumnElement[str]:
    """Return when in the week a session starts: one of `When`."""
    in_london = func.timezone("Europe/London", ScheduledSession.starts_at)
    return case(
        (cast(extract("isodow", in_london), Integer) >= _SATURDAY, When.WEEKEND.value),
        (extract("hour", in_london) >= EVENING_HOUR, When.WEEKDAY_EVENING.value),
        else_=When.WEEKDAY_DAY.value,
    )
