"""Real places, from official files beside the project: their areas, and real venues as providers."""

import csv
import gzip
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from demo.catalogue import Host, Site
from geo.loaders import (
    Progress,
    load_areas,
    load_deprivation,
    load_population,
    load_postcodes,
    load_wards,
)
from geo.models import Area, City
from geo.queries import area_at, areas_of
from geo.service import add_city
from providers.models import ProviderKind

_BESIDE_THE_PROJECT = Path(__file__).resolve().parent.parent.parent / "shared"
#: What a provider page of a real venue says, so that nobody turns up.
_ABOUT = "A real place. Everything that it offers here, and everyone who came, is invented for this demo."


@dataclass(frozen=True)
class RealPlace:
    """A city that can be built, and the districts it is made of."""

    name: str
    name_cy: str
    authority_name: str
    district_codes: tuple[str, ...]


PLACES = {
    "brighton-and-hove": RealPlace(
        "Brighton and Hove", "Brighton a Hove", "Brighton & Hove City Council", ("E06000043",)
    ),
    "cambridgeshire-peterborough": RealPlace(
        "Cambridgeshire and Peterborough",
        "Swydd Gaergrawnt a Peterborough",
        "Cambridgeshire and Peterborough Combined Authority",
        ("E06000031", "E07000008", "E07000009", "E07000010", "E07000011", "E07000012"),
    ),
    "leeds": RealPlace("Leeds", "Leeds", "Leeds City Council", ("E08000035",)),
    "plymouth": RealPlace("Plymouth", "Plymouth", "Plymouth City Council", ("E06000026",)),
}


@dataclass(frozen=True)
class Source:
    """A published list of venues, and how one of its rows becomes a host."""

    file: str
    name: str
    lon: str
    lat: str
    address: tuple[str, ...]
    sort: Callable[[dict[str, str]], str]
    kind: ProviderKind
    is_open: Callable[[dict[str, str]], bool]
    #: So many of them at most.
    most: int


def data_folder() -> Path:
    """Return where the official files lie, if they are there."""
    return Path(os.environ.get("TIRNOD_SHARED") or _BESIDE_THE_PROJECT) / "data"


def found(db: Session, slug: str, *, progress: Progress | None = None) -> City:
    """Load the official files of a real place, and return its city.

    :raises NotFound: there is no such place, or the files are not there.
    """
    place, folder = PLACES.get(slug), data_folder()
    if place is None or not folder.is_dir():
        raise NotFound(_cannot_be_built(slug, folder))
    districts = place.district_codes
    areas = folder / "boundaries/places" / f"{slug.replace('-', '_')}_lsoa21_bgc.geojson.gz"
    load_areas(db, areas, progress=progress)
    load_wards(
        db, _only(folder, "lookups/lsoa21_wd24_*"), progress=progress, only_districts=districts
    )
    codes = _codes_of(db, districts)
    for edition in ("iod/File_7_-_All_IoD2019_*", "iod/File_7_IoD2025_All_*"):
        load_deprivation(db, _only(folder, edition), progress=progress, only_areas=codes)
    for source in ("population/census2021_*_lsoa21_ew*", "population/mye_mid2020_lsoa11_*"):
        load_population(db, _only(folder, source), progress=progress, only_areas=codes)
    load_postcodes(
        db, _only(folder, "postcodes/postcodes_england_live_*"), progress=progress, only_areas=codes
    )
    return add_city(
        db,
        slug=slug,
        name=place.name,
        name_cy=place.name_cy,
        authority_name=place.authority_name,
        district_codes=districts,
    )


def hosts_there(db: Session, city: City) -> list[Host]:
    """Return real venues of the city as hosts, two of them still waiting to be checked."""
    areas = {area.lsoa_code for area in areas_of(db, city)}
    box = _box_around(db, city)
    found = (
        host for source in SOURCES for host in islice(_hosts(db, source, areas, box), source.most)
    )
    # Some venues are on two lists. The first wins.
    hosts = list({host.name: host for host in reversed(list(found))}.values())[::-1]
    return [*hosts[:-2], *(replace(host, awaits=True) for host in hosts[-2:])]


def _cannot_be_built(slug: str, folder: Path) -> str:
    if slug in PLACES:
        return _(
            "%(slug)s needs the official files, and they are not here: %(folder)s. "
            "Without them there is aberwennol, the made-up city.",
            slug=slug,
            folder=str(folder),
        )
    return _(
        "There is no city %(slug)s. These can be built: %(slugs)s.",
        slug=slug,
        slugs=", ".join(["aberwennol", *PLACES]),
    )


def _only(folder: Path, pattern: str) -> Path:
    """Return the one file of that kind.

    :raises NotFound: it is not there.
    """
    path = next(iter(sorted(folder.glob(pattern))), None)
    if path is None:
        raise NotFound(_("This file is missing: %(file)s.", file=str(folder / pattern)))
    return path


def _codes_of(db: Session, districts: Collection[str]) -> list[str]:
    return list(db.scalars(select(Area.lsoa_code).where(Area.district_code.in_(districts))))


def _box_around(db: Session, city: City) -> tuple[float, float, float, float]:
    codes = [district.district_code for district in city.districts]
    extent = select(func.ST_Extent(Area.boundary)).where(Area.district_code.in_(codes)).subquery()
    box = extent.c[0]
    return db.execute(
        select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    ).one()


def _hosts(db: Session, source: Source, areas: set[str], box) -> Iterator[Host]:
    """Yield a host for each open venue of a list that lies in the city; each name once."""
    west, south, east, north = box
    names: set[str] = set()
    for row in _rows(data_folder() / source.file):
        point = _point(row, source)
        is_near = point and west <= point[0] <= east and south <= point[1] <= north
        if not is_near or not source.is_open(row) or row[source.name] in names:
            continue
        area = area_at(db, *point)
        if area is not None and area.lsoa_code in areas:
            names.add(row[source.name])
            yield _host(row, source, point)


def _host(row: dict[str, str], source: Source, point: tuple[float, float]) -> Host:
    name = row[source.name].strip()
    address = ", ".join(part for part in (row[column].strip() for column in source.address) if part)
    return Host(
        name=name,
        sort=source.sort(row),
        kind=source.kind,
        about=_ABOUT,
        sites=(Site(name=name, address=address, point=point),),
    )


def _point(row: dict[str, str], source: Source) -> tuple[float, float] | None:
    try:
        return float(row[source.lon]), float(row[source.lat])
    except ValueError:
        return None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _art(row: dict[str, str]) -> str:
    """Return the sort of an arts centre, by the first art it names that we know."""
    known = {"Theatre": "theatre", "Dance": "dance", "Music": "music", "Film": "film"}
    return next((sort for art, sort in known.items() if art in row["artform"]), "gallery")


def _is_school(name: str) -> bool:
    return re.search(r"school|college|academy|SILC|learning", name, re.IGNORECASE) is not None


SOURCES: Sequence[Source] = (
    Source(
        file="providers/warm_spaces_four_places_2026.csv.gz",
        name="title",
        lon="long",
        lat="lat",
        address=("address",),
        sort=lambda row: "kitchen" if "food" in row["title"].lower() else "youth_centre",
        kind=ProviderKind.YOUTH_GROUP,
        is_open=lambda _row: True,
        most=14,
    ),
    Source(
        file="providers/libraries_england_2023_ace_enhanced.csv.gz",
        name="Name",
        lon="Longitude",
        lat="Latitude",
        address=("Address 1", "Address 2"),
        sort=lambda _row: "library",
        kind=ProviderKind.CULTURAL_BODY,
        is_open=lambda row: row["Type"] == "Static Library" and not row["Year closed"],
        most=12,
    ),
    Source(
        file="providers/museums_uk_mapping_museums.csv.gz",
        name="museum_name",
        lon="longitude",
        lat="latitude",
        address=("address_line_1", "city"),
        sort=lambda _row: "museum",
        kind=ProviderKind.CULTURAL_BODY,
        is_open=lambda row: row["year_closed_high"] == "na",
        most=8,
    ),
    Source(
        file="providers/arts_award_centres_uk.csv.gz",
        name="title",
        lon="lng",
        lat="lat",
        address=("address1", "address2"),
        sort=_art,
        kind=ProviderKind.CULTURAL_BODY,
        is_open=lambda row: not _is_school(row["title"]),
        most=8,
    ),
    Source(
        file="providers/gias_open_establishments_england_20250524.csv.gz",
        name="establishment_name",
        lon="longitude",
        lat="latitude",
        address=("la_name",),
        sort=lambda _row: "college",
        kind=ProviderKind.EMPLOYER,
        is_open=lambda row: row["education_phase"] in ("Secondary", "16 plus"),
        most=10,
    ),
)
