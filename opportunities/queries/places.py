"""How many things match in each part of a city, and in each city of the country.

These are numbers of opportunities, never of people, so that none is too small to be shown.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.questions import ask
from geo.queries import Ward
from opportunities.queries.conditions import conditions
from opportunities.queries.request import SearchRequest
from opportunities.queries.words import understand


def counts_by_ward(db: Session, wanted: SearchRequest, wards: Iterable[Ward]) -> Counter[str]:
    """Return how many things match in each ward, by its code; where nothing does, 0."""
    ward_of = {lsoa_code: ward.code for ward in wards for lsoa_code in ward.lsoa_codes}
    counted: Counter[str] = Counter()
    # Named, so that the database may begin with them where they are few.
    also = {"areas": sorted(ward_of)}
    for lsoa_code, n in _counted(db, wanted, "lsoa_code", " AND s.lsoa_code = ANY(:areas)", also):
        counted[ward_of[lsoa_code]] += n
    return counted


def counts_by_city(db: Session, wanted: SearchRequest) -> Counter[int]:
    """Return how many things match in each city, by its id; where nothing does, 0."""
    return Counter(dict(_counted(db, wanted, "city_id")))


def _counted(
    db: Session, wanted: SearchRequest, column: str, also: str = "", values: dict | None = None
) -> list[tuple]:
    asked = conditions(wanted, query=understand(db, wanted.words).query)
    rows = ask(
        db,
        f"{asked.here_text}SELECT s.{column}, count(*) FROM opportunity_search s"
        f" WHERE {asked.coming_text}{also} GROUP BY s.{column}",
        asked.values | (values or {}),
    )
    return [(key, n) for key, n in rows]
