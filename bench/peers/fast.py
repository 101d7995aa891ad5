"""FastAPI with asyncpg: the query that one writes without a table to search in, and with it."""

import os
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Response

_NEARBY = """
SELECT o.id, o.title, o.kind, o.category, o.min_age, o.max_age, o.cost_pence, v.name AS place,
    p.name AS provider, ST_Distance(v.point, here.point) AS distance_m,
    (SELECT min(c.starts_at) FROM scheduled_session c WHERE c.opportunity_id = o.id
        AND c.remaining_capacity > 0 AND c.starts_at BETWEEN $4 AND $5) AS next_start
FROM (SELECT ST_Point($1, $2)::geography AS point) here
JOIN place v ON ST_DWithin(v.point, here.point, $3)
JOIN opportunity o ON o.place_id = v.id
JOIN provider p ON p.id = o.provider_id
WHERE o.status = 'published' AND p.status = 'verified' AND o.cost_pence = 0
    AND $6 BETWEEN o.min_age AND o.max_age
    AND EXISTS (SELECT FROM scheduled_session c WHERE c.opportunity_id = o.id
        AND c.remaining_capacity > 0 AND c.starts_at BETWEEN $4 AND $5)
ORDER BY distance_m, o.id LIMIT 50
"""

_BOX = """
SELECT o.id, o.title, o.kind, o.category, o.min_age, o.max_age, o.cost_pence, v.name AS place_name,
    p.name AS provider_name, coming.next_start, s.lon, s.lat
FROM opportunity_search s
CROSS JOIN LATERAL (SELECT min(t) AS next_start FROM unnest(s.starts) t WHERE t > now()) coming
JOIN opportunity o ON o.id = s.opportunity_id
JOIN place v ON v.id = o.place_id
JOIN provider p ON p.id = o.provider_id
WHERE s.mercator && ST_Transform(ST_MakeEnvelope($1, $2, $3, $4, 4326), 3857)
    AND s.lon BETWEEN $1 AND $3 AND s.lat BETWEEN $2 AND $4
    AND s.last_starts_at > now() AND coming.next_start IS NOT NULL
ORDER BY coming.next_start, o.id LIMIT 500
"""

_TILE = """
SELECT ST_AsMVT(t, 'opportunities', 4096, 'geom') FROM (
    SELECT o.id, o.title, o.category,
        ST_AsMVTGeom(ST_Transform(o.geom, 3857), ST_TileEnvelope($1, $2, $3), 4096, 64) AS geom
    FROM peer.open_opportunity o
    WHERE o.geom && ST_Transform(ST_TileEnvelope($1, $2, $3), 4326)) t
"""


@asynccontextmanager
async def _lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["BENCH_URL"], min_size=4, max_size=4) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/nearby")
async def nearby(lon: float, lat: float, radius_m: float, age: int, start: str, end: str):
    opens, closes = datetime.fromisoformat(start), datetime.fromisoformat(end)
    rows = await app.state.pool.fetch(_NEARBY, lon, lat, radius_m, opens, closes, age)
    return Response(orjson.dumps([dict(row) for row in rows]), media_type="application/json")


@app.get("/box")
async def box(bbox: str):
    rows = await app.state.pool.fetch(_BOX, *map(float, bbox.split(",")))
    found = {"type": "FeatureCollection", "features": [_feature(dict(row)) for row in rows]}
    return Response(orjson.dumps(found), media_type="application/geo+json")


@app.get("/tiles/{z}/{x}/{y}")
async def tile(z: int, x: int, y: int):
    data = await app.state.pool.fetchval(_TILE, z, x, y)
    return Response(data, media_type="application/vnd.mapbox-vector-tile")


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": (row.pop("lon"), row.pop("lat"))}
    return {"type": "Feature", "id": row.pop("id"), "geometry": geometry, "properties": row}
