"""The areas of a release as GeoParquet 1.1, for whoever works with many files at once."""

import json
from io import BytesIO
from typing import Any

import shapely

from reach.formats.facts import AreaTable

MEDIA_TYPE = "application/vnd.apache.parquet"


def as_geoparquet(areas: AreaTable) -> bytes:
    """Return one row for each area. A hidden number is NULL; `tirnod` in the metadata says the rest.

    The same release gives the same bytes, whenever it is asked.
    """
    import arro3.io

    file = BytesIO()
    arro3.io.write_parquet(
        _table(areas),
        file,
        compression="zstd(3)",
        # Several would stand in another order each time, and the same release is the same bytes.
        key_value_metadata={"geo": json.dumps(_geo(areas), ensure_ascii=False)},
        # Arrow's own words about the columns would hide ours from those who read with pyarrow.
        skip_arrow_metadata=True,
    )
    return file.getvalue()


def _table(areas: AreaTable):
    from arro3.core import Array, DataType, Field, Schema, Table

    whole, text = DataType.int32(), DataType.string()
    kinds = {
        "code": text,
        "name": text,
        "decile": whole,
        "young_people": whole,
        "took_part": whole,
        "per_1000": whole,
        "hidden": DataType.bool(),
        "smallest_shown": whole,
        "standard_deviation": DataType.float64(),
    }
    columns = [Array(areas.column(name), kind) for name, kind in kinds.items()]
    outlines = [shapely.to_wkb(outline) if outline else None for outline in areas.outlines]
    fields = [Field(name, kind, nullable=True) for name, kind in kinds.items()]
    return Table.from_arrays(
        [*columns, Array(outlines, DataType.binary())],
        schema=Schema([*fields, Field("geometry", DataType.binary(), nullable=True)]),
    )


def _geo(areas: AreaTable) -> dict[str, Any]:
    """Return what GeoParquet asks to be said. Without a `crs` it is WGS 84, longitude first."""
    known = [outline for outline in areas.outlines if outline]
    geometry = {
        "encoding": "WKB",
        "geometry_types": sorted({outline.geom_type for outline in known}),
        "orientation": "counterclockwise",
    }
    if known:
        geometry["bbox"] = [float(edge) for edge in shapely.total_bounds(known)]
    return {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": geometry},
        "tirnod": areas.facts,
    }
