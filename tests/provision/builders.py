"""A small city with things on, for the tests of this room."""

from datetime import timedelta

from geo.queries import centre_of
from opportunities.models import Category
from tests import factories
from tests.factories import NOW, YORK

#: About a kilometre, in degrees of longitude at York.
KM = 0.01526


def city_with_areas(deciles=(1, 2, 3, 9), young_people=(100, 200, 300, 400), apart_km=1.0):
    """A city with an area for each of `deciles`, in a row from west to east."""
    city = factories.city()
    areas = [
        factories.area(
            in_city=city,
            decile=decile,
            young_people=people,
            lon=YORK[0] + KM * apart_km * number,
            ward_name=("Abbey", "Brook")[number % 2],
        )
        for number, (decile, people) in enumerate(zip(deciles, young_people, strict=True))
    ]
    return city, areas


def club(db, at, *, times=12, places=20, hours=2, starts_at=None, step_free=False, **given):
    """Something at the middle of an area, held `times` in the weeks that are counted."""
    lon, lat = centre_of(db, at)
    venue = given.pop("place", None) or factories.place(
        lon=lon, lat=lat, within=at, step_free=step_free
    )
    given.setdefault("category", Category.ARTS_AND_CULTURE)
    opportunity = factories.opportunity(place=venue, **given)
    # Monday at one in London, six weeks ago to five weeks ahead.
    first = starts_at or NOW
    for week in range(times):
        scheduled = factories.scheduled_session(
            opportunity=opportunity, places=places, starts_at=first + timedelta(weeks=week - 6)
        )
        scheduled.ends_at = scheduled.starts_at + timedelta(hours=hours)
    db.flush()
    return opportunity
