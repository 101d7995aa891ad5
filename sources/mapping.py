"""Anyone's columns and ours: which is which, guessed well, and a row read by it."""

import hashlib
import re
from collections.abc import Mapping as Given
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz, process

from opportunities.models import Category, OpportunityKind
from sources.found import Found, FoundPlace, Refused, Row, Sitting, Where, WrongRow
from sources.models import Takes
from sources.plain import line, plain, postcode_in, web_address
from sources.times import instant, london, typed_day, typed_time

#: What a column can be, as people call it. Our template has these headings, in this order.
ACTIVITY_FIELDS = {
    "id": _l("Number or code"),
    "title": _l("Name of the activity"),
    "description": _l("What I will do there"),
    "kind": _l("Kind"),
    "category": _l("What it is about"),
    "min_age": _l("Youngest age"),
    "max_age": _l("Oldest age"),
    "date": _l("Day"),
    "start": _l("Starts at"),
    "end": _l("Ends at"),
    "places": _l("Places"),
    "cost": _l("Cost"),
    "place_name": _l("Name of the place"),
    "address": _l("Street"),
    "town": _l("Town"),
    "postcode": _l("Postcode"),
    "lat": _l("Latitude"),
    "lon": _l("Longitude"),
    "step_free": _l("Step-free"),
    "url": _l("Web page"),
}
PLACE_FIELDS = {
    name: ACTIVITY_FIELDS[name]
    for name in ("id", "place_name", "address", "town", "postcode", "lat", "lon", "step_free")
}
NEEDED = {Takes.ACTIVITIES: ("title",), Takes.PLACES: ("place_name",)}

#: How other people's files call the same things. Small letters, no signs.
_ALSO_CALLED = {
    "id": ("id", "identifier", "reference", "ref", "code", "uid", "museum id", "number"),
    "title": ("title", "name", "activity", "event", "event name", "session", "activity name", "summary", "opportunity", "what"),
    "description": ("description", "details", "about", "summary text", "what you will do", "blurb", "info"),
    "kind": ("kind", "type", "opportunity type"),
    "category": ("category", "theme", "subject", "topic"),
    "min_age": ("min age", "minimum age", "age from", "from age", "youngest", "youngest age"),
    "max_age": ("max age", "maximum age", "age to", "to age", "oldest", "oldest age"),
    "date": ("date", "day", "start date", "event date", "when", "session date", "startdate"),
    "start": ("start", "start time", "starts", "starts at", "time", "from", "begins"),
    "end": ("end", "end time", "ends", "ends at", "to", "finish", "until", "end date", "enddate"),
    "places": ("places", "capacity", "spaces", "number of places", "max attendees", "places available"),
    "cost": ("cost", "price", "fee", "charge", "cost pounds"),
    "place_name": ("place", "venue", "location", "where", "venue name", "location name", "place name", "building", "centre", "site", "name of the place"),
    "address": ("address", "street", "address 1", "address line 1", "street address", "venue address", "place address"),
    "town": ("town", "city", "address 2", "address line 2", "locality"),
    "postcode": ("postcode", "post code", "postal code", "zip", "venue postcode"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "step_free": ("step free", "wheelchair access", "accessible", "disabled access"),
    "url": ("url", "web", "website", "link", "web page", "booking link"),
}  # fmt: skip
_PLACES_CALLED = {"place_name": ("name", "museum name", "library", "library name", "title")}
#: How alike a heading has to be to be taken for ours, from 0 to 100.
_ALIKE = 88
_USUAL_LENGTH = timedelta(hours=1)
_YES = {"yes", "y", "true", "1", "x", "oes", "ydy", "ie", "step-free", "step free"}
_NO = {"", "no", "n", "false", "0", "na", "nac oes", "unknown"}

#: For each of our fields, the heading of the column that is it.
Columns = dict[str, str]


def fields_for(takes: Takes) -> dict[str, str]:
    return ACTIVITY_FIELDS if takes is Takes.ACTIVITIES else PLACE_FIELDS


def field_words() -> dict[str, str]:
    """Return what people call our own fields, for what is refused of them."""
    return ACTIVITY_FIELDS | {"ages": _("Ages"), "location": _("Where it is")}


def guess_columns(headings: Sequence[str], takes: Takes) -> Columns:
    """Return which heading is which of our fields, as far as their names tell; each used once."""
    found: Columns = {}
    plain_headings = {heading: _bare(heading) for heading in headings}
    for is_close in (False, True):
        for name in fields_for(takes):
            if is_close and name == "id":
                # A code of something else would make two rows one.
                continue
            free = {key: bare for key, bare in plain_headings.items() if key not in found.values()}
            if name not in found and (heading := _called(name, free, takes, is_close)):
                found[name] = heading
    return found


def is_our_template(headings: Sequence[str]) -> bool:
    return list(headings) == template_headings()


def template_headings() -> list[str]:
    """Return the headings of our own file: the names of our fields, the same in every language."""
    return list(ACTIVITY_FIELDS)


def read_row(number: int, cells: Given[str, str], columns: Columns, takes: Takes) -> Row:
    """Return what one row says."""
    said = {name: cells.get(heading, "") for name, heading in columns.items()}
    try:
        read = _read_place if takes is Takes.PLACES else _read_activity
        return read(number, said, columns)
    except WrongRow as wrong:
        return Refused(
            number=number,
            external_id=_id_of(said),
            title=_safe_title(said),
            field=columns.get(wrong.field, wrong.field),
            reason=str(wrong),
        )


def _read_activity(number: int, said: dict[str, str], columns: Columns) -> Found:
    title = line(said.get("title"), "title")
    where = _where(said)
    sitting = _sitting(said)
    series = _hash(title.casefold(), (where.name or where.postcode).casefold())
    return Found(
        number=number,
        external_id=_id_of(said) or _hash(series, sitting.starts_at.isoformat() if sitting else ""),
        series_id=series,
        title=title,
        description=plain(said.get("description"), "description"),
        kind=_choice(OpportunityKind, said.get("kind")),
        category=_choice(Category, said.get("category")),
        min_age=_number(said, "min_age"),
        max_age=_number(said, "max_age"),
        cost_pence=_pence(said),
        where=where,
        sittings=(sitting,) if sitting else (),
        places=_number(said, "places"),
        url=web_address(said.get("url")),
        words=(line(said.get("category"), "category"), line(said.get("kind"), "kind")),
        notes=() if not sitting or _says_end(said) else (_("It gives no end: taken as one hour."),),
    )


def _read_place(number: int, said: dict[str, str], columns: Columns) -> FoundPlace:
    where = _where(said)
    key = _hash(where.name.casefold(), where.postcode, repr(where.lon), repr(where.lat))
    return FoundPlace(number=number, external_id=_id_of(said) or key, where=where)


def _where(said: dict[str, str]) -> Where:
    address = [line(said.get(name), name) for name in ("address", "town")]
    step_free = line(said.get("step_free"), "step_free").casefold()
    lon, lat = degrees(said.get("lon"), 180, "lon"), degrees(said.get("lat"), 90, "lat")
    both = lon is not None and lat is not None
    return Where(
        name=line(said.get("place_name"), "place_name"),
        address=", ".join(part for part in address if part),
        postcode=line(said.get("postcode"), "postcode").upper() or postcode_in(" ".join(address)),
        lon=lon if both else None,
        lat=lat if both else None,
        step_free=True if step_free in _YES else False if step_free in _NO - {""} else None,
    )


def _sitting(said: dict[str, str]) -> Sitting | None:
    day, start = said.get("date", "").strip(), said.get("start", "").strip()
    if not day and not start:
        return None
    if not day and _holds_day(start):
        day = start
    if _holds_time(day) and not start:
        starts_at = instant(day, "date")
    else:
        if not start:
            raise WrongRow("start", _("It does not say when it starts."))
        if not day:
            raise WrongRow("date", _("It does not say on which day."))
        starts_at = (
            instant(start, "start")
            if _holds_day(start)
            else london(typed_day(day, "date"), typed_time(start, "start"), "start")
        )
    return Sitting(starts_at, _end(said, day, starts_at))


def _end(said: dict[str, str], day: str, starts_at):
    end = said.get("end", "").strip()
    if not end:
        return starts_at + _USUAL_LENGTH
    if _holds_day(end):
        return instant(end, "end")
    if _holds_time(day):
        day = day[:10]
    return london(typed_day(day, "date"), typed_time(end, "end"), "end")


def _says_end(said: dict[str, str]) -> bool:
    return bool(said.get("end", "").strip())


def _holds_time(text: str) -> bool:
    return re.match(r"\d{4}-\d\d-\d\d[T ]\d", text) is not None


def _holds_day(text: str) -> bool:
    return re.match(r"\d{4}-\d\d-\d\d", text) is not None


def _number(said: dict[str, str], name: str) -> int | None:
    text = line(said.get(name), name)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}(\.0+)?", text, re.ASCII):
        raise WrongRow(name, _("“%(value)s” is no whole number.", value=text[:40]))
    return int(float(text))


def _pence(said: dict[str, str]) -> int | None:
    text = line(said.get("cost"), "cost").casefold()
    if not text:
        return None
    if text in ("free", "am ddim", "nil", "none", "no charge"):
        return 0
    written = re.fullmatch(r"£? ?(\d{1,4})(?:\.(\d{1,2}))?0*", text, re.ASCII)
    if written is None:
        raise WrongRow(
            "cost", _("“%(value)s” is no price. Write it like 2 or 2.50.", value=text[:40])
        )
    return int(written[1]) * 100 + int((written[2] or "0").ljust(2, "0"))


def degrees(value: object, limit: int, field: str) -> float | None:
    """Return degrees that a list gives; `None` where it gives none.

    :raises WrongRow: it is no number, or none that the earth has.
    """
    text = line(value, field)
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not -limit <= found <= limit:
        raise WrongRow(field, _("“%(value)s” is no point on the map.", value=text[:40]))
    return found


def _choice(kind, value: str | None):
    """Return the value that a cell names, by its code or by what people call it."""
    bare = _bare(value or "")
    return next((each for each in kind if bare and bare == _bare(each.value)), None)


def _called(name: str, headings: dict[str, str], takes: Takes, is_close: bool) -> str | None:
    names = _ALSO_CALLED[name]
    if takes is Takes.PLACES:
        names = (*_PLACES_CALLED.get(name, ()), *names)
    names = (_bare(name), *names)
    if not is_close:
        return next((key for each in names for key, bare in headings.items() if bare == each), None)
    best = max(
        (
            (score, heading)
            for each in names
            if len(each) > 4
            for _bare_heading, score, heading in process.extract(
                each, headings, scorer=fuzz.WRatio, score_cutoff=_ALIKE, limit=1
            )
            # Of an object within an object, the name of the inner one says too little.
            if len(headings[heading]) > 3 and "." not in heading
        ),
        default=None,
    )
    return best[1] if best else None


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())[:60]


def _id_of(said: dict[str, str]) -> str:
    text = " ".join(said.get("id", "")[:1000].split())
    return text if len(text) <= 200 else _hash(text)


def _safe_title(said: dict[str, str]) -> str:
    name = said.get("title") or said.get("place_name") or ""
    return line(name[:1000])[:80]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
