"""What an officer may know of wishes: words that many used. How many there are, the cube says.

The same wish from the same area counts once in a month (`Wish`), so three wishes with the same words
came from three areas or months.

Only months that are over are counted. Whoever looked each day could otherwise see which words came
with the wish that a number grew by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from accounts.models import User
from geo.models import Area
from opportunities.models import Wish

#: Of a ward with fewer wishes nothing is shown.
FEWEST_SHOWN = 10
#: Words that stand in fewer wishes of a ward, or of the city, are not listed.
FEWEST_ALIKE = 3
#: What is the same in words that differ in nothing but case and spaces.
_ALIKE = func.replace(func.lower(Wish.words), " ", "")


@dataclass(frozen=True)
class WardWords:
    """What several wishes of one ward said, in their words."""

    ward: str
    words: Sequence[str]


def words_by_ward(db: Session, officer: User, *, today: date) -> list[WardWords]:
    """Return the words that enough wishes of a ward share, where enough came from it, by letter."""
    ward = func.coalesce(Area.ward_name, Area.name).label("ward")
    said = (
        _closed(
            select(
                ward,
                func.min(func.lower(Wish.words)).label("words"),
                func.count().label("number"),
                func.sum(func.count()).over(partition_by=ward).label("of_ward"),
            ),
            officer,
            today,
        )
        .join(Area, Area.lsoa_code == Wish.lsoa_code)
        .group_by(ward, _ALIKE)
        .subquery()
    )
    found = (
        select(said.c.ward, func.array_agg(said.c.words))
        .where(
            said.c.words != "",
            said.c.number >= FEWEST_ALIKE,
            said.c.of_ward >= FEWEST_SHOWN,
        )
        .group_by(said.c.ward)
        .order_by(said.c.ward)
    )
    return [WardWords(ward, sorted(words)) for ward, words in db.execute(found)]


def words_of_city(db: Session, officer: User, *, today: date) -> list[str]:
    """Return the words that enough wishes share, wherever in the city they came from, by letter."""
    words = func.min(func.lower(Wish.words))
    found = (
        _closed(select(words), officer, today)
        .where(Wish.words != "")
        .group_by(_ALIKE)
        .having(func.count() >= FEWEST_ALIKE)
        .order_by(words)
    )
    return list(db.scalars(found))


def _closed(wanted: Select, officer: User, today: date) -> Select:
    """Return `wanted` of the wishes of the officer's city that were made in months now over."""
    return wanted.select_from(Wish).where(
        Wish.city_id == officer.city_id, Wish.month < today.replace(day=1)
    )
