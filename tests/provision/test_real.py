"""Plymouth on its real boundaries, population and index, worked out a second time from the files.

Nothing of the project's sums is in the second time but the middle of each area, which is ours to
choose: the census is read anew, the grid is the Ordnance Survey's own formulae, and each area is set
against each place. The files are not part of the project; where they are not there, this is skipped.
"""

import csv
import gzip

import numpy as np
import pytest
from geoalchemy2 import Geometry
from sqlalchemy import cast, func, select

from geo.loaders import load_areas, load_deprivation, load_population
from geo.models import Area
from geo.queries import area_at
from geo.service import add_city
from provision.lens import Lens, Mode
from provision.measures import average, cold_spots
from provision.queries import access_of
from tests import factories
from tests.factories import NOW
from tests.geo.test_national import AREAS, DATA, iod
from tests.provision.builders import club

PLYMOUTH = "E06000026"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not AREAS.exists(), reason="the official files are not there: set TIRNOD_SHARED"
    ),
]


@pytest.fixture
def plymouth(db):
    load_areas(db, DATA / "boundaries/places/plymouth_lsoa21_bgc.geojson.gz")
    load_deprivation(db, iod(2025))
    load_population(db, _census())
    return add_city(
        db,
        slug="plymouth",
        name="Plymouth",
        name_cy="Plymouth",
        authority_name="Plymouth City Council",
        district_codes=[PLYMOUTH],
    )


def test_plymouth_is_what_the_files_say_when_worked_out_again(db, plymouth):
    places = []
    for number, library in enumerate(_libraries()):
        lon, lat = float(library["Longitude"]), float(library["Latitude"])
        area = area_at(db, lon, lat)
        club(db, at=area, place=factories.place(lon=lon, lat=lat, within=area), places=10 + number)
        places.append((lon, lat, 2.0 * (10 + number)))
    assert len(places) > 10

    for mode, metres in ((Mode.WALK, 1_600), (Mode.BUS, 8_000)):
        ours = access_of(db, plymouth, Lens(mode=mode), now=NOW)
        people, deciles = _people(), _deciles()
        theirs = _again(_middles(db), people, places, metres)

        assert len(ours) == len(people) == 164
        assert {area.code: area.young_people for area in ours} == people
        assert {area.code: area.decile for area in ours} == deciles
        assert [area.access for area in ours] == pytest.approx(
            [theirs[area.code] for area in ours], rel=1e-9, abs=1e-12
        )
        everyone = sum(people.values())
        mean = sum(theirs[code] * people[code] for code in people) / everyone
        assert average(ours) == pytest.approx(mean, rel=1e-9)
        assert {spot.area.code for spot in cold_spots(ours)} == {
            code
            for code in people
            if deciles[code] <= 3 and people[code] and theirs[code] < mean / 2
        }


def test_the_grid_is_where_the_libraries_say_they_are():
    libraries = _libraries()
    lon_lat = np.array([(float(row["Longitude"]), float(row["Latitude"])) for row in libraries])
    published = np.array([(float(row["Easting"]), float(row["Northing"])) for row in libraries])

    assert np.abs(_on_grid(lon_lat) - published).max() < 10


def _again(middles, people, places, metres):
    """Both steps by the formula, in whole tables: a row for each area, a column for each place."""
    codes = sorted(people)
    here = _on_grid(np.array([middles[code] for code in codes]))
    there = _on_grid(np.array([(lon, lat) for lon, lat, _hours in places]))
    away = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1))
    third = metres / 3
    weight = np.select(
        [away <= third, away <= 2 * third, away <= metres], [1, 0.68, 0.22], default=0
    )
    demand = np.array([people[code] for code in codes]) @ weight
    rate = np.array([hours for *_, hours in places]) / demand
    return dict(zip(codes, weight @ rate, strict=True))


def _middles(db):
    point = cast(Area.centre, Geometry)
    rows = db.execute(select(Area.lsoa_code, func.ST_X(point), func.ST_Y(point)))
    return {code: (lon, lat) for code, lon, lat in rows}


def _census():
    return next((DATA / "population").glob("census2021*.csv.gz"))


def _people():
    """Those aged 11 to 24: five of the sixteen years up to 15, and all from 16 to 24."""
    with gzip.open(_census(), "rt") as file:
        return {
            row["LSOA21CD"]: round(
                int(row["Aged 15 years and under"]) * 5 / 16 + int(row["Aged 16 to 24 years"])
            )
            for row in csv.DictReader(file)
            if row["LSOA21NM"].startswith("Plymouth ")
        }


def _deciles():
    with gzip.open(iod(2025), "rt") as file:
        rows = csv.DictReader(file)
        decile = next(
            name for name in rows.fieldnames if "(IMD) Decile" in name and "Multiple" in name
        )
        code = next(name for name in rows.fieldnames if name.startswith("LSOA code"))
        known = {row[code]: int(row[decile]) for row in rows}
    return {area: known[area] for area in _people()}


def _libraries():
    with gzip.open(DATA / "providers/libraries_england_2023_ace_enhanced.csv.gz", "rt") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["Reporting service code"] == PLYMOUTH
            and row["Longitude"]
            and not row["Year closed"]
        ]


def _on_grid(lon_lat):
    """Return WGS 84 as metres east and north: the guide of the Ordnance Survey, annexes B and C."""
    lon, lat = np.radians(lon_lat).T
    # WGS 84 as x, y, z; moved to the Airy ellipsoid by seven numbers; and back to angles.
    x, y, z = _cartesian(lon, lat, 6_378_137.0, 6_356_752.314245)
    shift, scale = (-446.448, 125.157, -542.060), 1 + 20.4894e-6
    turn_x, turn_y, turn_z = np.radians(np.array([-0.1502, -0.2470, -0.8421]) / 3600)
    moved = (
        shift[0] + scale * x - turn_z * y + turn_y * z,
        shift[1] + turn_z * x + scale * y - turn_x * z,
        shift[2] - turn_y * x + turn_x * y + scale * z,
    )
    a, b = 6_377_563.396, 6_356_256.909
    lon, lat = _angles(*moved, a, b)
    scale_0, lat_0, lon_0 = 0.9996012717, np.radians(49), np.radians(-2)
    e2, n = 1 - (b / a) ** 2, (a - b) / (a + b)
    nu = a * scale_0 / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    rho = a * scale_0 * (1 - e2) * (1 - e2 * np.sin(lat) ** 2) ** -1.5
    eta2, t, c = nu / rho - 1, np.tan(lat), np.cos(lat)
    less, more = lat - lat_0, lat + lat_0
    meridian = (b * scale_0) * (
        (1 + n + 1.25 * n**2 + 1.25 * n**3) * less
        - (3 * n + 3 * n**2 + 2.625 * n**3) * np.sin(less) * np.cos(more)
        + (1.875 * n**2 + 1.875 * n**3) * np.sin(2 * less) * np.cos(2 * more)
        - 35 / 24 * n**3 * np.sin(3 * less) * np.cos(3 * more)
    )
    d = lon - lon_0
    north = (
        meridian
        - 100_000
        + nu / 2 * np.sin(lat) * c * d**2
        + nu / 24 * np.sin(lat) * c**3 * (5 - t**2 + 9 * eta2) * d**4
        + nu / 720 * np.sin(lat) * c**5 * (61 - 58 * t**2 + t**4) * d**6
    )
    east = (
        400_000
        + nu * c * d
        + nu / 6 * c**3 * (nu / rho - t**2) * d**3
        + nu / 120 * c**5 * (5 - 18 * t**2 + t**4 + 14 * eta2 - 58 * t**2 * eta2) * d**5
    )
    return np.column_stack([east, north])


def _cartesian(lon, lat, a, b):
    nu = a / np.sqrt(1 - (1 - (b / a) ** 2) * np.sin(lat) ** 2)
    return (
        nu * np.cos(lat) * np.cos(lon),
        nu * np.cos(lat) * np.sin(lon),
        nu * (b / a) ** 2 * np.sin(lat),
    )


def _angles(x, y, z, a, b):
    e2, flat = 1 - (b / a) ** 2, np.hypot(x, y)
    lat = np.arctan2(z, flat * (1 - e2))
    for _ in range(10):
        nu = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
        lat = np.arctan2(z + e2 * nu * np.sin(lat), flat)
    return np.arctan2(y, x), lat
