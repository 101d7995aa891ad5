"""What an officer may know of wishes: numbers too large to point at anyone, and words many used.

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
from opportunities.models import Category, Wish

#: A smaller number is not shown.
FEWEST_SHOWN = 10
#: Words that fewer people used are not listed, but in a ward where many wished.
FEWEST_ALIKE = 3


@dataclass(frozen=True)
class WishCount:
    """How many wishes from a ward were about one thing."""

    #: Empty where the search had no area.
    ward: str | None
    category: Category | None
    #: Empty where there are too few to say.
    number: int | None


@dataclass(frozen=True)
class WardWords:
    """What people of one ward wished for, in their words."""

    ward: str
    words: Sequence[str]


def wish_counts(db: Session, officer: User, *, today: date) -> list[WishCount]:
    """Return how many wishes there are by ward and category, of the officer's own city."""
    ward = func.coalesce(Area.ward_name, Area.name).label("ward")
    found = (
        _closed(select(ward, Wish.category, func.count()), officer, today)
        .outerjoin(Area, Area.lsoa_code == Wish.lsoa_code)
        .group_by(ward, Wish.category)
        .order_by(ward.nulls_last(), Wish.category.nulls_last())
    )
    return [
        WishCount(ward, category, number if number >= FEWEST_SHOWN else None)
        for ward, category, number in db.execute(found)
    ]


def words_by_ward(db: Session, officer: User, *, today: date) -> list[WardWords]:
    """Return the words of each ward from which enough people wished, each once, by letter."""
    ward = func.coalesce(Area.ward_name, Area.name).label("ward")
    of_ward = func.array_agg(func.lower(Wish.words).distinct()).filter(Wish.words != "")
    found = (
        _closed(select(ward, of_ward), officer, today)
        .join(Area, Area.lsoa_code == Wish.lsoa_code)
        .group_by(ward)
        .having(func.count() >= FEWEST_SHOWN)
        .order_by(ward)
    )
    return [WardWords(ward, sorted(words)) for ward, words in db.execute(found) if words]


def words_of_city(db: Session, officer: User, *, today: date) -> list[str]:
    """Return the words that enough people used, wherever in the city they wished, by letter."""
    words = func.lower(Wish.words)
    found = (
        _closed(select(words), officer, today)
        .where(Wish.words != "")
        .group_by(words)
        .having(func.count() >= FEWEST_ALIKE)
        .order_by(words)
    )
    return list(db.scalars(found))


def _closed(wanted: Select, officer: User, today: date) -> Select:
    """Return `wanted` of the wishes of the officer's city that were made in months now over."""
    return wanted.select_from(Wish).where(
        Wish.city_id == officer.city_id, Wish.month < today.replace(day=1)
    )
