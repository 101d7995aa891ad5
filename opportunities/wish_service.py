"""The rules of wishing for what is not there yet."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clock import LONDON
from geo.models import Area, City
from geo.queries import city_of_area, split_postcode
from opportunities.models import Category, Wish
from opportunities.wish_schemas import tells_of_someone


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
