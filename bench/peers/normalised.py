"""The search as one writes it on the normalised tables, each well indexed: what ours is held to."""

from datetime import UTC, datetime, timedelta

from app.clock import LONDON
from bench.country.samples import NEARBY, RADIUS_M, Sample, days
from bench.gauge.statements import Statement

_SEARCH = """
SELECT o.id, min(c.starts_at) AS next_start, ST_Distance(v.point, here.point) AS distance_m,
    o.published_at, (array_agg(c.id ORDER BY c.starts_at, c.id))[1] AS session_id
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography AS point) here
JOIN place v ON ST_DWithin(v.point, here.point, %(radius_m)s)
JOIN opportunity o ON o.place_id = v.id
JOIN provider p ON p.id = o.provider_id
JOIN scheduled_session c ON c.opportunity_id = o.id
{also}WHERE o.status = 'published' AND p.status = 'verified'
    AND o.checked_at > %(confirmed_since)s
    AND c.remaining_capacity > 0 AND c.starts_at > %(now)s
    {asked}
GROUP BY o.id, v.point, here.point
ORDER BY distance_m, next_start, o.id LIMIT %(limit)s
"""
_NEARBY = """AND o.cost_pence = 0 AND o.min_age <= %(age)s AND o.max_age >= %(age)s
    AND c.starts_at >= %(from)s AND c.starts_at < %(to)s"""
_WORDS = "AND w.words @@ CAST(%(query)s AS tsquery)"
_WORDS_TABLE = "JOIN peer.opportunity_words w ON w.opportunity_id = o.id\n"


def nearby(sample: Sample, now: datetime, most: int = NEARBY) -> Statement:
    """Ask for what is free, near, for someone's age, in the coming two weeks."""
    asked = days(now)
    from_at = datetime.fromisoformat(asked["from"]).replace(tzinfo=LONDON)
    to_at = datetime.fromisoformat(asked["to"]).replace(tzinfo=LONDON) + timedelta(days=1)
    values = {"age": sample.age, "from": from_at.astimezone(UTC), "to": to_at.astimezone(UTC)}
    return Statement(_SEARCH.format(also="", asked=_NEARBY), _values(sample, now, most) | values)


def words(sample: Sample, now: datetime, most: int = NEARBY, *, query: str = "") -> Statement:
    """Ask for words, near.

    :param query: what was understood of them, as a `tsquery`: the same for both.
    """
    sql = _SEARCH.format(also=_WORDS_TABLE, asked=_WORDS)
    return Statement(sql, _values(sample, now, most) | {"query": query})


def _values(sample: Sample, now: datetime, most: int) -> dict[str, object]:
    return {
        "lon": sample.lon,
        "lat": sample.lat,
        "radius_m": RADIUS_M,
        "now": now,
        "confirmed_since": now - timedelta(days=180),
        "limit": most,
    }
