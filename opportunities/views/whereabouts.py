"""Where things are, drawn by the server: a number for each ward of a city, or each city."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for

from app.db import current_db
from app.kept import Kept
from app.language import current_language
from geo.drawing import Drawing
from geo.models import City
from geo.queries import cities
from opportunities.basemap import country, ground_of
from opportunities.queries import SearchRequest
from opportunities.queries.places import counts_by_city, counts_by_ward
from opportunities.views.asking import Asking


@dataclass(frozen=True)
class Spot:
    """A ward or a city, how many things match there, and the address that shows them."""

    name: str
    n: int
    address: str
    #: Where its number stands in the drawing; empty where the drawing does not show it.
    at: tuple[int, int] | None


@dataclass(frozen=True)
class Whereabouts:
    """A drawing of the ground, and what stands on it."""

    drawing: Drawing
    spots: Sequence[Spot]
    #: How far around the middle of a ward its address looks, in miles; a city's looks in the city.
    within: int | None = None


#: What is on in each city changes little in a minute, and is asked for at every front page.
_kept = Kept(timedelta(minutes=1), most=2)


def whereabouts(
    ask: Asking, link: Callable[..., str], *, is_much: bool = False
) -> Whereabouts | None:
    """Return where the things of a search are; `None` once it says where itself.

    :param link: writes the address of this search with changes.
    :param is_much: there are too many to look at the dates of each: a country is then not counted
        by when things are on.
    """
    if ask.area or ask.asked.bbox:
        return None
    known = cities(current_db())
    city = ask.city or (known[0] if len(known) == 1 else None)
    if city:
        return _in_city(ask, city, link)
    return None if is_much and ask.wanted.asks_when else _in_country(ask, known)


def _in_city(ask: Asking, city: City, link: Callable[..., str]) -> Whereabouts:
    ground = ground_of(current_db(), city, now=ask.wanted.starts_after)
    counted = counts_by_ward(current_db(), ask.wanted, ground.wards)
    spots = [
        Spot(
            ward.name,
            counted[ward.code],
            link(area=ward.middle),
            ground.drawing.centres.get(ward.code),
        )
        for ward in ground.wards
        if counted[ward.code]
    ]
    return Whereabouts(ground.drawing, spots, within=ask.asked.within)


def _in_country(ask: Asking, known: Sequence[City]) -> Whereabouts:
    drawing = country(current_db(), now=ask.wanted.starts_after)
    counted = _counted_by_city(ask.wanted)
    spots = [
        Spot(
            city.name_in(current_language()),
            counted[city.id],
            url_for(".show_city", slug=city.slug, **ask.asked.query(cursor=None)),
            drawing.centres.get(str(city.id)),
        )
        for city in known
        if counted[city.id]
    ]
    return Whereabouts(drawing, spots)


def _counted_by_city(wanted: SearchRequest) -> Counter[int]:
    def count() -> Counter[int]:
        return counts_by_city(current_db(), wanted)

    return _kept.get("all", wanted.starts_after, count) if wanted.is_unfiltered else count()
