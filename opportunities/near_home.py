"""What is on near a learner's home, for someone of their age: where the rooms above begin to look."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from geo.models import Area
from geo.queries import centre_of
from opportunities.queries import SearchRequest


def near_home(
    db: Session, learner: User, *, within_m: float, now: datetime, **wanted: Any
) -> SearchRequest:
    """Return the search for what starts after `now` near the middle of a learner's home area.

    :param wanted: what else is asked of it, as `SearchRequest` has it.
    """
    lon, lat = home_of(db, learner)
    return SearchRequest(
        lon=lon,
        lat=lat,
        radius_m=within_m,
        starts_after=now,
        age=age_to_search_for(learner),
        **wanted,
    )


def home_of(db: Session, learner: User) -> tuple[float, float]:
    """Return the middle of a learner's home area: WGS 84 degrees, longitude first."""
    return centre_of(db, db.get_one(Area, learner.home_lsoa_code))


def age_to_search_for(learner: User) -> int:
    """Return the youngest age that a learner may be: whoever said none is taken for the youngest."""
    return (learner.age_band or AgeBand.FROM_11_TO_12).ages[0]
