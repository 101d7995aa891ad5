"""What is officially known of an area."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.models import Deprivation, PopulationBand


def deciles(db: Session, edition: str, lsoa_codes: Collection[str]) -> dict[str, int]:
    """Return the deprivation decile of each of these areas; 1 is the most deprived tenth.

    An area of which the edition does not speak is absent: `iod2019` knows the areas of 2011, and
    some have since been split or merged.
    """
    found = select(Deprivation.lsoa_code, Deprivation.decile).where(
        Deprivation.edition == edition, Deprivation.lsoa_code.in_(lsoa_codes)
    )
    return {row.lsoa_code: row.decile for row in db.execute(found)}


def editions_of(db: Session, lsoa_codes: Collection[str]) -> list[str]:
    """Return the names of the editions that speak of any of these areas."""
    found = select(Deprivation.edition).where(Deprivation.lsoa_code.in_(lsoa_codes)).distinct()
    return sorted(db.scalars(found))


def young_people(
    db: Session,
    source: str,
    lsoa_codes: Collection[str],
    *,
    from_age: int = 11,
    to_age: int = 24,
) -> dict[str, int]:
    """Return how many people of these ages (both included) live in each of these areas.

    A band that only partly overlaps counts in proportion to the years it shares, as if its people
    were spread evenly over it; half a person goes to the even number. An area of which the source
    does not speak is absent.
    """
    band = PopulationBand
    first = func.greatest(band.from_age, from_age)
    last = func.least(band.to_age, to_age)
    share = (last - first + 1) * 1.0 / (band.to_age - band.from_age + 1)
    found = (
        select(band.lsoa_code, func.round(func.sum(band.people * share)))
        .where(band.source == source, band.lsoa_code.in_(lsoa_codes))
        .where(band.from_age <= to_age, band.to_age >= from_age)
        .group_by(band.lsoa_code)
    )
    return {code: int(people) for code, people in db.execute(found)}
