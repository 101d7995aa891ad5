"""Which indices of deprivation there are, and which a city is compared by."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.models import (
    NATION_LETTERS,
    Area,
    City,
    CityIndex,
    DeprivationIndex,
    Nation,
)
from geo.queries.areas import lies_in
from geo.queries.facts import editions_of

#: How many indices are compared beside the one that a city reports by. A release answers for no
#: more: each tells a little about everyone who came.
MOST_COMPARED = 3


def index_named(db: Session, slug: str) -> DeprivationIndex | None:
    """Return the index of deprivation that is called `slug`, such as `iod2025-idaci`."""
    return None if "\0" in slug else db.get(DeprivationIndex, slug)


def nation_of(db: Session, city: City) -> Nation | None:
    """Return the nation that a city's areas are of; `None` where it has none."""
    code = db.scalar(select(Area.lsoa_code).where(lies_in(city)).order_by(Area.lsoa_code).limit(1))
    return NATION_LETTERS.get(code[0]) if code else None


def indices_to_compare(
    db: Session, city: City, lsoa_codes: Collection[str], *, beside: str
) -> list[str]:
    """Return the indices that a city is compared by beside the one it reports by, three at most.

    Those that it chose; otherwise the other editions of the index as a whole, the newest first,
    then the index of children in low income of the same edition. One of another nation, or that
    says nothing of these areas, is left out.

    :param lsoa_codes: the city's areas.
    """
    fit = _indices_of(db, nation_of(db, city), editions_of(db, lsoa_codes))
    wanted = _chosen(db, city) or [*_other_wholes(fit), f"{beside.partition('-')[0]}-idaci"]
    known = [edition for edition in wanted if edition in fit and edition != beside]
    return known[:MOST_COMPARED]


def _indices_of(
    db: Session, nation: Nation | None, slugs: Collection[str]
) -> dict[str, DeprivationIndex]:
    found = select(DeprivationIndex).where(
        DeprivationIndex.nation == nation, DeprivationIndex.slug.in_(slugs)
    )
    return {index.slug: index for index in db.scalars(found)}


def _chosen(db: Session, city: City) -> list[str]:
    of_it = select(CityIndex.edition).where(CityIndex.city_id == city.id)
    return list(db.scalars(of_it.order_by(CityIndex.position)))


def _other_wholes(indices: dict[str, DeprivationIndex]) -> list[str]:
    wholes = [slug for slug, index in indices.items() if index.is_overall]
    # The name ends with the year.
    return sorted(wholes, reverse=True)
