"""A city whose school year, term and month were released, with all that a return speaks of."""

from random import Random
from unittest.mock import patch

from accounts.models import YOUNG_BANDS
from app.db import current_db
from app.terms import period_named
from cube import service
from cube.tables import Learners, Trait
from tests.cube.builders import city_with_areas

YEAR, TERM, MONTH = (period_named(code) for code in ("2024-to-2025", "2025-summer", "2025-06"))
#: Long after all of them.
TODAY = period_named("2026-summer").ends_on
_USUAL = Trait.CAME | Trait.FOUND | Trait.APPLIED | Trait.OFFERED
_MORE = (
    Trait.HOLIDAY | Trait.SPORT,
    Trait.CIVIC | Trait.ARTS_AND_CULTURE | Trait.BADGE,
    Trait.WORKPLACE | Trait.TEN_DAYS | Trait.LIFE_SKILLS,
    Trait.TOLD_SEND | Trait.SEND | Trait.TOLD_FREE_MEALS | Trait.FREE_MEALS,
    Trait.TOLD_SEND | Trait.TOLD_FREE_MEALS,
)


def city_with_releases(periods=(YEAR, TERM), **given):
    """A city with wards, deciles and released periods; hardly anybody came from the last of its areas."""
    city, areas = city_with_areas(deciles=(1, 1, 2, 3, 5, 9, 10), young_people=900, **given)
    for period in periods:
        publish(city, areas, period)
    return city, areas


def publish(city, areas, period, *, seed=7, act=service.release, **given):
    with patch.object(service, "learners_of", lambda *_: _who_came(areas)):
        return act(
            current_db(),
            city=city,
            period=period,
            today=TODAY,
            draw=Random(seed).randrange,
            **given,
        )


def _who_came(areas):
    return [
        Learners(
            area.lsoa_code, band, 3 + 4 * place if area != areas[-1] else 0, int(_USUAL | more)
        )
        for area in areas
        for place, band in enumerate(YOUNG_BANDS)
        for more in _MORE
    ]
