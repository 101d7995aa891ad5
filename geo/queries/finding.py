"""Finding an area from what a person typed. Nothing typed here is kept, logged or sent anywhere."""

import re
from collections.abc import Iterator

from geoalchemy2 import Geometry
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, Select, cast, false, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo.models import Area, City, Place, Postcode
from geo.queries.areas import lies_in

#: Longer than any name on the map. What is longer is not looked for.
_LONGEST = 80
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_POSTCODE_INSIDE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", re.IGNORECASE)
#: Shorter names have too many neighbours: a correction would be a guess.
_SHORTEST_CORRECTED = 4
_OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
_INWARD_START = re.compile(r"([0-9][A-Z]{0,2})?")


def split_postcode(db: Session, text: str) -> tuple[str, str]:
    """Return the postcode that stands among other words, and the rest of them.

    The first half of one counts if there are such postcodes: `U16 football` names no place.
    """
    words = _tidied(text)
    whole = _POSTCODE_INSIDE.search(words)
    if whole:
        return whole[0], " ".join((words[: whole.start()] + " " + words[whole.end() :]).split())
    halves = [word for word in words.split() if _is_known_half(db, word)]
    rest = " ".join(word for word in words.split() if word not in halves)
    return (halves[0] if halves else ""), rest


def _is_known_half(db: Session, word: str) -> bool:
    return any(
        db.scalar(_in_the_middle_of(outward, inward)) is not None
        for outward, inward in _readings(word)
    )


def find_area(db: Session, text: str, *, city: City | None = None) -> Area | None:
    """Return the area that a person means by `text`.

    In this order: a full postcode, in any case and spacing; the beginning of one; then the name of
    a ward, an area, a place or a district. Where that covers several areas, the one nearest their
    middle. A full postcode that the directory does not hold means nothing, not somewhere near.

    :param city: names are looked for in this city only; postcodes are looked for everywhere, since
        a learner may live outside it.
    """
    words = _tidied(text)
    if _POSTCODE.fullmatch(_squeezed(words)):
        found = point_of_postcode(db, words)
        return db.get(Area, found[2]) if found else None
    return _area_of_beginning(db, words) or _area_of_name(db, words.lower(), city)


def point_of_postcode(db: Session, text: str) -> tuple[float, float, str] | None:
    """Return longitude, latitude and area code of a full postcode, in any case and spacing."""
    row = db.get(Postcode, _squeezed(_tidied(text)))
    return (row.lon, row.lat, row.lsoa_code) if row else None


def _tidied(text: str) -> str:
    # A character that PostgreSQL refuses would carry what was typed into an error message.
    printable = "".join(each if each.isprintable() else " " for each in text)
    words = " ".join(printable.split())
    return words if len(words) <= _LONGEST else ""


def _squeezed(words: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", words.upper())


def _area_of_beginning(db: Session, words: str) -> Area | None:
    for outward, inward_start in _readings(words):
        area = db.scalar(_in_the_middle_of(outward, inward_start))
        if area is not None:
            return area
    return None


def _readings(words: str) -> Iterator[tuple[str, str]]:
    """Yield what the beginning of a postcode may mean: `LS14` is LS14, or else LS1 4."""
    outward, space, inward = words.partition(" ")
    typed = _squeezed(words)
    readings = [(typed, ""), (typed[:-1], typed[-1:]), (typed[:-2], typed[-2:])]
    for first, second in [(_squeezed(outward), _squeezed(inward))] if space else readings:
        if _OUTWARD.fullmatch(first) and _INWARD_START.fullmatch(second):
            yield first, second


def _in_the_middle_of(outward: str, inward_start: str) -> Select[Area]:
    rest = len(inward_start)
    # Between two whole postcodes, so that the primary key serves under any collation.
    begins_so = (
        select(func.ST_MakePoint(Postcode.lon, Postcode.lat).label("point"), Area.lsoa_code)
        .join(Area, Area.lsoa_code == Postcode.lsoa_code)
        .where(
            Postcode.postcode.between(
                outward + inward_start + "0AA"[rest:], outward + inward_start + "9ZZ"[rest:]
            )
        )
        .where(func.length(Postcode.postcode) == len(outward) + 3)
        .cte("begins_so")
    )
    return _nearest_the_middle(begins_so)


def _nearest_the_middle(points) -> Select[Area]:
    """Return the area of the point nearest the middle of `points`, each with its `lsoa_code`."""
    middle = select(func.ST_Centroid(func.ST_Collect(points.c.point))).scalar_subquery()
    return (
        select(Area)
        .join(points, points.c.lsoa_code == Area.lsoa_code)
        .order_by(func.ST_DistanceSphere(points.c.point, middle), Area.lsoa_code)
        .limit(1)
    )


def _area_of_name(db: Session, name: str, city: City | None) -> Area | None:
    if not name:
        return None
    here = lies_in(city) if city else true()
    for condition in _called(name, here):
        if area := _area_in_the_middle(db, condition, here):
            return area
    meant = _meant(db, name, here)
    return _area_in_the_middle(db, meant, here) if meant is not None else None


def _area_in_the_middle(db: Session, *conditions: ColumnElement[bool]) -> Area | None:
    point = cast(Area.centre, Geometry).label("point")
    areas = select(point, Area.lsoa_code).where(*conditions).cte("areas")
    return db.scalar(_nearest_the_middle(areas))


def _meant(db: Session, name: str, here: ColumnElement[bool]) -> ColumnElement[bool] | None:
    """Return the ward or district whose name is at most two letters off from a mistyped one."""
    if len(name) < _SHORTEST_CORRECTED:
        return None
    likely: list[tuple[int, int, ColumnElement[bool]]] = []
    for order, (code, called) in enumerate(
        ((Area.ward_code, Area.ward_name), (Area.district_code, Area.district_name))
    ):
        alike = (
            select(func.lower(called), func.min(code))
            .where(func.lower(called).bool_op("%")(name), here)
            .group_by(func.lower(called))
        )
        likely += [
            (OSA.distance(name, known), order, code == found) for known, found in db.execute(alike)
        ]
    best = min(likely, key=lambda one: one[:2], default=None)
    allowed = 1 if len(name) < 6 else 2
    return best[2] if best and best[0] <= allowed else None


def _called(name: str, here: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    """Yield what `name` may be the name of, the likeliest first.

    Many wards and places of the country share a name: the first by code stands for them all.
    """
    yield Area.ward_code == _first(Area.ward_code, func.lower(Area.ward_name) == name, here)
    yield func.lower(Area.name) == name
    yield Area.lsoa_code == (
        select(Place.lsoa_code)
        .join(Place.area)
        .where(func.lower(Place.name) == name, here)
        .order_by(Place.id)
        .limit(1)
        .scalar_subquery()
    )
    district = func.lower(Area.district_name) == name
    yield Area.district_code == _first(Area.district_code, district, here)
    # `Penybryn` is Pen-y-bryn.
    letters = re.sub(r"[\W_]", "", name)
    as_letters = func.regexp_replace(func.lower(Area.ward_name), r"[[:punct:][:space:]]", "", "g")
    yield Area.ward_code == _first(Area.ward_code, as_letters == letters, here)
    begins_so = func.lower(Area.ward_name).startswith(name, autoescape=True)
    yield Area.ward_code == _first(Area.ward_code, begins_so, here) if len(name) > 2 else false()


def _first(code: InstrumentedAttribute, *conditions: ColumnElement[bool]):
    return select(func.min(code)).where(*conditions).scalar_subquery()
