"""The areas of a release as GeoJSON (RFC 7946): outlines, numbers, and how they were made."""

import json
from typing import Any

import shapely

from reach.formats.facts import AreaTable

MEDIA_TYPE = "application/geo+json"


def as_geojson(areas: AreaTable) -> str:
    """Return one feature for each area. A hidden number is `null`."""
    features = zip(areas.rows, areas.outlines, strict=True)
    whole = {
        "type": "FeatureCollection",
        "about": areas.facts,
        "features": [_feature(row, outline) for row, outline in features],
    }
    return json.dumps(whole, ensure_ascii=False)


def _feature(row: dict[str, Any], outline: shapely.Geometry | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row["code"],
        "properties": row,
        "geometry": shapely.geometry.mapping(outline) if outline else None,
    }
