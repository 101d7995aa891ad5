"""Events as linked data says them (schema.org, OpenActive 2.0 and before): a node, read."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday
from flask_babel import gettext as _

from app.clock import LONDON
from opportunities.models import AttendanceMode, Welcome
from sources.found import Found, Sitting, Where, WrongRow
from sources.mapping import degrees
from sources.plain import line, plain, postcode_in, web_address
from sources.settling import MOST_SITTINGS
from sources.times import duration, instant, london, typed_time

#: How far ahead a schedule is worked out.
AHEAD = timedelta(weeks=26)
_USUAL_LENGTH = timedelta(hours=1)
_DAYS = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
_FREQUENCIES = {"D": DAILY, "W": WEEKLY, "M": MONTHLY}
_CALLED_OFF = ("EventCancelled", "EventPostponed")


def type_of(node: Any) -> str:
    """Return the type of a node without its vocabulary: `Event`; empty where it has none."""
    if not isinstance(node, dict):
        return ""
    given = node.get("@type") or node.get("type") or ""
    given = given[0] if isinstance(given, list) and given else given
    return str(given).rsplit("/", 1)[-1].rsplit("#", 1)[-1].split(":")[-1][:60]


def id_of(node: dict[str, Any]) -> str:
    """Return what a node is called, by its own word for itself; empty where it has none."""
    for name in ("@id", "id", "identifier", "url"):
        value = node.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            text = " ".join(str(value).split())
            return text if len(text) <= 300 else _hash(text)
    return ""


def is_called_off(node: dict[str, Any]) -> bool:
    return str(node.get("eventStatus", "")).rsplit("/", 1)[-1] in _CALLED_OFF


def activity(
    node: dict[str, Any],
    *,
    number: int | None,
    external_id: str,
    now: datetime,
    dates_come_apart: bool = False,
) -> Found:
    """Return what a node says, and where it is silent what the event that it is part of says.

    :raises WrongRow: a property cannot be used.
    """
    said = _with_inherited(node)
    title = line(_first(said.get("name")), "name")
    enforced, meant = _range(said.get("ageRestriction")), _range(said.get("ageRange"))
    description = plain(_first(said.get("description")), "description")
    only = _only_for(said)
    return Found(
        number=number,
        external_id=external_id,
        series_id=id_of(node) or external_id,
        title=title,
        description=f"{only}\n{description}".strip(),
        min_age=enforced[0],
        max_age=enforced[1],
        suits_min_age=meant[0],
        suits_max_age=meant[1],
        mode=_mode(said),
        cost_pence=_cheapest(said),
        welcome=_welcome(said),
        where=_where(said),
        sittings=tuple(sittings_of(said, now)),
        dates_come_apart=dates_come_apart,
        places=_capacity(said) or None,
        url=web_address(_first(said.get("url"))),
        words=tuple(_words(said)),
    )


def sittings_of(node: dict[str, Any], now: datetime) -> Iterator[Sitting]:
    """Yield the dates of a node: its parts, else its schedule, else its own."""
    parts = [each for each in _each(node.get("subEvent")) if isinstance(each, dict)]
    dated = [each for each in parts if each.get("startDate")]
    if dated:
        for each in dated[: MOST_SITTINGS * 10]:
            if not is_called_off(each):
                yield sitting(each, now)
    elif node.get("startDate") and not node.get("eventSchedule"):
        yield sitting(node, now)
    else:
        for schedule in _each(node.get("eventSchedule")):
            if isinstance(schedule, dict):
                yield from _scheduled(schedule, node, now)


def sitting(node: dict[str, Any], now: datetime) -> Sitting:
    """Return the one date of a node.

    :raises WrongRow: it has none, or none that can be read.
    """
    if not node.get("startDate"):
        raise WrongRow("startDate", _("It has no date, so nobody could book it."))
    starts_at = instant(_first(node["startDate"]), "startDate")
    if node.get("endDate"):
        ends_at = instant(_first(node["endDate"]), "endDate")
    else:
        ends_at = starts_at + (duration(node.get("duration")) or _USUAL_LENGTH)
    return Sitting(starts_at, ends_at, _capacity(node))


def _scheduled(schedule: dict[str, Any], node: dict[str, Any], now: datetime) -> Iterator[Sitting]:
    """Yield the dates to come of an OpenActive or schema.org schedule."""
    if not schedule.get("startTime") or schedule.get("repeatFrequency") is None:
        return
    start_time = typed_time(str(schedule["startTime"])[:5], "startTime")
    first = _day(schedule.get("startDate"), now.astimezone(LONDON).date())
    last = _day(schedule.get("endDate") or schedule.get("scheduledThrough"), date.max)
    length = _schedule_length(schedule, node, first)
    for day in repeated(
        first=first,
        last=last,
        every=str(schedule["repeatFrequency"]),
        by_day=weekdays(_each(schedule.get("byDay"))),
        now=now,
    ):
        starts_at = london(day, start_time, "startTime")
        yield Sitting(starts_at, starts_at + length, _capacity(node))


def repeated(
    *,
    first: date,
    last: date,
    every: str,
    by_day: Iterable[weekday],
    now: datetime,
    by_month_day: Sequence[int] = (),
) -> Iterator[date]:
    """Yield the days of a repeat from today on, for half a year. `every` is like `P1W`."""
    steps, unit = every.strip().upper()[1:-1], every.strip().upper()[-1:]
    if unit not in _FREQUENCIES or not steps.isdecimal() or not 1 <= int(steps) <= 366:
        raise WrongRow(
            "repeatFrequency", _("We do not know how often “%(value)s” is.", value=every[:40])
        )
    today = now.astimezone(LONDON).date()
    found = rrule(
        _FREQUENCIES[unit],
        interval=int(steps),
        dtstart=datetime.combine(first, datetime.min.time()),
        byweekday=list(by_day) or None,
        bymonthday=list(by_month_day) or None,
    )
    begin = datetime.combine(today, datetime.min.time())
    for each in found.xafter(begin, inc=True):
        if each.date() > min(last, today + AHEAD):
            return
        yield each.date()


def weekdays(written: Iterable[Any]) -> list[weekday]:
    """Return days of the week: `https://schema.org/Tuesday`, `TU`, and `2TU`, the second of a month.

    :raises WrongRow: one is no day of the week.
    """
    return [_weekday(" ".join(str(each).split())) for each in written if each]


def _weekday(written: str) -> weekday:
    match = re.fullmatch(r"(?:.*[/:#])?([+-]?\d)?([A-Za-z]{2,9})", written)
    name = match[2].casefold() if match else ""
    found = [number for day, number in _DAYS.items() if name and day.startswith(name)]
    if match is None or len(found) != 1 or match[1] == "0":
        raise WrongRow("byDay", _("“%(value)s” is no day of the week.", value=written[:40]))
    return weekday(found[0], int(match[1]) if match[1] else None)


def _schedule_length(schedule: dict[str, Any], node: dict[str, Any], day: date) -> timedelta:
    if schedule.get("endTime"):
        start, end = (
            datetime.combine(day, typed_time(str(schedule[name])[:5], name))
            for name in ("startTime", "endTime")
        )
        return end - start if end > start else end - start + timedelta(days=1)
    return duration(schedule.get("duration")) or duration(node.get("duration")) or _USUAL_LENGTH


def _day(value: Any, missing: date) -> date:
    return instant(value, "eventSchedule").astimezone(LONDON).date() if value else missing


def _with_inherited(node: dict[str, Any], depth: int = 3) -> dict[str, Any]:
    parent = node.get("superEvent")
    if not isinstance(parent, dict) or not depth:
        return node
    above = _with_inherited(parent, depth - 1)
    # The dates of the whole are not the dates of a part.
    kept = {
        name: value
        for name, value in above.items()
        if name not in ("startDate", "endDate", "duration", "subEvent", "eventSchedule", "@type")
    }
    return kept | {name: value for name, value in node.items() if value not in (None, "", [])}


def _range(value: Any) -> tuple[int | None, int | None]:
    """Return the ages of a range, or of a text such as `11-16`. Fractions of a year are dropped."""
    if isinstance(value, dict):
        return _age(value.get("minValue")), _age(value.get("maxValue"))
    if isinstance(value, str) and "-" in value:
        youngest, _dash, oldest = value.partition("-")
        return _age(youngest.strip()), _age(oldest.strip())
    return None, None


def _age(value: Any) -> int | None:
    try:
        age = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return age if 0 <= age <= 150 else None


def _mode(node: dict[str, Any]) -> AttendanceMode:
    given = str(_first(node.get("eventAttendanceMode")) or "")
    if "Online" in given or type_of(_first(node.get("location"))) == "VirtualLocation":
        return AttendanceMode.ONLINE
    return AttendanceMode.MIXED if "Mixed" in given else AttendanceMode.IN_PERSON


def _cheapest(node: dict[str, Any]) -> int | None:
    """Return the lowest price for a young person, in pence; `None` where none is said."""
    prices = []
    for offer in _each(node.get("offers")):
        if not isinstance(offer, dict):
            continue
        ages = _range(offer.get("ageRestriction") or offer.get("ageRange"))
        if (ages[0] or 0) <= 25 and (ages[1] or 150) >= 11:
            price = offer.get("price", offer.get("lowPrice"))
            if price not in (None, ""):
                prices.append(_pence(price, str(offer.get("priceCurrency") or "GBP")))
    if prices:
        return min(prices)
    return 0 if node.get("isAccessibleForFree") in (True, "true", "True") else None


def _pence(price: Any, currency: str) -> int:
    try:
        pounds = float(price)
    except (TypeError, ValueError):
        raise WrongRow(
            "offers", _("“%(value)s” is no price. Write it like 2 or 2.50.", value=str(price)[:40])
        ) from None
    if not 0 <= pounds < 10_000:
        raise WrongRow(
            "offers", _("“%(value)s” is no price. Write it like 2 or 2.50.", value=str(price)[:40])
        )
    if pounds and currency.upper() != "GBP":
        raise WrongRow("offers", _("The price is not in pounds."))
    return round(pounds * 100)


def _welcome(node: dict[str, Any]) -> tuple[Welcome, ...]:
    labels = " ".join(
        str(each.get("prefLabel", "")) if isinstance(each, dict) else str(each)
        for each in _each(node.get("accessibilitySupport"))
    )
    return (
        (Welcome.SIGN_LANGUAGE,) if "hearing" in labels.lower() and "sign" in labels.lower() else ()
    )


def _only_for(node: dict[str, Any]) -> str:
    given = str(node.get("genderRestriction") or "")
    if given.endswith("FemaleOnly") or given.endswith("#Female"):
        return _("For girls and women.")
    if given.endswith("MaleOnly") or given.endswith("#Male"):
        return _("For boys and men.")
    return ""


def _where(node: dict[str, Any]) -> Where:
    for given in _each(node.get("location")) or _each(node.get("organizer")):
        if isinstance(given, str) and not given.startswith(("http:", "https:")):
            text = line(given, "location")
            return Where(name=text, postcode=postcode_in(text))
        if isinstance(given, dict):
            found = place_of(given)
            if found.is_known:
                return found
    return Where()


def place_of(node: dict[str, Any]) -> Where:
    """Return what a `Place` says of where it is."""
    address, geo = node.get("address"), node.get("geo")
    parts: list[Any] = [address]
    postcode = ""
    if isinstance(address, dict):
        parts = [address.get("streetAddress"), address.get("addressLocality")]
        postcode = line(address.get("postalCode"), "postalCode")[:12].upper()
    lon = lat = None
    if isinstance(geo, dict):
        lon = degrees(geo.get("longitude"), 180, "longitude")
        lat = degrees(geo.get("latitude"), 90, "latitude")
    known = lon is not None and lat is not None
    lines = (line(part, "address") for part in parts if isinstance(part, str) and part)
    written = ", ".join(lines)
    return Where(
        name=line(_first(node.get("name")), "location"),
        address=written,
        postcode=postcode or postcode_in(written),
        lon=lon if known else None,
        lat=lat if known else None,
    )


def _capacity(node: dict[str, Any]) -> int | None:
    """Return how many may still come: what others booked at the source, nobody can book here."""
    given = [
        _whole(node, name) for name in ("maximumAttendeeCapacity", "remainingAttendeeCapacity")
    ]
    return min((each for each in given if each is not None), default=None)


def _whole(node: dict[str, Any], name: str) -> int | None:
    value = node.get(name)
    if isinstance(value, bool) or value in (None, ""):
        return None
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        raise WrongRow(name, _("“%(value)s” is no whole number.", value=str(value)[:40])) from None


def _words(node: dict[str, Any]) -> Iterator[str]:
    for name in ("activity", "category", "about", "keywords"):
        for each in _each(node.get(name)):
            text = each.get("prefLabel") or each.get("name") if isinstance(each, dict) else each
            if isinstance(text, str):
                yield line(text[:200])


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    value = value[0] if isinstance(value, list) and value else value
    return value.get("@value", "") if isinstance(value, dict) and "@value" in value else value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
