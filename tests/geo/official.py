"""Small files in the layouts that are officially published, for tests to load or to spoil."""

import csv
import gzip
import io
import json
import math
from pathlib import Path

import numpy as np
import pyogrio
import shapely

DISTRICT = ("E06000999", "Testford")
_IMD = (
    "Index of Multiple Deprivation (IMD) Score",
    "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
)
CENSUS_HEADINGS = (
    "LSOA21CD",
    "LSOA21NM",
    "Aged 15 years and under",
    "Aged 16 to 24 years",
    "Aged 25 to 34 years",
    "Aged 35 to 49 years",
    "Aged 50 to 64 years",
    "Aged 65 years and over",
)
MYE_HEADINGS = ("LSOA11CD", "LSOA11NM", "All Ages", *map(str, range(90)), "90+")


def code(number: int) -> str:
    """Return the code of the nth area."""
    return f"E01{900000 + number:06}"


def square(number: int, size=0.01):
    """Return a square outline; the squares of 1, 2, 3 lie in a row and share their borders."""
    west = -1.5 + number * size
    return shapely.box(west, 53.8, west + size, 53.8 + size)


def area_features(*numbers: int, outline=square, **given) -> list[dict]:
    return [
        {
            "type": "Feature",
            "properties": {
                "LSOA21CD": code(number),
                "LSOA21NM": f"Testford {number:03}A",
                "LAD25CD": DISTRICT[0],
                "LAD25NM": DISTRICT[1],
            }
            | given,
            "geometry": shapely.geometry.mapping(outline(number)),
        }
        for number in numbers
    ]


def geojson(path: Path, features: list[dict]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def topojson(path: Path, features: list[dict]) -> Path:
    """Write outlines as a Topology, one arc for each."""
    arcs = [feature["geometry"]["coordinates"][0] for feature in features]
    geometries = [
        {"type": "Polygon", "arcs": [[number]], "properties": feature["properties"]}
        for number, feature in enumerate(features)
    ]
    layer = {"areas": {"type": "GeometryCollection", "geometries": geometries}}
    path.write_text(json.dumps({"type": "Topology", "arcs": arcs, "objects": layer}))
    return path


def geopackage(path: Path, features: list[dict], *, crs="EPSG:4326", moved=lambda xy: xy) -> Path:
    shapes = [
        shapely.transform(shapely.geometry.shape(feature["geometry"]), moved)
        for feature in features
    ]
    names = list(features[0]["properties"])
    columns = [np.array([each["properties"][name] for each in features], object) for name in names]
    pyogrio.raw.write(
        path,
        np.array([shapely.to_wkb(shape) for shape in shapes], object),
        columns,
        np.array(names, object),
        geometry_type="Polygon",
        crs=crs,
    )
    return path


def table(path: Path, headings, rows, *, bom=False) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode())
    return path


def wards(path: Path, rows) -> Path:
    return table(path, ("LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM"), rows, bom=True)


def deprivation_headings(year: int) -> list[str]:
    return [f"LSOA code ({year})", f"LSOA name ({year})", *_IMD]


def deprivation_rows(count: int, of_areas: int | None = None) -> list[list]:
    """Return rows ranked 1 to `count`, most deprived first."""
    among = of_areas or count
    return [
        [code(n), f"Testford {n:03}A", round(90 - 80 * n / among, 3), n, math.ceil(10 * n / among)]
        for n in range(1, count + 1)
    ]


def deprivation(path: Path, rows, *, census=2021) -> Path:
    return table(path, deprivation_headings(census), rows)


def postcodes(path: Path, rows, headings=("pcds", "lat", "long", "lsoa21cd")) -> Path:
    return table(path, headings, rows)


def gzipped(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def cut_short(path: Path, share=0.5) -> Path:
    content = path.read_bytes()
    short = path.with_name("short-" + path.name)
    short.write_bytes(content[: int(len(content) * share)])
    return short


def damaged(path: Path, share=0.5) -> Path:
    """Return a copy in which one byte, in the middle, is another."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    spoilt = path.with_name("spoilt-" + path.name)
    spoilt.write_bytes(content)
    return spoilt
