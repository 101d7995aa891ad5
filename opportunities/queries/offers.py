"""Questions about what is on. One search, which the list, the map and a next step all ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, null, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from app.clock import LONDON
from badges.models import Achievement
from geo.models import Place
from geo.queries import is_within, metres_from
from opportunities.freshness import PAUSED_AFTER, is_paused
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
)
from providers.models import Provider, ProviderStatus


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What someone looks for. Whatever is left empty is not asked of the results."""

    #: Only sessions that start after this instant.
    starts_after: datetime
    #: Where from, in WGS 84 degrees. Without it, the soonest come first instead of the nearest.
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    city_id: int | None = None
    kinds: frozenset[OpportunityKind] = frozenset()
    categories: frozenset[Category] = frozenset()
    #: Only what someone of this age may join.
    age: int | None = None
    #: Days of the week in London: 1 is Monday, 7 is Sunday.
    days: frozenset[int] = frozenset()
    is_free: bool = False
    is_step_free: bool = False
    #: As a person types them: all of them, `or` between two, `"a phrase"`, `-not this`.
    words: str = ""
    limit: int = 20
    offset: int = 0

    @property
    def point(self) -> tuple[float, float] | None:
        """Return where from, longitude first, when it is known."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


def search(db: Session, wanted: SearchRequest) -> Sequence[Row[tuple[ScheduledSession, float]]]:
    """Return each matching opportunity by its next session with a place, nearest first.

    A row is `(ScheduledSession, distance_m)`; the distance is empty where no point was given, and
    then the soonest come first. The order is the same each time, so pages do not overlap. The
    opportunity, its place, provider and achievement come loaded: drawing the list and the map
    costs no further query.
    """
    sitting, distance_m = _next_session(wanted), _distance_m(wanted)
    of_opportunity = contains_eager(sitting.opportunity)
    found = (
        _matching(select(sitting, distance_m.label("distance_m")), wanted, sitting)
        .options(
            of_opportunity.contains_eager(Opportunity.place),
            of_opportunity.contains_eager(Opportunity.provider),
            of_opportunity.contains_eager(Opportunity.achievement),
        )
        .order_by("distance_m", sitting.starts_at, sitting.id)
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    return db.execute(found).all()


def count_found(db: Session, wanted: SearchRequest) -> int:
    """Return how many opportunities `search` would find without its limit."""
    sitting = _next_session(wanted)
    found = _matching(select(literal(1)), wanted, sitting)
    return db.scalar(select(func.count()).select_from(found.subquery())) or 0


def bookable(now: datetime) -> ColumnElement[bool]:
    """Return the one condition under which a session can be found, and can be booked.

    For a statement in which `ScheduledSession`, `Opportunity` and `Provider` are joined.
    """
    return and_(_is_offered(), Opportunity.checked_at > now - PAUSED_AFTER, _has_place(now))


def opportunity_by_slug(db: Session, slug: str) -> Opportunity | None:
    """Return an opportunity in whatever state, with its place, provider and achievement."""
    return db.scalar(
        select(Opportunity)
        .filter_by(slug=slug)
        .options(
            joinedload(Opportunity.place, innerjoin=True),
            joinedload(Opportunity.provider, innerjoin=True),
            joinedload(Opportunity.achievement),
        )
    )


def coming_sessions(
    db: Session, opportunity: Opportunity, now: datetime
) -> Sequence[ScheduledSession]:
    """Return the sessions of an opportunity that have not started, full ones too, soonest first."""
    return db.scalars(
        select(ScheduledSession)
        .where(ScheduledSession.opportunity_id == opportunity.id, ScheduledSession.starts_at > now)
        .order_by(ScheduledSession.starts_at, ScheduledSession.id)
    ).all()


def session_by_uuid(db: Session, uuid: UUID) -> ScheduledSession | None:
    """Return a session in whatever state, with its opportunity, place, provider and achievement."""
    of_opportunity = joinedload(ScheduledSession.opportunity, innerjoin=True)
    return db.scalar(
        select(ScheduledSession)
        .filter_by(uuid=uuid)
        .options(
            of_opportunity.joinedload(Opportunity.place, innerjoin=True),
            of_opportunity.joinedload(Opportunity.provider, innerjoin=True),
            of_opportunity.joinedload(Opportunity.achievement),
        )
    )


def is_on_offer(opportunity: Opportunity, now: datetime) -> bool:
    """Return whether the public may see this: `bookable`, said of a row and not of its sessions."""
    return (
        opportunity.status is OpportunityStatus.PUBLISHED
        and opportunity.provider.status is ProviderStatus.VERIFIED
        and not is_paused(opportunity, now)
    )


def _matching(found: Select, wanted: SearchRequest, sitting) -> Select:
    return (
        found.select_from(Opportunity)
        .join(Place, Opportunity.place)
        .join(Provider, Opportunity.provider)
        .join(sitting, sitting.opportunity_id == Opportunity.id)
        .outerjoin(Achievement, Opportunity.achievement)
        .where(
            _is_offered(),
            Opportunity.checked_at > wanted.starts_after - PAUSED_AFTER,
            *_filters(wanted),
        )
    )


def _next_session(wanted: SearchRequest):
    """Return the first session of each opportunity that has a place and falls on a wanted day."""
    sitting = select(ScheduledSession).where(
        ScheduledSession.opportunity_id == Opportunity.id, _has_place(wanted.starts_after)
    )
    if wanted.days:
        in_london = func.timezone(LONDON.key, ScheduledSession.starts_at)
        sitting = sitting.where(func.extract("isodow", in_london).in_(wanted.days))
    first = (
        sitting.order_by(ScheduledSession.starts_at, ScheduledSession.id)
        .limit(1)
        .correlate(Opportunity)
        .lateral()
    )
    return aliased(ScheduledSession, first, name="ScheduledSession")


def _distance_m(wanted: SearchRequest) -> ColumnElement:
    point = wanted.point
    return metres_from(*point) if point else null()


def _is_offered() -> ColumnElement[bool]:
    return and_(
        Opportunity.status == OpportunityStatus.PUBLISHED,
        Provider.status == ProviderStatus.VERIFIED,
    )


def _has_place(now: datetime) -> ColumnElement[bool]:
    return and_(ScheduledSession.starts_at > now, ScheduledSession.remaining_capacity > 0)


def _filters(wanted: SearchRequest) -> list[ColumnElement[bool]]:
    """Return the conditions that were asked for; an empty one is no condition."""
    asked = [
        (wanted.city_id is not None, Provider.city_id == wanted.city_id),
        (wanted.kinds, Opportunity.kind.in_(wanted.kinds)),
        (wanted.categories, Opportunity.category.in_(wanted.categories)),
        (
            wanted.age is not None,
            literal(wanted.age).between(Opportunity.min_age, Opportunity.max_age),
        ),
        (wanted.is_free, Opportunity.cost_pence == 0),
        (wanted.is_step_free, Place.step_free.is_(True)),
        (wanted.words, _says(wanted.words)),
    ]
    return [*_nearness(wanted), *(condition for is_asked, condition in asked if is_asked)]


def _nearness(wanted: SearchRequest) -> list[ColumnElement[bool]]:
    point, radius_m = wanted.point, wanted.radius_m
    return [is_within(radius_m, *point)] if point and radius_m is not None else []


def _says(words: str) -> ColumnElement[bool]:
    return Opportunity.words.bool_op("@@")(func.websearch_to_tsquery("english", words))
