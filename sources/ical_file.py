"""Calendars (RFC 5545): each event one activity, its repeats its dates, half a year ahead.

All-day and floating times are London's. Of an event that repeats, what was moved or called off for
one day (RECURRENCE-ID, EXDATE) is moved or left out.
"""

import hashlib
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice
from time import monotonic
from typing import IO, Any

from dateutil.rrule import rrulestr
from flask_babel import gettext as _
from icalendar import Calendar

from app.clock import LONDON
from sources.found import Found, Gone, Refused, Row, Sitting, Where, WrongRow
from sources.mapping import degrees
from sources.plain import line, plain, postcode_in, web_address
from sources.reading import Progress, WrongList
from sources.settling import MOST_SITTINGS
from sources.times import in_utc, whole_day

AHEAD = timedelta(weeks=26)
MOST_BYTES = 10 * 1024 * 1024
_USUAL_LENGTH = timedelta(hours=1)
_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
_MOST_TIMES_A_DAY = 12
#: A rule that matches no day is looked for until the year 9999. A few such are borne.
_MOST_SECONDS = 10.0
_OTHERS = {
    "VTODO": lambda: _("It is a task, not an event."),
    "VJOURNAL": lambda: _("It is a note, not an event."),
}
#: What somebody who reads a calendar wrongly stumbles over, whatever the library raises for it.
_Unreadable = (ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError)


def read_calendar(
    content: IO[bytes], now: datetime, progress: Progress | None = None
) -> Iterator[Row]:
    """Yield one row for each event, by its UID, in the order in which they first stand.

    :raises WrongList: it is no calendar, or holds no event.
    """
    content.seek(0)
    raw = content.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise WrongList(_("The calendar is larger than 10 megabytes."))
    with _unguessed():
        events = _by_uid(_components(raw))
    if not events:
        raise WrongList(_("There is no event in this calendar."))
    spent = 0.0
    for number, (uid, components) in enumerate(events.items(), 1):
        if progress:
            progress(_("Reading"), number / len(events))
        begun = monotonic()
        with _unguessed():
            row = _row(number, uid, components, now)
        spent += monotonic() - begun
        if spent > _MOST_SECONDS:
            raise WrongList(_("The rules of this calendar take too long to work out."))
        yield row


@contextmanager
def _unguessed() -> Iterator[None]:
    """Take what the library makes of a zone that only a vendor knows, and do not warn of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _components(raw: bytes) -> list[Any]:
    text = raw.decode("utf-8-sig", "replace")
    if "BEGIN:VCALENDAR" not in text.upper()[:100_000]:
        raise WrongList(_("This is no calendar file: it does not begin as one."))
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        return [each for calendar in calendars for each in calendar.subcomponents]
    except _Unreadable as error:
        words = " ".join(str(error).split())[:120]
        raise WrongList(
            _("It is no calendar that we can read: %(reason)s.", reason=words)
        ) from error


def _by_uid(components: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for each in components:
        if each.name == "VEVENT" or each.name in _OTHERS:
            # One without a UID is found again for as long as its name and its first day stay.
            key = " ".join(str(each.get("UID", "")).split())[:200] or _made_up_uid(each)
            # A task may bear the number of an event.
            found.setdefault(key if each.name == "VEVENT" else f"{each.name} {key}", []).append(
                each
            )
    return found


def _made_up_uid(component: Any) -> str:
    said = [str(component.get(name, ""))[:1000] for name in ("SUMMARY", "LOCATION")]
    starts = component.get("DTSTART")
    said.append(repr(getattr(starts, "dt", "")) if hasattr(starts, "dt") else "")
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:32]


def _row(number: int, uid: str, components: list[Any], now: datetime) -> Row:
    components = _latest(components)
    main = next((each for each in components if "RECURRENCE-ID" not in each), components[0])
    title = _text(main, "SUMMARY")
    try:
        return _activity(number, uid, main, components, now)
    except WrongRow as wrong:
        return Refused(
            number=number, external_id=uid, title=title[:80], field=wrong.field, reason=str(wrong)
        )
    except _Unreadable:
        return Refused(
            number=number,
            external_id=uid,
            title=title[:80],
            reason=_("A date or a rule in it is not written as calendars write it."),
        )


def _activity(number: int, uid: str, main: Any, components: list[Any], now: datetime) -> Row:
    if main.name in _OTHERS:
        raise WrongRow(main.name, _OTHERS[main.name]())
    title = line(main.get("SUMMARY"), "SUMMARY")
    if len([each for each in components if "RECURRENCE-ID" not in each]) > 1:
        raise WrongRow("UID", _("Two events have the same UID."))
    if str(main.get("STATUS", "")).upper() == "CANCELLED":
        return Gone(number=number, external_id=uid, title=title[:80], reason=_("It is cancelled."))
    return Found(
        number=number,
        external_id=uid,
        series_id=uid,
        title=title,
        description=plain(main.get("DESCRIPTION"), "DESCRIPTION"),
        where=_where(main),
        sittings=tuple(_sittings(main, components, now)),
        url=web_address(main.get("URL")),
        words=tuple(_categories(main)),
    )


def _latest(components: list[Any]) -> list[Any]:
    """Return the components of an event without those that a later edition of it replaces."""
    whole = [each for each in components if "RECURRENCE-ID" not in each]
    last = max((_sequence(each) for each in whole), default=0)
    return [each for each in components if "RECURRENCE-ID" in each or _sequence(each) == last]


def _sequence(component: Any) -> int:
    try:
        return int(component.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _text(component: Any, name: str) -> str:
    try:
        return line(str(component.get(name, ""))[:1000])
    except WrongRow:
        return ""


def _categories(component: Any) -> list[str]:
    given = component.get("CATEGORIES")
    groups = given if isinstance(given, list) else [given] if given is not None else []
    return [line(str(each)[:100]) for group in groups for each in getattr(group, "cats", [])][:20]


def _where(component: Any) -> Where:
    text = line(component.get("LOCATION"), "LOCATION")
    name, _comma, rest = text.partition(",")
    lon = lat = None
    if (geo := component.get("GEO")) is not None:
        lat, lon = degrees(geo.latitude, 90, "GEO"), degrees(geo.longitude, 180, "GEO")
    return Where(
        name=name.strip(),
        address=rest.strip(),
        postcode=postcode_in(text),
        lon=lon,
        lat=lat,
    )


def _sittings(main: Any, components: list[Any], now: datetime) -> Iterator[Sitting]:
    starts = _start_of(main)
    length = _length_of(main, starts)
    moved = {
        _moment(each["RECURRENCE-ID"].dt): each for each in components if "RECURRENCE-ID" in each
    }
    later = _later_changes(components)
    for each in _repeats(main, starts, now):
        if _moment(each) in moved:
            continue
        change = next((change for at, change in reversed(later) if at <= _moment(each)), None)
        if change is None:
            yield _sitting(each, length)
        else:
            # A change from one day on moves all that follow by as much as it moves its own day.
            shift = _start_of(change) - change["RECURRENCE-ID"].dt
            yield _sitting(each + shift, _length_of(change, _start_of(change)))
    if "RECURRENCE-ID" in main:
        moved.setdefault(_moment(main["RECURRENCE-ID"].dt), main)
    for each in moved.values():
        if str(each.get("STATUS", "")).upper() != "CANCELLED":
            begins = _start_of(each)
            yield _sitting(begins, _length_of(each, begins))


def _later_changes(components: list[Any]) -> list[tuple[datetime, Any]]:
    found = [
        (_moment(each["RECURRENCE-ID"].dt), each)
        for each in components
        if "RECURRENCE-ID" in each
        and each["RECURRENCE-ID"].params.get("RANGE", "").upper() == "THISANDFUTURE"
    ]
    return sorted(found, key=lambda each: each[0])


def _start_of(component: Any) -> date:
    if "DTSTART" not in component:
        raise WrongRow("DTSTART", _("It has no date, so nobody could book it."))
    return component["DTSTART"].dt


def _length_of(component: Any, starts: date) -> timedelta:
    if "DTEND" in component:
        ends = component["DTEND"].dt
        return _moment(ends) - _moment(starts)
    if "DURATION" in component:
        return component["DURATION"].dt
    return _USUAL_LENGTH if isinstance(starts, datetime) else timedelta(days=1)


def _sitting(starts: date, length: timedelta) -> Sitting:
    if not isinstance(starts, datetime):
        first, _end = whole_day(starts)
        _start, last = whole_day(starts + max(length, timedelta(days=1)) - timedelta(days=1))
        return Sitting(first, last)
    begins = in_utc(starts, "DTSTART")
    return Sitting(begins, begins + length)


def _repeats(main: Any, starts: date, now: datetime) -> Iterator[date]:
    """Yield the days or times of an event, those that are over aside; the first is always one."""
    rules = main.get("RRULE") or []
    rules = rules if isinstance(rules, list) else [rules]
    without = {_moment(each) for each in _days(main, "EXDATE")}
    extra = [each[0] if isinstance(each, tuple) else each for each in _days(main, "RDATE")]
    if not rules and "RECURRENCE-ID" in main:
        return
    seen = set()
    for each in _merged(starts, rules, extra, now):
        if _moment(each) not in seen and _moment(each) not in without:
            seen.add(_moment(each))
            yield each


def _merged(starts: date, rules: list[Any], extra: list[date], now: datetime) -> Iterator[date]:
    yield starts
    for rule in rules:
        yield from _by_rule(rule, starts, now)
    yield from extra


def _by_rule(rule: Any, starts: date, now: datetime) -> Iterator[date]:
    text = rule.to_ical().decode()
    if _OFTEN.search(text) or _times_a_day(rule) > _MOST_TIMES_A_DAY:
        raise WrongRow("RRULE", _("It repeats more often than daily."))
    if any(int(each) < 1 for each in rule.get("INTERVAL", [])):
        raise WrongRow("RRULE", _("A date or a rule in it is not written as calendars write it."))
    zone = starts.tzinfo if isinstance(starts, datetime) else None
    first = _local(starts)
    written = _until_as_local(text, zone)
    repeats = rrulestr(written, dtstart=first)
    begin = now.astimezone(zone or LONDON).replace(tzinfo=None) - timedelta(days=1)
    end = begin + AHEAD + timedelta(days=1)
    for step, each in enumerate(islice(repeats.xafter(begin, inc=True), MOST_SITTINGS + 2)):
        if each > end:
            return
        if step > MOST_SITTINGS:
            raise WrongRow("RRULE", _("It has more than %(number)s dates.", number=MOST_SITTINGS))
        yield each.replace(tzinfo=zone) if isinstance(starts, datetime) else each.date()


def _times_a_day(rule: Any) -> int:
    return math.prod(max(len(rule.get(name, [])), 1) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _until_as_local(text: str, zone: tzinfo | None) -> str:
    """Return a rule whose end stands as the clocks of its own place show it, as it is worked out."""
    found = re.search(r"UNTIL=(\d{8})T(\d{6})Z", text)
    if found is None:
        return text
    until = datetime.strptime(f"{found[1]}{found[2]}+0000", "%Y%m%d%H%M%S%z")
    return text.replace(found[0], f"UNTIL={until.astimezone(zone or LONDON):%Y%m%dT%H%M%S}")


def _days(component: Any, name: str) -> Iterator[Any]:
    given = component.get(name) or []
    for group in given if isinstance(given, list) else [given]:
        for each in getattr(group, "dts", []):
            yield each.dt


def _local(moment: date) -> datetime:
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return datetime.combine(moment, time())


def _moment(moment: date) -> datetime:
    """Return something that can be compared with all others: a day is its first minute."""
    if isinstance(moment, tuple):
        moment = moment[0]
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return at if at.tzinfo is not None else at.replace(tzinfo=LONDON)
