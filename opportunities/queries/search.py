"""The one search, which page, map, programs, feeds and embeds all ask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.questions import Asked, ask
from badges.models import Achievement
from geo.models import Place
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries.conditions import DISTANCE, Conditions, conditions, matching
from opportunities.queries.request import Mark, Order, SearchRequest
from opportunities.queries.words import understand
from providers.models import Provider

#: Where the whole country is searched for what is on soonest, these stretches are looked at first:
#: the soonest twenty nearly always lie in the first.
_FIRST_LOOKS = (timedelta(hours=12), timedelta(days=4), timedelta(days=30))


@dataclass(frozen=True)
class Hit:
    """A matching opportunity, as the search orders it."""

    opportunity_id: int
    #: When it is next on, of the sessions that match and have a place left.
    next_start: datetime
    #: From the point asked from; empty where there was none.
    distance_m: float | None
    published_at: datetime
    #: The session that starts then.
    session_id: int


@dataclass(frozen=True)
class Page:
    """Some of what was found, in order, and where it goes on."""

    hits: Sequence[Hit]
    #: The mark after the last hit; empty where nothing follows.
    next: Mark | None
    #: How many rows lie before the first.
    rows_before: int


@dataclass(frozen=True)
class Found:
    """A matching opportunity by its next session with a place, and the way there in metres."""

    scheduled: ScheduledSession
    distance_m: float | None


def search(db: Session, wanted: SearchRequest) -> list[Found]:
    """Return each matching opportunity by its next session with a place, in the order asked for.

    The opportunity, its place, provider and achievement come loaded: drawing the list and the map
    costs no further query. The order is the same each time, so pages do not overlap.
    """
    return load(db, find(db, wanted).hits)


def find(db: Session, wanted: SearchRequest) -> Page:
    """Return which opportunities match, in the order asked for: `limit` of them, and what follows."""
    for rows in looked(db, wanted):
        if len(rows) > wanted.limit:
            break
    hits = [Hit(*row) for row in rows[: wanted.limit]]
    is_more = len(rows) > wanted.limit
    return Page(hits, mark_after(wanted, hits[-1]) if is_more else None, rows_before(wanted))


def looked(
    db: Asked, wanted: SearchRequest, told: str = "{page}", columns: str = "", **values: Any
) -> Iterator[list[tuple]]:
    """Yield what `told` says of the rows that were found, one more than `limit` where there are more.

    The narrowest look comes first: whoever finds a full page in it needs no other. This alone says
    which rows are found, and in what order; the rest is how it is told.

    :param told: a statement on `{page}`, the rows that were found, in order. Each is a `Hit`.
    :param columns: what each has besides, of its row `s`, with a comma before.
    :param values: what `told` binds.
    """
    asked = conditions(wanted, query=understand(db, wanted.words).query)
    bound = asked.values | _place_of(wanted.resumed) | {"rows": wanted.limit + 1} | values
    for also, bounds in _looks(wanted):
        page = _page(wanted, asked, columns, also)
        yield ask(db, told.format(page=page), bound | bounds)


def rows_before(wanted: SearchRequest) -> int:
    """Return how many rows lie before the first of this page."""
    return wanted.resumed.rows_before if wanted.resumed else 0


def mark_after(wanted: SearchRequest, last: Hit) -> Mark:
    """Return where the page begins that follows this one, whose last row is `last`."""
    return Mark(
        order=wanted.sorted_by,
        rows_before=rows_before(wanted) + wanted.limit,
        opportunity_id=last.opportunity_id,
        at=last.published_at if wanted.sorted_by is Order.NEWEST else last.next_start,
        distance_m=last.distance_m if wanted.sorted_by is Order.NEAREST else None,
    )


def load(db: Session, hits: Sequence[Hit]) -> list[Found]:
    """Return the sessions of hits with all that a card says of them, in one question."""
    of_opportunity = contains_eager(ScheduledSession.opportunity)
    wanted = (
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Place, Opportunity.place)
        .join(Provider, Opportunity.provider)
        .outerjoin(Achievement, Opportunity.achievement)
        .options(
            of_opportunity.contains_eager(Opportunity.place),
            of_opportunity.contains_eager(Opportunity.provider),
            of_opportunity.contains_eager(Opportunity.achievement),
        )
        .where(ScheduledSession.id.in_([hit.session_id for hit in hits]))
    )
    found = {scheduled.id: scheduled for scheduled in db.scalars(wanted)} if hits else {}
    return [Found(found[hit.session_id], hit.distance_m) for hit in hits]


_KEYS = {
    Order.NEAREST: ("distance_m", "next_start", "opportunity_id"),
    Order.SOONEST: ("next_start", "opportunity_id"),
    Order.NEWEST: ("published_at", "opportunity_id"),
}


#: The session by which an opportunity is shown: the next that has a place left.
_SESSION = "s.session_ids[array_position(s.starts, coming.next_start)] AS session_id"


def _page(wanted: SearchRequest, asked: Conditions, columns: str, also: str) -> str:
    """Return the statement of the rows that are found, in order."""
    distance = DISTANCE if wanted.point else "NULL::float8"
    of_hit = (
        f"s.opportunity_id, coming.next_start, {distance} AS distance_m, s.published_at, {_SESSION}"
    )
    order, beyond = _KEYS[wanted.sorted_by], ""
    is_newest = wanted.sorted_by is Order.NEWEST
    if wanted.resumed:
        real = {"distance_m": distance, "next_start": "coming.next_start"}
        keys = ", ".join(real.get(key, f"s.{key}") for key in order)
        marks = ", ".join(f":after_{key}" for key in order)
        beyond = f" AND ({keys}) {'<' if is_newest else '>'} ({marks})"
    ordering = ", ".join(f"{key} DESC" if is_newest else key for key in order)
    page = matching(asked, columns=of_hit + columns, also=also + beyond)
    return f"{page} ORDER BY {ordering} LIMIT :rows"


def _looks(wanted: SearchRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where to look, the narrowest first; the last is everywhere.

    A row outside a stretch comes after every row inside it, so a full page of the stretch is the
    page. Sessions by start have an index of their own.
    """
    is_narrow = wanted.point or wanted.box or wanted.city_id or wanted.provider_id
    if wanted.sorted_by is Order.SOONEST and not is_narrow and not wanted.words:
        lower = max(
            wanted.starts_after, wanted.resumed.at if wanted.resumed else wanted.starts_after
        )
        for stretch in _FIRST_LOOKS:
            yield (
                " AND coming.next_start <= :look_until AND s.opportunity_id IN (SELECT"
                " opportunity_id FROM scheduled_session WHERE starts_at >= :look_from"
                " AND starts_at <= :look_until AND remaining_capacity > 0)",
                {"look_from": lower, "look_until": lower + stretch},
            )
    yield "", {}


def _place_of(after: Mark | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {
        "after_distance_m": after.distance_m,
        "after_next_start": after.at,
        "after_published_at": after.at,
        "after_opportunity_id": after.opportunity_id,
    }
