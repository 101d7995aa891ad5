"""Events of web pages: the JSON-LD of schema.org that a page carries, or such a file."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from flask_babel import gettext as _

from sources.events import activity, id_of, is_called_off, type_of
from sources.found import Gone, Refused, Row, WrongRow
from sources.json_stream import whole
from sources.reading import WrongList

MOST_BYTES = 10 * 1024 * 1024
_DEEPEST = 12
#: Named like events, and nothing that one could go to.
_BROADCASTS = ("BroadcastEvent", "OnDemandEvent", "PublicationEvent")
_ALSO_EVENTS = (
    "Festival",
    "EventSeries",
    "CourseInstance",
    "ScheduledSession",
    "SessionSeries",
    "Hackathon",
)


def read_page(content: IO[bytes], now: datetime) -> Iterator[Row]:
    """Yield one row for each event that a page or a JSON-LD file tells of.

    :raises WrongList: it tells of none, or cannot be read.
    """
    nodes = list(_events(_documents(content)))
    if not nodes:
        raise WrongList(_("This page tells of no event in a way that programs can read."))
    for number, node in enumerate(nodes, 1):
        yield _row(number, node, now)


def _row(number: int, node: dict[str, Any], now: datetime) -> Row:
    title = _title(node)
    key = id_of(node) or _hash(title, node.get("startDate"), node.get("location"))
    try:
        if type_of(node) in _BROADCASTS:
            raise WrongRow("@type", _("It is a broadcast, not something to take part in."))
        if is_called_off(node):
            return Gone(
                number=number,
                external_id=key,
                title=title,
                reason=_("It is cancelled or postponed."),
            )
        return activity(node, number=number, external_id=key, now=now)
    except WrongRow as wrong:
        return Refused(
            number=number, external_id=key, title=title, field=wrong.field, reason=str(wrong)
        )


def _documents(content: IO[bytes]) -> list[Any]:
    content.seek(0)
    raw = content.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise WrongList(_("The page is larger than 10 megabytes."))
    text = raw.decode("utf-8-sig", "replace")
    if not text.lstrip().startswith("<"):
        return [whole(content, MOST_BYTES)]
    found = [document for script in _scripts(text) for document in _parsed(script)]
    if not found:
        raise WrongList(_("This page tells of no event in a way that programs can read."))
    return found


def _scripts(text: str) -> Iterator[str]:
    """Yield what stands in each JSON-LD script of a page, in one pass however broken the page is."""
    small = text.lower()
    here = 0
    while (start := small.find("<script", here)) >= 0:
        opened = small.find(">", start)
        end = small.find("</script", opened) if opened >= 0 else -1
        if end < 0:
            return
        if "application/ld+json" in small[start:opened][:500]:
            yield text[opened + 1 : end]
        here = end


def _parsed(script: str) -> list[Any]:
    """Return what a script holds; nothing where it is broken, as on many pages one is."""
    try:
        return [json.loads(script)]
    except (ValueError, RecursionError):
        return []


def _events(
    value: Any, depth: int = 0, inherited: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield each event, wherever it stands. What is part of an event is told by that."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _events(each, depth + 1)
    elif isinstance(value, dict):
        kind = type_of(value)
        if kind == "Course":
            yield from _courses(value)
        elif kind.endswith("Event") or kind in _ALSO_EVENTS:
            yield value
        else:
            for each in value.values():
                if isinstance(each, dict | list):
                    yield from _events(each, depth + 1)


def _courses(course: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a course as events: one for each time that it is given, or one without a date."""
    given = course.get("hasCourseInstance") or [{}]
    named = {name: course[name] for name in ("name", "description", "url") if name in course}
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, dict):
            yield {"@type": "CourseInstance"} | named | each


def _title(node: dict[str, Any]) -> str:
    name = node.get("name")
    return " ".join(name[:200].split())[:80] if isinstance(name, str) else ""


def _hash(*parts: Any) -> str:
    said = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
