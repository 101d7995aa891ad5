"""Services of Open Referral UK (HSDS 3.0): a list, a page of one, or one service."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import IO, Any

from flask_babel import gettext as _

from app.clock import LONDON
from sources.events import AHEAD, repeated, weekdays
from sources.found import Found, Gone, Refused, Row, Sitting, Where, WrongRow
from sources.json_stream import objects, whole
from sources.mapping import degrees
from sources.plain import line, plain, web_address
from sources.reading import Progress, WrongList
from sources.times import london, typed_day, typed_time

_ONE_SERVICE = 2 * 1024 * 1024
_EVERY = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M"}
#: Where the services of a page stand.
LISTS = ("contents", "services", "")


def read_services(
    content: IO[bytes],
    now: datetime,
    said: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Yield one row for each service.

    :param said: takes what a page says beside them: `page_number`, `last_page`.
    :raises WrongList: there is no service in it.
    """
    number = 0
    said = {} if said is None else said
    for number, entry in enumerate(objects(content, LISTS, said, progress), 1):
        yield row_of(number, entry, now)
    if number == 0 and "total_items" not in said:
        yield row_of(1, _only_service(content), now)


def row_of(number: int, service: Any, now: datetime) -> Row:
    """Return what one service says."""
    if not isinstance(service, dict):
        return Refused(number=number, reason=_("This entry of the list is no object."))
    key = " ".join(str(service.get("id") or "").split())[:200]
    title = " ".join(str(service.get("name") or "")[:200].split())[:80]
    try:
        if not key:
            raise WrongRow("id", _("It has no id, so we could not find it again."))
        status = service.get("status", "active")
        if status != "active":
            return Gone(
                number=number, external_id=key, title=title, reason=_("It is not active any more.")
            )
        return _activity(number, key, service, now)
    except WrongRow as wrong:
        return Refused(
            number=number, external_id=key, title=title, field=wrong.field, reason=str(wrong)
        )


def _only_service(content: IO[bytes]) -> dict[str, Any]:
    found = whole(content, _ONE_SERVICE)
    if not isinstance(found, dict) or "organization" not in found:
        raise WrongList(_("There is no service in this file."))
    return found


def _activity(number: int, key: str, service: dict[str, Any], now: datetime) -> Found:
    return Found(
        number=number,
        external_id=key,
        series_id=key,
        title=line(service.get("name"), "name"),
        description=plain(service.get("description"), "description"),
        min_age=_age(service.get("minimum_age"), "minimum_age"),
        max_age=_age(service.get("maximum_age"), "maximum_age"),
        cost_pence=_cost(service, now.astimezone(LONDON).date()),
        where=_where(service),
        sittings=tuple(_sittings(service, now)),
        url=web_address(service.get("url")),
        words=tuple(_words(service)),
    )


def _age(value: Any, field: str) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        raise WrongRow(field, _("“%(value)s” is no whole number.", value=str(value)[:40])) from None


def _cost(service: dict[str, Any], today: date) -> int | None:
    amounts = []
    for option in _objects(service, "cost_options"):
        if _is_valid(option, today) and isinstance(option.get("amount"), int | float):
            if not 0 <= option["amount"] < 10_000:
                raise WrongRow("amount", _("The price cannot be right."))
            amounts.append(round(option["amount"] * 100))
    return min(amounts, default=None)


def _where(service: dict[str, Any]) -> Where:
    for at in _objects(service, "service_at_locations"):
        location = at.get("location")
        if not isinstance(location, dict):
            continue
        address = next(iter(_objects(location, "addresses")), {})
        lon = degrees(location.get("longitude"), 180, "longitude")
        lat = degrees(location.get("latitude"), 90, "latitude")
        known = lon is not None and lat is not None
        parts = (line(address.get(name), name) for name in ("address_1", "city"))
        return Where(
            name=line(location.get("name"), "location"),
            address=", ".join(part for part in parts if part),
            postcode=line(address.get("postal_code"), "postal_code")[:12].upper(),
            lon=lon if known else None,
            lat=lat if known else None,
        )
    return Where()


def _sittings(service: dict[str, Any], now: datetime) -> Iterator[Sitting]:
    for schedule in _objects(service, "schedules"):
        yield from _scheduled(schedule, now)


def _scheduled(schedule: dict[str, Any], now: datetime) -> Iterator[Sitting]:
    if not schedule.get("opens_at") or not schedule.get("closes_at"):
        return
    opens = typed_time(str(schedule["opens_at"])[:5], "opens_at")
    closes = typed_time(str(schedule["closes_at"])[:5], "closes_at")
    for day in _days(schedule, now):
        starts_at, ends_at = london(day, opens, "opens_at"), london(day, closes, "closes_at")
        yield Sitting(starts_at, ends_at if ends_at > starts_at else ends_at + timedelta(days=1))


def _days(schedule: dict[str, Any], now: datetime) -> Iterator[date]:
    today = now.astimezone(LONDON).date()
    first = _day(schedule, ("dtstart", "valid_from")) or today
    last = _day(schedule, ("until", "valid_to")) or today + AHEAD
    every = str(schedule.get("freq") or "").upper()
    days = weekdays(str(schedule.get("byday") or "").split(","))
    if not every and not days:
        yield first
        return
    if every not in _EVERY and every:
        raise WrongRow("freq", _("We do not know how often “%(value)s” is.", value=every[:40]))
    # What is over has a date too: the last on which it was on.
    if last < today:
        yield last
        return
    interval = schedule.get("interval") or 1
    yield from repeated(
        first=first,
        last=last,
        every=f"P{interval}{_EVERY.get(every, 'W')}",
        by_day=days,
        by_month_day=_month_days(schedule) if every == "MONTHLY" else (),
        now=now,
    )


def _month_days(schedule: dict[str, Any]) -> list[int]:
    written = [each.strip() for each in str(schedule.get("bymonthday") or "").split(",")]
    return [int(each) for each in written if each.isdecimal() and 1 <= int(each[:3]) <= 31]


def _day(schedule: dict[str, Any], names: tuple[str, ...]) -> date | None:
    return next(
        (typed_day(str(schedule[name]), name) for name in names if schedule.get(name)), None
    )


def _is_valid(option: dict[str, Any], today: date) -> bool:
    last = option.get("valid_to")
    try:
        return not last or typed_day(str(last), "valid_to") >= today
    except WrongRow:
        return False


def _words(service: dict[str, Any]) -> Iterator[str]:
    for attribute in _objects(service, "attributes"):
        term = attribute.get("taxonomy_term")
        if isinstance(term, dict) and isinstance(term.get("name"), str):
            yield line(term["name"][:200])


def _objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    given = value.get(name)
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
