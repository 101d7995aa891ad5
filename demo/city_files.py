"""The fictional city as official files: the same formats and headings as ONS and MHCLG publish."""

import csv
import json
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import shapely

from demo import indices
from demo.indices import Edition
from demo.landscape import degrees, points_within
from demo.neighbourhoods import CITY, DISTRICT_CODE, OLDEST, Neighbourhood, settle

POSTCODES_PER_AREA = 40
#: No postcode area of Royal Mail starts with these letters.
POSTCODE_AREA = "ZT"
#: Royal Mail leaves out the letters that are easily misread.
_INWARD_LETTERS = sorted(set(string.ascii_uppercase) - set("CIKMOV"))


@dataclass(frozen=True)
class CityFiles:
    """Where each official file of a city lies."""

    boundaries: Path
    wards: Path
    iod2019: Path
    iod2025: Path
    census2021: Path
    mye2020: Path
    postcodes: Path


def write_city(folder: Path, *, seed: int) -> CityFiles:
    """Write the city that `seed` stands for into `folder`; the same seed gives the same bytes."""
    areas = settle(seed)
    files = CityFiles(
        boundaries=folder / "lsoa21_bgc.geojson",
        wards=folder / "lsoa21_wd24_lad24.csv",
        iod2019=folder / "File_7_IoD2019_Scores_Ranks_Deciles_Population_Denominators.csv",
        iod2025=folder / "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
        census2021=folder / "census2021_usual_residents_6_age_bands_lsoa21.csv",
        mye2020=folder / "mye_mid2020_lsoa11_single_year.csv",
        postcodes=folder / "postcodes_onspd.csv",
    )
    _write_boundaries(files.boundaries, areas)
    _write_wards(files.wards, areas)
    _write_index(files.iod2019, indices.IOD2019, areas, seed)
    _write_index(files.iod2025, indices.IOD2025, areas, seed)
    _write_census(files.census2021, areas)
    _write_estimates(files.mye2020, areas)
    _write_postcodes(files.postcodes, areas, seed)
    return files


def _write_boundaries(path: Path, areas: Sequence[Neighbourhood]) -> None:
    collection = {
        "type": "FeatureCollection",
        "name": "lsoa21_bgc",
        "features": [_feature(area) for area in areas],
    }
    path.write_text(json.dumps(collection, separators=(",", ":")) + "\n", encoding="utf-8")


def _feature(area: Neighbourhood) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {
            "LSOA21CD": area.lsoa_code,
            "LSOA21NM": area.name,
            "LAD25CD": DISTRICT_CODE,
            "LAD25NM": CITY,
        },
        "geometry": json.loads(shapely.to_geojson(degrees(area.outline))),
    }


def _write_wards(path: Path, areas: Sequence[Neighbourhood]) -> None:
    headings = "LSOA21CD LSOA21NM LSOA21NMW WD24CD WD24NM WD24NMW LAD24CD LAD24NM LAD24NMW ObjectId"
    _write_csv(
        path,
        headings.split(),
        (
            [area.lsoa_code, area.name, "", area.ward_code, area.ward_name, "",
             DISTRICT_CODE, CITY, "", number]
            for number, area in enumerate(areas, start=1)
        ),
    )  # fmt: skip


def _write_index(path: Path, edition: Edition, areas: Sequence[Neighbourhood], seed: int) -> None:
    _write_csv(path, indices.headings(edition), indices.rows(edition, areas, seed))


def _write_census(path: Path, areas: Sequence[Neighbourhood]) -> None:
    bands = {
        "Aged 15 years and under": (0, 15),
        "Aged 16 to 24 years": (16, 24),
        "Aged 25 to 34 years": (25, 34),
        "Aged 35 to 49 years": (35, 49),
        "Aged 50 to 64 years": (50, 64),
        "Aged 65 years and over": (65, OLDEST),
    }
    _write_csv(
        path,
        ["LSOA21CD", "LSOA21NM", *bands],
        ([area.lsoa_code, area.name, *(area.aged(*ages) for ages in bands.values())] for area in areas),
    )  # fmt: skip


def _write_estimates(path: Path, areas: Sequence[Neighbourhood]) -> None:
    ages = [*(str(age) for age in range(OLDEST)), f"{OLDEST}+"]
    _write_csv(
        path,
        ["LSOA11CD", "LSOA11NM", "All Ages", *ages],
        ([area.lsoa_code, area.name, sum(area.people), *area.people] for area in areas),
    )


def _write_postcodes(path: Path, areas: Sequence[Neighbourhood], seed: int) -> None:
    chance = Random(f"{seed}:postcodes")
    headings = "pcds lat long lad25cd wd24cd lsoa21cd lsoa11cd doterm"
    _write_csv(path, headings.split(), _postcode_rows(areas, chance))


def _postcode_rows(areas: Sequence[Neighbourhood], chance: Random) -> Iterable[list[Any]]:
    taken: dict[str, int] = {}
    for area in areas:
        codes = (DISTRICT_CODE, area.ward_code, area.lsoa_code, area.lsoa_code)
        for spot in points_within(area.outline, POSTCODES_PER_AREA, chance):
            lon, lat = degrees(shapely.Point(spot)).coords[0]
            number = taken[area.ward_code] = taken.get(area.ward_code, -1) + 1
            yield [_postcode(area.ward_code, number), f"{lat:.6f}", f"{lon:.6f}", *codes, ""]


def _postcode(ward_code: str, number: int) -> str:
    """Return the ward's postcode of this number: ZT4 1AA, ZT4 1AB, and so on."""
    rest, last = divmod(number, len(_INWARD_LETTERS))
    sector, middle = divmod(rest, len(_INWARD_LETTERS))
    letters = _INWARD_LETTERS[middle] + _INWARD_LETTERS[last]
    return f"{POSTCODE_AREA}{int(ward_code[-3:])} {sector + 1}{letters}"


def _write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        writer.writerows(rows)
