"""Reports of the demo: one term that was counted again, and the people of the authority who are told."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.models import User
from app.terms import Period, PeriodKind
from badges.service import IssuingHost
from cube.queries import latest_of, reach_of
from cube.service import correct
from geo.models import City
from reach.subscriptions import subscribe, tell_readers

_WHY = "A club found the list of who came to two of its evenings."


def correct_one(
    db: Session,
    *,
    city: City,
    terms: Sequence[Period],
    today: date,
    host: IssuingHost | None,
    equality_secret: str,
) -> None:
    """Count the last term but one again, unless it was before: what is released stays for good."""
    closed = [term for term in terms if term.is_closed(today)]
    released = latest_of(db, city, closed[-2]) if len(closed) > 1 else None
    if released is not None and released.version == 1:
        correct(
            db,
            city=city,
            period=closed[-2],
            reason=_WHY,
            today=today,
            host=host,
            equality_secret=equality_secret,
        )


def tell_some(db: Session, *, city: City, readers: Sequence[User], now: datetime) -> None:
    """Let the people of the authority ask to be told of terms and school years, and hear of the last."""
    for reader in readers:
        subscribe(db, reader=reader, kinds=(PeriodKind.TERM, PeriodKind.YEAR))
    reach = reach_of(db, city_id=city.id)
    if reach is not None:
        tell_readers(db, city=city, reach=reach, now=now)
