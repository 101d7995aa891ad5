"""The fictional city: written as official files, then loaded as any other city would be."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from demo.city_files import write_city
from demo.neighbourhoods import CITY, DISTRICT_CODE, SLUG
from geo.loaders import (
    Progress,
    load_areas,
    load_deprivation,
    load_population,
    load_postcodes,
    load_wards,
)
from geo.models import City
from geo.service import add_city


def found(db: Session, *, seed: int, progress: Progress | None = None) -> City:
    """Write the city's official files, load them, and return the city."""
    with TemporaryDirectory(prefix="tirnod-") as folder:
        files = write_city(Path(folder), seed=seed)
        load_areas(db, files.boundaries, progress=progress)
        load_wards(db, files.wards, progress=progress)
        for edition in (files.iod2019, files.iod2025):
            load_deprivation(db, edition, progress=progress, part=True)
        for source in (files.census2021, files.mye2020):
            load_population(db, source, progress=progress)
        load_postcodes(db, files.postcodes, progress=progress)
    return add_city(
        db,
        slug=SLUG,
        name=CITY,
        name_cy=CITY,
        authority_name=f"{CITY} Council",
        district_codes=[DISTRICT_CODE],
    )
