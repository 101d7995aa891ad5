"""The rules of wishing for what is not there yet."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clock import LONDON
from geo.models import Area, City
from geo.queries import city_of_area, split_postcode
from opportunities.models import Category, Wish
from opportunities.wish_schemas import tells_of_someone

#: A wish stays for so many years after its month: long enough to compare two summers.
YEARS_KEPT = 2


def tells_too_much(db: Session, words: str) -> bool:
    """Return whether words say who someone is or where they live; half a postcode does, too."""
    return tells_of_someone(words) or bool(split_postcode(db, words)[0])


def make_wish(
    db: Session,
    *,
    city: City,
    area: Area | None,
    category: Category | None,
    words: str,
    now: datetime,
) -> None:
    """Keep what someone wishes there was, for the officers of `city`.

    Nothing of whoever wishes is asked for or kept: of the place no more than the area, and that
    only where the city covers it; of the time no more than the month. The same wish from the same
    area is kept once a month, so that ten people cannot be told from one who sends it ten times;
    nobody is told that it was there already.
    """
    is_covered = area is not None and city_of_area(db, area) is city
    wish = insert(Wish).values(
        city_id=city.id,
        lsoa_code=area.lsoa_code if area and is_covered else None,
        category=category,
        words=words,
        month=now.astimezone(LONDON).date().replace(day=1),
    )
    db.execute(wish.on_conflict_do_nothing())


def forget_old_wishes(db: Session, *, now: datetime, most: int = 1_000) -> int:
    """Delete wishes that have been kept long enough, no more than `most`; return how many."""
    today = now.astimezone(LONDON).date()
    oldest_kept = today.replace(year=today.year - YEARS_KEPT, day=1)
    old = select(Wish.id).where(Wish.month < oldest_kept).limit(most)
    return len(db.scalars(delete(Wish).where(Wish.id.in_(old)).returning(Wish.id)).all())
