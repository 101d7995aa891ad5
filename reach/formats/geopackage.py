"""The areas of a release as a GeoPackage, which any geographic information system opens."""

from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
import shapely

from reach.formats.facts import AreaTable

MEDIA_TYPE = "application/geopackage+sqlite3"
LAYER = "areas"

_KINDS: dict[str, type] = {
    "decile": np.int32,
    "young_people": np.int32,
    "took_part": np.int32,
    "per_1000": np.int32,
    "hidden": np.bool_,
    "smallest_shown": np.int32,
    "standard_deviation": np.float64,
}
#: The day that GDAL writes into a file is a setting of the whole process.
_dated = Lock()


def as_geopackage(areas: AreaTable) -> bytes:
    """Return one feature for each area. A hidden number is NULL; the file's metadata say the rest.

    The same release gives the same bytes, whenever it is asked.
    """
    # GDAL is large: a process that nobody asks for this does without it.
    import pyogrio

    names = list(areas.rows[0])
    columns = [_column(name, areas.column(name)) for name in names]
    file = BytesIO()
    with _dated:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _written_on(areas)})
        try:
            pyogrio.raw.write(
                file,
                np.array([_wkb(outline) for outline in areas.outlines], dtype=object),
                [values for values, _missing in columns],
                names,
                field_mask=[missing for _values, missing in columns],
                layer=LAYER,
                driver="GPKG",
                geometry_type="MultiPolygon",
                crs="EPSG:4326",
                layer_metadata={name: str(fact) for name, fact in areas.facts.items()},
            )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return file.getvalue()


def _column(name: str, values: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return a column, and where it has no value. What stands there instead is zero, and not written."""
    missing = np.array([value is None for value in values])
    kind = _KINDS.get(name, object)
    filled = [("" if kind is object else 0) if value is None else value for value in values]
    return np.array(filled, dtype=kind), missing


def _wkb(outline: shapely.Geometry | None) -> bytes | None:
    if outline is None:
        return None
    parts = getattr(outline, "geoms", [outline])
    return shapely.to_wkb(shapely.MultiPolygon(list(parts)))


def _written_on(areas: AreaTable) -> str:
    return f"{str(areas.facts['released_at'])[:19]}Z"
