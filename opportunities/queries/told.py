"""What was found as programs are told it: PostgreSQL writes the whole page, out of text it keeps.

The slow way to answer with fifty things is to read fifty rows, make fifty objects and write each
out. Here one row comes back, and its text is the answer.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.questions import Asked
from opportunities.models import Opportunity
from opportunities.queries.request import Mark, SearchRequest
from opportunities.queries.search import Hit, looked, mark_after

#: Fewer places than this are few. How many there are is told to nobody.
FEW = 5

#: `2026-06-02T12:00:00`, in UTC whatever time zone the connection has.
_INSTANT = "replace(timezone('UTC', {})::text, ' ', 'T')"
_SESSION = (
    'SELECT \',"next_session":{{"id":"\' || c.uuid'
    f' || \'","starts_at":"\' || {_INSTANT.format("c.starts_at")}'
    f' || \'Z","ends_at":"\' || {_INSTANT.format("c.ends_at")}'
    f" || 'Z\",\"remaining\":\"' || CASE WHEN c.remaining_capacity < {FEW} THEN 'few' ELSE 'yes' END"
    " FROM scheduled_session c WHERE c.id = page.session_id"
)
_OBJECT = (
    "(SELECT array_to_string(o.pieces, :base) FROM opportunity_told o"
    f" WHERE o.opportunity_id = page.opportunity_id) || ({_SESSION})"
    " || '\"}},\"distance_m\":' || coalesce(round(page.distance_m)::text, 'null') || '}}'"
)
#: RFC 7946; up to its next start it is kept as it is sent.
_FEATURE = f"page.feature || {_INSTANT.format('page.next_start')} || 'Z\"}}}}}}}}'"


#: Where the next page begins, if one does: read from the last row alone.
_LAST = (
    "max(ARRAY[opportunity_id::text, next_start::text, distance_m::text, published_at::text])"
    " FILTER (WHERE n = :limit)"
)


def _told_as(each: str) -> str:
    return (
        "SELECT count(*), coalesce(string_agg(each, ',' ORDER BY n) FILTER (WHERE n <= :limit), ''),"
        f" {_LAST} FROM (SELECT page.*, row_number() OVER () AS n, {each} AS each"
        " FROM ({page}) page) told"
    )


_OBJECTS = _told_as(_OBJECT)
_FEATURES = _told_as(_FEATURE)


@dataclass(frozen=True)
class Told:
    """A page of what was found, as JSON text: objects with commas between."""

    text: str
    #: Where the next page begins; empty where nothing follows.
    next: Mark | None


def tell(db: Asked, wanted: SearchRequest, *, base: str, as_features: bool = False) -> Told:
    """Return what `find` finds, in the same order, as programs are told it.

    :param base: what the addresses in it begin with.
    :param as_features: as GeoJSON features (RFC 7946), else as plain objects.
    """
    how = (_FEATURES, ", s.feature") if as_features else (_OBJECTS, "")
    for [row] in looked(db, wanted, *how, base=base, limit=wanted.limit):
        if row[0] > wanted.limit:
            break
    found, told, last = row
    return Told(told, mark_after(wanted, _hit(*last)) if found > wanted.limit else None)


def _hit(opportunity_id: str, next_start: str, distance_m: str | None, published_at: str) -> Hit:
    starts, published = datetime.fromisoformat(next_start), datetime.fromisoformat(published_at)
    distance = None if distance_m is None else float(distance_m)
    return Hit(int(opportunity_id), starts, distance, published, session_id=0)


def told_of(db: Session, opportunity: Opportunity, *, base: str) -> dict[str, Any]:
    """Return what a page of the search tells of an opportunity, whether or not it can be found now."""
    pieces = db.execute(text("SELECT told_of(:id)"), {"id": opportunity.id}).scalar_one()
    return json.loads(base.join(pieces) + "}")
